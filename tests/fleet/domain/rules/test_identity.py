"""Identifiers claimed twice, and SIMs that moved."""

import pytest

from fleet.domain.facts import Clash
from fleet.domain.rules import Context, find_all


def _clash(identifier: str = "serial", value: str = "DMPX1TESTF1", **changes) -> Clash:
    return Clash(
        **{
            "identifier": identifier,
            "value": value,
            "intune_ids": ("b", "a"),
            "tenants": ("northbridge",),
            "organisation": "northbridge",
        }
        | changes
    )


@pytest.mark.parametrize(("identifier", "rule"), [("serial", "duplicate-serial"), ("imei", "duplicate-imei")])
def test_a_clash_of_an_identifier_is_found_under_its_value(now, identifier, rule):
    [found] = find_all((), [_clash(identifier, "990000862471854")], Context.from_config({}, now))
    assert (found.rule, found.identity, found.subject) == (rule, "990000862471854", "990000862471854")
    assert found.severity == "high"
    assert found.evidence["observed"] == {"intune_ids": ["a", "b"], "tenants": ["northbridge"]}


def test_one_value_reported_by_two_tenants_is_one_finding(now):
    clashes = [_clash(), _clash(intune_ids=("c", "a"), tenants=("southmere",), organisation="southmere", device_id=7)]
    [found] = find_all((), clashes, Context.from_config({}, now))
    assert "claimed by 3 Intune records in northbridge and southmere" in found.sentence
    assert found.subject_id == 7


def test_a_clash_of_another_identifier_is_no_finding(now):
    assert list(find_all((), [_clash("asset_tag")], Context.from_config({}, now))) == []


def test_a_switched_off_clash_rule_stays_quiet(now):
    context = Context.from_config({"duplicate-serial": {"enabled": False}}, now)
    assert [found.rule for found in find_all((), [_clash(), _clash("imei")], context)] == ["duplicate-imei"]


def test_a_sim_recorded_in_another_device_is_found(finds, stays_quiet):
    found = finds("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=8)
    assert found.sentence == "Intune sees a SIM ending in 4821 in it, which the register has in device number 8."
    stays_quiet("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=7)
    stays_quiet("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=None)


def test_the_sim_of_a_personal_device_is_not_shown(finds, personal):
    found = finds("sim-moved", personal, iccid_seen="8944500102198304821", iccid_recorded_in=8)
    assert "4821" not in repr(found)
