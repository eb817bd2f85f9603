"""A report on paper: A4 landscape, the cover, every cross-table with a drawing of its chart, and the head of each list."""

import math
import textwrap
from collections.abc import Iterable, Iterator
from typing import IO, Any

from fleet.clock import london_text
from fleet.domain.fields import Field, day_text, money_text
from fleet.exports.cells import clean
from fleet.exports.cover_words import notes, people, period, repeat_command, source_age
from fleet.exports.definition import Report, Sheet, Summary
from fleet.exports.drawings import drawn
from fleet.exports.frame import NOTHING, Content, as_at_text
from fleet.exports.paper.marks import ACCENT, HAIR, MM, PALE, QUIET, Mark, Page, Panel, Rule, Style, Words
from fleet.exports.paper.pen import shortened, width, write_pages
from fleet.exports.question import describe
from fleet.exports.reading import Answer
from fleet.exports.stamp import stamp
from fleet.exports.tally import Cell, Counted, Counting, Unit, crossed

SIZE = (297 * MM, 210 * MM)
LINES = 1_000
"""Lines of a list that are printed; the workbook has them all."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 12 * MM, 285 * MM, 198 * MM, 14 * MM
_TITLE = Style(17, 22, bold=True, colour=ACCENT)
_SUB = Style(9.5, 13, colour=QUIET)
_HEAD = Style(11, 16, bold=True, colour=ACCENT)
_TEXT = Style(7.5, 11.5)
_BOLD = Style(7.5, 11.5, bold=True)
_SMALL = Style(6.5, 9, colour=QUIET)
_GAP, _NARROWEST = 2.2 * MM, 18 * MM
"""Between columns; the least that a column of texts is given."""
_LARGEST = 1.35
"""How much wider than needed a column of a short list becomes."""
_NAMES = 2.5
"""How much wider than a number's column that of a name is."""


class Paper:
    """Pages being filled from the top; `y` is where the next line's top is."""

    def __init__(self, footer: str) -> None:
        self.pages: list[Page] = []
        self.footer = footer
        self.y = 0.0

    def begin(self, heading: str, question: str) -> None:
        """A new page with its title."""
        self._turn()
        self.put(_LEFT, heading, _TITLE)
        self.down(_TITLE)
        self.put(_LEFT, question, _SUB)
        self.down(_SUB, 1.6)

    def put(self, x: float, text: str, style: Style, room: float = _RIGHT - _LEFT, *, right: bool = False) -> None:
        """A text on the present line, cut to its room."""
        text = shortened(" ".join(clean(text).split()), style, room)
        if text:
            at = x + room - width(text, style) if right else x
            self.pages[-1].append(Words(at, self.y - style.size, text, style))

    def down(self, style: Style, lines: float = 1) -> None:
        """Go on below."""
        self.y -= style.leading * lines

    def room(self, height: float) -> bool:
        """Whether so much fits; otherwise a page has been turned."""
        if self.y - height >= _BOTTOM:
            return True
        self._turn()
        return False

    def draw(self, marks: Iterable[Mark]) -> None:
        """Marks at their places."""
        self.pages[-1].extend(marks)

    def _turn(self) -> None:
        self.pages.append([])
        self.y = _TOP

    def finished(self) -> list[Page]:
        """The pages with their feet."""
        for number, page in enumerate(self.pages, 1):
            said = f"Page {number} of {len(self.pages)}"
            page.append(Words(_LEFT, 7 * MM, shortened(self.footer, _SMALL, 220 * MM), _SMALL))
            page.append(Words(_RIGHT - width(said, _SMALL), 7 * MM, said, _SMALL))
        return self.pages


