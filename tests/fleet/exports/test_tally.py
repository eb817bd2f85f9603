"""Cross-tables: what they count, in which order, and how their charts draw them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from fleet.domain.fields import Field
from fleet.exports.charts import alt_text, drawn_columns, drawn_rows
from fleet.exports.definition import Chart, CrossTable, Measure, Report, Sheet, Summary
from fleet.exports.look import WORD_COLOURS, series_colours
from fleet.exports.tally import Counted, Counting, cross
from fleet.exports.telling import teller


@dataclass(frozen=True)
class Row:
    """Something to count."""

    id: int
    team: str | None
    state: str
    day: date | None = None
    price: int | None = None


def field(key: str, kind: Any = "text") -> Field:
    return Field(key, key.title(), kind, 10, 1, frozenset(), "")


CATALOGUE = {one.key: one for one in (field("team"), field("state"), field("day", "date"), field("price", "money"))}
ROWS = (
    Row(1, "Reablement", "Issued", date(2026, 10, 2), 100),
    Row(2, "Court", "Issued", date(2026, 9, 30), 300),
    Row(3, None, "Lost", date(2026, 10, 2), None),
    Row(4, "Court", "Lost", date(2026, 9, 30), 500),
    Row(5, "Court", "Other", None, 50),
)


def counted(*, hide_small: bool = False, **table: Any) -> Counted:
    """A cross-table of the rows above, by team if nothing else is said."""
    made = CrossTable(**{"key": "T", "title": "Title", "of": "rows", "rows": ("team",), **table})
    sheet = Sheet("rows", "Rows", "Which?", ("team",), 1)
    counting = Counting(Report("r", "R", "Q?", (sheet,), (Summary("S", "Q?", (made,)),)), "rows", CATALOGUE)
    for row in ROWS:
        counting.add(row)
    return cross(made, counting.tally, CATALOGUE, hide_small=hide_small)


def test_words_make_columns_in_the_order_asked_for_with_a_sum() -> None:
    found = counted(column="state", order=("Lost", "Issued"))
    assert found.words == ("Lost", "Issued", "Other")
    assert found.rows == ((("Court",), (1, 1, 1, 3)), (("Not known",), (1, 0, 0, 1)), (("Reablement",), (0, 1, 0, 1)))
    assert found.totals == (2, 2, 1, 5)
    assert found.total == 5


def test_days_follow_each_other_and_not_the_alphabet() -> None:
    found = counted(rows=("day",), column="state")
    assert [names[0] for names, _ in found.rows] == ["30 Sep 2026", "2 Oct 2026", "Not known"]


def test_measures_count_add_up_and_average() -> None:
    found = counted(
        measures=(
            Measure("All"), Measure("Lost", where=("state", ("Lost",))), Measure("Cost", add="price"),
            Measure("Mean", add="price", mean=True),
        ),
        largest_first=True, unsaid="Not known",
    )  # fmt: skip
    assert dict(found.rows) == {
        ("Court",): (3, 1, 850, pytest.approx(850 / 3)), ("Reablement",): (1, 0, 100, 100), ("Not known",): (1, 1, 0, None),
    }  # fmt: skip
    assert [names[0] for names, _ in found.rows] == ["Court", "Reablement", "Not known"]
    assert found.totals == (5, 2, 950, pytest.approx(950 / 4))
    assert found.units == ("count", "count", "money", "mean")


def test_a_field_can_be_added_up_under_words() -> None:
    found = counted(column="state", add="price")
    assert dict(found.rows)["Court",] == (300, 500, 50, 850)
    assert (found.units[0], found.total) == ("money", 950)


def test_hidden_numbers_are_hidden_in_sums_too() -> None:
    found = counted(hide_small=True, column="state")
    assert {cell for _, cells in found.rows for cell in cells} == {"<5", 0}
    assert found.totals == ("<5", "<5", "<5", 5)


def test_a_chart_draws_the_first_rows_and_a_line_the_last_and_no_answer_never() -> None:
    table = counted(column="state", unsaid="Not known")
    assert drawn_rows(table, Chart("bar", "Bars")) == range(2)
    assert drawn_rows(table, Chart("bar", "Bars", most=1)) == range(1)
    assert drawn_rows(table, Chart("line", "Line", most=1)) == range(1, 2)
    assert drawn_columns(table, Chart("bar", "Bars", series=("Lost",)), range(2)) == [table.words.index("Lost")]


def test_a_chart_is_told_in_words() -> None:
    told = alt_text(counted(column="state"), Chart("bar", "Bars"), range(3))
    assert told == "Stacked chart of title, 3 of 3 lines. The largest are Court: 3; Not known: 1; Reablement: 1."


def test_a_word_has_its_colour_wherever_it_is_drawn() -> None:
    assert series_colours(["Unsupported", "Up to date"]) == [WORD_COLOURS["Unsupported"], WORD_COLOURS["Up to date"]]
    colours = series_colours(["Somewhere", "Overdue", "Elsewhere"])
    assert len(set(colours)) == 3


def test_a_teller_says_what_the_field_says() -> None:
    for one in CATALOGUE.values():
        tell = teller(one)
        assert [tell(row) for row in ROWS] == [one.text(row) for row in ROWS]
