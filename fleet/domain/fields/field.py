"""One field of the catalogue: its label, its kind, who may set it, how it prints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal

from fleet.clock import LONDON, london_text

Kind = Literal["text", "identifier", "date", "moment", "money", "integer", "boolean", "word"]
"""What a value is: `identifier` has digits or letters that must stay as they are; `word` is one of a fixed list; `moment`
is aware UTC; `money` is whole pence."""

Source = Literal["staff", "intune", "apple", "hr"]
Personal = Literal["", "name", "hidden", "prose"]
"""What a field tells about people: nothing; a name, which masking shortens to initials; a name, address or number, which
masking leaves out; sentences that may mention people, whose addresses masking withholds."""

CellValue = str | int | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class Field:
    """Declared once; screens, sheets, imports and the history refer to its key."""

    key: str
    label: str
    """The header of its column. A sheet is read back by it, so it does not change."""
    kind: Kind
    width: int
    """Characters that show most values whole."""
    priority: int
    """1 is shown first where room is short."""
    sources: frozenset[Source]
    """Who may set it; nobody where it is worked out from other fields."""
    help: str
    words: Callable[[Any], str] | None = None
    """Turns a stored value into words, where its kind alone does not."""
    personal: Personal = ""
    read: Callable[[Any], Any] | None = None
    """Takes the value from a row; None takes the attribute named `key`."""

    def value(self, row: Any) -> Any:
        """The stored value; None when there is none."""
        return self.reader()(row)

    def reader(self) -> Callable[[Any], Any]:
        """What takes the value from a row; for loops over many rows."""
        return attrgetter(self.key) if self.read is None else self.read

    def text(self, row: Any) -> str:
        """The value as people in London read it, "" for none: for screens and CSV."""
        value = self.value(row)
        if value is None:
            return ""
        return _TEXTS[self.kind](value) if self.words is None else self.words(value)

    def cell(self, row: Any) -> CellValue | None:
        """The value as a spreadsheet computes with it; identifiers, words and answers stay text."""
        value = self.value(row)
        return None if value is None else self.as_cell()(value)

    def as_cell(self) -> Callable[[Any], CellValue]:
        """How a stored value becomes a cell; the same for all rows of a column."""
        if self.words is not None and self.kind not in _COMPUTED:
            return self.words
        return _CELLS[self.kind]


def from_words(labels: Mapping[str, str]) -> Callable[[Any], str]:
    """Words by a list of labels; a value that is not in it is spelt out."""
    return lambda value: labels.get(value) or spell_out(value)


def spell_out(value: str) -> str:
    """An unknown word as people read it: `managedByMdm` is `Managed by mdm`, `in_stock` `In stock`."""
    if not value.isidentifier() or value.isupper():
        return value
    spaced = "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(value))
    text = spaced.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def day_text(day: date) -> str:
    """A day as people in London write it: `3 Mar 2025`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def money_text(pence: int) -> str:
    """Pence as pounds: `£1,234.50`."""
    return f"-£{-pence / 100:,.2f}" if pence < 0 else f"£{pence / 100:,.2f}"


def gigabytes(size: int) -> str:
    """Bytes as makers count them: `64 GB`."""
    return f"{size / 1_000_000_000:,.0f} GB"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def _london_clock(moment: datetime) -> datetime:
    """What a clock in London showed: spreadsheets know no zones."""
    return moment.astimezone(LONDON).replace(tzinfo=None)


def _pounds(pence: int) -> Decimal:
    return Decimal(pence) / 100


_TEXTS: Mapping[Kind, Callable[[Any], str]] = {
    "text": str,
    "identifier": str,
    "word": spell_out,
    "date": day_text,
    "moment": london_text,
    "money": money_text,
    "integer": "{:,}".format,
    "boolean": _yes_no,
}
_CELLS: Mapping[Kind, Callable[[Any], CellValue]] = {
    "text": str,
    "identifier": str,
    "word": spell_out,
    "date": lambda day: day,
    "moment": _london_clock,
    "money": _pounds,
    "integer": int,
    "boolean": _yes_no,
}
_COMPUTED = frozenset({"date", "moment", "money", "integer"})
