"""Swap, transfer and extend: one event each, all or nothing."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.commands import handovers
from fleet.commands.assignments import issue
from fleet.commands.bundles import add_items
from fleet.commands.reservations import reserve
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Assignment, AssignmentItem, Device, Event, Reservation, Sim
from fleet.errors import Conflict, NotAllowed, UsageProblem
from tests.factory import NOW, TODAY, a_device, a_person, a_sim, a_team, an_assignment, an_organisation, value
from tests.fleet.commands.estate import differing, rows_of


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


# --- what goes along ----------------------------------------------------------------------------------------


def a_bundle(database: Database, owner: int, person: int, **terms: object) -> tuple[int, int]:
    """An iPad with a case, a charger and a SIM at somebody; the device and the SIM."""
    device, sim = a_device(database, owner, asset_tag="OLD-1"), a_sim(database, owner)
    with database.transaction(actor="t", action="device.issue", now=NOW) as session:
        done = issue(session, [device], now=NOW, person_id=person, **terms)  # type: ignore[arg-type]
        add_items(session, done, kinds=["case", "charger"], sims=["8944100000000000017"])
    return device, sim


def items(database: Database, device: int) -> list[tuple[str, bool]]:
    """(kind, whether it is out) of all that went out with a device, under whichever assignment, what is out last."""
    with database.read() as session:
        rows = session.execute(
            select(AssignmentItem.kind, AssignmentItem.returned_on)
            .join(Assignment, Assignment.id == AssignmentItem.assignment_id)
            .where(Assignment.device_id == device)
            .order_by(AssignmentItem.id)
        )
        return [(row[0], row[1] is None) for row in rows]


@pytest.mark.parametrize("carry_sim", [True, False])
@pytest.mark.parametrize("carry_items", [True, False])
def test_a_swap_takes_the_bundle_along_or_back_as_chosen(
    database: Database, owner: int, carry_sim: bool, carry_items: bool
) -> None:
    person = a_person(database, owner, "Siân O'Brien")
    old, sim = a_bundle(database, owner, person)
    new = a_device(database, owner, asset_tag="NEW-1")
    before = rows_of(database)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        done = handovers.swap(session, old, new, now=NOW, carry_sim=carry_sim, carry_items=carry_items)
        session.flush()
        event = open_event(session).id
    kept = ([("case", True), ("charger", True)] if carry_items else []) + ([("sim", True)] if carry_sim else [])
    assert items(database, new) == kept
    assert [one for one in items(database, old) if one[1]] == []
    assert value(database, Sim.device_id, sim) == (new if carry_sim else old)
    told = " ".join(one.sentence for one in done)
    assert ("who keeps case and charger" in told, "case" in done[0].sentence) == (carry_items, not carry_items)
    assert event is not None
    with database.transaction(actor="t", action="undo", now=NOW, undoes_id=event) as session:
        apply_undo(session, plan_undo(session, [event]))
    assert differing(before, rows_of(database)) == []


def test_a_swap_fulfils_the_reservation_of_the_holder_and_warns_of_anothers(database: Database, owner: int) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    old, new = a_device(database, owner, status="issued"), a_device(database, owner)
    other_old, other_new = a_device(database, owner, status="issued"), a_device(database, owner)
    an_assignment(database, owner, old, person_id=anna)
    an_assignment(database, owner, other_old, person_id=bryn)
    with database.transaction(actor="t", action="reservation.make", now=NOW) as session:
        reserve(session, [new, other_new], person_id=anna, actor="t", now=NOW)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        done = handovers.swap(session, old, new, now=NOW) + handovers.swap(session, other_old, other_new, now=NOW)
    warnings = [text for one in done for text in one.warnings if "reserved" in text]
    assert warnings == ["It is reserved for Anna from 22 Nov 2026 on."]
    with database.read() as session:
        assert list(session.execute(select(Reservation.state).order_by(Reservation.id)).scalars()) == ["issued", "open"]


def test_a_loan_that_is_overdue_stays_one_when_it_is_swapped(database: Database, owner: int) -> None:
    anna, due = a_person(database, owner, "Anna"), TODAY - timedelta(days=3)
    old, new = a_device(database, owner, status="issued"), a_device(database, owner)
    day = TODAY - timedelta(days=30)
    an_assignment(database, owner, old, person_id=anna, kind="loan", due_on=due, issued_on=day)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        done = handovers.swap(session, old, new, now=NOW)
    assert "The loan was due on 19 Nov 2026: extend it." in done[1].warnings
    with database.read() as session:
        row = session.execute(select(Assignment).where(Assignment.device_id == new)).scalar_one()
    assert (row.kind, row.due_on) == ("loan", due)


@pytest.mark.parametrize(
    ("terms", "kind", "days"),
    [({}, "loan", 10), ({"due_on": TODAY + timedelta(days=20)}, "loan", 20), ({"for_good": True}, "permanent", None)],
)
def test_a_loan_that_is_passed_on_keeps_its_day_unless_another_is_said(
    database: Database, owner: int, terms: dict[str, object], kind: str, days: int | None
) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    device, _sim = a_bundle(database, owner, anna, due_on=TODAY + timedelta(days=10))
    with database.transaction(actor="t", action="device.transfer", now=NOW) as session:
        (done,) = handovers.transfer(session, [device], person_id=bryn, now=NOW, **terms)  # type: ignore[arg-type]
    with database.read() as session:
        statement = select(Assignment).where(Assignment.device_id == device, Assignment.returned_on.is_(None))
        row = session.execute(statement).scalar_one()
    assert (row.kind, row.due_on) == (kind, TODAY + timedelta(days=days) if days else None)
    assert done.sentence.endswith("from Anna, with case, charger and SIM 8944100000000000017.")
    assert [one for one in items(database, device) if one[1]] == [("case", True), ("charger", True), ("sim", True)]


@pytest.mark.parametrize("status", ["lost", "stolen", "in_repair", "quarantined"])
def test_what_is_not_in_its_holders_hands_does_not_change_hands(database: Database, owner: int, status: str) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    device = a_device(database, owner, status=status)
    an_assignment(database, owner, device, person_id=anna)
    with (
        pytest.raises(NotAllowed, match="Anna answers for it"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        handovers.transfer(session, [device], person_id=bryn, now=NOW)
    assert (holder_of(database, device), value(database, Device.status, device)) == (anna, status)


def test_what_is_lost_is_replaced_by_a_swap_and_stays_lost(database: Database, owner: int) -> None:
    anna = a_person(database, owner, "Anna")
    old, new = a_device(database, owner, status="lost"), a_device(database, owner)
    an_assignment(database, owner, old, person_id=anna)
    with database.transaction(actor="t", action="device.swap", now=NOW) as session:
        handovers.swap(session, old, new, now=NOW, to_status="lost")
    assert (holder_of(database, old), holder_of(database, new)) == (None, anna)
    assert value(database, Device.status, old) == "lost"
