"""Personal devices, and devices counted on the wrong side."""

from datetime import date

import pytest


@pytest.mark.parametrize("state", ["requested", "approved", "enrolled", "ended"])
def test_a_registered_personal_device_that_intune_calls_ours_is_found(finds, personal, state):
    found = finds("personal-marked-corporate", personal, byod_state=state, enrolment_ownership="company")
    assert found.sentence.endswith("; it belongs to asha.penrose@northbridge.example.")


def test_an_owner_who_did_not_enrol_is_named_from_the_register(finds, personal):
    found = finds("byod-unapproved", personal, byod_state=None, enrolled_upn=None, holder_upn="kit@northbridge.example")
    assert "Enrolled by kit@northbridge.example," in found.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"byod_state": None},
        {"enrolment_ownership": "personal"},
        {"enrolment_ownership": "unknown"},
        {"enrolment_ownership": None},
        {"ownership": "organisation"},
    ],
)
def test_personal_marked_corporate_needs_a_registration_and_company_ownership(stays_quiet, personal, changes):
    stays_quiet("personal-marked-corporate", personal, **{"enrolment_ownership": "company"} | changes)


def test_our_device_that_intune_calls_personal_is_found(finds):
    finds("owned-marked-personal", enrolment_ownership="personal")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "unrecorded"},
        {"ownership": "personal"},
        {"enrolment_ownership": "unknown"},
        {"enrolment_ownership": None},
    ],
)
def test_owned_marked_personal_needs_a_registered_device_of_ours(stays_quiet, changes):
    stays_quiet("owned-marked-personal", **{"enrolment_ownership": "personal"} | changes)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "nobody asked for approval"),
        ("requested", "is not approved yet"),
        ("ended", "its registration is ended"),
        ("refused", "its registration is refused"),
    ],
)
def test_an_enrolled_personal_device_without_approval_is_found(finds, personal, state, words):
    assert words in finds("byod-unapproved", personal, byod_state=state).sentence


@pytest.mark.parametrize("state", ["approved", "enrolled"])
def test_an_approved_personal_device_stays_quiet(stays_quiet, personal, state):
    stays_quiet("byod-unapproved", personal, byod_state=state)


def test_a_request_without_enrolment_and_our_own_devices_need_no_approval(stays_quiet, personal, not_enrolled):
    stays_quiet("byod-unapproved", personal, not_enrolled, byod_state="requested")
    stays_quiet("byod-unapproved", byod_state=None)


def test_consent_is_expired_from_the_day_after_its_last(finds, stays_quiet, personal, not_enrolled):
    finds("byod-consent-expired", personal, byod_consent_until=date(2026, 11, 21))
    stays_quiet("byod-consent-expired", personal, byod_consent_until=date(2026, 11, 22))
    stays_quiet("byod-consent-expired", personal, byod_state="approved", byod_consent_until=None)
    finds("byod-consent-expired", personal, byod_state="enrolled", byod_consent_until=None)
    stays_quiet("byod-consent-expired", personal, not_enrolled, byod_consent_until=date(2026, 11, 1))
    stays_quiet("byod-consent-expired", byod_consent_until=date(2026, 11, 1))


def test_what_is_over_is_told_as_that_and_not_as_a_consent_too(stays_quiet, personal):
    stays_quiet("byod-consent-expired", personal, byod_state="ended", byod_consent_until=date(2026, 11, 1))


def test_days_of_grace_for_consent_are_configuration(finds, stays_quiet, personal):
    rules = {"byod-consent-expired": {"grace_days": 7}}
    stays_quiet("byod-consent-expired", personal, byod_consent_until=date(2026, 11, 15), rules=rules)
    finds("byod-consent-expired", personal, byod_consent_until=date(2026, 11, 14), rules=rules)
