"""Two who undo at once, with the real commands: one wins, the other is told, and nothing is taken back twice."""

from threading import Barrier

import pytest
from sqlalchemy import select

from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.models import Assignment, Event
from fleet.errors import FleetError, NotAllowed
from tests.factory import ACTOR
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.database.test_chain import verify
from tests.fleet.database.test_races import at_once


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def both_undo(estate: Estate, *events: int) -> list[object]:
    """Each looks at its plan, then both take back at the same moment; gives the plan of each, or its refusal."""
    looked = Barrier(len(events))

    def one(event: int) -> object:
        with estate.database.read() as session:
            plan_undo(session, [event])
        looked.wait(timeout=30)
        try:
            with estate.database.transaction(actor=ACTOR, action="undo", now=estate.now, undoes_id=event) as session:
                plan = plan_undo(session, [event])
                apply_undo(session, plan)
                return plan
        except NotAllowed as refusal:
            return refusal

    return at_once(*(lambda event=event: one(event) for event in events))


def undos(database: Database) -> list[int | None]:
    with database.read() as session:
        return list(session.execute(select(Event.undoes_id).where(Event.undoes_id.is_not(None))).scalars())


@pytest.mark.parametrize("deed", ["issue", "move"])
def test_of_two_who_undo_the_same_event_the_other_is_told(estate: Estate, deed: str) -> None:
    before = rows_of(estate.database)
    event = (
        estate.issue(estate.devices[:3], person_id=estate.people[1])
        if deed == "issue"
        else estate.move(estate.devices[:3], "prepared")
    )
    results = both_undo(estate, event, event)
    (lost,) = [one for one in results if isinstance(one, FleetError)]
    assert lost.message.startswith(f"Event {event} was undone already, by event {event + 1}.")
    assert undos(estate.database) == [event]
    assert differing(before, rows_of(estate.database)) == []
    assert verify(estate.database) == []


def test_two_who_undo_different_events_of_the_same_device_both_have_their_way_or_are_told(estate: Estate) -> None:
    """An issue and the return after it: whoever comes first, the device is never issued to nobody."""
    issued = estate.issue(estate.devices[:1], person_id=estate.people[1])
    returned = estate.take_back(estate.devices[:1])
    results = both_undo(estate, returned, issued)
    assert not any(isinstance(one, FleetError) for one in results)
    with estate.database.read() as session:
        held = session.execute(select(Assignment.returned_on)).scalars().all()
    status = rows_of(estate.database)["device"][estate.devices[0]]["status"]
    assert (held, status) in (([None], "issued"), ([], "in_stock"))
    assert verify(estate.database) == []
