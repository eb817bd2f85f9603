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
    assert found.evidence["observed"] == {
        "claimed_by": ["record a", "record b"],
        "intune_ids": ["a", "b"],
        "tenants": ["northbridge"],
    }


def test_a_clash_names_the_device_that_has_the_identifier_and_the_one_that_claims_it(now):
    clash = _clash(
        "imei", "990000862471854", intune_ids=("b",), device_id=8, claimants=("NB-0008",), recorded_for=("NB-0007",),
        device="NB-0008",
    )  # fmt: skip
    [found] = find_all((), [clash], Context.from_config({}, now))
    assert found.sentence == (
        "IMEI 990000862471854 belongs to NB-0007, but Intune (northbridge) also has it on NB-0008. That record was not applied."
    )
    assert (found.subject, found.subject_id) == ("NB-0008", 8)
    assert found.evidence["recorded"] == {"recorded_for": ["NB-0007"]}
    assert found.evidence["observed"]["claimed_by"] == ["NB-0008"]


def test_of_many_claims_the_first_are_named(now):
    names = tuple(f"DMPX0000{number}" for number in range(9))
    [found] = find_all((), [_clash(intune_ids=tuple("abcdefghi"), claimants=names)], Context.from_config({}, now))
    assert "nine Intune records" in found.sentence
    assert "DMPX00003 and 5 more" in found.sentence
    assert len(found.evidence["observed"]["claimed_by"]) == 9


def test_one_value_reported_by_two_tenants_is_one_finding(now):
    clashes = [_clash(), _clash(intune_ids=("c", "a"), tenants=("southmere",), organisation="southmere", device_id=7)]
    [found] = find_all((), clashes, Context.from_config({}, now))
    assert found.sentence == (
        "Serial number DMPX1TESTF1 is on three Intune records (northbridge and southmere): record a, record b and record c. "
        "Those records were not applied."
    )
    assert found.subject_id == 7


def test_a_clash_of_another_identifier_is_no_finding(now):
    assert list(find_all((), [_clash("asset_tag")], Context.from_config({}, now))) == []


def test_a_switched_off_clash_rule_stays_quiet(now):
    context = Context.from_config({"duplicate-serial": {"enabled": False}}, now)
    assert [found.rule for found in find_all((), [_clash(), _clash("imei")], context)] == ["duplicate-imei"]


def test_a_sim_recorded_in_another_device_is_found(finds, stays_quiet):
    found = finds("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=8, iccid_recorded_as="NB-0008")
    assert found.sentence == "SIM ending in 4821 is in it, says Intune, but the register has that SIM in NB-0008."
    assert found.evidence["recorded"]["iccid_recorded_as"] == "NB-0008"
    nameless = finds("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=8)
    assert nameless.sentence.endswith("the register has that SIM in another device.")
    stays_quiet("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=7)
    stays_quiet("sim-moved", iccid_seen="8944500102198304821", iccid_recorded_in=None)


def test_the_sim_of_a_personal_device_is_not_shown(finds, personal):
    found = finds("sim-moved", personal, iccid_seen="8944500102198304821", iccid_recorded_in=8)
    assert "4821" not in repr(found)
