"""Some of the marked devices can't take part: which and why, and whether to go on with the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.domain.records import DeviceRow
from tui.action import Action
from tui.columns import device_name
from tui.possible import OfDevices, Situation, needs_register
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, wrap

if TYPE_CHECKING:
    from tui.screens.listed import Listed

NAMED = 13


class UnsuitableScreen(Dialog[bool]):
    """All of them with their reasons; the answer is whether they are no longer marked."""

    FIELDS_FIRST = True

    def __init__(self, action: Action, found: Sequence[tuple[DeviceRow, str]], others: int) -> None:
        what = join(counted(len(found), "marked device"), " can't be part of it")
        super().__init__([span(f"{action.label.capitalize()}: ", "title"), Span(what, "strong")])
        self.found, self.others = found, others
        self.SUBMIT = f"unmark, go on with {others:,}" if others else "unmark"  # type: ignore[misc]

    def lay(self, width: int) -> Sequence[Line]:
        """A device and why not."""
        lines: list[Line] = []
        for row, reason in self.found:
            name = device_name(row)
            told = reason.removeprefix(f"{name} ")
            pieces = wrap(clean(told), max(width - NAMED - 4, 8))
            for at, piece in enumerate(pieces):
                first = Span(fit(clean(name if at == 0 else ""), NAMED), "strong")
                lines.append([span("! " if at == 0 else "  ", "warn"), first, span("  "), Span(piece)])
        return lines

    def do_choose_up(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y - 1, animate=False)

    def do_choose_down(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y + 1, animate=False)

    def do_submit(self) -> None:
        """Unmark them and go on."""
        self.dismiss(True)


def ask_about_unsuitable(desk: Listed[Any], action: Action, situation: Situation) -> bool:
    """Show which of several marked devices an action is not for; False when it is not that."""
    if not isinstance(action.why_not, OfDevices) or len(situation.marked) < 2:
        return False
    found = action.why_not.unsuitable(situation)
    if not found or needs_register(situation) is not None:
        return False
    others = len(situation.devices) - len(found)

    def answered(yes: bool | None) -> None:
        if yes:
            desk.unmark([row.id for row, _reason in found])
            if others:
                desk.action_do(action.id)

    desk.fleet.push_screen(UnsuitableScreen(action, found, others), answered)
    return True
