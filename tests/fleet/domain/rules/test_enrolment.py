"""A device and its life in Intune."""

from datetime import UTC, date, datetime, timedelta

import pytest


def test_a_device_of_ours_that_nobody_registered_is_found(finds):
    found = finds("not-recorded", status="unrecorded", asset_tag=None, holder_id=None)
    assert found.subject == "DMPX1TESTF1"
    assert found.sentence.startswith("Listed in Intune (northbridge), enrolled by asha.penrose@northbridge.example")


def test_registered_and_personal_devices_are_no_strangers(stays_quiet, personal):
    stays_quiet("not-recorded")
    stays_quiet("not-recorded", personal, status="unrecorded")


@pytest.mark.parametrize("status", ["issued", "prepared", "in_repair"])
def test_a_device_in_use_that_two_reads_missed_has_vanished(finds, not_enrolled, now, status):
    found = finds("vanished", not_enrolled, status=status, missing_runs=2, missing_since=now - timedelta(days=1))
    assert "since 21 Nov 2026" in found.sentence
    assert ("issued to asha.penrose@northbridge.example" in found.sentence) == (status == "issued")


def test_a_vanished_device_without_a_holder_names_none(finds, not_enrolled):
    found = finds("vanished", not_enrolled, missing_runs=2, holder_id=None, holder_upn=None)
    assert found.sentence == "Gone from Intune, though it was enrolled."


@pytest.mark.parametrize(
    "changes",
    [
        {"missing_runs": 1},
        {"missing_runs": 0},
        {"ever_enrolled": False},
        {"status": "in_stock"},
        {"status": "lost"},
        {"status": "stolen"},
        {"status": "retired"},
        {"status": "unrecorded"},
    ],
)
def test_a_device_missed_once_never_enrolled_or_not_in_use_has_not_vanished(stays_quiet, not_enrolled, changes):
    stays_quiet("vanished", not_enrolled, **{"missing_runs": 2} | changes)


def test_a_device_with_an_open_enrolment_has_not_vanished(stays_quiet):
    stays_quiet("vanished", missing_runs=3)


def test_how_many_missed_reads_make_a_device_vanish_is_configuration(finds, stays_quiet, not_enrolled):
    stays_quiet("vanished", not_enrolled, missing_runs=2, rules={"vanished": {"runs": 3}})
    finds("vanished", not_enrolled, missing_runs=3, rules={"vanished": {"runs": 3}})


def test_issued_more_than_two_days_ago_and_never_enrolled_is_found(finds, stays_quiet, not_enrolled):
    finds("issued-not-enrolled", not_enrolled, ever_enrolled=False, issued_on=date(2026, 11, 19))
    stays_quiet("issued-not-enrolled", not_enrolled, ever_enrolled=False, issued_on=date(2026, 11, 20))
    finds(
        "issued-not-enrolled",
        not_enrolled,
        ever_enrolled=False,
        issued_on=date(2026, 11, 20),
        rules={"issued-not-enrolled": {"days": 1}},
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"ever_enrolled": True},
        {"kind": "thin_client"},
        {"status": "prepared"},
        {"holder_id": None},
        {"shared": True},
        {"issued_on": None},
        {"open_enrolments": 1},
    ],
)
def test_only_an_apple_device_of_a_person_must_be_enrolled(stays_quiet, not_enrolled, changes):
    stays_quiet("issued-not-enrolled", not_enrolled, **{"ever_enrolled": False} | changes)


@pytest.mark.parametrize(
    ("ago", "rule"),
    [
        (timedelta(days=30) - timedelta(seconds=1), None),
        (timedelta(days=29), None),
        (timedelta(days=30), "not-seen-30"),
        (timedelta(days=89), "not-seen-30"),
        (timedelta(days=90) - timedelta(seconds=1), "not-seen-30"),
        (timedelta(days=90), "not-seen-90"),
        (timedelta(days=900), "not-seen-90"),
    ],
)
def test_silence_is_found_by_the_one_rule_for_its_length(finds, stays_quiet, now, ago, rule):
    for key in ("not-seen-30", "not-seen-90"):
        (finds if key == rule else stays_quiet)(key, last_seen=now - ago)


def test_a_silence_finding_reads_the_same_the_next_night(finds, now):
    seen = now - timedelta(days=40)
    tonight = finds("not-seen-30", last_seen=seen)
    assert tonight.severity == "medium"
    assert "Last checked in on 13 Oct 2026" in tonight.sentence
    assert finds("not-seen-30", last_seen=seen, now=now + timedelta(days=1)) == tonight


@pytest.mark.parametrize("changes", [{"last_seen": None}, {"status": "in_stock"}, {"status": "lost"}])
def test_silence_matters_only_for_issued_devices_that_checked_in_once(stays_quiet, now, changes):
    changes = {"last_seen": now - timedelta(days=100)} | changes
    stays_quiet("not-seen-90", **changes)
    stays_quiet("not-seen-30", **changes)


def test_silence_without_an_open_enrolment_is_not_reported_as_silence(stays_quiet, not_enrolled, now):
    stays_quiet("not-seen-90", not_enrolled, last_seen=now - timedelta(days=100))


def test_the_days_of_silence_are_configuration(finds, stays_quiet, now):
    rules = {"not-seen-30": {"days": 14}, "not-seen-90": {"days": 28}}
    finds("not-seen-30", last_seen=now - timedelta(days=14), rules=rules)
    finds("not-seen-90", last_seen=now - timedelta(days=28), rules=rules)
    stays_quiet("not-seen-30", last_seen=now - timedelta(days=28), rules=rules)


