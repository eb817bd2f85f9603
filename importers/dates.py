"""Dates and moments as people and exports write them: ISO, UK day first, Excel's serial numbers, month names.

A day and a month that could be swapped are read day first unless the column proves otherwise; what stays ambiguous
is said, never guessed.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from fleet.clock import LONDON
from importers.book import Cell

Order = Literal["day-first", "month-first", "mixed"]

EARLIEST = date(1990, 1, 1)
LATEST = date(2099, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(.*)", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(.*)", re.DOTALL)
_NAMED = re.compile(
    r"(?:[A-Za-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[ \-/.]([A-Za-z]{3,9})\.?,?[ \-/.](\d{4}|\d{2})(.*)", re.DOTALL
)
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(.*)", re.DOTALL)
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)()")
_CLOCK = re.compile(
    r"[T ,]*(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*([AaPp])?\.?[Mm]?\.?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?\s*"
)


class Dated(NamedTuple):
    """A moment or its absence. `code` is "" when there is nothing to say."""

    moment: datetime | None
    code: str = ""
    zoned: bool = False
    """Whether the text itself named its offset from UTC."""
    timed: bool = False


NEVER = Dated(None, "never")
UNREADABLE = Dated(None, "date-form")


def order_of(cells: Iterable[Cell], assumed: Order = "day-first") -> Order:
    """What a column proves about its numeric dates: a 23rd month can only be a day."""
    day_first = month_first = False
    for cell in cells:
        if isinstance(cell, str) and (match := _NUMBERS.match(cell)):
            first, second = int(match[1]), int(match[3])
            day_first = day_first or first > 12
            month_first = month_first or second > 12
    if day_first and month_first:
        return "mixed"
    if month_first:
        return "month-first"
    return "day-first" if day_first else assumed


def read_moment(cell: Cell, order: Order) -> Dated:
    """A cell as a moment without a zone (or with its own); the years 0001 and 9999 mean never."""
    if isinstance(cell, datetime):
        return _checked(cell.replace(tzinfo=None), timed=True)
    if isinstance(cell, date):
        return _checked(datetime.combine(cell, time()))
    if isinstance(cell, str):
        return _from_text(" ".join(cell.split()), order)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(cell)
    return UNREADABLE


def to_utc(dated: Dated, *, assume_utc: bool) -> datetime | None:
    """The aware UTC moment; a text without a zone is UTC or London's clock, as the layout says."""
    if dated.moment is None:
        return None
    if dated.zoned or assume_utc:
        return dated.moment.replace(tzinfo=UTC)
    return dated.moment.replace(tzinfo=LONDON).astimezone(UTC)


def _from_serial(number: float) -> Dated:
    """Excel counts days from 30 December 1899; a bare number is believed only in the range of our time."""
    if not 30_000 <= number <= 75_000:
        return UNREADABLE
    moment = datetime.combine(_EXCEL_EPOCH, time()) + timedelta(days=number)
    return Dated(moment.replace(microsecond=0), timed=number != int(number))


def _from_text(text: str, order: Order) -> Dated:
    if match := _ISO.fullmatch(text):
        return _build(int(match[1]), int(match[2]), int(match[3]), match[4])
    if match := _NUMBERS.fullmatch(text):
        return _from_numbers(match, order)
    if match := _NAMED.fullmatch(text):
        return _build(_year(match[3]), _MONTHS.get(match[2][:3].lower(), 0), int(match[1]), match[4])
    if match := _NAMED_FIRST.fullmatch(text):
        return _build(int(match[3]), _MONTHS.get(match[1][:3].lower(), 0), int(match[2]), match[4])
    if match := _COMPACT.fullmatch(text):
        return _build(int(match[1]), int(match[2]), int(match[3]), match[4])
    if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 16:
        return _from_serial(float(text))
    return UNREADABLE


def _from_numbers(match: re.Match[str], order: Order) -> Dated:
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    if second > 12 >= first:
        read = _build(year, first, second, match[5])
        return read if order == "month-first" or read.moment is None else read._replace(code="date-month-first")
    if first > 12 or first == second:
        return _build(year, second, first, match[5])
    if order == "mixed":
        return Dated(None, "date-ambiguous")
    if order == "month-first":
        read = _build(year, first, second, match[5])
        return read if read.moment is None else read._replace(code="date-month-first")
    return _build(year, second, first, match[5])


def _build(year: int, month: int, day: int, clock: str) -> Dated:
    if year in (1, 9999) or (year, month, day) == (1900, 1, 1):
        return NEVER
    parts = _CLOCK.fullmatch(clock)
    if parts is None:
        return UNREADABLE
    try:
        hour, minute, second = _hour(parts), int(parts[2] or 0), int(parts[3] or 0)
        moment = datetime.combine(date(year, month, day), time(hour, minute, second))
    except ValueError:
        return UNREADABLE
    zone = parts[5]
    if zone and zone[0] in "+-":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment - shift if zone[0] == "+" else moment + shift
    return _checked(moment, timed=parts[1] is not None, zoned=bool(zone))


def _hour(parts: re.Match[str]) -> int:
    hour = int(parts[1] or 0)
    if parts[4] is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if parts[4] in "pP" else 0)


def _checked(moment: datetime, *, timed: bool = False, zoned: bool = False) -> Dated:
    if moment.year in (1, 9999):
        return NEVER
    if not EARLIEST <= moment.date() <= LATEST:
        return Dated(None, "date-range")
    return Dated(moment.replace(microsecond=0), "", zoned, timed)


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return 2000 + year if year < 80 else 1900 + year
