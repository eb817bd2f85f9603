"""A table and a layout give rows of fields, and everything that must be said about them. Nothing is written.

`interpret` finds the sheet, the layout and the header row, maps columns, reads cells, keeps out rows that can't be
believed, and adds up: read = records + skipped + rejected.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from fleet.domain.records import ImportedRow, Problem
from fleet.errors import BadFile, UsageProblem
from importers import layouts
from importers.beside import Beside, part
from importers.book import Book, Row, Table
from importers.columns import (
    Header,
    Mapped,
    filled_rows,
    find_header,
    header_at,
    is_call_record,
    likely_header,
    map_columns,
    plain,
    row_is_blank,
    without_header,
)
from importers.foreign import refuse_foreign, refuse_prose
from importers.header_again import header_said_earlier
from importers.headings import DECIDED_BY_VALUE, column_problems
from importers.layout import Layout, Remembered
from importers.meanings import text_of
from importers.problems import RejectedRow
from importers.rows import RowReader
from importers.shapes import headerless_fit, tellingness
from importers.titles import date_above
from importers.words import FIELD_KINDS

FEW_ROWS = 2
"""Titles and a header, of which nobody says that they are prose."""
_TELLING = frozenset(("serial", "imei", "iccid", "employee_number"))
"""Fields whose header tells by itself what a file is of."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a file says, ready to be compared with the register; the preview shows all of it."""

    layout: Layout
    book: Book
    sheet: str | None
    header: Header
    header_row: int | None
    """None for a file without a header row."""
    columns: Mapping[str, str]
    """Header -> field."""
    unmapped: tuple[str, ...]
    not_read: tuple[str, ...]
    personal: tuple[str, ...]
    """Columns dropped unread because they hold personal data; part of `not_read` in a report."""
    records: tuple[ImportedRow, ...]
    problems: tuple[Problem, ...]
    rejected: tuple[RejectedRow, ...]
    skipped: int
    """Rows that are no data: subtotals, notes, repeated headers, exact repetitions."""
    notes: tuple[str, ...]
    remembered: Remembered | None = None
    """The mapping that was remembered for these headers, where one was."""
    recognised: bool = True
    """Whether headers, shape or a person told the layout; else `layout` is only what a person could map it to."""
    dated: date | None = None
    """The day that the file as a whole is of, where its layout looks for one and it says so above its header."""

    @property
    def read(self) -> int:
        """Rows that hold anything below the header."""
        return len(self.records) + len(self.rejected) + self.skipped

    def as_json(self) -> dict[str, object]:
        """The part of a preview's JSON that needs no register: the keys are a contract with scripts."""
        return {
            "format": self.book.format,
            "encoding": self.book.encoding,
            "delimiter": self.book.delimiter,
            "sheet": self.sheet,
            "mapping": self.remembered.number if self.remembered else None,
            "header_row": self.header_row,
            "columns": dict(self.columns),
            "unmapped": list(self.unmapped),
            "not_read": [*self.not_read, *self.personal],
            "notes": list(self.notes),
            "problems": [
                {"code": told.code, "row": told.row, "column": told.column, "value": told.value, "reason": told.reason}
                for told in self.problems
            ],
        }

    @property
    def sets(self) -> frozenset[str]:
        """Fields that this import may write: those of the layout which the file has."""
        return self.layout.sets & {field for record in self.records for field in record.values}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One sheet with the layout that fits it best."""

    table: Table
    rows: list[tuple[int, Row]]
    """Those below the header that hold something."""
    layout: Layout
    header: Header
    mapped: Mapped
    score: tuple[int, int, int, int]
    remembered: Remembered | None = None
    recognised: bool = True
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What a person said of this file, now and earlier."""

    layout: Layout | None
    mapping: Mapping[str, str]
    header_row: int | None
    remembered: Mapping[str, Remembered]

    @property
    def words(self) -> set[str]:
        """Headers that were given a meaning."""
        earlier = (name for one in self.remembered.values() for name in one.columns)
        return {plain(name) for name in (*self.mapping, *earlier)}


def interpret(
    source: Book | Table,
    *,
    layout: str | Layout | None = None,
    mapping: Mapping[str, str] | None = None,
    header_row: int | None = None,
    accept: Collection[str] = (),
    remembered: Mapping[str, Remembered] | None = None,
) -> Interpretation:
    """Read meaning into a file.

    `layout` forces one instead of recognising it; `mapping` (header -> field, or "" for `do not read`) wins over its
    aliases; `header_row` names the row that holds the headers; `accept` lists problem codes whose proposals are taken;
    `remembered` are earlier mappings by the signature of their headers, the newest first: they count where nothing is said
    now.

    Raises:
        BadFile: no sheet holds a row of data, or it is an itemised bill.
        UsageProblem: the layout is unknown, or the mapping names a field that does not exist.
    """
    book = source if isinstance(source, Book) else Book("table", (source,), "", 0)
    _check_mapping(mapping)
    forced = layouts.named(layout) if isinstance(layout, str) else layout
    wishes = _Wishes(forced, mapping or {}, header_row, remembered or {})
    candidates = _candidates(book, wishes)
    if not candidates:
        for table in book.tables:
            if len(filled_rows(table, 1)) > FEW_ROWS:
                refuse_prose(table)
        raise BadFile("There is no row of data in the file, only a heading or nothing.", code="no-rows")
    best = max(candidates, key=lambda candidate: candidate.score)
    if is_call_record(best.header.names):
        raise BadFile(
            "This is an itemised bill: call records are personal data and are never imported.", code="call-records"
        )
    if not (wishes.layout or wishes.mapping or wishes.header_row or best.remembered):
        refuse_foreign(best.header, best.table, recognised=best.recognised)
    others = [candidate for candidate in candidates if candidate is not best]
    notes = (*_notes(book, best, others), *_row_again(best, wishes), *_not_there(best.header, wishes.mapping))
    return _read(book, best, frozenset(accept), notes)


