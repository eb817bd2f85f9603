"""The estate is the same for the same seed, of the size asked for, and hangs together."""

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from fleet.demo.estate import Estate, generate
from fleet.demo.estate.hardware import VERSIONS
from fleet.domain.rules import RULES

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
MANY_RULES = len(RULES)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return generate(now=NOW)


def sizes(estate: Estate) -> dict[str, int]:
    named = ((one.name, getattr(estate, one.name)) for one in fields(estate))
    return {name: len(value) for name, value in named if isinstance(value, tuple)}


def test_the_same_seed_gives_the_same_estate() -> None:
    assert generate(seed=5, devices=150, now=NOW) == generate(seed=5, devices=150, now=NOW)


def test_another_seed_gives_another_estate() -> None:
    one, other = generate(seed=5, devices=150, now=NOW), generate(seed=6, devices=150, now=NOW)
    assert not {device.serial for device in one.devices} & {device.serial for device in other.devices}
    assert not {person.entra_id for person in one.people} & {person.entra_id for person in other.people}


def test_the_default_size_is_the_shared_service_of_the_design(estate: Estate) -> None:
    roles = Counter(one.role for one in estate.people)
    kinds = Counter(one.kind for one in estate.devices)
    assert len(estate.organisations) == len(estate.tenants) == 3
    assert (len(estate.people), roles["social_worker"], roles["councillor"]) == (2600, 900, 60)
    assert kinds["ipad"] + kinds["iphone"] == 2000
    assert kinds["thin_client"] == 1400
    assert all(4 <= sum(site.organisation == one.key for site in estate.sites) <= 8 for one in estate.organisations)


def test_220_personal_devices_come_under_each_enrolment_type(estate: Estate) -> None:
    recorded = {one.intune_id for one in estate.byod if one.intune_id}
    unapproved = {one.intune_id for one in estate.answer_key if one.rule == "byod-unapproved"}
    personal = [one for one in estate.enrolments if one.intune_id in recorded | unapproved]
    assert len(personal) == 220
    assert {one.enrolment_type for one in personal} == {
        "userEnrollment",
        "appleUserEnrollment",
        "appleAccountDrivenUserEnrollment",
    }
    assert all((one.serial is None) == (one.enrolment_type != "userEnrollment") for one in personal)


def test_every_kind_of_person_and_status_is_there(estate: Estate) -> None:
    assert {one.state for one in estate.people} == {"starter", "active", "long_leave", "left"}
    assert {one.status for one in estate.devices} == {
        "in_stock",
        "prepared",
        "issued",
        "in_repair",
        "lost",
        "stolen",
        "retired",
        "disposed",
    }
    left = [one for one in estate.people if one.state == "left"]
    assert all(one.left_on and one.left_on < TODAY and not one.account_enabled for one in left)
    assert {one.in_directory for one in left} == {True, False}


def test_four_times_the_devices_make_four_times_of_everything() -> None:
    small, large = sizes(generate(devices=600, now=NOW)), sizes(generate(devices=2400, now=NOW))
    growing = ("people", "devices", "sims", "lines", "assignments", "byod", "enrolments", "answer_key")
    for name in growing:
        assert 3 < large[name] / small[name] < 5, name


@pytest.mark.parametrize("devices", [0, 1, 7, 40])
def test_tiny_estates_can_be_made(devices: int) -> None:
    estate = generate(devices=devices, now=NOW)
    assert sum(one.kind != "thin_client" for one in estate.devices) == devices


def test_any_number_of_organisations_can_be_made() -> None:
    estate = generate(devices=300, organisations=10, now=NOW)
    assert len({one.key for one in estate.organisations}) == 10
    assert len({one.tag_prefix for one in estate.organisations}) == 10
    assert len({one.asset_tag for one in estate.devices}) == len(estate.devices)
    alone = generate(devices=300, organisations=1, now=NOW)
    assert not {one.rule for one in alone.answer_key} & {"two-tenants", "wrong-tenant"}


def test_two_hundred_devices_are_enough_for_every_discrepancy() -> None:
    assert len({one.rule for one in generate(devices=200, now=NOW).answer_key}) == MANY_RULES


def test_discrepancies_are_spread_over_the_organisations(estate: Estate) -> None:
    plenty = Counter(one.rule for one in estate.answer_key)
    with_account_alone = {"wrong-mdm-server", "applecare-ending"}
    for rule, count in plenty.items():
        if count >= 3 and rule not in with_account_alone:
            assert {one.organisation for one in estate.answer_key if one.rule == rule} == {
                one.key for one in estate.organisations
            }


