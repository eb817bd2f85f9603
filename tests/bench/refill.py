"""The list as one would first write it: every key fills Textual's own table anew. What the screen's keys are compared with."""

import os
import sqlite3
import sys

os.environ.setdefault("TEXTUAL_FPS", "240")

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Input

_ROWS = (
    "SELECT asset_tag, serial, kind, status, imei, ownership, purchased_on, warranty_until, cost_code, notes"
    " FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag"
)


class Refill(App[None]):
    """A field and a table of ten columns."""

    def compose(self) -> ComposeResult:
        """Both."""
        field = Input()
        field.cursor_blink = False  # The bench waits until nothing is painted.
        yield field
        yield DataTable[str]()

    def on_mount(self) -> None:
        """All rows."""
        self.rows = [tuple(str(value or "") for value in row) for row in sqlite3.connect(sys.argv[1]).execute(_ROWS)]
        self.query_one(DataTable).add_columns(*(f"column {number}" for number in range(10)))
        self.fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Those that match."""
        self.fill(event.value.casefold())

    def fill(self, text: str) -> None:
        """Clear and add."""
        table = self.query_one(DataTable)
        table.clear()
        table.add_rows([row for row in self.rows if text in row[0].casefold()])


if __name__ == "__main__":
    Refill().run()
