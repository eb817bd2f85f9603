"""Columns fit any width, drop by priority, and say what they hold."""

from collections.abc import Sequence
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fake_register import NOW, FakeRegister
from tests.tui.hostile import HOSTILE
from tests.tui.test_text import acts
from tui.columns import DEVICES, FINDINGS, GAP, HISTORY, PEOPLE, RUNS, Column, Glance, place, status_span, words

GLANCE = Glance(NOW)
REGISTER = FakeRegister(60)
LISTS = (DEVICES, PEOPLE, FINDINGS, HISTORY, RUNS)


@pytest.mark.parametrize("columns", LISTS, ids=lambda columns: columns[0].key)
@given(width=st.integers(30, 260), pan=st.integers(0, 12))
def test_columns_fill_no_more_than_the_width_and_keep_the_first(
    columns: Sequence[Column], width: int, pan: int
) -> None:
    placed = place(columns, width, min(pan, len(columns) - 2))
    assert placed[0].column is columns[0]
    assert sum(one.width for one in placed) + GAP * (len(placed) - 1) <= max(width, columns[0].width)
    assert all(one.width >= one.column.width for one in placed)
    order = [columns.index(one.column) for one in placed]
    assert order == sorted(order)


@pytest.mark.parametrize("columns", LISTS, ids=lambda columns: columns[0].key)
@given(narrow=st.integers(30, 259))
def test_a_column_that_matters_more_is_never_dropped_for_one_that_matters_less(
    columns: Sequence[Column], narrow: int
) -> None:
    placed = {one.column.key for one in place(columns, narrow)}
    absent = [column for column in columns if column.key not in placed]
    for column in absent:
        smaller = [one for one in columns if one.priority > column.priority and one.width >= column.width]
        assert [one.key for one in smaller if one.key in placed] == []


def test_at_eighty_columns_a_device_shows_what_a_technician_needs() -> None:
    shown = [one.column.key for one in place(DEVICES, 76)]
    assert shown == ["device", "model", "status", "holder", "findings", "seen"]


def test_panning_shows_what_did_not_fit() -> None:
    assert [one.column.key for one in place(DEVICES, 76, pan=5)][:3] == ["device", "serial", "organisation"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_cells_of_hostile_rows_are_inert(text: str) -> None:
    device = REGISTER.device(1)
    names = [one.name for one in fields(device) if one.type in ("str", str) or "str" in str(one.type)]
    hostile = replace(device, **dict.fromkeys(names, text))
    for column in DEVICES:
        assert acts(column.cell(hostile, GLANCE).text) == []


def test_exact_times_take_the_place_of_ages() -> None:
    column = next(one for one in DEVICES if one.key == "seen")
    assert column.cell(REGISTER.device(1), GLANCE).text == "37 min"
    assert column.cell(REGISTER.device(1), Glance(NOW, exact=True)).text == "20 Nov 2026 13:25"


def test_late_loans_are_said_to_be_late_and_not_only_coloured() -> None:
    column = next(one for one in DEVICES if one.key == "due")
    late = replace(REGISTER.device(1), due_on=NOW.date().replace(day=1))
    assert "late" in column.cell(late, GLANCE).text


def test_each_status_has_a_sign_and_unknown_ones_are_shown_as_they_are() -> None:
    assert status_span("lost").text == "✕ lost"
    assert status_span("in_stock").text == "○ in stock"
    assert status_span("on_the_moon").text.startswith("· ")


def test_stored_values_become_words() -> None:
    assert [words(value) for value in ("in_stock", "inGracePeriod", "N/A", "", "OK")] == [
        "in stock",
        "in grace period",
        "N/A",
        "",
        "OK",
    ]
