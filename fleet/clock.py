"""The clock, read once at the entry point; everything else receives `now`.

Inside, a moment is an aware UTC datetime. London time appears only at the rim: in a cell or on a screen.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def utc_now() -> datetime:
    """The present moment as aware UTC, to the second: sources and people are no more precise than that."""
    return datetime.now(UTC).replace(microsecond=0)


def london_date(moment: datetime) -> date:
    """The calendar day in London on which a UTC moment falls."""
    return moment.astimezone(LONDON).date()


def london_text(moment: datetime) -> str:
    """A moment as people in London write it: `22 Nov 2026 14:05`."""
    return moment.astimezone(LONDON).strftime("%d %b %Y %H:%M").lstrip("0")


def start_of_day(day: date) -> datetime:
    """Midnight in London at the start of a day, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The last second of a day in London, as UTC: `as at 31 March` includes 31 March."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LONDON).astimezone(UTC)
