"""What a file may name, as the register has it."""

import pytest

from fleet.database import Database
from fleet.database.models import Device, Person
from fleet.errors import NotFound
from fleet.queries.lookups import known_to_register, only_organisation, organisation_id
from tests.factory import NOW, TODAY, a_line, a_sim
from tests.fleet.commands.estate import an_estate


def test_an_organisation_is_known_by_key_and_name(database: Database) -> None:
    estate = an_estate(database, 0)
    with database.read() as session:
        assert (
            organisation_id(session, "NORTHBRIDGE")
            == organisation_id(session, "northbridge council")
            == estate.organisation
        )
        assert only_organisation(session) == estate.organisation
        with pytest.raises(NotFound, match="Known: northbridge"):
            organisation_id(session, "atlantis")
    an_estate(database, 0, key="eastmoor")
    with database.read() as session:
        assert only_organisation(session) is None


def test_devices_are_known_with_their_holder_and_when_they_came_back(database: Database) -> None:
    """Nobody's own device is among them: a file can't name it."""
    estate = an_estate(database, 3)
    estate.issue(estate.devices[:2], person_id=estate.people[0])
    estate.take_back(estate.devices[:1])
    estate.issue(estate.devices[2:], site_id=estate.sites[1])
    estate.add(Device(organisation_id=estate.organisation, kind="iphone", ownership="personal", status="issued"))
    with database.read() as session:
        back, held, shared = sorted(known_to_register(session).devices, key=lambda one: one.id)
    assert (back.held, back.holder_id, back.free_since) == (False, None, TODAY)
    assert (held.held, held.holder_id, held.holder_name, held.free_since) == (
        True,
        estate.people[0],
        "sian obrien",
        None,
    )
    assert (shared.held, shared.holder_id, shared.holder_name) == (True, None, "hafod house")
    assert held.values["serial"] == "NORX000002"


def test_places_models_people_and_sims_are_known_by_folded_names(database: Database) -> None:
    estate = an_estate(database, 1)
    line = a_line(database, estate.organisation)
    sim = a_sim(database, estate.organisation, device_id=estate.devices[0], line_id=line)
    estate.set(Person, estate.people[1], email="Bryn.Hale@northbridge.example")
    estate.set(Person, estate.people[2], erased_at=NOW)
    with database.read() as session:
        known = known_to_register(session)
    owner = estate.organisation
    assert known.sites[owner, "town hall"] == estate.sites[0]
    assert known.teams[owner, "adult care"] == estate.team
    assert "ipad (10th generation)" in known.models
    assert (
        known.people["bryn.hale@northbridge.example"]
        == known.people["bryn@northbridge.example"]
        == (estate.people[1], owner)
    )
    assert known.people_by_name[owner, "sian obrien"] == [estate.people[0]]
    assert "mair@northbridge.example" not in known.people
    assert known.connections.sims["8944100000000000017"].id == sim
    assert known.connections.lines["+447700900123"].id == line


def test_what_others_have_is_not_known(database: Database) -> None:
    estate = an_estate(database, 1)
    an_estate(database, 2, key="eastmoor")
    with database.read(frozenset({estate.organisation})) as session:
        known = known_to_register(session)
        assert {one.id for one in known.devices} == {*estate.devices}
        assert set(known.people.values()) == {(one, estate.organisation) for one in estate.people}
