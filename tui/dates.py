"""Moments and days as people in London say them, and days as people type them."""

import re
from datetime import UTC, date, datetime, timedelta

from fleet.clock import LONDON, london_date, london_text
from fleet.errors import UsageProblem
from tui.text import Inert, clean, join

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEVER = clean("never")
NEAR = 60
"""Days within which a day of another year is said without it."""


def say_age(moment: datetime | None, now: datetime, *, ago: bool = True) -> Inert:
    """How long ago: `just now`, `5 min ago`, `3 h ago`, `12 days ago`; without `ago` under a title that says it."""
    if moment is None:
        return NEVER
    seconds = int((now - moment).total_seconds())
    if seconds < 0:
        return say_moment(moment, now)
    if seconds < MINUTE:
        return clean("just now")
    return join(_span_of(seconds), " ago" if ago else "")


def _span_of(seconds: int) -> str:
    days = seconds // DAY
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if days == 0:
        return f"{seconds // HOUR} h"
    if days < 90:
        return "1 day" if days == 1 else f"{days} days"
    return f"{days // 30} months" if days < 720 else f"{days // 365} years"


def say_moment(moment: datetime | None, now: datetime) -> Inert:
    """When, in London: `today 14:05`, `yesterday 09:10`, `Tue 18 Nov 14:05`, `3 Mar 2025`."""
    if moment is None:
        return NEVER
    local, today = moment.astimezone(LONDON), london_date(now)
    apart = (today - local.date()).days
    clock = local.strftime("%H:%M")
    if apart in (0, 1, -1):
        return join({0: "today", 1: "yesterday", -1: "tomorrow"}[apart], " ", clock)
    if local.year == today.year or abs(apart) < NEAR:
        return join(local.strftime("%a "), local.day, local.strftime(" %b "), clock)
    return join(local.day, local.strftime(" %b %Y"))


def say_exactly(moment: datetime | None) -> Inert:
    """The moment itself: `22 Nov 2026 14:05`."""
    return NEVER if moment is None else clean(london_text(moment))


def say_day(day: date | None, today: date) -> Inert:
    """A calendar day: `today`, `tomorrow`, `18 Nov`, `3 Mar 2027`.

    Without its year are those of the next and last weeks, and those of this year that are not a year from such a day: in
    November `17 Jan` is the next one.
    """
    if day is None:
        return clean("")
    apart = (day - today).days
    if apart in (0, 1, -1):
        return clean({0: "today", 1: "tomorrow", -1: "yesterday"}[apart])
    is_plain = abs(apart) < NEAR or (day.year == today.year and abs(apart) <= 365 - NEAR)
    return join(day.day, day.strftime(" %b" if is_plain else " %b %Y"))


def say_clock(moment: datetime) -> Inert:
    """The time of day in London: `14:05`."""
    return clean(moment.astimezone(LONDON).strftime("%H:%M"))


def read_day(text: str, today: date) -> date | None:
    """A day as typed: `tomorrow`, `fri`, `+14`, `2 weeks`, `31/3`, `31 Mar 2027`, `2027-03-31`; nothing is None.

    Raises `UsageProblem` when it is no day, saying what would be one. A day without a year is the next such day.
    """
    typed = " ".join(text.strip().lower().replace(",", " ").split())
    if not typed:
        return None
    found = _word(typed, today) or _ahead(typed, today) or _calendar(typed, today)
    if found is None:
        raise UsageProblem("That is no day. Write 31 Mar, 31/3/2027, +14, 2 weeks, friday or tomorrow.")
    return found


def read_past_day(text: str, today: date) -> date | None:
    """The day something happened, as typed: `yesterday`, `fri`, `-3`, `3 days ago`, `18 Nov`; nothing is None.

    Raises `UsageProblem` when it is no day, or one to come. A day without a year is the last such day.
    """
    typed = " ".join(text.strip().lower().replace(",", " ").split())
    if not typed:
        return None
    found = _past_word(typed, today) or _calendar(typed, today - timedelta(days=365))
    if found is None:
        raise UsageProblem("That is no day. Write 18 Nov, 18/11/2026, -3, yesterday or friday.")
    if found > today:
        raise UsageProblem("That day is still to come.")
    return found


def _past_word(typed: str, today: date) -> date | None:
    if typed in ("today", "yesterday"):
        return today - timedelta(days=typed == "yesterday")
    if ago := re.fullmatch(r"-(\d{1,3})|(\d{1,3}) (?:d|days?) ago", typed):
        return today - timedelta(days=int(ago[1] or ago[2]))
    for number, name in enumerate(WEEKDAYS):
        if len(typed) >= 3 and name.startswith(typed):
            return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    return None


def read_past_moment(text: str, now: datetime) -> datetime | None:
    """When something was done, as typed: `21:40` is the last time it was that in London, `18 Nov 21:40`; nothing is None.

    Raises `UsageProblem` when it is no such moment.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"(.*?)\s*\b(\d{1,2})[:.](\d{2})", text.strip())
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise UsageProblem("That is no time. Write 21:40, yesterday 21:40 or 18 Nov 21:40.")
    today = london_date(now)
    day = read_past_day(found[1], today) or today
    moment = datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=LONDON).astimezone(UTC)
    if moment > now and not found[1]:
        moment = (moment.astimezone(LONDON) - timedelta(days=1)).astimezone(UTC)
    if moment > now:
        raise UsageProblem("That time is still to come.")
    return moment


def _word(typed: str, today: date) -> date | None:
    if typed in ("today", "tomorrow"):
        return today + timedelta(days=typed == "tomorrow")
    for number, name in enumerate(WEEKDAYS):
        if len(typed) >= 3 and name.startswith(typed):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None


def _ahead(typed: str, today: date) -> date | None:
    found = re.fullmatch(r"\+?(\d{1,3}) ?(d|days?|w|weeks?|m|months?)?", typed)
    if not found or not (typed.startswith("+") or found[2]):
        return None
    return today + timedelta(days=int(found[1]) * {"d": 1, "w": 7, "m": 30}[(found[2] or "d")[0]])


def _calendar(typed: str, today: date) -> date | None:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", typed):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[/. -](\d{1,2})(?:[/. -](\d{2}|\d{4}))?", typed):
        return _near(int(found[1]), int(found[2]), found[3], today)
    found = re.fullmatch(r"(\d{1,2}) ?([a-z]{3,9})(?: ?(\d{2}|\d{4}))?", typed)
    if found and found[2][:3] in MONTHS:
        return _near(int(found[1]), MONTHS.index(found[2][:3]) + 1, found[3], today)
    return None


def _near(day: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _day(int(year) % 100 + 2000 if len(year) == 2 else int(year), month, day)
    this = _day(today.year, month, day)
    return this if this is None or this >= today else _day(today.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day, tzinfo=UTC).date()
    except ValueError:
        return None
