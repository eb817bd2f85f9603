"""From any scrap a person types to the one thing it means: or a list of what it may mean, and nothing touched."""

from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Device, Person, Site
from fleet.errors import Ambiguous, NotFound, UsageProblem
from fleet.queries.keys import device_by_key, exact_devices, person_by_key, place_by_name
from tests.factory import NOW, a_line, a_person, a_sim, an_enrolment
from tests.fleet.commands.estate import Estate, an_estate


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database, 3)


def _ask(estate: Estate, query: Any, *arguments: Any, **options: Any) -> Any:
    with estate.database.read() as session:
        return query(session, *arguments, **options)


def test_a_device_is_known_by_all_its_identifiers(estate: Estate) -> None:
    """Also as scanned from a box, with an S before the serial, and by the SIM, number or enrolment it has."""
    device = estate.devices[0]
    estate.set(Device, device, imei="352099001761481")
    line = a_line(estate.database, estate.organisation)
    a_sim(estate.database, estate.organisation, device_id=device, line_id=line)
    an_enrolment(estate.database, estate.organisation, estate.tenant, device, intune_id="guid-1")
    for key in (
        "NORX000001", " norx000001 ", "SNORX000001", "no-0001", "352099001761481", "35 209900 176148 1", "07700900123",
        "+44 7700 900123", "8944100000000000017", "GUID-1",
    ):  # fmt: skip
        assert _ask(estate, exact_devices, key) == [device], key
        assert _ask(estate, device_by_key, key, now=NOW) == device, key
    assert _ask(estate, exact_devices, "  ") == []


def test_words_that_only_one_device_has_are_a_key_too(estate: Estate) -> None:
    estate.issue(estate.devices[1:2], person_id=estate.people[0])
    assert _ask(estate, device_by_key, "sian ipad", now=NOW) == estate.devices[1]
    with pytest.raises(Ambiguous, match=r"NO-0001.*NO-0003") as caught:
        _ask(estate, device_by_key, "ipad", now=NOW)
    assert len(caught.value.facts["matches"]) == 3


def test_an_unknown_key_is_told_with_what_is_nearest(estate: Estate) -> None:
    with pytest.raises(NotFound, match="NO-0002") as caught:
        _ask(estate, device_by_key, "NO-00022", now=NOW)
    assert caught.value.facts["nearest"]
    with pytest.raises(NotFound):
        _ask(estate, device_by_key, "x" * 5_000, now=NOW)


def test_what_shares_less_than_half_of_a_key_is_not_near(estate: Estate) -> None:
    with pytest.raises(NotFound, match="Search with: fleet devices") as caught:
        _ask(estate, device_by_key, "ipa9zzzzzz", now=NOW)
    assert not caught.value.facts["nearest"]


def test_a_person_is_known_by_upn_number_or_name(estate: Estate) -> None:
    estate.set(Person, estate.people[1], employee_id="E007")
    for key in ("BRYN@northbridge.example", "E007", "bryn hale", "Bryn"):
        assert _ask(estate, person_by_key, key).id == estate.people[1], key
    other = a_person(estate.database, estate.organisation, "Bryn Hale", upn="bryn2@northbridge.example")
    with pytest.raises(Ambiguous, match=r"bryn2@northbridge\.example"):
        _ask(estate, person_by_key, "bryn hale")
    assert _ask(estate, person_by_key, "bryn2@northbridge.example").id == other
    with pytest.raises(NotFound):
        _ask(estate, person_by_key, "nobody at all")


def test_a_place_is_meant_where_the_devices_are(estate: Estate) -> None:
    """Every council has a Town Hall; part of a name will do where it fits one."""
    other = an_estate(estate.database, 1, key="eastmoor")
    with pytest.raises(Ambiguous, match="eastmoor"):
        _ask(estate, place_by_name, "site", "town hall")
    assert _ask(estate, place_by_name, "site", "Town Hall", near=other.devices) == other.sites[0]
    assert _ask(estate, place_by_name, "site", "hafod", within=estate.organisation) == estate.sites[1]
    assert _ask(estate, place_by_name, "team", "adult", within=estate.organisation) == estate.team
    estate.add(Site(organisation_id=estate.organisation, name="Hafod House Annexe"))
    assert _ask(estate, place_by_name, "site", "Hafod House", within=estate.organisation) == estate.sites[1]
    with pytest.raises(NotFound, match="no team called Nowhere"):
        _ask(estate, place_by_name, "team", "Nowhere")


def test_keys_of_others_mean_nothing(estate: Estate) -> None:
    with estate.database.read(frozenset()) as session:
        assert exact_devices(session, "NORX000001") == []
        with pytest.raises(NotFound):
            person_by_key(session, "bryn hale")


@pytest.mark.parametrize("key", ["Sioban Okonkwo", "siobhn.okonkwo-featherstone@a-very-long-council-name.example"])
def test_the_nearest_person_is_offered_for_half_a_name_and_a_long_upn(estate: Estate, key: str) -> None:
    """People leave out the second half of a name, and mistype before the `@`."""
    name, upn = "Siobhán Okonkwo-Featherstone", "siobhan.okonkwo-featherstone@a-very-long-council-name.example"
    a_person(estate.database, estate.organisation, name, upn=upn)
    with pytest.raises(NotFound) as caught:
        _ask(estate, person_by_key, key)
    assert caught.value.facts["nearest"] == [f"{name} ({upn})"]


def test_no_key_is_no_key(estate: Estate) -> None:
    with pytest.raises(UsageProblem, match="Name at least one device"):
        _ask(estate, device_by_key, " ", now=NOW)
