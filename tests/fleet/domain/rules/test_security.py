"""The safety of a device."""

from datetime import timedelta

import pytest

from fleet.domain.rules import Context, os_unknown


def test_a_version_that_apple_no_longer_patches_is_found(finds):
    found = finds("os-unsupported", model="iPad (6th generation)", os_version="17.7.11")
    assert found.sentence == (
        "Runs iPadOS 17.7.11, but Apple patches only iPadOS 18, 26 and 27; it is an iPad (6th generation)."
    )


@pytest.mark.parametrize("status", ["unrecorded", "in_stock", "lost"])
def test_an_unsupported_version_is_found_whatever_the_status(finds, status):
    finds("os-unsupported", os_version="16.7", status=status)


def test_an_unsupported_version_is_found_on_a_personal_iphone(finds, personal):
    finds("os-unsupported", personal, kind="iphone", model="iPhone X", os_version="16.7.16")


@pytest.mark.parametrize(
    "changes",
    [
        {"os_version": "18.7.9"},
        {"os_version": "26.7.1"},
        {"model": "iPad (7th generation)", "os_version": "18.1"},
        {"model": "iPad from the future", "os_version": "12.0"},
        {"model": None, "os_version": "12.0"},
        {"os_version": None},
        {"os_version": "twelve"},
        {"kind": "other", "os_version": "12.0"},
    ],
)
def test_due_updates_and_unknown_models_are_not_called_unsupported(stays_quiet, changes):
    stays_quiet("os-unsupported", **changes)


def test_an_unsupported_version_on_a_device_without_enrolment_is_old_news(stays_quiet, not_enrolled):
    stays_quiet("os-unsupported", not_enrolled, os_version="15.1")


def test_devices_the_table_does_not_know_are_counted_for_the_doctor(well, now):
    facts = [
        well(),
        well(model="iPad from the future"),
        well(os_version=None, intune_id=None),
        well(os_version=None, intune_id=None, open_enrolments=0),
        well(kind="thin_client", model="Igel"),
    ]
    assert os_unknown(facts, Context.from_config({}, now)) == 2


def test_a_noncompliant_device_is_found_one_second_after_its_grace(finds, stays_quiet, now):
    stays_quiet("noncompliant", compliance="noncompliant", grace_until=now)
    stays_quiet("noncompliant", compliance="noncompliant", grace_until=now + timedelta(seconds=1))
    found = finds("noncompliant", compliance="noncompliant", grace_until=now - timedelta(seconds=1))
    assert "ended on 22 Nov 2026" in found.sentence


def test_a_noncompliant_device_without_grace_is_found_ours_or_not(finds, personal):
    finds("noncompliant", compliance="noncompliant")
    finds("noncompliant", personal, compliance="noncompliant")


def test_more_days_of_grace_are_configuration(finds, stays_quiet, now):
    rules = {"noncompliant": {"grace_days": 7}}
    stays_quiet("noncompliant", compliance="noncompliant", grace_until=now - timedelta(days=7), rules=rules)
    finds("noncompliant", compliance="noncompliant", grace_until=now - timedelta(days=7, seconds=1), rules=rules)


@pytest.mark.parametrize("compliance", ["compliant", "inGracePeriod", "unknown", "error", None])
def test_other_compliance_states_stay_quiet(stays_quiet, compliance):
    stays_quiet("noncompliant", compliance=compliance)


def test_a_noncompliant_device_in_stock_stays_quiet(stays_quiet):
    stays_quiet("noncompliant", compliance="noncompliant", status="in_stock")


def test_a_company_device_without_supervision_is_found(finds):
    finds("not-supervised", supervised=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"supervised": None},
        {"supervised": True},
        {"ownership": "personal"},
        {"enrolment_ownership": "personal"},
        {"enrolment_ownership": None},
        {"kind": "other"},
        {"intune_id": None, "open_enrolments": 0},
    ],
)
def test_not_supervised_needs_our_own_enrolled_apple_device(stays_quiet, changes):
    stays_quiet("not-supervised", **{"supervised": False} | changes)


def test_our_device_without_encryption_is_found(finds):
    assert finds("not-encrypted", encrypted=False).severity == "high"


@pytest.mark.parametrize("changes", [{"encrypted": None}, {"ownership": "personal"}, {"kind": "other"}])
def test_not_encrypted_needs_our_own_apple_device(stays_quiet, changes):
    stays_quiet("not-encrypted", **{"encrypted": False} | changes)


def test_a_jailbroken_device_is_found_ours_or_not(finds, stays_quiet, personal):
    finds("jailbroken", jailbroken=True)
    finds("jailbroken", personal, jailbroken=True, status="unrecorded")
    stays_quiet("jailbroken", jailbroken=False)
    stays_quiet("jailbroken", jailbroken=None)