def write_pdf(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """Write the report as PDF; returns the number of rows of each list, printed or not."""
    lists: dict[str, list[list[str]]] = {}
    tallies = {}
    for sheet in report.sheets:
        counting = Counting(report, sheet.key, answer.catalogues[sheet.key])
        texts = [field.text for field in _printed(answer, sheet)] if sheet.listed else []
        lines = lists[sheet.key] = []
        for row in answer.rows(sheet):
            counting.add(row)
            if texts and len(lines) < LINES:
                lines.append([text(row) for text in texts])
        tallies[sheet.key] = counting.tally
    content = Content(report, answer, {}, tallies, crossed(report, answer, tallies))
    paper = Paper(f"{report.title} · {as_at_text(answer)}")
    _cover(paper, content)
    for tab in report.tabs:
        if isinstance(tab, Summary):
            _summary(paper, content, tab)
        else:
            _list(paper, content, tab, lists[tab.key])
    write_pages(target, paper.finished(), SIZE, title=clean(report.title), author=clean(answer.question.actor))
    return {sheet.key: tallies[sheet.key].rows for sheet in report.listed} or {"counts": len(report.tables)}


def _printed(answer: Answer, sheet: Sheet) -> list[Field]:
    catalogue = answer.catalogues[sheet.key]
    return [catalogue[key] for key in sheet.columns if key in catalogue][: sheet.printed]


def _cover(paper: Paper, content: Content) -> None:
    answer, report = content.answer, content.report
    paper.begin(report.title, report.question)
    for name, value in _facts(content):
        paper.put(_LEFT, name, _SUB, 55 * MM)
        for line in textwrap.wrap(value, 125) or [""]:
            paper.put(_LEFT + 58 * MM, line, _SUB, 215 * MM)
            paper.down(_SUB)
    _heading(paper, "Sources")
    for source in answer.sources:
        read = "never" if source.last_complete_at is None else london_text(source.last_complete_at)
        _pair(paper, f"Intune: {source.tenant}", f"{source.organisation}, last complete read {read}"
              f" ({source_age(source, answer.question.moment)})")  # fmt: skip
    _heading(paper, "What the pages answer")
    for tab in report.tabs:
        _pair(paper, tab.name, tab.question)
    _heading(paper, "Notes")
    for note in notes(content):
        for line in textwrap.wrap(note, 190):
            paper.room(_TEXT.leading)
            paper.put(_LEFT, line, _TEXT)
            paper.down(_TEXT)


def _facts(content: Content) -> Iterator[tuple[str, str]]:
    question, organisations = content.answer.question, content.answer.organisations
    yield "Organisation" if len(organisations) == 1 else "Organisations", ", ".join(organisations.values()) or "none"
    yield "As at", day_text(question.day)
    if (text := period(content.report, question)) is not None:
        yield "Period", text
    yield "Made", f"{london_text(question.now)} by {question.actor}"
    yield "Filters", describe(question.filters)
    yield "People", people(question)
    if content.report.stamped:
        yield "To be made again with", repeat_command(content.report, question)
        yield "Query stamp", stamp(content)


def _heading(paper: Paper, text: str) -> None:
    paper.room(_HEAD.leading * 3)
    paper.down(_HEAD, 0.5)
    paper.put(_LEFT, text, _HEAD)
    paper.down(_HEAD)


def _pair(paper: Paper, name: str, value: str) -> None:
    paper.room(_TEXT.leading)
    paper.put(_LEFT, name, _BOLD, 55 * MM)
    paper.put(_LEFT + 58 * MM, value, _TEXT, 215 * MM)
    paper.down(_TEXT)


# --- cross-tables --------------------------------------------------------------------------------------------


def _summary(paper: Paper, content: Content, summary: Summary) -> None:
    paper.begin(summary.name, summary.question)
    for table in summary.tables:
        counted = content.crossed[table.key]
        paper.room(_TEXT.leading * min(len(counted.rows) + 5, 12))
        _heading(paper, table.title)
        if not counted.rows:
            paper.put(_LEFT, NOTHING, _TEXT)
            paper.down(_TEXT, 2)
            continue
        heads = [*counted.headings, *counted.words, *([] if table.measures else ["All"])]
        units = [*counted.units, *([] if table.measures else counted.units[:1])]
        rows = [[*names, *map(_told, cells, units)] for names, cells in counted.rows]
        totals = ["Total", *[""] * (len(counted.headings) - 1), *map(_told, counted.totals, units)]
        shares = [_NAMES] * len(counted.headings) + [1.0] * len(units)
        lines = [*rows, totals] if table.totalled else rows
        _grid(paper, heads, lines, shares, numbers=len(counted.headings), total=table.totalled)
        if table.chart is not None:
            _drawing(paper, counted)


def _drawing(paper: Paper, counted: Counted) -> None:
    marks, height = drawn(counted, _LEFT, _RIGHT)
    if marks:
        paper.room(height + _TEXT.leading * 2)
        paper.draw(marks(paper.y - _TEXT.leading))
        paper.y -= height + _TEXT.leading * 2


def _told(cell: Cell, unit: Unit) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if unit == "money":
        return money_text(round(cell)).removesuffix(".00")
    return f"{cell:,.1f}" if unit == "mean" else f"{cell:,}"


# --- lists ---------------------------------------------------------------------------------------------------


def _list(paper: Paper, content: Content, sheet: Sheet, lines: list[list[str]]) -> None:
    fields = _printed(content.answer, sheet)
    rows = content.tallies[sheet.key].rows
    paper.begin(sheet.name, sheet.question)
    said = f"{as_at_text(content.answer)} · {rows:,} lines"
    if rows > len(lines):
        said += f", of which the first {len(lines):,} are printed here; the workbook has all of them"
    paper.put(_LEFT, said, _SMALL)
    paper.down(_SMALL, 1.4)
    right = {at for at, field in enumerate(fields) if field.kind in ("money", "integer")}
    heads = [field.label for field in fields]
    _grid(paper, heads, lines, _widths(fields, heads, lines), right=right)


def _widths(fields: list[Field], heads: list[str], lines: list[list[str]]) -> list[float]:
    """Points that each column needs; where there is too little room, texts give way and identifiers stay whole."""
    needed = [
        max([width(word, _BOLD) for word in head.split()] + [width(line[at], _TEXT) for line in lines]) + _GAP
        for at, head in enumerate(heads)
    ]
    long = [at for at, field in enumerate(fields) if field.kind == "text" and needed[at] > _NARROWEST]
    over = sum(needed) - (_RIGHT - _LEFT)
    spare = sum(needed[at] - _NARROWEST for at in long)
    if over > 0 and spare > 0:
        share = min(1.0, over / spare)
        for at in long:
            needed[at] -= (needed[at] - _NARROWEST) * share
    return needed


def _grid(
    paper: Paper, heads: list[str], rows: list[list[str]], shares: list[Any], *, numbers: int | None = None,
    right: Iterable[int] = (), total: bool = False,
) -> None:  # fmt: skip
    """A table whose head is repeated on every page; columns from `numbers` on, or those of `right`, hold numbers."""
    aligned = set(right) if numbers is None else set(range(numbers, len(heads)))
    unit = min((_RIGHT - _LEFT) / sum(shares), _LARGEST if numbers is None else math.inf)
    if numbers is not None:
        unit = min(unit, 26 * MM)
    places, x = [], _LEFT
    for share in shares:
        places.append((x, share * unit - 1.6 * MM))
        x += share * unit
    _head(paper, heads, places, aligned, x)
    for number, row in enumerate(rows):
        if not paper.room(_TEXT.leading):
            _head(paper, heads, places, aligned, x)
        last = total and number == len(rows) - 1
        style = _BOLD if last else _TEXT
        for at, (text, (left, room)) in enumerate(zip(row, places, strict=True)):
            paper.put(left, text, style, room, right=at in aligned)
        paper.down(_TEXT)
        line = paper.y + 1.5
        paper.draw([Rule(_LEFT, line, x, line, 0.3, HAIR)])


def _head(paper: Paper, heads: list[str], places: list[tuple[float, float]], aligned: set[int], end: float) -> None:
    wrapped = [_wrapped(head, room) for head, (_, room) in zip(heads, places, strict=True)]
    lines = max(map(len, wrapped))
    height = _BOLD.leading * lines
    paper.draw([Panel(_LEFT, paper.y - height + 1.5, end - _LEFT, height, fill=PALE)])
    top = paper.y
    for at, (texts, (left, room)) in enumerate(zip(wrapped, places, strict=True)):
        paper.y = top
        for text in texts:
            paper.put(left, text, _BOLD, room, right=at in aligned)
            paper.down(_BOLD)
    paper.y = top - height


def _wrapped(text: str, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        tried = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(tried, _BOLD) > room:
            lines.append(word)
        else:
            lines[-1] = tried
    return lines[:3]
