"""Headers: how they are compared, where the header row is, which field each column feeds, which are never read.

Comparison ignores everything but letters and digits, so `Serial No.`, `SERIAL NO` and `serial_no` are one header.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from importers.book import Row, Table, column_name

REASON_HEADER = "Why it was rejected"
"""Of a column that a file of rejected rows has more than the file they are from."""
PLACE_HEADER = "Where it was"
"""Of the other: file, sheet and row, so that a mended row is known for the one it takes the place of."""
OWN_HEADERS = frozenset((REASON_HEADER, PLACE_HEADER))
SEARCHED_ROWS = 40
"""How far down the header row is looked for."""

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_ALPHANUMERIC_NOR_LINE = re.compile(r"[^A-Za-z0-9\n]+")

PERSONAL = frozenset(
    """dateofbirth dob birthdate birthday age agegroup sex gender title ninumber nino nationalinsurancenumber
    nationalinsuranceno nationalinsurance passportnumber passportno sortcode bankaccount bankaccountnumber
    bankaccountno bankname iban hometelephonenumber hometelephone homephone homeaddress addressline1 addressline2
    addressline3 addressline4 homepostcode personalemail salary pay grade ethnicity ethnicorigin religion disability
    maritalstatus nextofkin emergencycontact sicknessabsence leavingreason reasonforleaving
    activationlockbypasscode recoverykey bitlockerkey pin puk pin1 pin2 puk1 puk2 password passcode useraddress
    usercity userstate userpostcode streetaddress consentprovidedforminor legalagegroupclassification""".split()  # noqa: SIM905 a list of fifty quoted words reads worse
)
"""Headers whose column is dropped before a cell of it is looked at, whatever the layout."""

REPEATABLE = frozenset(("serial_or_mac",))
"""Fields that several columns may feed, because each cell decides by its value."""

CALL_RECORDS = frozenset(
    """callingnumber callednumber dialednumber dialledNumber destinationnumber callduration durationofcall usagedate
    calldate calltime usagetypeclassification numbercalled numberdialled calledparty callingparty""".lower().split()
)
"""Headers of itemised calls: two of them and the file is refused."""


@lru_cache(maxsize=20_000)
def plain(header: str) -> str:
    """A header as it is compared: NFKC, case-folded, letters and digits only."""
    if header.isascii():
        return _NOT_ALPHANUMERIC.sub("", header).casefold()
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", header).casefold())


def plain_lines(lines: str) -> list[str]:
    """Many ASCII texts at once, one per line, as they are compared."""
    return _NOT_ALPHANUMERIC_NOR_LINE.sub("", lines).lower().split("\n")


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a table. `names[0]` belongs to column A; blank and repeated ones have been told apart."""

    row: int
    """As the spreadsheet numbers it; 0 when the table has none."""
    names: tuple[str, ...]
    first_data_row: int
    repeated: tuple[str, ...] = ()
    """Names that occurred more than once, as written."""
    unnamed: tuple[str, ...] = ()
    """Names given to columns that had none."""

    @property
    def signature(self) -> str:
        """Identifies this set of headers, so that a mapping can be remembered for it."""
        words = sorted(map(plain, (name for name in self.names if name not in OWN_HEADERS)))
        return sha256("\n".join(words).encode()).hexdigest()


def known_in(row: Iterable[object], known: Collection[str]) -> int:
    """How many different cells of a row are headers that some layout knows."""
    return len({word for cell in row if isinstance(cell, str) and len(cell) < 80 and (word := plain(cell)) in known})


def find_header(table: Table, known: Collection[str]) -> Header | None:
    """The row among the first ones that holds most known headers; None when no row looks like one."""
    best, best_score = -1, 0
    for index, row in enumerate(table.rows[:SEARCHED_ROWS]):
        score = known_in(row, known)
        if score > best_score and (score >= 2 or table.width == 1):
            best, best_score = index, score
    if best < 0:
        return None
    cells, below = _with_neighbours(table, best, known)
    return _named(cells, best + 1, best + 1 + below, table)


def likely_header(table: Table) -> int | None:
    """The first row of texts that is about as wide as the table: a header in words that nobody knows yet."""
    rows = table.rows[:SEARCHED_ROWS]
    filled = [sum(1 for cell in row if cell != "") for row in rows]
    widest = max(filled, default=0)
    for number, (row, count) in enumerate(zip(rows, filled, strict=True), start=1):
        if count >= min(widest, max(2, widest - 1)) and count and all(isinstance(cell, str) for cell in row):
            return number
    return None


def header_at(table: Table, row: int) -> Header:
    """Take a given row as the header, whatever it holds."""
    cells = [_text(cell) for cell in table.rows[row - 1]]
    return _named(cells, row, row, table)


def without_header(table: Table, names: tuple[str, ...]) -> Header:
    """A table that begins with data at once; its columns are named by the layout."""
    width = max(table.width, len(names))
    if not names:
        unnamed = tuple(f"column {column_name(number)}" for number in range(1, width + 1))
        return Header(0, unnamed, 1, unnamed=unnamed)
    shown = [name or f"column {column_name(number)}" for number, name in enumerate(names, start=1)]
    return Header(0, tuple([*shown, *(f"column {column_name(i)}" for i in range(len(names) + 1, width + 1))]), 1)


