"""Values, fields and changes as people read them; nothing stored makes the words fail."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.wording import action_label, change_text, counted, day_text, field_label, subject_label, value_text


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("notes", None, "nothing"), ("notes", "", "nothing"), ("supervised", True, "yes"), ("supervised", False, "no"),
        ("status", "in_stock", "in stock"), ("status", "odd", "odd"), ("price_pence", 34900, "£349.00"),
        ("price_pence", 0, "£0.00"),
        ("due_on", "2026-11-02", "2 Nov 2026"), ("due_on", date(2026, 11, 2), "2 Nov 2026"),
        ("closed_at", "2026-07-01T11:05:00Z", "1 Jul 2026 12:05"),
        ("closed_at", datetime(2026, 7, 1, 11, 5, tzinfo=UTC), "1 Jul 2026 12:05"), ("closed_at", "rubbish", "rubbish"),
        ("columns", {"Ref": "serial", "Colour": ""}, "Ref is serial, Colour is not read"),
        ("columns", {}, "nothing"),
    ],
)  # fmt: skip
def test_a_value_is_told(name: str, value: Any, told: str) -> None:
    """Money in pounds, days and moments in London's."""
    assert value_text(name, value) == told


def test_words_for_what_was_done_and_to_what() -> None:
    """Unknown ones as they are."""
    assert (action_label("device.issue"), action_label("odd.deed")) == ("Issued", "odd.deed")
    assert (subject_label("person", 1), subject_label("person", 2), subject_label("odd", 2)) == (
        "person",
        "people",
        "odds",
    )
    assert (field_label("os_version"), field_label("cost_code")) == ("OS version", "cost code")
    assert change_text("os_version", "26.1", None) == "OS version: 26.1 → nothing"
    assert day_text(date(2026, 1, 9)) == "9 Jan 2026"
    assert [counted(number, "event") for number in (0, 1, 2000)] == ["0 events", "1 event", "2,000 events"]


@given(
    st.sampled_from(["due_on", "closed_at", "last_seen", "status", "notes"]),
    st.one_of(st.text(), st.integers(), st.booleans(), st.none()),
)
def test_anything_that_history_may_hold_has_words(name: str, value: Any) -> None:
    """History is told whatever is in it."""
    assert isinstance(value_text(name, value), str)
