"""Write what is shown to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult

from fleet.clock import london_date
from tui.files import path_of
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.screens.desk import DeskScreen

ENDINGS = (".xlsx", ".csv", ".json", ".pdf")
NAMES = (
    "Names and numbers of people are shortened or left out. A reason under Names shows them; it is kept in history, and "
    "auditors are refused."
)
OF_DEVICES = (
    "The ending decides: .xlsx is a workbook with a summary and the open findings, .csv and .json are the devices alone, "
    f".pdf is for paper. {NAMES}"
)
OF_A_LIST = f"The ending decides: .xlsx is a workbook with a cover, .csv and .json are the lines alone, .pdf is for paper. {NAMES}"


@dataclass(frozen=True, slots=True)
class ExportAnswer:
    """Where to."""

    path: str
    overwrite: bool = False
    reason: str | None = None
    """Why names are shown."""


class ExportScreen(Dialog[ExportAnswer]):
    """The name of the file."""

    SUBMIT = "write"

    def __init__(
        self, text: str, total: int | None, noun: tuple[str, str] = ("device", "devices"), name: str = "estate"
    ) -> None:
        what = counted(total, *noun) if total is not None else clean(f"the {noun[1]}")
        super().__init__([span("Export ", "title"), span(what, "strong")])
        self.text = text
        self.note = OF_DEVICES if noun[0] == "device" else OF_A_LIST
        file = f"fleet-{name}-{london_date(self.fleet.clock()).isoformat()}.xlsx"
        self.file = Entry(file, "A file name ending in .xlsx, .pdf, .csv or .json", id="file")
        self.why = Entry("", "Left out; or why they are needed", id="why")
        self._warned_of: Path | None = None

    def fields(self) -> ComposeResult:
        """The file, and why with names."""
        yield from self.field("File", self.file)
        yield from self.field("Names", self.why)

    def lay(self, width: int) -> Sequence[Line]:
        """Which lines, and where the file goes."""
        shown = [span("  that match "), span(self.text, "strong")] if self.text else [span("  all of them")]
        notes = [[span("  "), Span(piece, "dim")] for piece in wrap(clean(self.note), max(width - 2, 8))]
        return [shown, [span("  in "), Span(join(Path.cwd()), "dim")], [], *notes, []]

    def do_submit(self) -> None:
        """Give the answer back; a file that exists is replaced when that is said twice."""
        path = path_of(self.file.value.strip())
        if path.suffix.lower() not in ENDINGS:
            self.complain("End the name in .xlsx, .pdf, .csv or .json.")
        elif path.exists() and path != self._warned_of:
            self._warned_of = path
            self.complain(f"{path.name} exists. Enter once more replaces it.")
        else:
            reason = self.why.value.strip() or None
            self.dismiss(ExportAnswer(str(path.absolute()), path == self._warned_of, reason))


def ask_export(desk: DeskScreen[Any]) -> None:
    """Ask for the file, and write the list in the background as it is filtered."""
    text = desk.search.value.strip()
    ask = desk.source.asked
    total = desk.source.total if desk.source.is_current and desk.source.ask.text == text else None
    meant = desk.source.meant if total is not None else None
    devices = desk.PLACE == "devices"

    def work(register: Any, answer: ExportAnswer) -> str:
        if devices:
            told: str = register.export(meant or text, answer.path, overwrite=answer.overwrite, reason=answer.reason)
            return told
        from tui.list_export import MOST, ListOrder

        about = f"The {desk.NOUN[1]} as they were listed on the screen" + (
            f", of the view {ask.group}." if ask.group else "."
        )
        order = ListOrder(_title(desk), about, text, answer.path, answer.overwrite, answer.reason)
        written: str = register.files.write_rows(order, desk.fetch(register, ask, 0, MOST))
        return written

    def answered(answer: ExportAnswer | None) -> None:
        if answer is None:
            return
        desk.fleet.notify("Writing … you can go on working.")
        desk.fleet.background.job(
            lambda register: work(register, answer),
            lambda told: desk.fleet.notify(f"Written: {told}", timeout=15),
            desk.fleet.trouble,
        )

    name = "estate" if devices else desk.PLACE.replace("_", "-")
    desk.fleet.push_screen(ExportScreen(text, total, desk.NOUN, name), answered)


def _title(desk: DeskScreen[Any]) -> str:
    from tui.actions import BY_ID

    action = BY_ID.get(desk.PLACE)
    return action.label if action is not None else desk.NOUN[1].capitalize()