def _check_mapping(mapping: Mapping[str, str] | None) -> None:
    for header, field in (mapping or {}).items():
        if field and field not in FIELD_KINDS:
            raise UsageProblem(f"The mapping of {header!r} names a field {field!r}, which does not exist.")


def _candidates(book: Book, wishes: _Wishes) -> list[_Candidate]:
    tables = book.visible or book.tables
    if len(book.tables) == 1:
        tables = book.tables
    found = (_candidate(table, wishes) for table in tables)
    return [candidate for candidate in found if candidate is not None]


def _candidate(table: Table, wishes: _Wishes) -> _Candidate | None:
    """The best layout for one sheet; None when the sheet has no data."""
    if not table.rows:
        return None
    header, layout, recognised = _header_and_layout(table, wishes)
    earlier = wishes.remembered.get(header.signature) if header.row else None
    if earlier is not None and earlier.layout is not None and wishes.layout is None:
        layout = next((one for one in layouts.LAYOUTS if one.key == earlier.layout), layout)
    said = {**(earlier.columns if earlier is not None else {}), **wishes.mapping}
    if not recognised and not (earlier and earlier.layout):
        layout = _meant(said)
    recognised = recognised or bool(wishes.layout or said or (earlier and earlier.layout))
    aliases = _aliases(layout, header) if recognised else {}  # Nothing is guessed of a file that nobody knows.
    mapped = map_columns(header, aliases, layout.ignored_words, said)
    mapped, rows, beside = part(header, mapped, filled_rows(table, header.first_data_row))
    if not rows:
        return None
    fields = set(mapped.fields.values())
    identities = sum(1 for field in layout.identity if field in fields or fields & DECIDED_BY_VALUE)
    anchored = layout.fits(frozenset(map(plain, header.names)))
    score = (min(identities, 1), anchored, len(mapped.fields), len(rows))
    return _Candidate(table, rows, layout, header, mapped, score, earlier, recognised, beside)


def _header_and_layout(table: Table, wishes: _Wishes) -> tuple[Header, Layout, bool]:
    """The header row, the layout that fits, and whether anything told that it does."""
    forced, header_row = wishes.layout, wishes.header_row
    known = set(layouts.known_words()) | wishes.words
    if header_row is not None:
        if not 1 <= header_row <= len(table.rows):
            raise BadFile(f"There is no row {header_row} to hold the headers.", code="no-header")
        header: Header | None = header_at(table, header_row)
    elif forced and forced.positions:
        header = None
    else:
        header = header_said_earlier(table, wishes.remembered) or find_header(table, known)
    if header is None:
        return _without_known_header(table, forced)
    known_layout = forced or _recognise(header)
    return header, known_layout or layouts.FALLBACK, known_layout is not None


def _meant(mapping: Mapping[str, str]) -> Layout:
    """Of a file that nothing tells: what the fields are of that a person named."""
    fields = set(mapping.values())
    return max(
        (layouts.FALLBACK, *layouts.BY_WORDS),
        key=lambda layout: (bool(fields & {*layout.identity}), len(fields & {*layout.columns})),
    )


def _without_known_header(table: Table, forced: Layout | None) -> tuple[Header, Layout, bool]:
    """No row holds words we know: a file without header row, or one that a person must map."""
    wanted = [forced] if forced else layouts.LAYOUTS
    fitting = [layout for layout in wanted if layout.positions and headerless_fit(layout, table)]
    if fitting:
        layout = max(fitting, key=tellingness)
        return without_header(table, layout.positions), layout, True
    if forced and forced.positions:
        return without_header(table, forced.positions), forced, True
    row = likely_header(table)
    header = header_at(table, row) if row else without_header(table, ())
    told = forced or _recognise(header)
    return header, told or layouts.FALLBACK, told is not None


def _recognise(header: Header) -> Layout | None:
    """By anchors first (the largest group that is wholly there), else by the number of columns that mean something.

    Words alone tell a layout when one of them identifies a row and it does not stand alone among strange ones.
    """
    words = frozenset(map(plain, header.names))
    anchored = max(layouts.LAYOUTS, key=lambda layout: layout.fits(words))
    if anchored.fits(words):
        return anchored
    best = max(layouts.BY_WORDS, key=lambda layout: _wordiness(layout, words))
    identities, fields = _wordiness(best, words)
    telling = any(best.aliases.get(word) in _TELLING for word in words)
    return best if identities and (fields > 1 or telling or len(words) <= 2) else None


