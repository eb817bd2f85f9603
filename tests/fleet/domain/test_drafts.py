"""Frozen records made in great numbers are the same as those made one by one."""

from dataclasses import FrozenInstanceError

import pytest

from fleet.domain.drafts import draft_of, freeze, records_of
from fleet.domain.records import ObservedDetail


def test_records_of_columns_are_the_records() -> None:
    made = records_of(ObservedDetail, (["a", "b"], ["1", None], ["u", "v"], [None, None], ["x", "y"]))
    assert made == [ObservedDetail("a", "1", "u", None, "x"), ObservedDetail("b", None, "v", None, "y")]
    assert {type(one) for one in made} == {ObservedDetail}


def test_a_record_made_of_a_draft_is_frozen() -> None:
    (made,) = records_of(ObservedDetail, (["a"], [None], [None], [None], [None]))
    with pytest.raises(FrozenInstanceError):
        made.notes = "changed"  # type: ignore[misc]


def test_a_draft_can_be_filled_until_it_is_a_record() -> None:
    draft = draft_of(ObservedDetail)("a", None, None, None, None)
    draft.notes = "later"
    freeze([draft], ObservedDetail)
    assert draft == ObservedDetail("a", None, None, None, "later")
