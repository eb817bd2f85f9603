"""Read-only lines of spans: cards, previews, help. Painted by line, laid out anew for each width."""

from collections.abc import Callable, Sequence

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.text import Span
from tui.widgets.painting import Inks
from tui.widgets.scroll_bar import CalmScroll

Line = Sequence[Span]
Lay = Callable[[int], Sequence[Line]]
"""Lays out lines for a width."""


class LineView(CalmScroll, can_focus=False):
    """Shows lines that somebody lays out for its width; scrolls when they don't fit."""

    class Clicked(Message):
        """A line was clicked."""

        def __init__(self, index: int, line: Line) -> None:
            super().__init__()
            self.index, self.line = index, line

    def __init__(self, lay: Lay | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lay: Lay = lay or (lambda _width: ())
        self._lines: Sequence[Line] = ()
        self._laid_for = 0
        self._inks = Inks(self)

    def show(self, lay: Lay, *, keep_place: bool = False) -> None:
        """Show other lines, from the top unless the place is to be kept."""
        self._lay = lay
        if not keep_place:
            self.scroll_to(y=0, animate=False)
        self._lay_out()

    @property
    def line_count(self) -> int:
        """How many lines there are at the present width."""
        return len(self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        """The lines at the present width."""
        return self._lines

    def page(self, direction: int) -> None:
        """Scroll by a screenful."""
        self.scroll_to(y=self.scroll_y + direction * max(self.size.height - 2, 1), animate=False)

    def see(self, is_meant: Callable[[Line], bool]) -> None:
        """Scroll no further than it takes to show a line."""
        top, height = round(self.scroll_y), max(self.size.height, 1)
        at = next((number for number, line in enumerate(self._lines) if is_meant(line)), None)
        if at is not None and not top <= at < top + height:
            self.scroll_to(y=at if at < top else at - height + 1, animate=False)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._lines = self._lay(width) if width > 0 else ()
        self._laid_for = width
        size = Size(width, len(self._lines))
        if self.styles.height is not None and self.styles.height.is_auto:
            self.virtual_size = size
        else:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, for a view whose height follows its lines."""
        del container, viewport
        return max(1, len(self._lay(max(width - 1, 1))))

    def on_click(self, event: events.Click) -> None:
        """Tell which line was clicked; a screen knows what it stands for."""
        index = self.scroll_offset.y + event.get_content_offset_capture(self).y
        if 0 <= index < len(self._lines):
            self.post_message(self.Clicked(index, self._lines[index]))

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """The theme changed: look the styles up again."""
        super().notify_style_update()
        self._inks.forget()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        width = self.scrollable_content_region.width
        if width != self._laid_for:
            self._lines, self._laid_for = self._lay(width), width
        index = self.scroll_offset.y + y
        spans = self._lines[index] if index < len(self._lines) else ()
        return self._inks.strip(spans, width)

    def style_of(self, ink: str) -> Style:
        """The style an ink has here."""
        return self._inks.style(ink)
