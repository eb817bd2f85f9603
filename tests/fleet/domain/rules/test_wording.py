"""How sentences write days and lists."""

from datetime import UTC, date, datetime

from fleet.domain.rules.wording import day_text, days_text, list_text, moment_text, number_text, seen_text, times_text


def test_days_are_written_without_a_leading_zero():
    assert day_text(date(2026, 11, 2)) == "2 Nov 2026"
    assert [day_text(date(2026, month, 12)).split()[1] for month in (1, 9, 12)] == ["Jan", "Sep", "Dec"]


def test_a_moment_is_written_as_its_day_in_london():
    assert moment_text(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 Jul 2026"
    assert moment_text(datetime(2026, 11, 12, 23, 30, tzinfo=UTC)) == "12 Nov 2026"


def test_lists_are_written_with_and_before_the_last():
    assert [list_text(parts) for parts in ([], [18], [18, 26], [18, 26, 27])] == [
        "",
        "18",
        "18 and 26",
        "18, 26 and 27",
    ]


def test_one_day_is_singular():
    assert (days_text(1), days_text(30)) == ("1 day", "30 days")


def test_small_numbers_are_words():
    assert [number_text(one) for one in (0, 2, 9, 10)] == ["no", "two", "nine", "10"]
    assert [times_text(one) for one in (1, 2, 3, 12)] == ["once", "twice", "three times", "12 times"]


def test_a_device_that_never_checked_in_is_said_to_be_one():
    assert seen_text(None) == "it has not checked in yet"
