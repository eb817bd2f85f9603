"""All rules together: nothing twice, nothing on a healthy device, nothing raises."""

import json
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.domain.facts import Clash, DeviceFact
from fleet.domain.lifecycle import STATUSES
from fleet.domain.rules import RULES, Context, find_all
from fleet.domain.rules.engine import ABOUT

EVERY_RULE = Context.from_config({"holder-on-long-leave": {"enabled": True}}, datetime(2026, 11, 22, 3, 0, tzinfo=UTC))


def _maybe(values):
    return st.none() | values


moments = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
days = st.dates(date(2020, 1, 1), date(2027, 1, 1))
words = st.sampled_from(["northbridge", "southmere", "x", "", "O'Neil [/b]"])
few = st.integers(0, 3)
facts = st.builds(
    DeviceFact,
    id=few,
    organisation=words,
    kind=st.sampled_from(["ipad", "iphone", "thin_client", "other"]),
    ownership=st.sampled_from(["organisation", "personal"]),
    status=st.sampled_from([*STATUSES, "no such status"]),
    status_since=_maybe(days),
    serial=_maybe(words),
    imei=_maybe(words),
    asset_tag=_maybe(words),
    model=_maybe(st.sampled_from(["iPad (9th generation)", "iPhone X", "Igel", ""])),
    holder_id=_maybe(few),
    holder_upn=_maybe(words),
    holder_state=_maybe(st.sampled_from(["starter", "active", "long_leave", "left"])),
    holder_left_on=_maybe(days),
    shared=st.booleans(),
    issued_on=_maybe(days),
    due_on=_maybe(days),
    intune_id=_maybe(words),
    tenant=_maybe(words),
    tenant_organisation=_maybe(words),
    enrolled_upn=_maybe(words),
    enrolled_person_id=_maybe(few),
    enrolled_at=_maybe(moments),
    last_seen=_maybe(moments),
    enrolment_ownership=_maybe(st.sampled_from(["company", "personal", "unknown"])),
    supervised=_maybe(st.booleans()),
    encrypted=_maybe(st.booleans()),
    jailbroken=_maybe(st.booleans()),
    compliance=_maybe(st.sampled_from(["compliant", "noncompliant"])),
    grace_until=_maybe(moments),
    os_version=_maybe(st.sampled_from(["27.0.1", "26.3.1 (a)", "16.7", "?", ""])),
    iccid_seen=_maybe(words),
    iccid_recorded_in=_maybe(few),
    open_enrolments=few,
    open_tenants=few,
    ever_enrolled=st.booleans(),
    missing_since=_maybe(moments),
    missing_runs=few,
    byod_state=_maybe(st.sampled_from(["requested", "approved", "enrolled", "ended"])),
    byod_consent_until=_maybe(days),
    incident_on=_maybe(days),
    iccid_recorded_as=_maybe(words),
)
clashes = st.builds(
    lambda *, named, **values: Clash(
        **values, claimants=tuple(f"record {one}" for one in values["intune_ids"]) if named else ()
    ),
    named=st.booleans(),
    identifier=st.sampled_from(["serial", "imei", "asset_tag"]),
    value=st.sampled_from(["DMPX1TESTF1", "990000862471854"]),
    intune_ids=st.lists(words).map(tuple),
    tenants=st.lists(words).map(tuple),
    organisation=words,
    device_id=_maybe(few),
    recorded_for=st.lists(words).map(tuple),
    device=_maybe(words.filter(bool)),
)


@settings(deadline=None, max_examples=200, database=None)
@given(st.lists(facts, max_size=4), st.lists(clashes, max_size=3))
def test_no_rule_raises_or_repeats_itself_whatever_is_unknown(some, others):
    found = list(find_all(some, others, EVERY_RULE))
    assert len({(one.rule, one.identity) for one in found}) == len(found)
    for one in found:
        assert json.loads(json.dumps(one.evidence)).keys() == {"recorded", "observed"}
        assert "None" not in one.sentence
        assert one.sentence[0].strip()
        assert one.subject


def test_each_rule_survives_a_device_of_which_nothing_is_known():
    required = {"id": 1, "organisation": "northbridge", "kind": "ipad", "ownership": "organisation", "status": "issued"}
    assert list(find_all([DeviceFact(**required)], (), EVERY_RULE)) == []


def test_a_device_that_is_well_meets_no_finding(well):
    assert list(find_all([well()], (), EVERY_RULE)) == []


def test_a_device_read_twice_is_found_once(well):
    device = well(jailbroken=True)
    assert [found.rule for found in find_all([device, device], (), EVERY_RULE)] == ["jailbroken"]


def test_every_rule_of_a_device_that_breaks_several_is_found(well):
    device = well(jailbroken=True, encrypted=False, holder_state="left")
    assert {found.rule for found in find_all([device], (), EVERY_RULE)} == {
        "jailbroken",
        "not-encrypted",
        "leaver-holds",
    }


def test_a_finding_shows_what_is_recorded_and_what_was_observed_as_json(well):
    [found] = find_all([well(holder_state="left", holder_left_on=date(2026, 11, 12))], (), EVERY_RULE)
    assert found.evidence["recorded"]["holder_left_on"] == "2026-11-12"
    assert found.evidence["observed"]["last_seen"] == "2026-11-21T22:00:00+00:00"
    assert json.loads(json.dumps(found.evidence)) == found.evidence


def test_the_subject_is_the_tag_else_the_serial_else_the_intune_id(well):
    def subject(**changes):
        [found] = find_all([well(jailbroken=True, **changes)], (), EVERY_RULE)
        return found.subject

    assert subject() == "NB-0007"
    assert subject(asset_tag=None) == "DMPX1TESTF1"
    assert subject(asset_tag=None, serial=None) == "11111111-aaaa-4bbb-8ccc-000000000007"
    assert subject(asset_tag=None, serial=None, intune_id=None) == "a device without tag and serial"


def test_a_personal_device_is_not_called_by_its_intune_id(well, personal):
    [found] = find_all([well(**personal, serial=None, jailbroken=True)], (), EVERY_RULE)
    assert found.subject == "own device"


def test_a_switched_off_rule_is_quiet_and_a_changed_severity_is_used(well, now):
    device = well(jailbroken=True, encrypted=False)
    context = Context.from_config({"jailbroken": {"enabled": False}, "not-encrypted": {"severity": "low"}}, now)
    assert [(found.rule, found.severity) for found in find_all([device], (), context)] == [("not-encrypted", "low")]


def test_evidence_and_identity_name_fields_that_exist():
    kinds = {about: set(dir(kind)) for kind, about in ABOUT.items()}
    for rule in RULES:
        if rule.clash is None:
            assert kinds[rule.about].issuperset((*rule.identity, *rule.recorded, *rule.observed)), rule.key
