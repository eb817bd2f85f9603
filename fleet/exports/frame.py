"""The frame every workbook shares: styles made once, a cursor over a sheet, print set-up, text made safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.clock import LONDON
from fleet.domain.fields import day_text
from fleet.exports.cells import for_xlsxwriter
from fleet.exports.definition import Report
from fleet.exports.look import ACCENT, DATA, PAGE, TONES
from fleet.exports.reading import Answer
from fleet.exports.spool import STYLES, RowSpool
from fleet.exports.tally import Counted, Tally

NOTHING = "There is nothing of this kind."
"""Where a list or a table has no line."""
_LONGEST_NAMES = 120


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a workbook says, ready to be laid out."""

    report: Report
    answer: Answer
    spools: Mapping[str, RowSpool]
    """Of the sheets whose rows are written."""
    tallies: Mapping[str, Tally]
    crossed: Mapping[str, Counted]
    """Key of a cross-table -> its numbers."""


class Frame:
    """A workbook being laid out."""

    def __init__(self, book: Any, content: Content) -> None:
        self.book = book
        self.content = content
        self.data = {name: book.add_format(DATA[name]) for name in STYLES}
        self.page = {name: book.add_format(look) for name, look in PAGE.items()}
        self.accent = ACCENT
        self.tones = {tone: book.add_format(look) for tone, look in TONES.items()}

    def sheet(self, name: str, heading: str, question: str) -> Any:
        """A new sheet with its title and the question it answers, set up for A4 landscape."""
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer(f"&L&8{self._footer()}&C&8{_ampersands(name)}&R&8Page &P of &N")
        sheet.set_row(0, 28)
        self.write(sheet, 0, 0, heading, "title")
        self.write(sheet, 1, 0, question, "subtitle")
        return sheet

    def write(self, sheet: Any, row: int, column: int, text: object, style: str) -> None:
        """Text that stays text."""
        sheet.write_string(row, column, for_xlsxwriter(text), self.page[style])

    def write_moment(self, sheet: Any, row: int, column: int, moment: datetime) -> None:
        """A moment by London's clock."""
        local = moment.astimezone(LONDON).replace(tzinfo=None)
        sheet.write_datetime(row, column, local, self.page["clock"])

    def _footer(self) -> str:
        report, question = self.content.report, self.content.answer.question
        names = list(self.content.answer.organisations.values())
        who = names[0] if len(names) == 1 else f"{len(names)} organisations"
        return _ampersands(for_xlsxwriter(f"{report.title} · {who} · as at {day_text(question.day)}"))[:180]


def _ampersands(text: str) -> str:
    """Header and footer codes begin with an ampersand; two stand for one."""
    return text.replace("&", "&&")


def as_at_text(answer: Answer) -> str:
    """`as at 22 Nov 2026 · Northbridge Council`."""
    names = ", ".join(answer.organisations.values()) or "no organisation"
    if len(names) > _LONGEST_NAMES:
        names = f"{len(answer.organisations)} organisations"
    return f"As at {day_text(answer.question.day)} · {names}"


def quoted(name: str) -> str:
    """The name of a sheet as formulas take it."""
    return name if name.isalnum() and name.isascii() else f"'{name}'"
