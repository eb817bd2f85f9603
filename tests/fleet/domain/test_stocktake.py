"""Judging one scan, and what all scans of a device say together."""

from datetime import UTC, datetime, timedelta

import pytest

from fleet.domain.stocktake import (
    GRADES,
    LONGEST_SCAN,
    OUTCOMES,
    Expectation,
    Noted,
    Scan,
    grade,
    judge,
    kept_text,
    read_stored,
    recently_checked_in,
    sightings,
    stored,
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
    assert judge(scan, expected, None) == outcome


@pytest.mark.parametrize("outcome", ["found", "unexpected", "wrong_site"])
def test_the_same_outcome_again_is_already_scanned(outcome: str) -> None:
    scan = Scan((7,), site_id=DEPOT if outcome == "wrong_site" else None)
    assert judge(scan, None if outcome == "unexpected" else IN_STORE, outcome) == "repeated"


def test_a_device_that_was_put_right_is_found_the_second_time() -> None:
    assert judge(Scan((7,), site_id=HALL), IN_STORE, "wrong_site") == "found"


def test_a_device_seen_with_yet_another_person_is_no_repetition() -> None:
    assert judge(Scan((7,), seen_with=BRYN), WITH_ANNA, stored("wrong_holder", BRYN)) == "repeated"
    assert judge(Scan((7,), seen_with=30), WITH_ANNA, stored("wrong_holder", BRYN)) == "wrong_holder"


def test_what_is_not_known_is_never_already_scanned() -> None:
    assert [judge(Scan(()), None, "unknown"), judge(Scan((7, 8)), None, "ambiguous")] == ["unknown", "ambiguous"]


def noted(device: int, outcome: str, confirmed: bool = False) -> Noted:
    """A scan of a device, as kept."""
    return Noted(device, outcome, None, confirmed, NIGHT, "asha", None)


def test_the_newest_outcome_that_says_something_counts() -> None:
    found = sightings([noted(7, "wrong_site"), noted(7, "found"), noted(7, "repeated"), noted(8, "unexpected")])
    assert {device: one.outcome for device, one in found.items()} == {7: "found", 8: "unexpected"}


def test_a_repeated_scan_still_betters_the_evidence() -> None:
    found = sightings([noted(7, "found", confirmed=True), noted(7, "repeated")])
    assert (found[7].seen, found[7].confirmed) == (True, True)
    assert grade(found[7], checked_in=False) == "A"


def test_grades_go_from_seen_to_nothing() -> None:
    seen, confirmed = sightings([noted(7, "found")])[7], sightings([noted(7, "found", confirmed=True)])[7]
    assert [
        grade(seen, checked_in=False), grade(confirmed, checked_in=True), grade(None, checked_in=True),
        grade(None, checked_in=False),
    ] == list(GRADES)  # fmt: skip


def test_a_check_in_counts_for_thirty_days() -> None:
    assert recently_checked_in(NIGHT - timedelta(days=29, hours=23), NIGHT)
    assert not recently_checked_in(NIGHT - timedelta(days=30), NIGHT)
    assert not recently_checked_in(None, NIGHT)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_kept_outcome_is_read_back(outcome: str) -> None:
    person = BRYN if outcome == "wrong_holder" else None
    assert read_stored(stored(outcome, BRYN)) == (outcome, person)


@pytest.mark.parametrize("scanned", ["NB-1", " NB-1\t", "\u202edrowssap", "=1+1", "é", "x" * LONGEST_SCAN, ""])
def test_a_scan_is_kept_as_it_came(scanned: str) -> None:
    assert kept_text(scanned) == scanned


def test_what_no_database_holds_becomes_a_mark_and_a_page_is_cut() -> None:
    assert kept_text("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert kept_text("x" * 5000) == "x" * LONGEST_SCAN + "… [5,000 characters]"
