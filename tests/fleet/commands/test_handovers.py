"""Swap, transfer and extend: one event each, all or nothing."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.commands import handovers
from fleet.database import Database
from fleet.database.models import Assignment, Device, Event, Sim
from fleet.errors import Conflict, NotAllowed, UsageProblem
from tests.factory import NOW, TODAY, a_device, a_person, a_sim, a_team, an_assignment, an_organisation, value


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def holder_of(database: Database, device: int) -> int | None:
    with database.read() as session:
        return session.execute(
            select(Assignment.person_id).where(Assignment.device_id == device, Assignment.returned_on.is_(None))
        ).scalar_one_or_none()


def test_a_swap_gives_the_holder_another_device_on_the_same_terms_and_the_sim_goes_along(
    database: Database, owner: int
) -> None:
    person = a_person(database, owner)
    old, new = a_device(database, owner, status="issued"), a_device(database, owner, status="prepared")
    due = TODAY + timedelta(days=10)
    an_assignment(database, owner, old, person_id=person, kind="loan", due_on=due)
    sim = a_sim(database, owner, device_id=old)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        done = handovers.swap(session, old, new, now=NOW)
    assert [one.device_id for one in done] == [old, new, new]
    assert (holder_of(database, old), holder_of(database, new)) == (None, person)
    assert (value(database, Device.status, old), value(database, Device.status, new)) == ("in_stock", "issued")
    assert value(database, Sim.device_id, sim) == new
    with database.read() as session:
        assert session.execute(select(Assignment.due_on).where(Assignment.device_id == new)).scalar_one() == due
        assert session.execute(select(Event.action).order_by(Event.id.desc()).limit(1)).scalar_one() == "device.swap"


def test_the_sim_stays_where_it_is_when_told(database: Database, owner: int) -> None:
    person = a_person(database, owner)
    old, new = a_device(database, owner, status="issued"), a_device(database, owner, status="in_stock")
    an_assignment(database, owner, old, person_id=person)
    sim = a_sim(database, owner, device_id=old)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        handovers.swap(session, old, new, now=NOW, carry_sim=False, to_status="in_repair")
    assert value(database, Sim.device_id, sim) == old
    assert value(database, Device.status, old) == "in_repair"


def test_shared_equipment_is_swapped_for_its_team(database: Database, owner: int) -> None:
    team = a_team(database, owner)
    old, new = a_device(database, owner, status="issued"), a_device(database, owner, status="in_stock")
    an_assignment(database, owner, old, team_id=team)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        handovers.swap(session, old, new, now=NOW)
    with database.read() as session:
        assert session.execute(
            select(Assignment.team_id).where(Assignment.device_id == new, Assignment.returned_on.is_(None))
        ).scalar_one() == team  # fmt: skip


def test_a_swap_with_a_device_that_somebody_has_changes_nothing(database: Database, owner: int) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    old, new = a_device(database, owner, status="issued"), a_device(database, owner, status="issued")
    an_assignment(database, owner, old, person_id=anna)
    an_assignment(database, owner, new, person_id=bryn)
    with (
        pytest.raises(Conflict, match="Bryn"),
        database.transaction(actor="t", action="device.swap", now=NOW) as session,
    ):
        handovers.swap(session, old, new, now=NOW)
    assert (holder_of(database, old), holder_of(database, new)) == (anna, bryn)


def test_what_nobody_has_is_not_swapped(database: Database, owner: int) -> None:
    old, new = a_device(database, owner, status="in_stock"), a_device(database, owner, status="in_stock")
    with pytest.raises(NotAllowed, match="not issued"), database.transaction(actor="t", action="x", now=NOW) as session:
        handovers.swap(session, old, new, now=NOW)
    with pytest.raises(UsageProblem, match="itself"), database.transaction(actor="t", action="x", now=NOW) as session:
        handovers.swap(session, old, old, now=NOW)


def test_a_transfer_passes_devices_on_as_one_event(database: Database, owner: int) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    devices = [a_device(database, owner, status="issued") for _ in range(3)]
    for device in devices:
        an_assignment(database, owner, device, person_id=anna)
    with database.transaction(actor="t", action="device.transfer", now=NOW) as session:
        done = handovers.transfer(session, devices, person_id=bryn, now=NOW)
    assert all(one.sentence.endswith("issued to Bryn, from Anna.") for one in done)
    assert [holder_of(database, device) for device in devices] == [bryn] * 3
    assert {value(database, Device.status, device) for device in devices} == {"issued"}


def test_a_transfer_to_the_holder_or_from_nobody_is_refused(database: Database, owner: int) -> None:
    anna = a_person(database, owner, "Anna")
    held, free = a_device(database, owner, status="issued"), a_device(database, owner, status="in_stock")
    an_assignment(database, owner, held, person_id=anna)
    with (
        pytest.raises(Conflict, match="with Anna already"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        handovers.transfer(session, [held], person_id=anna, now=NOW)
    with pytest.raises(NotAllowed, match="not issued"), database.transaction(actor="t", action="x", now=NOW) as session:
        handovers.transfer(session, [held, free], person_id=a_person(database, owner, "Bryn"), now=NOW)
    assert holder_of(database, held) == anna


def test_a_loan_runs_on_and_only_a_loan(database: Database, owner: int) -> None:
    anna = a_person(database, owner, "Anna")
    loan, kept = a_device(database, owner, status="issued"), a_device(database, owner, status="issued")
    row = an_assignment(database, owner, loan, person_id=anna, kind="loan", due_on=TODAY)
    an_assignment(database, owner, kept, person_id=anna)
    later = TODAY + timedelta(days=14)
    with database.transaction(actor="t", action="device.extend", now=NOW) as session:
        (done,) = handovers.extend(session, [loan], due_on=later, now=NOW)
    assert "due 6 Dec 2026 instead of 22 Nov 2026" in done.sentence
    assert value(database, Assignment.due_on, row) == later
    with (
        pytest.raises(NotAllowed, match="not on loan"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        handovers.extend(session, [kept], due_on=later, now=NOW)
    with (
        pytest.raises(UsageProblem, match="has passed"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        handovers.extend(session, [loan], due_on=date(2026, 11, 21), now=NOW)
