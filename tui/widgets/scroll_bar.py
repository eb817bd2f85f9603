"""A scroll bar that paints only the cells in which its thumb moved.

Textual's own is painted anew from top to bottom with every key, which takes as long as painting the list beside it.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Self

from rich.color import Color
from rich.segment import Segment
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

Look = tuple[int, int, int, float, Color, Color]
"""Height, rows in all, rows visible, position, colour of the bar, colour of the thumb."""


class CalmScrollBar(ScrollBar):
    """Upright and one cell wide."""

    _painted: Sequence[Strip] = ()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint the cells that differ from what is on screen."""
        if self.parent is None:  # Its list is being taken off the screen.
            return self
        if regions or layout or recompose or not repaint or len(self._painted) != self.size.height:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        before, self._painted = self._painted, self._strips()
        changed = [y for y, (old, new) in enumerate(zip(before, self._painted, strict=True)) if old is not new]
        if changed:
            super().refresh(Region(0, changed[0], 1, changed[-1] - changed[0] + 1))
        return self

    def notify_style_update(self) -> None:
        """The theme changed: all of it is painted anew."""
        super().notify_style_update()
        self._painted = ()

    def render_line(self, y: int) -> Strip:
        """One cell."""
        if len(self._painted) != self.size.height:
            self._painted = self._strips()
        return self._painted[y] if y < len(self._painted) else Strip.blank(1)

    def _strips(self) -> Sequence[Strip]:
        assert self.parent is not None
        styles = self.parent.styles
        kind = "_active" if self.grabbed else "_hover" if self.mouse_over else ""
        back, thumb = (getattr(styles, f"scrollbar_{name}{kind}") for name in ("background", "color"))
        if back.a < 1:
            back = self.parent.background_colors[0] + back
        window = self.window_size if self.window_size < self.window_virtual_size else 0
        look = (
            self.size.height,
            ceil(self.window_virtual_size),
            ceil(window),
            self.position,
            back.rich_color,
            (back + thumb).rich_color,
        )
        return _cells(look)


class CalmScroll(ScrollView):
    """Scrolls with such a bar."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The bar, made when it is first needed, as Textual does."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = bar = CalmScrollBar(vertical=True, name="vertical", thickness=1)
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar


def _cells(look: Look) -> Sequence[Strip]:
    height, rows, window, position, back, thumb = look
    bar = ScrollBarRender.render_bar(height, rows, window, position, 1, True, back, thumb)
    return [
        _cell(segment) for segment in bar.segments[:height]
    ]  # More while the position is still that of a longer list.


@lru_cache(maxsize=256)
def _cell(segment: Segment) -> Strip:
    return Strip([segment], 1)
