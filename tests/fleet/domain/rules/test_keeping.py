"""Names, categories and users in Intune, warranties, idle SIMs, credentials."""

from datetime import date, timedelta

import pytest

from fleet.domain.facts import SimFact, TenantFact
from fleet.domain.rules import Context, find_all, find_beside

TODAY = date(2026, 11, 22)
PRIMARY = {"enrolled_user_id": "user-1", "primary_user_id": "user-2", "primary_upn": "bryn@northbridge.example"}


def test_another_primary_user_is_found(finds):
    found = finds("primary-user-differs", PRIMARY)
    assert found.sentence == (
        "Enrolled by asha.penrose@northbridge.example, but its primary user in Intune is bryn@northbridge.example."
    )
    assert "does not know" in finds("primary-user-differs", PRIMARY, primary_upn=None).sentence


def test_the_same_primary_user_or_none_known_is_well(stays_quiet, personal):
    stays_quiet("primary-user-differs", PRIMARY, primary_user_id="user-1")
    stays_quiet("primary-user-differs", PRIMARY, primary_user_id=None)
    stays_quiet("primary-user-differs", PRIMARY, enrolled_user_id=None)
    stays_quiet("primary-user-differs", PRIMARY, personal)


def test_a_name_is_judged_only_when_there_is_a_rule_for_names(finds, stays_quiet, personal):
    rules = {"device-name": {"pattern": r"NB-(IPD|IPH)-\d{6}"}}
    finds("device-name", rules=rules, device_name="Asha’s iPad")
    finds("device-name", rules=rules, device_name="NB-IPD-000123 old")
    stays_quiet("device-name", rules=rules, device_name="NB-IPD-000123")
    stays_quiet("device-name", rules=rules, device_name=None)
    stays_quiet("device-name", device_name="Asha’s iPad")
    stays_quiet("device-name", personal, rules=rules, device_name="Asha’s iPad")


def test_a_category_is_judged_only_when_categories_are_named(finds, stays_quiet):
    rules = {"category-wrong": {"allowed": "Social care, Members"}}
    finds("category-wrong", rules=rules, category="Shared")
    stays_quiet("category-wrong", rules=rules, category="Members")
    stays_quiet("category-wrong", rules=rules, category=None)
    stays_quiet("category-wrong", category="Shared")


@pytest.mark.parametrize(("left", "found"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_warranty_is_ending_in_its_last_thirty_days(finds, stays_quiet, left, found):
    (finds if found else stays_quiet)("warranty-ending", warranty_until=TODAY + timedelta(days=left))


def test_the_warranty_of_what_is_gone_is_nobodys_concern(stays_quiet):
    for status in ("lost", "stolen", "retired", "disposed", "unrecorded"):
        stays_quiet("warranty-ending", status=status, warranty_until=TODAY)


def sims(now, **changes):
    known = {
        "id": 4,
        "organisation": "northbridge",
        "iccid": "8944100000000000017",
        "state": "active",
        "in_device": False,
    }
    return list(find_beside([SimFact(**known | changes)], Context.from_config({}, now)))


def test_an_active_sim_in_no_device_is_found(now):
    [found] = sims(now, monthly_pence=745, line_state="active", carrier="Larkwave")
    assert (found.rule, found.subject_type, found.subject_id) == ("sim-without-device", "sim", 4)
    assert found.subject == "8944100000000000017"
    assert found.sentence == "Active, which costs £7.45 a month, but the register has it in no device."
    assert found.evidence["recorded"]["carrier"] == "Larkwave"


def test_a_sim_in_a_device_in_stock_or_without_a_running_line_is_well(now):
    assert sims(now, in_device=True) == sims(now, state="stock") == sims(now, line_state="suspended") == []


@pytest.mark.parametrize(
    ("days", "severity"),
    [(61, None), (60, "low"), (31, "low"), (30, "medium"), (8, "medium"), (7, "high"), (-3, "high")],
)
def test_a_credential_that_ends_is_graver_the_nearer_its_day(now, days, severity):
    tenant = TenantFact(2, "northbridge", "nb-tenant", TODAY + timedelta(days=days))
    found = list(find_beside([tenant], Context.from_config({}, now)))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert {(one.subject_type, one.subject) for one in found} <= {("tenant", "nb-tenant")}


def test_a_credential_of_which_no_end_is_known_is_quiet(now):
    assert list(find_beside([TenantFact(2, "northbridge", "nb-tenant")], Context.from_config({}, now))) == []


def test_a_severity_of_the_configuration_is_the_least(now):
    tenant = TenantFact(2, "northbridge", "nb-tenant", TODAY + timedelta(days=50))
    context = Context.from_config({"credential-expiring": {"severity": "high"}}, now)
    assert [one.severity for one in find_beside([tenant], context)] == ["high"]


def test_a_rule_that_is_off_finds_nothing_beside_devices(now):
    tenant = TenantFact(2, "northbridge", "nb-tenant", TODAY)
    context = Context.from_config({"credential-expiring": {"enabled": False}}, now)
    assert list(find_beside([tenant], context)) == []


def test_rules_about_other_things_never_meet_a_device(well, now):
    assert list(find_all([well()], (), Context.from_config({}, now))) == []


def test_the_second_of_a_kind_is_found_and_a_leavers_is_not(finds, stays_quiet):
    found = finds("several-of-a-kind", also_holds="NB-0003")
    assert found.sentence == (
        "Issued to asha.penrose@northbridge.example on 2 Mar 2026, who has another iPad already: NB-0003."
    )
    stays_quiet("several-of-a-kind", also_holds="NB-0003", holder_state="left")
    stays_quiet("several-of-a-kind", also_holds=None)


@pytest.mark.parametrize(
    ("model", "version", "late"),
    [
        ("iPad (9th generation)", "27.0", True),
        ("iPad (9th generation)", "27.0.1", False),
        ("iPad (9th generation)", "27.1", False),
        ("iPad (9th generation)", "26.6.1", True),
        ("iPad (9th generation)", "16.7", False),
        ("iPhone XR", "18.7.9", True),
        ("iPhone XR", None, False),
        ("Abacus", "1.0", False),
    ],
)
def test_an_update_is_overdue_within_its_own_major_version(finds, stays_quiet, model, version, late):
    (finds if late else stays_quiet)("update-overdue", model=model, os_version=version)


def test_an_update_has_fourteen_days(finds, stays_quiet, now):
    released = date(2026, 9, 28)
    at = {days: now.replace(year=2026, month=released.month, day=1) + timedelta(days=released.day - 1 + days)
          for days in (14, 15)}  # fmt: skip
    stays_quiet("update-overdue", os_version="27.0", now=at[14])
    finds("update-overdue", os_version="27.0", now=at[15])
    finds("update-overdue", os_version="27.0", now=at[14], rules={"update-overdue": {"days": 13}})
