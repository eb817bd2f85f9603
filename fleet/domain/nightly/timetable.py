"""When something runs by itself: days of the week and times of London's day, as three schedulers write them.

The hour from one to two is missing once a year and comes twice on another day: a job in it is done not at all, or twice.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from fleet.clock import LONDON
from fleet.domain.nightly.settings import Settings

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SYNC_AT, DELIVER_AT = "02:15", "06:30"
OFF = "off"
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_GRAMMAR = 'a time such as "02:15", times such as "02:15, 13:00", with days such as "Mon-Fri 06:30", or "off"'


@dataclass(frozen=True, slots=True)
class Timetable:
    """Times of certain days of the week, by the clock of London."""

    days: tuple[int, ...]
    """0 is Monday; all seven in order when it is every day."""
    times: tuple[time, ...]

    @property
    def daily(self) -> bool:
        """Whether it is every day."""
        return len(self.days) == len(DAYS)

    def next_after(self, moment: datetime) -> datetime:
        """When it comes next, in London."""
        day = moment.astimezone(LONDON).date()
        for _ in range(len(DAYS) + 1):
            if day.weekday() in self.days:
                for one in self.times:
                    at = datetime.combine(day, one, LONDON)
                    if at > moment:
                        return at
            day += timedelta(days=1)
        raise AssertionError("a timetable has a day and a time")

    def __str__(self) -> str:
        times = ", ".join(f"{one:%H:%M}" for one in self.times)
        return f"every day at {times}" if self.daily else f"{_spans(self.days)} at {times}"

    def on_calendar(self) -> tuple[str, ...]:
        """As systemd writes it: one line for each time."""
        days = "" if self.daily else f"{_spans(self.days).replace(', ', ',').replace('-', '..')} "
        return tuple(f"{days}*-*-* {one:%H:%M}:00 Europe/London" for one in self.times)

    def cron(self) -> tuple[str, ...]:
        """The first five columns of crontab; its Sunday is 0."""
        days = "*" if self.daily else ",".join(str((day + 1) % 7) for day in self.days)
        return tuple(f"{one.minute} {one.hour} * * {days}" for one in self.times)

    @property
    def in_the_changing_hour(self) -> bool:
        """Whether a time falls into the hour that clocks change in."""
        return any(one.hour == 1 for one in self.times)


def _spans(days: Iterable[int]) -> str:
    """`Mon-Fri`, `Mon, Wed, Fri`."""
    days = list(days)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def parse_timetable(text: str) -> Timetable | None:
    """`02:15`, `Mon-Fri 06:30, 13:00`; None for `off`. Raises `ValueError` saying what may be written."""
    words = text.replace(",", " ").split()
    if [word.casefold() for word in words] == [OFF]:
        return None
    days: set[int] = set()
    times: set[time] = set()
    for word in words:
        found = _TIME.fullmatch(word)
        if found:
            times.add(time(int(found[1]), int(found[2])))
        else:
            days |= _days(word)
    if not times:
        raise ValueError(_GRAMMAR)
    return Timetable(tuple(sorted(days or range(len(DAYS)))), tuple(sorted(times)))


def _days(word: str) -> set[int]:
    ends = [part.capitalize()[:3] for part in word.split("-")]
    if len(ends) > 2 or any(end not in DAYS for end in ends):
        raise ValueError(_GRAMMAR)
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    return set(range(first, last + 1)) if first <= last else {*range(first, len(DAYS)), *range(last + 1)}


@dataclass(frozen=True, slots=True)
class Job:
    """Something to run by itself."""

    name: str
    """`sync`, `sync-eastmere`, `deliver`."""
    about: str
    command: tuple[str, ...]
    """What `fleet` is called with."""
    at: Timetable


def jobs(table: object, tenants: Iterable[str], *, delivers: bool, problems: list[str]) -> list[Job]:
    """What `[schedule]` asks for: the sync of the tenants that have no time of their own, of those that have, deliveries."""
    tenants = list(tenants)
    settings = Settings("schedule", table, problems, ("sync", "deliver", "tenant"))
    together = _at(settings, "sync", settings.text("sync", SYNC_AT), problems)
    own = _own_times(settings, tenants, problems)
    found = []
    rest = [tenant for tenant in tenants if tenant not in own]
    if together and rest:
        named = [part for tenant in rest for part in ("--tenant", tenant)] if own else []
        found.append(Job("sync", "Fleet: nightly sync", ("sync", *named), together))
    found += [
        Job(f"sync-{tenant}", f"Fleet: nightly sync of {tenant}", ("sync", "--tenant", tenant), at)
        for tenant, at in own.items()
        if at is not None
    ]
    delivery = _at(settings, "deliver", settings.text("deliver", DELIVER_AT), problems)
    if delivers and delivery:
        found.append(Job("deliver", "Fleet: delivery of reports", ("deliver", "run"), delivery))
    return found


def _own_times(settings: Settings, tenants: list[str], problems: list[str]) -> dict[str, Timetable | None]:
    table = settings.table.get("tenant", {})
    if not isinstance(table, Mapping):
        settings.wrong("tenant", "a table: [schedule.tenant]")
        return {}
    problems += [f"[schedule.tenant] names {key}, which is not configured" for key in table if key not in tenants]
    return {key: _at(settings, f"tenant {key}", table[key], problems) for key in tenants if key in table}


def _at(settings: Settings, key: str, text: object, problems: list[str]) -> Timetable | None:
    try:
        return parse_timetable(text if isinstance(text, str) else "")
    except ValueError as error:
        problems.append(f"[{settings.name}] {key} must be {error}")
        return None