def _with_neighbours(table: Table, index: int, known: Collection[str]) -> tuple[list[str], int]:
    """Two-row headers: names completed from a merged row above, or from a second row below."""
    cells = [_text(cell) for cell in table.rows[index]]
    cells += [""] * (table.width - len(cells))
    if index > 0:
        above = _spread(table, index - 1)
        if sum(1 for cell in above if cell) >= 2:
            cells = [_joined(top, cell, known) for top, cell in zip(above, cells, strict=True)]
    if index + 1 < len(table.rows):
        below = [_text(cell) for cell in table.rows[index + 1]]
        below += [""] * (table.width - len(below))
        if _continues(cells, below, known):
            tops = _spread(table, index)
            return [
                _joined(top, cell, known) or cells[i] for i, (top, cell) in enumerate(zip(tops, below, strict=True))
            ], 1
    return cells, 0


def _spread(table: Table, index: int) -> list[str]:
    """A row with the text of merged cells repeated over the columns they cover."""
    cells = [_text(cell) for cell in table.rows[index]]
    cells += [""] * (table.width - len(cells))
    for first_row, first_column, last_row, last_column in table.merged:
        if first_row <= index + 1 <= last_row and first_row == index + 1:
            for column in range(first_column, min(last_column, len(cells)) + 1):
                cells[column - 1] = cells[first_column - 1]
    return cells


def _joined(top: str, cell: str, known: Collection[str]) -> str:
    if not cell:
        return top if plain(top) in known else ""
    both = f"{top} {cell}".strip()
    if top and plain(both) in known:
        return both
    return cell


def _continues(cells: list[str], below: list[str], known: Collection[str]) -> bool:
    """Whether the row below only completes the header: known words, mostly under blanks."""
    written = [(top, cell) for top, cell in zip(cells, below, strict=True) if cell]
    if not written or len(written) > len(cells) // 2 + 1:
        return False
    return all((not top and plain(cell) in known) or plain(f"{top} {cell}") in known for top, cell in written)


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return " ".join(cell.split())
    return "" if cell is None else str(cell)


def _named(cells: list[str], row: int, last_row: int, table: Table) -> Header:
    """Tell repeated and blank headers apart; a blank one counts only when its column holds something."""
    names: list[str] = []
    seen: dict[str, int] = {}
    repeated: list[str] = []
    unnamed: list[str] = []
    cells = cells + [""] * (table.width - len(cells))
    for number, cell in enumerate(cells, start=1):
        name = cell
        if not name:
            name = f"column {column_name(number)}"
            if any(len(line) >= number and line[number - 1] != "" for line in table.rows[last_row:]):
                unnamed.append(name)
        count = seen[plain(name)] = seen.get(plain(name), 0) + 1
        if count > 1:
            repeated.append(name)
            name = f"{name} ({count})"
        names.append(name)
    return Header(row, tuple(names), last_row + 1, tuple(dict.fromkeys(repeated)), tuple(unnamed))


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which column feeds which field, and what happens to the others."""

    fields: Mapping[int, str]
    """Position from 0 -> field."""
    unmapped: tuple[str, ...]
    not_read: tuple[str, ...]
    personal: tuple[str, ...]
    contested: tuple[tuple[str, str, str], ...] = ()
    """(header, field, header that feeds it already)."""
    chosen: tuple[int, ...] = ()
    """Positions of which a person said what they feed."""


def map_columns(
    header: Header,
    aliases: Mapping[str, str],
    ignored: Collection[str],
    chosen: Mapping[str, str] | None = None,
) -> Mapped:
    """Match headers with fields: a person's choice first, then the layout's aliases; personal columns never.

    `aliases` maps plain headers to fields; `chosen` headers as written to a field, or to "" for `do not read`.
    """
    wishes = {plain(name): field for name, field in (chosen or {}).items()}
    taken: dict[str, int] = {}
    fields: dict[int, str] = {}
    unmapped: list[str] = []
    not_read: list[str] = []
    personal: list[str] = []
    contested: list[tuple[str, str, str]] = []
    order = sorted(range(len(header.names)), key=lambda index: plain(header.names[index]) not in wishes)
    for index in order:
        name = header.names[index]
        word = plain(name)
        field = wishes.get(word, aliases.get(word))
        if word in PERSONAL:
            personal.append(name)
        elif name in OWN_HEADERS:
            not_read.append(name)
        elif field and (field not in taken or field in REPEATABLE):
            taken[field] = index
            fields[index] = field
        elif field == "" or (field is None and word in ignored):
            not_read.append(name)
        elif field:
            contested.append((name, field, header.names[taken[field]]))
            unmapped.append(name)
        elif not name.startswith("column ") or name in header.unnamed:
            unmapped.append(name)
    chosen_here = tuple(index for index in sorted(fields) if plain(header.names[index]) in wishes)
    return Mapped(
        dict(sorted(fields.items())), tuple(unmapped), tuple(not_read), tuple(personal), tuple(contested), chosen_here
    )


def is_call_record(names: Iterable[str]) -> bool:
    """Whether headers are those of itemised calls, which are personal data and never imported."""
    return len({plain(name) for name in names} & CALL_RECORDS) >= 2


def filled_rows(table: Table, first: int) -> list[tuple[int, Row]]:
    """The rows from a number on that hold something, with their numbers."""
    return [(number, row) for number, row in enumerate(table.rows[first - 1 :], start=first) if not row_is_blank(row)]


def row_is_blank(row: Row) -> bool:
    """Whether no cell of a row holds anything but spaces."""
    if not row:
        return True
    if row and isinstance(row[0], str) and row[0][:1].isalnum():
        return False
    return not any(cell if not isinstance(cell, str) else cell.strip() for cell in row) and not any(
        cell == 0 and not isinstance(cell, str) for cell in row
    )
