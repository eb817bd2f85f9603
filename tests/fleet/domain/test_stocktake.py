"""Judging one scan, and what all scans of a device say together."""

from datetime import UTC, datetime, timedelta

import pytest

from fleet.domain.stocktake import (
    GRADES,
    LONGEST_SCAN,
    Expectation,
    Noted,
    Scan,
    grade,
    judge,
    kept_text,
    recently_checked_in,
    says_nothing_new,
    sightings,
)

NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HALL, DEPOT = 1, 2
ANNA, BRYN = 10, 20
IN_STORE = Expectation(site_id=HALL)
WITH_ANNA = Expectation(site_id=HALL, person_ids=frozenset({ANNA}))


@pytest.mark.parametrize(
    ("scan", "expected", "outcome"),
    [
        (Scan(()), None, "unknown"),
        (Scan((7, 8)), IN_STORE, "ambiguous"),
        (Scan((7,)), None, "unexpected"),
        (Scan((7,)), IN_STORE, "found"),
        (Scan((7,), site_id=HALL), IN_STORE, "found"),
        (Scan((7,), site_id=DEPOT), IN_STORE, "wrong_site"),
        (Scan((7,), site_id=DEPOT), Expectation(), "found"),
        (Scan((7,), site_id=DEPOT), WITH_ANNA, "found"),
        (Scan((7,), seen_with=ANNA), WITH_ANNA, "found"),
        (Scan((7,), seen_with=BRYN), WITH_ANNA, "wrong_holder"),
        (Scan((7,), seen_with=BRYN), IN_STORE, "wrong_holder"),
        (Scan((7,), site_id=DEPOT, seen_with=BRYN), WITH_ANNA, "wrong_holder"),
        (Scan((7,), seen_with=BRYN), None, "unexpected"),
    ],
)
def test_a_scan_is_judged_against_what_is_expected(scan: Scan, expected: Expectation | None, outcome: str) -> None:
    assert judge(scan, expected) == outcome


def noted(
    outcome: str, *, seen_with: int | None = None, site_id: int | None = None, confirmed: bool = False, device: int = 7
) -> Noted:
    """A scan of a device, as kept."""
    return Noted(device, outcome, seen_with, confirmed, NIGHT, "asha", site_id)


@pytest.mark.parametrize("outcome", ["found", "unexpected", "wrong_site"])
def test_the_same_verdict_again_is_already_scanned(outcome: str) -> None:
    assert says_nothing_new(outcome, None, None, noted(outcome))
    assert not says_nothing_new(outcome, None, None, None)


def test_a_device_that_was_put_right_is_found_the_second_time() -> None:
    assert not says_nothing_new("found", None, HALL, noted("wrong_site", site_id=DEPOT))
    assert not says_nothing_new("found", ANNA, None, noted("wrong_holder", seen_with=BRYN))


@pytest.mark.parametrize("before", ["wrong_holder", "wrong_site"])
def test_a_bare_scan_takes_no_wrong_holder_or_site_back(before: str) -> None:
    assert says_nothing_new("found", None, None, noted(before, seen_with=BRYN, site_id=DEPOT))


def test_a_device_seen_with_yet_another_person_is_no_repetition() -> None:
    assert says_nothing_new("wrong_holder", BRYN, None, noted("wrong_holder", seen_with=BRYN))
    assert not says_nothing_new("wrong_holder", 30, None, noted("wrong_holder", seen_with=BRYN))


def test_the_newest_verdict_that_says_something_counts() -> None:
    at_last = noted("found", site_id=HALL)
    found = sightings([noted("wrong_site", site_id=DEPOT), at_last, noted("found"), noted("unexpected", device=8)])
    assert {device: one.newest.outcome for device, one in found.items()} == {7: "found", 8: "unexpected"}
    assert (found[7].newest, found[7].repeated, found[8].repeated) == (at_last, 1, 0)


def test_a_repeated_scan_still_betters_the_evidence_and_says_who_had_it() -> None:
    found = sightings([noted("found", confirmed=True), noted("found", seen_with=ANNA), noted("found")])
    assert (found[7].seen, found[7].confirmed, found[7].seen_with) == (True, True, ANNA)
    assert grade(found[7], checked_in=False) == "A"


def test_who_had_it_goes_with_the_verdict_that_is_taken_back() -> None:
    found = sightings([noted("wrong_holder", seen_with=BRYN), noted("found", site_id=HALL)])
    assert found[7].seen_with is None


def test_grades_go_from_seen_to_nothing() -> None:
    seen, confirmed = sightings([noted("found")])[7], sightings([noted("found", confirmed=True)])[7]
    assert [
        grade(seen, checked_in=False), grade(confirmed, checked_in=True), grade(None, checked_in=True),
        grade(None, checked_in=False),
    ] == list(GRADES)  # fmt: skip


def test_a_check_in_counts_for_thirty_days() -> None:
    assert recently_checked_in(NIGHT - timedelta(days=29, hours=23), NIGHT)
    assert not recently_checked_in(NIGHT - timedelta(days=30), NIGHT)
    assert not recently_checked_in(None, NIGHT)


@pytest.mark.parametrize("scanned", ["NB-1", " NB-1\t", "\u202edrowssap", "=1+1", "é", "x" * LONGEST_SCAN, ""])
def test_a_scan_is_kept_as_it_came(scanned: str) -> None:
    assert kept_text(scanned) == scanned


def test_what_no_database_holds_becomes_a_mark_and_a_page_is_cut() -> None:
    assert kept_text("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert kept_text("x" * 5000) == "x" * LONGEST_SCAN + "… [5,000 characters]"
