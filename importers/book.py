"""What reading a file gives: tables of raw cells, where each stood, and what the file hides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta
"""A raw cell. A blank one is "": reading gives no meaning."""

Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or the whole of a text file. `rows[0]` is row 1 as a spreadsheet program numbers it."""

    name: str | None
    rows: list[Row]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    """Counted from 1."""
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """(row, column) -> `#N/A`; the cell itself reads as blank."""
    unstored_formulas: int = 0
    """Formulas whose result was never stored in the file: they read as blank."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """(first row, first column, last row, last column), counted from 1."""

    @property
    def width(self) -> int:
        """Cells of the longest row."""
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Book:
    """A file as read. `sha256` and `size` are of the bytes given, so that apply can insist on the same ones."""

    format: str
    """csv, tsv, txt, xlsx, xlsm, xls, ods."""
    tables: tuple[Table, ...]
    sha256: str
    size: int
    encoding: str | None = None
    delimiter: str | None = None
    member: str | None = None
    """Name of the file inside a ZIP."""
    notes: tuple[str, ...] = ()
    """Sentences for the preview: what was repaired or could not be seen."""

    @property
    def visible(self) -> tuple[Table, ...]:
        """The tables that a person sees on opening the file."""
        return tuple(table for table in self.tables if not table.hidden)


def column_name(number: int) -> str:
    """The letters of a column counted from 1: 1 -> A, 28 -> AB."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
