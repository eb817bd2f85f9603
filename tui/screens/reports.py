"""The reports and the question each answers. Enter writes one to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.clock import london_date
from tui.actions import bindings_of
from tui.columns import Column
from tui.desk_columns import REPORTS, lay_report
from tui.files import ReportLine, ReportOrder, path_of
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.dialog import Dialog
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay

ENDINGS = (".xlsx", ".csv", ".json", ".pdf")
NOTE = (
    "The ending decides: .xlsx, .pdf, .csv or .json. Names and numbers of people are masked; fleet export --unmask shows "
    "them, with a reason."
)


class ReportsScreen(DeskScreen[ReportLine]):
    """Everything that `fleet export` can write."""

    PLACE = "reports"
    COLUMNS: ClassVar[Sequence[Column]] = REPORTS
    PLACEHOLDER = "Type a word of a report or of its question"
    NOUN = ("report", "reports")
    STACKED = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("reports")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[ReportLine]:
        """Reports that match, in the order of the command line."""
        return self._matching(register, ask.text)[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return len(self._matching(register, ask.text))

    def _matching(self, register: Register, text: str) -> list[ReportLine]:
        words = text.casefold().split()
        rows = register.files.reports()
        return [
            row for row in rows if all(word in f"{row.title} {row.question} {row.key}".casefold() for word in words)
        ]

    def lay_card(self, card: ReportLine) -> Lay:
        """Its lines."""
        return lay_report(card)

    def name_of(self, row: ReportLine) -> str:
        """What the command line calls it."""
        return row.key

    def in_full(self, row: ReportLine) -> str:
        """The question."""
        return row.question

    def on_virtual_table_opened(self) -> None:
        """Ask for the file, and write it in the background."""
        if self.table.row is not None:
            self.fleet.push_screen(ReportScreen(self.table.row), self._write)

    def do_to_deliveries(self) -> None:
        """The list of deliveries."""
        self.fleet.switch_mode("deliveries")

    def do_deliver_now(self) -> None:
        """Deliver what is due, after a look at it."""
        from tui.screens.deliveries import deliver_now

        deliver_now(self.fleet)

    def _write(self, order: ReportOrder | None) -> None:
        if order is None:
            return
        self.fleet.notify("Writing … you can go on working.")
        self.fleet.background.job(
            lambda register: register.files.write_report(order),
            lambda told: self.fleet.notify(f"Written: {told}", timeout=15),
            self.fleet.trouble,
        )


class ReportScreen(Dialog[ReportOrder]):
    """Where a report goes, and of whom."""

    SUBMIT = "write"

    def __init__(self, report: ReportLine) -> None:
        super().__init__([span("Report ", "title"), span(report.title, "strong")])
        self.report = report
        name = f"fleet-{report.key}-{london_date(self.fleet.clock()).isoformat()}.xlsx"
        self.file = Entry(name, "A file name ending in .xlsx, .pdf, .csv or .json", id="file")
        self.organisation = Entry("", "Every organisation; or the key of one", id="organisation")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """File, organisation."""
        yield from self.field("File", self.file)
        yield from self.field("Owner", self.organisation)

    def lay(self, width: int) -> Sequence[Line]:
        """The question, and where the file goes."""
        room = max(width - 2, 8)
        asked = [[span("  "), Span(piece)] for piece in wrap(clean(self.report.question), room)]
        notes = [[span("  "), Span(piece, "dim")] for piece in wrap(clean(NOTE), room)]
        return [*asked, [span("  in "), Span(join(Path.cwd()), "dim")], [], *notes, []]

    def do_submit(self) -> None:
        """Give the answer back; a file that exists is replaced when that is said twice."""
        path = path_of(self.file.value.strip())
        if path.suffix.lower() not in ENDINGS:
            self.complain("End the name in .xlsx, .pdf, .csv or .json.")
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. Enter once more replaces it.")
        else:
            owner = self.organisation.value.strip() or None
            self.dismiss(ReportOrder(self.report.key, str(path.absolute()), owner, path == self._warned_of))
