"""Who has a device."""

from datetime import UTC, date, datetime

import pytest


def test_a_leaver_who_still_holds_a_device_is_found_with_the_day_they_left(finds):
    found = finds("leaver-holds", holder_state="left", holder_left_on=date(2026, 11, 12))
    assert found.severity == "high"
    assert found.sentence == (
        "asha.penrose@northbridge.example left on 12 Nov 2026, but still holds it; it was issued on 2 Mar 2026."
    )


@pytest.mark.parametrize("status", ["issued", "in_repair", "lost", "stolen", "in_stock"])
def test_a_leaver_is_found_whatever_the_status_while_the_assignment_is_open(finds, status):
    finds("leaver-holds", holder_state="left", status=status)


@pytest.mark.parametrize("state", ["starter", "active", "long_leave", None])
def test_a_holder_who_has_not_left_is_no_leaver(stays_quiet, state):
    stays_quiet("leaver-holds", holder_state=state)


def test_without_an_open_assignment_there_is_no_leaver(stays_quiet):
    stays_quiet("leaver-holds", holder_state="left", holder_id=None)


def test_another_leaver_with_the_same_device_is_another_finding(finds):
    first = finds("leaver-holds", holder_state="left", holder_id=31)
    assert first.identity != finds("leaver-holds", holder_state="left", holder_id=32).identity


def test_an_enrolled_user_who_is_not_the_holder_is_found(finds):
    found = finds("holder-differs", enrolled_person_id=44, enrolled_upn="tom.vale@northbridge.example")
    assert found.sentence == (
        "Issued to asha.penrose@northbridge.example on 2 Mar 2026, "
        "but enrolled in Intune by tom.vale@northbridge.example."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"enrolled_person_id": None},
        {"holder_id": None},
        {"holder_state": "left"},
        {"shared": True, "holder_id": None},
        {"shared": True},
        {"status": "in_stock"},
        {"status": "lost"},
        {"enrolled_person_id": 31},
    ],
)
def test_holder_differs_needs_two_known_people_on_an_issued_device(stays_quiet, changes):
    stays_quiet("holder-differs", **{"enrolled_person_id": 44} | changes)


def test_holder_differs_is_quiet_without_an_open_enrolment(stays_quiet, not_enrolled):
    stays_quiet("holder-differs", not_enrolled, enrolled_person_id=44)


def test_an_enrolling_user_whom_the_register_does_not_know_is_found(finds):
    finds("unknown-person", enrolled_person_id=None, enrolled_upn="gone@northbridge.example")


@pytest.mark.parametrize(
    "changes",
    [
        {"enrolled_upn": None},
        {"enrolled_person_id": 31},
        {"ownership": "personal"},
        {"status": "unrecorded"},
        {"status": "prepared"},
    ],
)
def test_unknown_person_needs_an_issued_device_of_ours_with_a_user(stays_quiet, changes):
    stays_quiet("unknown-person", **{"enrolled_person_id": None} | changes)


def test_unknown_person_is_quiet_without_an_open_enrolment(stays_quiet, not_enrolled):
    stays_quiet("unknown-person", not_enrolled, enrolled_upn="gone@northbridge.example")


def test_long_leave_is_found_only_when_it_is_switched_on(finds, stays_quiet):
    stays_quiet("holder-on-long-leave", holder_state="long_leave")
    switched_on = {"holder-on-long-leave": {"enabled": True}}
    assert finds("holder-on-long-leave", holder_state="long_leave", rules=switched_on).severity == "low"
    stays_quiet("holder-on-long-leave", holder_state="active", rules=switched_on)
    stays_quiet("holder-on-long-leave", holder_state="long_leave", ownership="personal", rules=switched_on)


def test_a_loan_is_overdue_from_the_day_after_it_was_due(finds, stays_quiet):
    stays_quiet("loan-overdue", due_on=date(2026, 11, 22))
    assert "Due back on 21 Nov 2026" in finds("loan-overdue", due_on=date(2026, 11, 21)).sentence
    stays_quiet("loan-overdue", due_on=None)


def test_a_shared_loan_names_no_person(finds):
    assert "to a site or team" in finds("loan-overdue", due_on=date(2026, 11, 1), shared=True, holder_id=None).sentence


def test_a_loan_becomes_overdue_at_midnight_in_london_not_in_utc(finds, stays_quiet):
    due = date(2026, 7, 1)
    stays_quiet("loan-overdue", due_on=due, now=datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC))
    finds("loan-overdue", due_on=due, now=datetime(2026, 7, 1, 23, 0, tzinfo=UTC))
