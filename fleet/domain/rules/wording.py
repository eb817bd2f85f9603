"""How the sentences of findings write days, lists and people."""

from collections.abc import Iterable
from datetime import date, datetime

from fleet.clock import london_date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def day_text(day: date) -> str:
    """`12 Nov 2026`, in English whatever the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """The London day of a moment: `12 Nov 2026`."""
    return day_text(london_date(moment))


def list_text(parts: Iterable[object]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = [str(part) for part in parts]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def number_text(number: int) -> str:
    """`two`, `nine`, `10`: small numbers as words."""
    return SMALL[number] if 0 <= number < len(SMALL) else str(number)


def times_text(number: int) -> str:
    """`once`, `twice`, `three times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number_text(number)} times")


def days_text(days: int) -> str:
    """`1 day`, `30 days`."""
    return f"{days} day" if days == 1 else f"{days} days"


def seen_text(moment: datetime | None) -> str:
    """When a device last checked in, as the end of a sentence about its enrolment."""
    return "it has not checked in yet" if moment is None else f"it last checked in on {moment_text(moment)}"
