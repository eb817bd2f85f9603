"""The box of a dialog. Where its parts don't fit, those that scroll give way first; title, error and keys stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.widget import Widget

from tui.widgets.line_view import LineView
from tui.widgets.virtual_table import VirtualTable


class Part(NamedTuple):
    """How tall a part of the box is, and the blank lines below it."""

    height: int
    gap: int


def _is_lines(widget: Widget) -> bool:
    return isinstance(widget, LineView) and widget.id != "error"


def _is_table(widget: Widget) -> bool:
    return isinstance(widget, VirtualTable)


def _is_error(widget: Widget) -> bool:
    return widget.id == "error"


def _is_silent(widget: Widget) -> bool:
    return isinstance(widget, LineView) and not widget.line_count


def _is_field(widget: Widget) -> bool:
    return widget.has_class("field")


STAGES: Sequence[tuple[Callable[[Widget], bool] | None, int]] = (
    (_is_silent, 0),
    (_is_lines, 5),
    (_is_table, 4),
    (None, 0),
    (_is_lines, 3),
    (_is_table, 2),
    (_is_error, 3),
    (_is_lines, 1),
    (_is_error, 1),
)
"""What gives way in which order, down to how many lines; None stands for the blank lines."""


class GivingWay(VerticalLayout):
    """One below the other; too tall, it is made to fit."""

    name = "giving-way"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """The parts from the top; without a height it is only asked how tall they are."""
        placed = list(super().arrange(parent, children, size, greedy))
        bottom = max((one.region.bottom + one.margin.bottom for one in placed), default=0)
        return placed if not size.height or bottom <= size.height else _fitted(placed, size.height)


def _fitted(placed: Sequence[WidgetPlacement], height: int) -> list[WidgetPlacement]:
    widgets = [one.widget for one in placed]
    parts = _parts(placed)
    over = sum(part.height + part.gap for part in parts) - height
    for fits, least in STAGES:
        for at in reversed(range(len(parts))):
            size, gap = parts[at]
            given = 0
            if fits is None:
                given = min(gap, over)
                parts[at] = Part(size, gap - given)
            elif fits(widgets[at]):
                given = max(min(size - least, over), 0)
                parts[at] = Part(size - given, gap)
            over -= given
    for at in _fields_to_hide(widgets, over):
        parts[at] = Part(0, 0)
    y, fitted = 0, []
    for one, part in zip(placed, parts, strict=True):
        fitted.append(one._replace(region=Region(one.region.x, y, one.region.width, part.height)))
        y += part.height + part.gap
    return fitted


def _parts(placed: Sequence[WidgetPlacement]) -> list[Part]:
    tops = [one.region.y for one in placed[1:]]
    below = [max(top - one.region.bottom, 0) for one, top in zip(placed, tops, strict=False)]
    return [Part(one.region.height, gap) for one, gap in zip(placed, [*below, 0], strict=True)]


def _fields_to_hide(widgets: Sequence[Widget], many: int) -> list[int]:
    """The fields furthest from the one that is typed in."""
    fields = [at for at, widget in enumerate(widgets) if _is_field(widget)]
    here = next((at for at in fields if widgets[at].has_focus_within), fields[0] if fields else 0)
    return sorted(fields, key=lambda at: abs(at - here), reverse=True)[: max(many, 0)]


class DialogBox(Vertical):
    """What a dialog shows, in a frame."""

    def __init__(self) -> None:
        super().__init__(id="dialog")
        self._giving_way = GivingWay()

    @property
    def layout(self) -> Layout:
        """Its own."""
        return self._giving_way

    @property
    def is_cut(self) -> bool:
        """Whether a field is hidden, which comes up when one goes to it."""
        return any(_is_field(one) and one.display and not one.size.height for one in self.children)

    def on_descendant_focus(self) -> None:
        """The field that is typed in is always seen."""
        if self.is_cut:
            self.refresh(layout=True)
