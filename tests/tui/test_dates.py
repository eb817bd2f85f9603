"""Moments are said as people say them, in London; days are read as people type them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import UsageProblem
from tui.dates import read_day, read_past_day, read_past_moment, say_age, say_clock, say_day, say_exactly, say_moment

NOW = datetime(2026, 7, 22, 13, 5, tzinfo=UTC)
TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(days=200), "6 months ago"),
        (timedelta(days=1000), "2 years ago"),
    ],
)
def test_ages_are_said_in_their_largest_unit(ago: timedelta, said: str) -> None:
    assert say_age(NOW - ago, NOW) == said


def test_under_a_title_that_says_it_ages_are_short() -> None:
    assert say_age(NOW - timedelta(hours=3), NOW, ago=False) == "3 h"


def test_absent_is_never_and_the_future_is_a_moment() -> None:
    assert say_age(None, NOW) == "never"
    assert say_moment(None, NOW) == "never"
    assert say_age(NOW + timedelta(days=1), NOW) == "tomorrow 14:05"


def test_moments_are_said_in_london_time() -> None:
    assert say_moment(NOW, NOW) == "today 14:05"
    assert say_moment(NOW - timedelta(days=1), NOW) == "yesterday 14:05"
    assert say_moment(datetime(2026, 7, 22, 23, 30, tzinfo=UTC), NOW) == "tomorrow 00:30"
    assert say_moment(datetime(2026, 1, 13, 9, 0, tzinfo=UTC), NOW) == "Tue 13 Jan 09:00"
    assert say_moment(datetime(2024, 3, 3, 9, 0, tzinfo=UTC), NOW) == "3 Mar 2024"
    assert say_exactly(NOW) == "22 Jul 2026 14:05"
    assert say_clock(NOW) == "14:05"


def test_days_are_said_with_a_year_only_when_far() -> None:
    assert say_day(TODAY, TODAY) == "today"
    assert say_day(date(2026, 11, 27), TODAY) == "27 Nov"
    assert say_day(date(2026, 6, 10), TODAY) == "10 Jun"
    assert say_day(date(2027, 6, 10), TODAY) == "10 Jun 2027"
    assert say_day(date(2027, 1, 4), TODAY) == "4 Jan"
    assert say_day(date(2028, 11, 27), TODAY) == "27 Nov 2028"
    assert say_day(None, TODAY) == ""


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("tomorrow", date(2026, 11, 21)),
        ("today", TODAY),
        ("fri", date(2026, 11, 27)),
        ("Saturday", date(2026, 11, 21)),
        ("+14", date(2026, 12, 4)),
        ("2 weeks", date(2026, 12, 4)),
        ("3d", date(2026, 11, 23)),
        ("31/3", date(2027, 3, 31)),
        ("31/3/27", date(2027, 3, 31)),
        ("31-12-2026", date(2026, 12, 31)),
        ("31 Mar", date(2027, 3, 31)),
        ("31 march 2028", date(2028, 3, 31)),
        ("2027-02-28", date(2027, 2, 28)),
        ("  ", None),
    ],
)
def test_days_are_read_as_typed(typed: str, day: date | None) -> None:
    assert read_day(typed, TODAY) == day


@pytest.mark.parametrize("typed", ["soon", "31/2", "32 Mar", "14", "2027-13-01", "+9999", "mo"])
def test_what_is_no_day_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(UsageProblem, match="31 Mar"):
        read_day(typed, TODAY)


@given(st.dates(TODAY, date(2027, 11, 19)))
def test_a_day_of_the_coming_year_needs_no_year(day: date) -> None:
    assert read_day(f"{day.day}/{day.month}", TODAY) == day


@given(st.text())
def test_any_text_is_a_day_or_a_usage_problem(text: str) -> None:
    try:
        found = read_day(text, TODAY)
    except UsageProblem:
        return
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("", None),
        ("today", TODAY),
        ("yesterday", date(2026, 11, 19)),
        ("fri", date(2026, 11, 13)),
        ("thursday", date(2026, 11, 19)),
        ("-3", date(2026, 11, 17)),
        ("3 days ago", date(2026, 11, 17)),
        ("18 Nov", date(2026, 11, 18)),
        ("21 Nov", date(2025, 11, 21)),
        ("1/3/2024", date(2024, 3, 1)),
    ],
)
def test_the_day_something_happened_is_the_last_such_day(typed: str, day: date | None) -> None:
    assert read_past_day(typed, TODAY) == day


@pytest.mark.parametrize("typed", ["tomorrow", "31/2", "+3", "21/11/2026", "soon"])
def test_nothing_happened_on_a_day_to_come_or_on_none(typed: str) -> None:
    with pytest.raises(UsageProblem):
        read_past_day(typed, TODAY)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("", None),
        ("13:30", datetime(2026, 7, 22, 12, 30, tzinfo=UTC)),
        ("21:40", datetime(2026, 7, 21, 20, 40, tzinfo=UTC)),
        ("yesterday 9.05", datetime(2026, 7, 21, 8, 5, tzinfo=UTC)),
        ("18 Jan 21:40", datetime(2026, 1, 18, 21, 40, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_last_time_it_was_that_in_london(typed: str, moment: datetime | None) -> None:
    assert read_past_moment(typed, NOW) == moment


@pytest.mark.parametrize("typed", ["25:00", "9:75", "nine", "today 23:00", "32 Jan 10:00"])
def test_what_is_no_time_gone_by_is_refused(typed: str) -> None:
    with pytest.raises(UsageProblem):
        read_past_moment(typed, NOW)


@given(st.integers(-800, 800), st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_no_two_days_are_said_alike(apart: int, today: date) -> None:
    day = today + timedelta(days=apart)
    for years in (-1, 1):
        try:
            other = day.replace(year=day.year + years)
        except ValueError:  # 29 February.
            continue
        assert say_day(day, today) != say_day(other, today)
