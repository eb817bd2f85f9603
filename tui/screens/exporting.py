"""Write what is shown to a file: these columns in this order, these rows; only the marked ones; or every field there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.errors import FleetError
from tui.files import path_of
from tui.row_source import Ask
from tui.screens.choosing import Alternative, Choosing
from tui.sorting import told
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from fleet.domain.fields import Field
    from tui.columns import Column
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
SHOWN, MARKED, WHOLE = "shown", "marked", "whole"
PAGE = 2000
"""Rows among which the marked ones are looked for at once."""


@dataclass(frozen=True, slots=True)
class ExportAnswer:
    """Where to."""

    path: str
    overwrite: bool = False
    reason: str | None = None
    """Why names are shown."""
    what: str = WHOLE
    """The lines as they are shown, the marked ones of them, or every field of all."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What stood there when somebody asked for it."""

    ask: Ask
    columns: Sequence[Column]
    marked: Mapping[int, Any]


class ExportScreen(Choosing[ExportAnswer]):
    """What, and the name of the file."""

    SUBMIT = "write"

    def __init__(
        self,
        text: str,
        total: int | None,
        noun: tuple[str, str] = ("device", "devices"),
        name: str = "estate",
        options: Sequence[Alternative] = (),
    ) -> None:
        what = counted(total, *noun) if total is not None else clean(f"the {noun[1]}")
        super().__init__([span("Export ", "title"), span(what, "strong")])
        self.text = text
        self.options = options
        self.is_devices = noun[0] == "device"
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
        found = [span("  that match "), span(self.text, "strong")] if self.text else [span("  all of them")]
        note = OF_DEVICES if self.is_devices and self.choice in ("", WHOLE) else OF_A_LIST
        notes = [[span("  "), Span(piece, "dim")] for piece in wrap(clean(note), max(width - 2, 8))]
        where = [span("  in "), Span(join(Path.cwd()), "dim")]
        return [found, where, [], *self.lay_options(), *([[]] if self.options else []), *notes, []]

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
            self.dismiss(ExportAnswer(str(path.absolute()), path == self._warned_of, reason, self.choice or WHOLE))


def ask_export(desk: DeskScreen[Any]) -> None:
    """Ask for the file, and write the list in the background as it is filtered."""
    if desk.source.refused is not None:
        desk.fleet.notify(f"{desk.source.refused.message} Nothing is exported.", severity="warning")
        return
    shown = _Shown(desk.source.asked, desk.table.columns, dict(desk.table.marks))
    ask = shown.ask
    total = desk.source.total if desk.source.is_current else None
    meant = desk.source.meant if total is not None else None

    def work(register: Any, answer: ExportAnswer) -> str:
        if answer.what == WHOLE and desk.PLACE == "devices":
            return str(
                register.export(meant or ask.text, answer.path, overwrite=answer.overwrite, reason=answer.reason)
            )
        return _write(desk, register, shown, answer)

    def answered(answer: ExportAnswer | None) -> None:
        if answer is None:
            return
        desk.fleet.notify("Writing … you can go on working.")
        desk.fleet.background.job(
            lambda register: work(register, answer),
            lambda written: desk.fleet.notify(f"Written: {written}", timeout=15),
            desk.fleet.trouble,
        )

    name = "estate" if desk.PLACE == "devices" else desk.PLACE.replace("_", "-")
    desk.fleet.push_screen(ExportScreen(ask.text, total, desk.NOUN, name, _options(desk, len(shown.marked))), answered)


def _options(desk: DeskScreen[Any], marked: int) -> list[Alternative]:
    """What may be written; the marked ones first where there are any."""
    columns = counted(len(desk.table.columns), "column")
    whole = (
        "the estate report: summary, findings, every field" if desk.PLACE == "devices" else "as the register keeps it"
    )
    chosen = (
        [Alternative(MARKED, span(f"the {counted(marked, 'marked line')}"), f"{columns}, as shown")] if marked else []
    )
    return [
        *chosen,
        Alternative(SHOWN, span("what is shown"), f"every line that matches, its {columns} in this order"),
        Alternative(WHOLE, span("every field"), whole),
    ]


def _write(desk: DeskScreen[Any], register: Any, shown: _Shown, answer: ExportAnswer) -> str:
    """Read the rows and write them; called in a thread."""
    from tui.list_export import MOST, ListOrder
    from tui.shown_columns import shown_fields

    ask = shown.ask
    if answer.what == MARKED:
        rows = _marked_in_order(desk, register, shown)
    else:
        rows = list(desk.fetch(register, ask, 0, MOST + 1))
        if len(rows) > MOST:
            raise FleetError(f"More than {MOST:,} lines match. Narrow the search, or write a report (Shift+F1).")
    fields: Sequence[Field] = ()
    if answer.what != WHOLE and rows:
        fields = shown_fields(shown.columns, type(rows[0]), desk.fleet.glance, named=answer.reason is not None)
    order = ListOrder(
        _title(desk), _about(desk, shown, answer.what), ask.text, answer.path, answer.overwrite, answer.reason,
        tuple(fields),
    )  # fmt: skip
    written: str = register.files.write_rows(order, rows)
    return written


def _about(desk: DeskScreen[Any], shown: _Shown, what: str) -> str:
    """Which lines they are, for the cover."""
    group = getattr(shown.ask.group, "name", shown.ask.group)
    sort = told(shown.ask, shown.columns) if what != WHOLE and not desk.ranks(shown.ask) else ""
    parts = [f"of the view {group}" if group else "", sort, "only the marked ones" if what == MARKED else ""]
    return ", ".join([f"The {desk.NOUN[1]} as they were listed on the screen", *filter(None, parts)]) + "."


def _marked_in_order(desk: DeskScreen[Any], register: Any, shown: _Shown) -> list[Any]:
    """The marked rows as they stand now, in the order of the list; those the search does not show come behind."""
    found: dict[int, Any] = {}
    marked, offset = shown.marked, 0
    while len(found) < len(marked):
        page = desk.fetch(register, shown.ask, offset, PAGE)
        found.update((row.id, row) for row in page if row.id in marked)
        offset += len(page)
        if len(page) < PAGE:
            break
    return [*found.values(), *(row for number, row in marked.items() if number not in found)]


def _title(desk: DeskScreen[Any]) -> str:
    from tui.actions import BY_ID

    action = BY_ID.get(desk.PLACE)
    return action.label if action is not None else desk.NOUN[1].capitalize()
