"""Team moves and erasure."""

import pytest
from sqlalchemy import select

from fleet.commands import assignments, people
from fleet.database import Database
from fleet.database.models import Assignment, Change, Person
from fleet.database.verify import verify
from fleet.errors import NotAllowed, NotFound
from fleet.queries.history import list_events
from fleet.queries.people import find_people
from tests.factory import NOW, a_device, a_person, a_team, an_assignment, an_organisation, value


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def test_a_person_moves_to_another_team_of_their_organisation(database: Database, owner: int) -> None:
    person, team = a_person(database, owner), a_team(database, owner, "Reablement")
    with database.transaction(actor="t", action="person.team", now=NOW) as session:
        assert people.move_team(session, person, team) == "Bryn Hale belongs to Reablement now."
    assert value(database, Person.team_id, person) == team
    foreign = a_team(database, an_organisation(database, "eastmere"), "Archive")
    with (
        pytest.raises(NotAllowed, match="another organisation"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        people.move_team(session, person, foreign)


def test_erasure_removes_the_person_everywhere_and_keeps_the_devices_history_whole(
    database: Database, owner: int
) -> None:
    person = a_person(database, owner, "Bryn Hale", upn="bryn.hale@northbridge.gov.example", email="b@example.org")
    device = a_device(database, owner, status="issued", asset_tag="NB-7")
    an_assignment(database, owner, device, person_id=person)
    with database.transaction(actor="t", action="device.return", now=NOW) as session:
        assignments.return_devices(session, [device], now=NOW)
    with database.transaction(actor="t", action="person.erase", now=NOW, reason="asked to be forgotten") as session:
        people.erase(session, person, now=NOW)
    with database.read() as session:
        assert find_people(session, text="bryn") == []
        row = session.get_one(Person, person)
        assert (row.display_name, row.upn, row.email) == (f"(erased) {person}", None, None)
        assert "bryn" not in row.hay
        content = f"{[(one.before, one.after) for one in session.execute(select(Change)).scalars()]}".lower()
        assert "bryn" not in content
        assert verify(session).problems == []
        assert (
            session.execute(select(Assignment.device_id).where(Assignment.person_id == person)).scalar_one() == device
        )
        assert f"(erased) {person}" in " ".join(event.sentence for event in list_events(session, device_id=device))


def test_somebody_who_holds_something_is_not_erased(database: Database, owner: int) -> None:
    person = a_person(database, owner)
    device = a_device(database, owner, status="issued", asset_tag="NB-8")
    an_assignment(database, owner, device, person_id=person)
    with (
        pytest.raises(NotAllowed, match="NB-8"),
        database.transaction(actor="t", action="person.erase", now=NOW) as session,
    ):
        people.erase(session, person, now=NOW)
    with pytest.raises(NotFound), database.transaction(actor="t", action="person.erase", now=NOW) as session:
        people.erase(session, 99_999, now=NOW)