def _wordiness(layout: Layout, words: frozenset[str]) -> tuple[int, int]:
    fields = {layout.aliases[word] for word in words if word in layout.aliases}
    return (sum(1 for field in layout.identity if field in fields) and 1, len(fields))


def _aliases(layout: Layout, header: Header) -> Mapping[str, str]:
    if header.row == 0:
        return {plain(name): name.removesuffix(" 2") for name in layout.positions if name}
    return layout.aliases


def _notes(book: Book, best: _Candidate, others: list[_Candidate]) -> tuple[str, ...]:
    table = best.table
    notes = list(book.notes)
    if best.layout.changes_nothing:
        notes.append(f"This file is compared with the register and changes nothing: {best.layout.changes_nothing}.")
    notes += [
        f"Sheet {other.table.name!r} holds {other.score[3]} rows and was not read; name it to import it."
        for other in others
    ]
    if best.beside is not None and not best.beside.apart:
        notes.append(
            f"A blank column stands before column {best.beside.column}; what is right of it was read with the same rows. "
            "If it is a table of its own, move it to another sheet."
        )
    if table.hidden_rows:
        rows = (
            "1 row is hidden in the sheet; it was"
            if len(table.hidden_rows) == 1
            else (f"{len(table.hidden_rows)} rows are hidden in the sheet; they were")
        )
        notes.append(f"{rows} read as well.")
    hidden = [best.header.names[column - 1] for column in table.hidden_columns if column <= len(best.header.names)]
    if hidden:
        notes.append(f"Hidden columns were read as well: {', '.join(sorted(hidden))}.")
    if table.unstored_formulas:
        notes.append(
            f"Formulas without a stored result: {table.unstored_formulas}; they read as blank. Save the file in Excel."
        )
    if best.header.row > 1:
        above = [row for row in table.rows[: best.header.row - 1] if not row_is_blank(row)]
    if best.header.row > 1 and above:
        rows = "1 row" if len(above) == 1 else f"{len(above)} rows"
        was = "was" if len(above) == 1 else "were"
        notes.append(f"{rows} above the header row {best.header.row} {was} taken for a title.")
    return tuple(notes)


def _row_again(best: _Candidate, wishes: _Wishes) -> list[str]:
    """That the headers were looked for where a person said earlier that they are."""
    said = best.remembered.header_row if best.remembered is not None else None
    if said is None or wishes.header_row is not None:
        return []
    row = best.header.row
    moved = f"; they are in row {row} of this file" if row != said else ""
    return [f"The headers were said earlier to be in row {said}{moved}."]


def _not_there(header: Header, mapping: Mapping[str, str]) -> list[str]:
    """A slip in the name of a column must not pass for a mapping that was taken."""
    names = set(map(plain, header.names))
    absent = [name for name in mapping if plain(name) not in names]
    return [f"No column is called {', '.join(absent)}: what was said of it is left aside."] if absent else []


def _read(book: Book, chosen: _Candidate, accept: frozenset[str], notes: tuple[str, ...]) -> Interpretation:
    header, mapped = chosen.header, chosen.mapped
    rows = _rows_of_use(chosen)
    left = len(chosen.rows) - len(rows)
    if left:
        what = "row tells of something else and was" if left == 1 else "rows tell of something else and were"
        notes = (*notes, f"{left:,} {what} not read.")
    reader = RowReader(chosen.table, rows, chosen.layout, header, mapped, accept)
    outcome = reader.read()
    problems = [*column_problems(header, mapped, chosen.layout, chosen.beside), *outcome.problems]
    return Interpretation(
        layout=chosen.layout,
        book=book,
        sheet=chosen.table.name,
        header=header,
        header_row=header.row or None,
        columns={header.names[index]: field for index, field in mapped.fields.items()},
        unmapped=mapped.unmapped,
        not_read=mapped.not_read,
        personal=mapped.personal,
        records=tuple(outcome.records),
        problems=tuple(problems),
        rejected=tuple(outcome.rejected),
        skipped=outcome.skipped + left,
        notes=(*notes, *outcome.notes),
        remembered=chosen.remembered,
        recognised=chosen.recognised,
        dated=date_above(chosen.table.rows[: max(0, header.row - 1)], chosen.layout.dated_by),
    )


def _rows_of_use(chosen: _Candidate) -> list[tuple[int, Row]]:
    """The rows of a log that its layout wants; of any other file all."""
    names = {plain(name): index for index, name in enumerate(chosen.header.names)}
    wanted = [(names[plain(name)], words) for name, words in chosen.layout.only.items() if plain(name) in names]
    if not wanted:
        return chosen.rows
    return [
        (number, row)
        for number, row in chosen.rows
        if all(index < len(row) and plain(text_of(row[index])) in words for index, words in wanted)
    ]
