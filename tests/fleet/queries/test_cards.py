"""The card of a device: who says what, how old it is, and where they disagree."""

from datetime import timedelta

import pytest

from fleet.database import Database
from fleet.database.models import Device
from fleet.errors import NotFound
from fleet.queries.cards import OBSERVED, RECORDED, DeviceCard, device_card
from tests.factory import NOW, a_sim, an_enrolment
from tests.fleet.commands.estate import Estate, an_estate


def _card(estate: Estate, device: int) -> DeviceCard:
    with estate.database.read() as session:
        return device_card(session, device, now=NOW)


def test_facts_say_who_says_so(database: Database) -> None:
    """What nobody knows is left out."""
    estate = an_estate(database, 1)
    an_enrolment(database, estate.organisation, estate.tenant, estate.devices[0], os_version="26.1", platform="iPadOS",
                 last_seen=NOW - timedelta(hours=3), serial="NORX000001")  # fmt: skip
    card = _card(estate, estate.devices[0])
    facts = {(one.group, one.label): one.value for one in card.facts}
    assert facts[RECORDED, "Serial"] == facts[OBSERVED, "Serial"] == "NORX000001"
    assert (facts[RECORDED, "Holder"], facts[RECORDED, "Price"]) == ("nobody", "£349.00")
    assert facts[OBSERVED, "OS"] == "iPadOS 26.1"
    assert (RECORDED, "EID") not in facts and (OBSERVED, "Carrier") not in facts
    assert card.observed_at == NOW - timedelta(hours=3)
    assert not any(one.disagrees for one in card.facts if one.label == "Serial")


def test_what_disagrees_is_marked_on_both_sides(database: Database) -> None:
    """Another serial, another person, another SIM than the one recorded."""
    estate = an_estate(database, 1)
    device = estate.devices[0]
    a_sim(database, estate.organisation, device_id=device)
    estate.issue([device], person_id=estate.people[1])
    an_enrolment(database, estate.organisation, estate.tenant, device, serial="OTHER00001", iccid="8944100000000000025",
                 upn="mair@northbridge.example", ownership="personal")  # fmt: skip
    amiss = {(one.group, one.label) for one in _card(estate, device).facts if one.disagrees}
    assert amiss >= {
        (RECORDED, "Serial"), (OBSERVED, "Serial"), (RECORDED, "Holder"), (OBSERVED, "Enrolled by"), (RECORDED, "SIM"),
        (OBSERVED, "Ownership"),
    }  # fmt: skip


def test_holders_come_newest_first_and_with_their_story(database: Database) -> None:
    estate = an_estate(database, 1, now=NOW - timedelta(days=20))
    for person in estate.people[:2]:
        estate.later().issue(estate.devices, person_id=person)
        estate.later().take_back(estate.devices)
    estate.later().issue(estate.devices, site_id=estate.sites[1])
    card = _card(estate, estate.devices[0])
    assert [(one.holder, one.returned is None) for one in card.holdings] == [
        ("Hafod House", True), ("Bryn Hale", False), ("Siân O'Brien", False),
    ]  # fmt: skip
    assert (card.row.holder, card.row.status, len(card.events)) == ("Hafod House", "issued", 6)
    assert "to Hafod House" in card.events[0].sentence


def test_an_enrolment_that_is_gone_says_so(database: Database) -> None:
    estate = an_estate(database, 1)
    an_enrolment(
        database, estate.organisation, estate.tenant, estate.devices[0], closed_at=NOW, closed_because="vanished"
    )
    tenants = [one.value for one in _card(estate, estate.devices[0]).facts if one.label == "Tenant"]
    assert tenants == ["northbridge, gone since 22 Nov 2026 02:00"]


def test_a_card_of_others_is_no_card(database: Database) -> None:
    estate = an_estate(database, 1)
    with database.read(frozenset()) as session, pytest.raises(NotFound):
        device_card(session, estate.devices[0], now=NOW)
    with database.read() as session, pytest.raises(NotFound):
        device_card(session, 9999, now=NOW)


def test_a_card_says_how_it_came_back_and_with_which_papers_it_went(database: Database) -> None:
    estate = an_estate(database, 1)
    estate.issue(estate.devices, person_id=estate.people[0])
    estate.take_back(estate.devices, condition="screen scratched")
    estate.set(Device, estate.devices[0], disposal_batch="B-7", disposal_reference="C-0815")
    card = _card(estate, estate.devices[0])
    assert [one.condition for one in card.holdings] == ["screen scratched"]
    facts = {one.label: one.value for one in card.facts if one.group == RECORDED}
    assert (facts["Disposal batch"], facts["Certificate"]) == ("B-7", "C-0815")
