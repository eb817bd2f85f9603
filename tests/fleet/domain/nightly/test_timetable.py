"""When things run by themselves: what may be written, when it comes next, how three schedulers write it."""

from datetime import UTC, datetime

import pytest

from fleet.domain.nightly.timetable import jobs, parse_timetable


@pytest.mark.parametrize(
    ("text", "told", "calendar", "cron"),
    [
        ("02:15", "every day at 02:15", ["*-*-* 02:15:00 Europe/London"], ["15 2 * * *"]),
        ("Mon-Fri 6:30", "Mon-Fri at 06:30", ["Mon..Fri *-*-* 06:30:00 Europe/London"], ["30 6 * * 1,2,3,4,5"]),
        ("sun 13:00, 02:15", "Sun at 02:15, 13:00", ["Sun *-*-* 02:15:00 Europe/London", "Sun *-*-* 13:00:00 Europe/London"],
         ["15 2 * * 0", "0 13 * * 0"]),
        ("Tuesday, Thursday 02:15", "Tue, Thu at 02:15", ["Tue,Thu *-*-* 02:15:00 Europe/London"], ["15 2 * * 2,4"]),
        ("Sat-Mon 02:15", "Mon, Sat, Sun at 02:15", ["Mon,Sat,Sun *-*-* 02:15:00 Europe/London"], ["15 2 * * 1,6,0"]),
    ],
)  # fmt: skip
def test_a_timetable_is_written_as_people_do(text: str, told: str, calendar: list[str], cron: list[str]) -> None:
    found = parse_timetable(text)
    assert found is not None
    assert (str(found), list(found.on_calendar()), list(found.cron())) == (told, calendar, cron)


@pytest.mark.parametrize(
    "text", ["", "nightly", "25:00", "02:60", "Mon", "Mon-Fri", "2:5", "Mon-Wed-Fri 02:15", "Xyz 02:15"]
)
def test_what_is_no_timetable_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="a time such as"):
        parse_timetable(text)


def test_off_is_no_timetable() -> None:
    assert parse_timetable("off") is None


def test_the_next_time_is_by_londons_clock_also_when_clocks_change() -> None:
    """On 29 March 2026 clocks go forward at one."""
    at = parse_timetable("02:15")
    assert at is not None
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert at.next_after(before).astimezone(UTC) == datetime(2026, 3, 29, 1, 15, tzinfo=UTC)
    assert at.next_after(datetime(2026, 11, 22, 2, 15, tzinfo=UTC)).isoformat() == "2026-11-23T02:15:00+00:00"
    weekly = parse_timetable("Sun 02:15")
    assert weekly is not None
    assert weekly.next_after(datetime(2026, 11, 22, 2, 15, tzinfo=UTC)).isoformat() == "2026-11-29T02:15:00+00:00"


def test_tenants_without_a_time_of_their_own_are_synced_together() -> None:
    problems: list[str] = []
    found = jobs({"tenant": {"eastmere": "01:30", "ashmoor": "off"}}, ["northbridge", "eastmere", "ashmoor", "schools"],
                 delivers=True, problems=problems)  # fmt: skip
    assert [(one.name, one.command) for one in found] == [
        ("sync", ("sync", "--tenant", "northbridge", "--tenant", "schools")),
        ("sync-eastmere", ("sync", "--tenant", "eastmere")),
        ("deliver", ("deliver", "run")),
    ]
    assert ([one.at.in_the_changing_hour for one in found], problems) == ([False, True, False], [])


def test_without_any_of_their_own_one_call_syncs_all() -> None:
    """So that a tenant added later is synced too."""
    assert [one.command for one in jobs({}, ["northbridge"], delivers=False, problems=[])] == [("sync",)]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problems: list[str] = []
    jobs(
        {"sync": "late", "often": 1, "tenant": {"nowhere": "02:15"}}, ["northbridge"], delivers=False, problems=problems
    )
    assert [one.partition(" must")[0] for one in problems] == [
        "[schedule] has an unknown setting often",
        "[schedule] sync",
        "[schedule.tenant] names nowhere, which is not configured",
    ]