def test_the_short_silence_covers_the_long_one_when_that_rule_is_off(finds, stays_quiet, now):
    rules = {"not-seen-90": {"enabled": False}}
    finds("not-seen-30", last_seen=now - timedelta(days=200), rules=rules)
    stays_quiet("not-seen-90", last_seen=now - timedelta(days=200), rules=rules)


@pytest.mark.parametrize("status", ["lost", "stolen"])
def test_a_lost_device_that_checks_in_on_a_later_day_is_found(finds, status):
    found = finds(
        "lost-checking-in",
        status=status,
        incident_on=date(2026, 11, 12),
        last_seen=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    )
    assert found.sentence == f"Recorded as {status} on 12 Nov 2026, yet it checked in on 20 Nov 2026."


def test_the_day_after_a_loss_begins_at_midnight_in_london(finds, stays_quiet):
    summer = {"status": "lost", "incident_on": date(2026, 7, 1)}
    stays_quiet("lost-checking-in", summer, last_seen=datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC))
    finds("lost-checking-in", summer, last_seen=datetime(2026, 7, 1, 23, 0, tzinfo=UTC))
    winter = {"status": "lost", "incident_on": date(2026, 11, 12)}
    stays_quiet("lost-checking-in", winter, last_seen=datetime(2026, 11, 12, 23, 59, 59, tzinfo=UTC))
    finds("lost-checking-in", winter, last_seen=datetime(2026, 11, 13, 0, 0, tzinfo=UTC))


def test_without_an_incident_the_day_of_the_status_counts(finds, stays_quiet, now):
    finds("lost-checking-in", status="lost", status_since=date(2026, 11, 20))
    stays_quiet("lost-checking-in", status="lost", status_since=date(2026, 11, 21), last_seen=now - timedelta(days=1))
    stays_quiet("lost-checking-in", status="lost", status_since=None)


@pytest.mark.parametrize("changes", [{"status": "issued"}, {"status": "found"}, {"last_seen": None}])
def test_only_a_lost_device_that_checked_in_is_suspicious(stays_quiet, changes):
    stays_quiet("lost-checking-in", **{"status": "lost", "incident_on": date(2026, 1, 1)} | changes)


def test_a_lost_device_without_an_open_enrolment_is_quiet(stays_quiet, not_enrolled, now):
    stays_quiet("lost-checking-in", not_enrolled, status="lost", incident_on=date(2026, 1, 1), last_seen=now)


def test_a_device_in_stock_that_is_enrolled_for_somebody_is_found(finds, stays_quiet):
    found = finds("returned-still-enrolled", status="in_stock", holder_id=None)
    assert "it last checked in on 21 Nov 2026" in found.sentence
    stays_quiet("returned-still-enrolled", status="in_stock", enrolled_upn=None)
    stays_quiet("returned-still-enrolled", status="prepared")


@pytest.mark.parametrize("status", ["retired", "disposed"])
def test_a_device_that_left_the_estate_but_not_intune_is_found(finds, stays_quiet, not_enrolled, status):
    finds("retired-still-enrolled", status=status, enrolled_upn=None)
    stays_quiet("retired-still-enrolled", not_enrolled, status=status)


def test_a_device_in_stock_is_not_retired(stays_quiet):
    stays_quiet("retired-still-enrolled", status="in_stock")


def test_several_enrolments_in_one_tenant_are_left_over(finds, stays_quiet):
    finds("reenrolment-leftover", open_enrolments=2, open_tenants=1)
    told = finds("reenrolment-leftover", open_enrolments=3, open_tenants=2).sentence
    assert told == "Listed three times in Intune: the record of an earlier enrolment was left behind."
    told = finds("reenrolment-leftover", open_enrolments=3, open_tenants=1).sentence
    assert told == "Listed three times in Intune: records of earlier enrolments were left behind."
    stays_quiet("reenrolment-leftover", open_enrolments=2, open_tenants=2)
    stays_quiet("reenrolment-leftover", open_enrolments=1, open_tenants=1)
    stays_quiet("reenrolment-leftover", open_enrolments=1, open_tenants=0)


def test_enrolments_in_several_tenants_are_found(finds, stays_quiet):
    assert finds("two-tenants", open_enrolments=2, open_tenants=2).severity == "high"
    stays_quiet("two-tenants", open_enrolments=2, open_tenants=1)


def test_a_device_in_the_tenant_of_another_organisation_is_found(finds):
    found = finds("wrong-tenant", tenant="southmere", tenant_organisation="southmere")
    assert found.sentence == "Belongs to northbridge, but is enrolled in the tenant of southmere."
    found = finds("wrong-tenant", tenant="schools", tenant_organisation="southmere")
    assert found.sentence == "Belongs to northbridge, but is enrolled in schools, a tenant of southmere."


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_organisation": "northbridge"},
        {"tenant_organisation": None},
        {"open_tenants": 2, "open_enrolments": 2},
        {"status": "unrecorded"},
        {"ownership": "personal"},
    ],
)
def test_wrong_tenant_needs_one_other_tenant_and_a_registered_device_of_ours(stays_quiet, changes):
    stays_quiet("wrong-tenant", **{"tenant_organisation": "southmere"} | changes)
