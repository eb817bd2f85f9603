"""Two technicians at once, with the real commands: one wins, the other is told who has it, and nothing is half done."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import handovers
from fleet.commands.assignments import issue
from fleet.database import Database
from fleet.database.models import Assignment, Device
from fleet.errors import Conflict, FleetError, NotAllowed
from tests.factory import ACTOR, NOW, a_device, a_person, an_assignment, an_organisation
from tests.fleet.database.test_chain import verify
from tests.fleet.database.test_races import at_once

Act = Callable[[Session], Any]


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def race(database: Database, action: str, *acts: Act) -> list[Any]:
    """Each act in a transaction of its own, all begun before any goes on; the refusals are the results."""
    looked = Barrier(len(acts))

    def run(act: Act) -> Any:
        with database.read() as session:
            session.execute(select(Device.status)).all()
        looked.wait()
        try:
            with database.transaction(actor=ACTOR, action=action, now=NOW) as session:
                return act(session)
        except NotAllowed as refusal:
            return refusal

    return at_once(*(lambda act=act: run(act) for act in acts))


def the_loser(results: list[Any]) -> FleetError:
    (lost,) = [one for one in results if isinstance(one, FleetError)]
    return lost


def holders(database: Database) -> dict[int, int | None]:
    with database.read() as session:
        rows = session.execute(
            select(Assignment.device_id, Assignment.person_id).where(Assignment.returned_on.is_(None))
        )
        return {row[0]: row[1] for row in rows}


def test_of_two_who_issue_the_same_device_the_other_is_told_who_has_it(database: Database, owner: int) -> None:
    device = a_device(database, owner, asset_tag="NB-1")
    names = {a_person(database, owner, name): name for name in ("Bryn Hale", "Cerys Holloway")}
    results = race(
        database, "device.issue", *(lambda s, one=one: issue(s, [device], now=NOW, person_id=one) for one in names)
    )
    winner = holders(database)[device]
    assert winner is not None
    lost = the_loser(results)
    assert isinstance(lost, Conflict)
    assert f"NB-1 is already issued to {names[winner]}" in lost.message
    assert verify(database) == []


def test_of_two_who_swap_for_the_same_device_the_other_keeps_what_they_had(database: Database, owner: int) -> None:
    people = [a_person(database, owner, name) for name in ("Bryn Hale", "Cerys Holloway")]
    old = [a_device(database, owner, status="issued", asset_tag=f"OLD-{number}") for number in (1, 2)]
    for device, person in zip(old, people, strict=True):
        an_assignment(database, owner, device, person_id=person)
    new = a_device(database, owner, asset_tag="NEW-1")
    results = race(database, "device.swap", *(lambda s, one=one: handovers.swap(s, one, new, now=NOW) for one in old))
    now = holders(database)
    loser = next(one for one in old if one in now)
    assert now == {new: people[1 - old.index(loser)], loser: people[old.index(loser)]}
    assert (
        f"NEW-1 is already issued to {('Bryn Hale', 'Cerys Holloway')[1 - old.index(loser)]}"
        in the_loser(results).message
    )
    assert verify(database) == []


def test_two_swaps_of_the_same_two_devices_end_and_one_is_refused(database: Database, owner: int) -> None:
    """Each names first what the other names second; neither waits for ever."""
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    one, two = (a_device(database, owner, status="issued", asset_tag=tag) for tag in ("ONE", "TWO"))
    an_assignment(database, owner, one, person_id=anna)
    an_assignment(database, owner, two, person_id=bryn)
    results = race(
        database, "device.swap",
        lambda s: handovers.swap(s, one, two, now=NOW), lambda s: handovers.swap(s, two, one, now=NOW),
    )  # fmt: skip
    assert [type(result) for result in results] == [Conflict, Conflict]
    assert holders(database) == {one: anna, two: bryn}


def test_of_two_who_pass_a_device_on_the_second_passes_it_on_from_the_first(database: Database, owner: int) -> None:
    """Nobody's work is lost: both hand-overs are in the history, one after the other, and each names whom it was from."""
    anna, bryn, cerys = (a_person(database, owner, name) for name in ("Anna", "Bryn", "Cerys"))
    device = a_device(database, owner, status="issued", asset_tag="NB-1")
    an_assignment(database, owner, device, person_id=anna)
    results = race(
        database, "device.transfer",
        *(lambda s, to=to: handovers.transfer(s, [device], person_id=to, now=NOW) for to in (bryn, cerys)),
    )  # fmt: skip
    told = sorted(result[0].sentence for result in results)
    assert told in (
        ["NB-1 issued to Bryn, from Anna.", "NB-1 issued to Cerys, from Bryn."],
        ["NB-1 issued to Bryn, from Cerys.", "NB-1 issued to Cerys, from Anna."],
    )
    assert holders(database)[device] in (bryn, cerys)
    assert verify(database) == []


def test_of_two_who_pass_a_device_on_to_the_same_person_the_other_is_told(database: Database, owner: int) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    device = a_device(database, owner, status="issued", asset_tag="NB-1")
    an_assignment(database, owner, device, person_id=anna)
    deed: Act = lambda s: handovers.transfer(s, [device], person_id=bryn, now=NOW)  # noqa: E731
    assert "NB-1 is with Bryn already." in the_loser(race(database, "device.transfer", deed, deed)).message
    assert holders(database) == {device: bryn}
