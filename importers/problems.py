"""What an importer has to tell: problems grouped by cause, and rejected rows as a file that can be mended."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fleet.domain.records import Problem
from importers.book import Row, Table
from importers.columns import OWN_HEADERS, PLACE_HEADER, REASON_HEADER, Header
from importers.meanings import MAY_BE, text_of

_LIVE = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_PLAIN_NUMBER = frozenset("0123456789 .,()-+")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was kept out, with its cells as they were (personal columns blanked) and every reason."""

    row: int
    cells: Row
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Problems of one cause, counted; `examples` are the first few."""

    code: str
    reason: str
    count: int
    examples: tuple[Problem, ...]

    @property
    def acceptable(self) -> bool:
        """Whether there is a proposal for its cells, which is taken when a person accepts the code."""
        return any((one.remedy or "").startswith(MAY_BE) for one in self.examples)

    def as_json(self) -> dict[str, object]:
        """For scripts and screens: the cause, how often, and the first places."""
        examples = [
            {"row": one.row, "column": one.column, "value": one.value, "remedy": one.remedy} for one in self.examples
        ]
        return {
            "code": self.code, "reason": self.reason, "count": self.count, "acceptable": self.acceptable, "examples": examples,
        }  # fmt: skip


def grouped(problems: Iterable[Problem], examples: int = 3) -> list[Cause]:
    """Problems by code and reason, the most frequent first."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.reason), []).append(problem)
    causes = [Cause(code, reason, len(found), tuple(found[:examples])) for (code, reason), found in groups.items()]
    return sorted(causes, key=lambda cause: -cause.count)


def place_of(name: str, sheet: str | None) -> str:
    """A file and its sheet, as a file of rejected rows names them."""
    return f"{name}, sheet {sheet}" if sheet else name


def mended_rows(header: Header, table: Table) -> Mapping[str, frozenset[int]]:
    """Of a mended file of rejected rows: file and sheet -> the rows there that these take the place of."""
    if PLACE_HEADER not in header.names:
        return {}
    at = header.names.index(PLACE_HEADER)
    found: dict[str, set[int]] = {}
    for row in table.rows[header.first_data_row - 1 :]:
        place, _, number = text_of(row[at]).rpartition(", row ") if at < len(row) else ("", "", "")
        if place and number.isascii() and number.isdigit():
            found.setdefault(place.removeprefix("'"), set()).add(int(number[:9]))
    return {place: frozenset(rows) for place, rows in found.items()}


def rejected_csv(header: Sequence[str], rejected: Iterable[RejectedRow], place: str = "") -> str:
    """Rejected rows as CSV text with a reason column, which can be mended and imported again; `place` says whence.

    Cells that a spreadsheet program would run as a formula get a leading apostrophe; reading drops it again. Write
    the text as UTF-8 with a byte-order mark, so that Excel reads accents.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = [name for name in header if name not in OWN_HEADERS]
    kept = [index for index, name in enumerate(header) if name not in OWN_HEADERS]
    was = header.index(PLACE_HEADER) if PLACE_HEADER in header else None
    writer.writerow([*map(inert, names), REASON_HEADER, PLACE_HEADER])
    for row in rejected:
        cells = [inert(text_of(row.cells[index])) if index < len(row.cells) else "" for index in kept]
        first = text_of(row.cells[was]) if was is not None and was < len(row.cells) else f"{place}, row {row.row}"
        writer.writerow([*cells, " ".join(row.reasons), inert(first)])
    return text.getvalue()


def inert(text: str) -> str:
    """A text that no spreadsheet program runs: formulas are quoted, `+44 7700 900123` is left alone."""
    text = "".join(letter for letter in text if letter.isprintable() or letter == "\n")
    if text.startswith(_LIVE) and not _PLAIN_NUMBER.issuperset(text):
        return "'" + text
    return text
