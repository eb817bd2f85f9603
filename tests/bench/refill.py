"""The list as one would first write it: every key fills Textual's own table anew. What the screen's keys are compared with."""

import os
import sqlite3
import sys

os.environ.setdefault("TEXTUAL_FPS", "240")

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import DataTable, Input

_ROWS = (
    "SELECT asset_tag, serial, kind, status, imei, ownership, purchased_on, warranty_until, cost_code, notes, status_since,"
    " price_pence FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag"
)
_MATCH = "bold underline"


class Refill(App[None]):
    """A field and a table of twelve columns; it finds what is in any of them and shows where the tag matches."""

    def compose(self) -> ComposeResult:
        """Both."""
        field = Input(compact=True)
        field.cursor_blink = False  # The bench waits until nothing is painted.
        yield field
        yield DataTable[str | Text]()

    def on_mount(self) -> None:
        """All rows."""
        rows = sqlite3.connect(sys.argv[1]).execute(_ROWS)
        self.rows = [tuple("" if value is None else str(value) for value in row) for row in rows]
        self.texts = ["\n".join(row).casefold() for row in self.rows]
        self.query_one(DataTable).add_columns(*(f"column {number}" for number in range(12)))
        self.fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Those that match."""
        self.fill(event.value.casefold())

    def fill(self, text: str) -> None:
        """Clear and add."""
        table = self.query_one(DataTable)
        table.clear()
        found = (row for row, whole in zip(self.rows, self.texts, strict=True) if text in whole)
        table.add_rows([(_marked(row[0], text), *row[1:]) for row in found])


def _marked(tag: str, text: str) -> str | Text:
    begins = tag.casefold().find(text) if text else -1
    if begins < 0:
        return tag
    marked = Text(tag)
    marked.stylize(_MATCH, begins, begins + len(text))
    return marked


if __name__ == "__main__":
    Refill().run()