def test_every_reference_leads_somewhere(estate: Estate) -> None:
    people = {one.entra_id for one in estate.people}
    serials = {one.serial for one in estate.devices}
    sites, teams = {one.key for one in estate.sites}, {one.key for one in estate.teams}
    intune_ids = [one.intune_id for one in estate.enrolments]
    assert len(people) == len(estate.people)
    assert len({one.upn for one in estate.people}) == len(estate.people)
    assert len(set(intune_ids)) == len(intune_ids)
    assert {one.site for one in estate.devices} | {one.site for one in estate.people} <= sites
    assert {one.site for one in estate.teams} <= sites
    assert {one.team for one in estate.people if one.team} <= teams
    assert {one.manager for one in estate.people if one.manager} <= people
    assert {one.model for one in estate.devices} <= {one.key for one in estate.models}
    assert {one.purchase for one in estate.devices} == {one.number for one in estate.purchases}
    assert {one.delivery for one in estate.devices} == {one.number for one in estate.deliveries}
    assert {one.purchase for one in estate.deliveries} <= {one.number for one in estate.purchases}
    assert {one.line for one in estate.sims} == {one.key for one in estate.lines}
    assert {one.device for one in estate.assignments} | {one.device for one in estate.incidents} <= serials
    assert {one.device for one in estate.sims if one.device} <= serials
    assert {one.device for one in estate.enrolments if one.device} <= serials
    assert {one.person for one in estate.assignments if one.person} <= people
    assert {one.person for one in estate.byod} | {one.approved_by for one in estate.byod if one.approved_by} <= people
    assert {one.intune_id for one in estate.byod if one.intune_id} <= set(intune_ids)
    assert {one.intune_id for one in estate.answer_key if one.intune_id} <= set(intune_ids)


def test_deliveries_and_purchases_count_what_was_bought(estate: Estate) -> None:
    bought = Counter(one.purchase for one in estate.devices)
    delivered = Counter(one.delivery for one in estate.devices)
    assert all(one.quantity == bought[one.number] for one in estate.purchases)
    assert all(one.quantity == delivered[one.number] for one in estate.deliveries)
    assert min(one.ordered_on for one in estate.purchases) >= TODAY - timedelta(days=5 * 366)


def test_custody_is_one_story_without_overlaps(estate: Estate) -> None:
    delivered = {one.number: one.delivered_on for one in estate.deliveries}
    arrived = {one.serial: delivered[one.delivery] for one in estate.devices}
    stories: dict[str, list[tuple[date, date]]] = {}
    for one in estate.assignments:
        stories.setdefault(one.device, []).append((one.issued_on, one.returned_on or date.max))
    assert max(len(story) for story in stories.values()) >= 3
    for serial, story in stories.items():
        story.sort()
        assert story[0][0] >= arrived[serial]
        assert all(start < end for start, end in story)
        assert all(before[1] <= after[0] for before, after in pairwise(story))


def test_a_device_is_assigned_exactly_when_it_is_issued(estate: Estate) -> None:
    held = Counter(one.device for one in estate.assignments if one.returned_on is None)
    assert set(held.values()) == {1}
    assert set(held) == {one.serial for one in estate.devices if one.status == "issued"}
    assert all((one.person is None) == (one.site is not None) for one in estate.assignments)


def test_nobody_is_given_a_device_before_the_first_day_or_after_the_last(estate: Estate) -> None:
    people = {one.entra_id: one for one in estate.people}
    for one in estate.assignments:
        if one.person:
            person = people[one.person]
            assert person.start_on <= one.issued_on
            assert person.left_on is None or one.issued_on < person.left_on


def test_every_system_version_runs_on_its_model(estate: Estate) -> None:
    newest = {(one.kind, one.name): one.newest_major for one in estate.models}
    for one in estate.enrolments:
        highest = newest[one.kind, one.model]
        assert highest is not None
        assert int(one.os_version.partition(".")[0]) <= highest
    seen = {one.os_version for one in estate.enrolments}
    assert {text for major in (27, 26, 18) for text in VERSIONS[major]} <= seen


def test_check_ins_lie_between_enrolment_and_now(estate: Estate) -> None:
    assert all(one.enrolled_at < one.last_sync <= NOW for one in estate.enrolments)


def test_consents_of_registered_devices_are_in_force_but_for_the_planted(estate: Estate) -> None:
    expired = {one.intune_id for one in estate.answer_key if one.rule == "byod-consent-expired"}
    enrolled = [one for one in estate.byod if one.state == "enrolled"]
    assert expired
    assert all(one.consent_until and (one.consent_until < TODAY) == (one.intune_id in expired) for one in enrolled)
    assert {one.state for one in estate.byod} == {"requested", "approved", "enrolled", "ended"}
    assert all(one.requested_on <= (one.approved_on or date.max) for one in estate.byod)


def test_losses_have_an_open_incident(estate: Estate) -> None:
    missing = {one.serial for one in estate.devices if one.status in {"lost", "stolen"}}
    assert {one.device for one in estate.incidents if one.kind in {"lost", "stolen"}} == missing


def test_invented_domains_are_reserved_ones(estate: Estate) -> None:
    assert all(one.upn.endswith(".gov.example") for one in estate.people)
