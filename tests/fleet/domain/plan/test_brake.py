"""The brake: what may be taken away unasked, at its edges, and what a person may confirm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.plan import BrakeLimits, Removal, raise_if_unbelievable
from fleet.errors import RefusedByBrake

LIMITS = BrakeLimits()


def removal(taken: int, *, of: int, fleet: int | None = None, read: int = 1) -> Removal:
    return Removal("devices", "northbridge", taken, read, of, of if fleet is None else fleet)


def passes(one: Removal, confirmed: int | None = None) -> None:
    raise_if_unbelievable(one, LIMITS, confirmed)


def refuses(one: Removal, confirmed: int | None = None) -> RefusedByBrake:
    with pytest.raises(RefusedByBrake) as caught:
        raise_if_unbelievable(one, LIMITS, confirmed)
    return caught.value


@pytest.mark.parametrize(
    ("size", "limit"),
    [(0, 5), (5, 5), (99, 5), (100, 5), (119, 5), (120, 6), (200, 10), (1_000, 50)],
)
def test_of_one_organisation_five_or_five_per_cent_may_be_absent(size: int, limit: int) -> None:
    """The larger of the two; the fleet is large enough not to matter."""
    passes(removal(limit, of=size, fleet=100_000))
    refuses(removal(limit + 1, of=size, fleet=100_000))


@pytest.mark.parametrize(("size", "limit"), [(400, 10), (500, 10), (549, 10), (550, 11), (2_000, 40), (200_000, 4_000)])
def test_of_the_fleet_ten_or_two_per_cent_may_be_absent(size: int, limit: int) -> None:
    """The fleet's limit is the narrower one where an organisation is all of it."""
    passes(removal(limit, of=size))
    refuses(removal(limit + 1, of=size))


def test_nothing_absent_always_passes() -> None:
    """An empty answer about an empty tenant is a normal first night."""
    passes(removal(0, of=0, read=0))
    passes(removal(0, of=2_000, read=2_000))


def test_an_empty_answer_about_devices_we_know_is_refused_however_few_they_are() -> None:
    """One device absent of one is within five, and an empty list is still no evidence."""
    error = refuses(removal(1, of=1, read=0))
    assert error.facts["limit"] == 0
    assert "all 1 devices are absent" in error.message


def test_the_refusal_says_what_to_do_with_the_counts() -> None:
    """Scripts read the facts, people the sentence; the exit code is 3."""
    error = refuses(removal(60, of=1_000, fleet=2_000, read=940))
    assert error.exit_code == 3
    assert "60 of 1000 devices are absent from this answer (940 read); at most 40" in error.message
    assert "--confirm 60" in error.message
    assert "\n" not in error.message
    assert error.facts == {
        "source": "northbridge", "what": "devices", "absent": 60, "read": 940, "recorded": 1_000, "limit": 40,
    }  # fmt: skip


def test_a_person_confirms_exactly_the_number_that_was_shown() -> None:
    """A yes to 60 is no yes to 61: somebody looked at sixty names."""
    passes(removal(60, of=1_000), confirmed=60)
    refuses(removal(61, of=1_000), confirmed=60)
    refuses(removal(59, of=1_000), confirmed=60)


def test_the_limits_can_be_set() -> None:
    """A council that reorganises may widen them for a while."""
    raise_if_unbelievable(removal(300, of=1_000), BrakeLimits(fleet_share=0.5, organisation_share=0.5))
    with pytest.raises(RefusedByBrake):
        raise_if_unbelievable(removal(1, of=1_000), BrakeLimits(0, 0, 0, 0))


@given(taken=st.integers(0, 5_000), of=st.integers(0, 5_000), others=st.integers(0, 5_000), read=st.integers(0, 5_000))
def test_whatever_passes_unasked_is_within_both_limits(taken: int, of: int, others: int, read: int) -> None:
    """No combination of numbers gets round either limit, and what is refused really is beyond one."""
    within = taken <= max(10, (of + others) * 2 // 100) and taken <= max(5, of * 5 // 100)
    believable = taken == 0 or (within and not (read == 0 and of > 0))
    try:
        raise_if_unbelievable(removal(taken, of=of, fleet=of + others, read=read), LIMITS)
        passed = True
    except RefusedByBrake:
        passed = False
    assert passed == believable
