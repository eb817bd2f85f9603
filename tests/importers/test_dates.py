"""Dates as people write them: UK day first unless the column proves otherwise, and never a guess."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.dates import Order, order_of, read_moment, to_utc

SURE = [
    ("31/03/2025", date(2025, 3, 31)),
    ("3/4/25", date(2025, 4, 3)),
    ("31.03.2025", date(2025, 3, 31)),
    ("31-03-2025 14:05", date(2025, 3, 31)),
    ("2025-03-31", date(2025, 3, 31)),
    ("2025-03-31T23:59:59Z", date(2025, 3, 31)),
    ("2025-01-21 23:59:07.1234567", date(2025, 1, 21)),
    ("31 March 2025", date(2025, 3, 31)),
    ("31-Mar-2025", date(2025, 3, 31)),
    ("1st Apr 2024", date(2024, 4, 1)),
    ("Mon, 31 Mar 2025", date(2025, 3, 31)),
    ("Mar 31, 2025", date(2025, 3, 31)),
    ("20250331", date(2025, 3, 31)),
    (45747, date(2025, 3, 31)),
    (45747.5, date(2025, 3, 31)),
    ("45747", date(2025, 3, 31)),
    (date(2025, 3, 31), date(2025, 3, 31)),
    (datetime(2025, 3, 31, 9), date(2025, 3, 31)),
]


@pytest.mark.parametrize(("cell", "day"), SURE)
def test_usual_spellings_are_read(cell: str | int | float | date, day: date) -> None:
    dated = read_moment(cell, "day-first")
    assert (dated.moment and dated.moment.date(), dated.code) == (day, "")


@pytest.mark.parametrize("cell", ["0001-01-01 00:00:00.0000000", "9999-12-31 23:59:59.9999999", "01/01/1900"])
def test_sentinels_mean_never(cell: str) -> None:
    assert read_moment(cell, "day-first").code == "never"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("soon", "date-form"),
        ("31/02/2025", "date-form"),
        ("Mar-25", "date-form"),
        ("2025", "date-form"),
        (12, "date-form"),
        (True, "date-form"),
        ("31/03/1985", "date-range"),
        ("2150-01-01", "date-range"),
        ("8/19/2021", "date-month-first"),
        ("2025-03-31 25:00", "date-form"),
        ("1/2/2025 13:00 PM", "date-form"),
    ],
)
def test_what_is_no_sure_date_says_why(cell: str | int, code: str) -> None:
    assert read_moment(cell, "day-first").code == code


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["01/02/2024", "25/02/2024"], "day-first"),
        (["01/02/2024", "02/25/2024"], "month-first"),
        (["25/02/2024", "02/25/2024"], "mixed"),
        (["01/02/2024"], "day-first"),
        (["2024-02-25"], "day-first"),
    ],
)
def test_a_column_proves_its_own_order(cells: list[str], order: Order) -> None:
    assert order_of(cells) == order


def test_in_a_mixed_column_only_the_certain_dates_are_kept() -> None:
    assert read_moment("03/04/2024", "mixed").code == "date-ambiguous"
    assert read_moment("03/04/2024", "mixed").moment is None
    assert read_moment("04/04/2024", "mixed").moment == datetime(2024, 4, 4)
    assert read_moment("25/02/2024", "mixed").moment == datetime(2024, 2, 25)


def test_in_a_month_first_column_an_ambiguous_date_is_read_so_and_flagged() -> None:
    dated = read_moment("03/04/2024", "month-first")
    assert (dated.moment, dated.code) == (datetime(2024, 3, 4), "date-month-first")


def test_afternoons_and_zones_are_understood() -> None:
    assert read_moment("8/19/2021 1:25:31 PM", "month-first").moment == datetime(2021, 8, 19, 13, 25, 31)
    shifted = read_moment("2025-07-01T09:00:00+01:00", "day-first")
    assert to_utc(shifted, assume_utc=False) == datetime(2025, 7, 1, 8, tzinfo=UTC)


def test_a_clock_without_a_zone_is_london_unless_the_layout_says_utc() -> None:
    summer = read_moment("01/07/2025 09:00", "day-first")
    assert to_utc(summer, assume_utc=False) == datetime(2025, 7, 1, 8, tzinfo=UTC)
    assert to_utc(summer, assume_utc=True) == datetime(2025, 7, 1, 9, tzinfo=UTC)


@given(st.dates(date(1990, 1, 2), date(2079, 12, 31)))
def test_every_day_written_the_uk_way_comes_back(day: date) -> None:
    for text in (f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}", f"{day:%d.%m.%Y}", f"{day:%d %B %Y}", f"{day:%Y-%m-%d}"):
        moment = read_moment(text, "day-first").moment
        assert moment is not None
        assert moment.date() == day


@given(st.text(max_size=30) | st.floats() | st.integers())
def test_no_input_breaks_the_reader(cell: str | float) -> None:
    dated = read_moment(cell, "day-first")
    assert (dated.moment is None) <= bool(dated.code)
