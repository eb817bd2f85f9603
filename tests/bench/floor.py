"""The least that a Textual program can do for a key: look through a list in memory and paint a page of it.

It knows neither a register nor columns, sorts nothing and runs no thread: what it takes, Textual takes.
"""

import os
import sqlite3
import sys

os.environ.setdefault("TEXTUAL_FPS", "240")

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

_ROWS = (
    "SELECT asset_tag, coalesce(serial, ''), status, kind FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag"
)
_MATCH = Style(bold=True, underline=True, color="#8be9fd")
_INKS = [Style(color=colour, bgcolor="#101418") for colour in ("#ffffff", "#8899aa", "#88cc88", "#ccaa66")]


class Page(Widget):
    """As many rows as fit."""

    rows: "list[tuple[str, ...]]" = []  # noqa: RUF012 - replaced, never changed
    typed = ""

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.size.width
        if y >= len(self.rows):
            return Strip.blank(width, _INKS[0])
        tag, *others = self.rows[y]
        begun = tag.casefold().startswith(self.typed) and len(self.typed)
        segments = (
            [Segment(tag[:begun], _MATCH), Segment(tag[begun:].ljust(20 - begun), _INKS[0])]
            if begun
            else [Segment(tag.ljust(20), _INKS[0])]
        )
        segments += [Segment(text[:28].ljust(30), ink) for text, ink in zip(others, _INKS[1:], strict=True)]
        return Strip(segments).adjust_cell_length(width, _INKS[0])


class Floor(App[None]):
    """A field and a page."""

    def compose(self) -> ComposeResult:
        """Both."""
        field = Input(compact=True)
        field.cursor_blink = False
        yield field
        yield Page()

    def on_mount(self) -> None:
        """The first page."""
        self.rows = sqlite3.connect(sys.argv[1]).execute(_ROWS).fetchmany(2_000)
        self.query_one(Page).rows = self.rows

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another page."""
        page = self.query_one(Page)
        page.typed = event.value.casefold()
        page.rows = [row for row in self.rows if page.typed in row[0].casefold()][:40]
        page.refresh()


if __name__ == "__main__":
    Floor().run()
