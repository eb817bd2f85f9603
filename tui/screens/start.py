"""The first frame: the outline of the device list, painted before anything that takes time is imported.

Typing is live at once: what is typed here stands in the search field of the list that takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


class Outline(Widget):
    """Bare lines where header, search and list will be."""

    DEFAULT_CSS = "Outline { width: 1fr; height: 1fr; background: $background; color: $foreground; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.typed = ""
        self._title = title

    def render_line(self, y: int) -> Strip:
        """One of very few lines."""
        width, height = self.size
        lines: Sequence[str] = (f" {self._title}", f" › {self.typed}▏")
        text = lines[y] if y < len(lines) else (" opening the register …" if y == height - 2 else "")
        return Strip([Segment(text[:width].ljust(width), self.rich_style)], width)


class StartScreen(Screen[None]):
    """Shown for the blink of an eye."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.outline = Outline(title)

    def compose(self) -> ComposeResult:
        """The outline."""
        yield self.outline

    def on_key(self, event: events.Key) -> None:
        """Keep what is typed. A letter that was still on its way here when the list came belongs before what that got."""
        if not (event.is_printable and event.character):
            return
        event.stop()
        place = len(self.outline.typed)
        self.outline.typed += event.character
        search = getattr(self.app.screen, "search", None)
        if self.app.screen is self:
            self.outline.refresh()
        elif search is not None:
            search.put_before(event.character, place)
