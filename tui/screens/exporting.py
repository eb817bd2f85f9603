"""Write what is shown to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult

from fleet.clock import london_date
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

NOTE = (
    "The ending decides: .xlsx is a workbook with a summary and the open findings, .csv and .json are the devices alone. "
    "Names and numbers of people are masked; fleet export --unmask shows them, with a reason."
)


@dataclass(frozen=True, slots=True)
class ExportAnswer:
    """Where to."""

    path: str
    overwrite: bool = False


class ExportScreen(Dialog[ExportAnswer]):
    """The name of the file."""

    SUBMIT = "write"

    def __init__(self, text: str, total: int | None) -> None:
        what = counted(total, "device") if total is not None else clean("the devices")
        super().__init__([span("Export ", "title"), span(what, "strong")])
        self.text = text
        name = f"fleet-estate-{london_date(self.fleet.clock()).isoformat()}.xlsx"
        self.file = Entry(name, "A file name ending in .xlsx, .csv or .json", id="file")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """The file."""
        yield from self.field("File", self.file)

    def lay(self, width: int) -> Sequence[Line]:
        """Which devices, and where the file goes."""
        shown = [span("  that match "), span(self.text, "strong")] if self.text else [span("  all of them")]
        notes = [[span("  "), Span(piece, "dim")] for piece in wrap(clean(NOTE), max(width - 2, 8))]
        return [shown, [span("  in "), Span(join(Path.cwd()), "dim")], [], *notes, []]

    def do_submit(self) -> None:
        """Give the answer back; a file that exists is replaced when that is said twice."""
        name = self.file.value.strip()
        path = Path(name).expanduser()
        if path.suffix.lower() not in (".xlsx", ".csv", ".json"):
            self.complain("End the name in .xlsx, .csv or .json.")
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. Enter once more replaces it.")
        else:
            self.dismiss(ExportAnswer(str(path.absolute()), overwrite=path == self._warned_of))
