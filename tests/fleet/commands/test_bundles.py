"""Bundles: accessories and SIMs go out and come back with their device; on both databases."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.assignments import Done, issue, return_devices
from fleet.commands.bundles import add_items, read_kinds, take_back, take_back_part, with_words
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import AssignmentItem, Device, Line, Organisation, Person, Sim
from fleet.errors import Ambiguous, Conflict, FleetError, NotAllowed, NotFound, UsageProblem
from fleet.queries.accessories import sim_by_key
from fleet.queries.cards import device_card
from fleet.queries.people import holdings_of
from tests.conftest import CountQueries
from tests.factory import ACTOR, NOW, TODAY, a_sim, an_organisation, change, dump, value

ICCID, OTHER_ICCID = "8944100000000000017", "8944100000000000025"
NUMBER = "+447700900123"


@dataclass
class Desk:
    """The issue desk: two iPads, Anna, and a SIM with a number in the drawer."""

    database: Database
    owner: int
    anna: int
    ipad: int
    second: int
    sim: int

    def write(self, act: Any) -> tuple[Any, int]:
        """What a command gave back, and its event."""
        with self.database.transaction(actor=ACTOR, action="test", now=NOW) as session:
            done = act(session)
            session.flush()
            event = open_event(session)
        assert event.id is not None
        return done, event.id

    def issue(self, *devices: int, kinds: str = "", sims: tuple[str, ...] = ()) -> tuple[list[Done], int]:
        """Issue to Anna, as the command line does."""

        def act(session: Any) -> list[Done]:
            done = issue(session, devices or (self.ipad,), now=NOW, person_id=self.anna)
            return add_items(session, done, kinds=read_kinds(kinds), sims=sims)

        return self.write(act)

    def take_back(self, *devices: int, missing: str = "") -> tuple[list[Done], int]:
        """Return, as the command line does."""

        def act(session: Any) -> list[Done]:
            ids = devices or (self.ipad,)
            came_back = take_back(session, ids, now=NOW, missing=read_kinds(missing, also_sim=True))
            return with_words(return_devices(session, ids, now=NOW), came_back)

        return self.write(act)

    def items(self) -> list[tuple[Any, ...]]:
        """(kind, SIM, returned on, missing) of everything that ever went out."""
        columns = (AssignmentItem.kind, AssignmentItem.sim_id, AssignmentItem.returned_on, AssignmentItem.missing)
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(select(*columns).order_by(AssignmentItem.id))]

    def undo(self, event: int) -> None:
        """Take an event back."""
        with self.database.transaction(actor=ACTOR, action="undo", now=NOW, undoes_id=event) as session:
            apply_undo(session, plan_undo(session, [event]))


@pytest.fixture
def desk(database: Database) -> Desk:
    """Everything in stock."""
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:

        def add(row: Any) -> int:
            session.add(row)
            session.flush()
            return int(row.id)

        owner = add(Organisation(key="northbridge", name="Northbridge Council"))
        anna = add(Person(organisation_id=owner, display_name="Anna Bell"))
        ipads = [
            add(Device(organisation_id=owner, kind="ipad", status="in_stock", asset_tag=tag))
            for tag in ("NB-1", "NB-2")
        ]
        line = add(Line(organisation_id=owner, number=NUMBER))
        sim = add(Sim(organisation_id=owner, iccid=ICCID, line_id=line, state="stock"))
    return Desk(database, owner, anna, *ipads, sim)


# --- issue --------------------------------------------------------------------------------------------------


def test_a_bundle_goes_out_in_one_event(desk: Desk) -> None:
    [done], _ = desk.issue(kinds="case, charger,Keyboard", sims=(ICCID,))
    assert done.sentence == f"NB-1 issued to Anna Bell, with case, charger, keyboard and SIM {ICCID}."
    assert desk.items() == [
        ("case", None, None, False), ("charger", None, None, False), ("keyboard", None, None, False),
        ("sim", desk.sim, None, False),
    ]  # fmt: skip
    assert value(desk.database, Sim.device_id, desk.sim) == desk.ipad
    assert value(desk.database, Sim.state, desk.sim) == "active"


def test_the_cards_of_device_and_person_show_what_went_with_it(desk: Desk) -> None:
    desk.issue(kinds="case", sims=(ICCID,))
    desk.take_back(missing="case")
    with desk.database.read() as session:
        [holding] = device_card(session, desk.ipad, now=NOW).holdings
        [held] = holdings_of(session, desk.anna)
    assert holding.with_it == held.with_it == ("case (missing)", f"SIM {ICCID}, {NUMBER}")


@pytest.mark.parametrize("key", [ICCID, "8944 1000 0000 0000 017", NUMBER, "07700 900123", "+44 (0)7700 900123"])
def test_a_sim_is_known_by_its_iccid_or_its_number(desk: Desk, key: str) -> None:
    with desk.database.read() as session:
        assert sim_by_key(session, key).id == desk.sim


@pytest.mark.parametrize(
    "key", ["", "nobody", "12345", "8944100000000000099", "' OR 1=1 --", "\u0661\u0662", "x" * 3000]
)
def test_an_unknown_sim_is_refused_and_nothing_goes_out(desk: Desk, key: str) -> None:
    before = dump(desk.database)
    with pytest.raises(NotFound, match="No SIM is known"):
        desk.issue(kinds="case", sims=(key,))
    assert dump(desk.database) == before


def test_two_sims_of_one_number_must_be_told_apart(desk: Desk) -> None:
    a_sim(desk.database, desk.owner, OTHER_ICCID, line_id=value(desk.database, Sim.line_id, desk.sim))
    with pytest.raises(Ambiguous, match=f"{ICCID}, {OTHER_ICCID}"):
        desk.issue(sims=(NUMBER,))


def test_a_sim_that_is_elsewhere_is_refused_with_where_it_is(desk: Desk) -> None:
    desk.issue(desk.second, sims=(ICCID,))
    with pytest.raises(Conflict, match="in NB-2, which Anna Bell has") as told:
        desk.issue(sims=(ICCID,))
    assert told.value.code == "sim-elsewhere"
    desk.take_back(desk.second)
    with pytest.raises(Conflict, match=r"in NB-2\. Take"):
        desk.issue(sims=(ICCID,))


def test_one_sim_does_not_go_into_two_devices_of_one_bundle(desk: Desk) -> None:
    with pytest.raises(Conflict, match="in NB-1"):
        desk.issue(desk.ipad, desk.second, sims=(ICCID, NUMBER))


def test_a_sim_that_is_in_the_device_already_stays_there(desk: Desk) -> None:
    change(desk.database, Sim, desk.sim, device_id=desk.ipad)
    desk.issue(sims=(ICCID,))
    assert value(desk.database, Sim.device_id, desk.sim) == desk.ipad


@pytest.mark.parametrize("state", ["lost", "ended"])
def test_a_sim_that_is_lost_or_ended_is_not_issued(desk: Desk, state: str) -> None:
    change(desk.database, Sim, desk.sim, state=state)
    with pytest.raises(NotAllowed, match=state):
        desk.issue(sims=(ICCID,))


def test_a_sim_of_another_organisation_is_warned_about(desk: Desk) -> None:
    a_sim(desk.database, an_organisation(desk.database, "southmoor"), OTHER_ICCID)
    [done], _ = desk.issue(sims=(OTHER_ICCID,))
    assert f"SIM {OTHER_ICCID} belongs to another organisation than the device." in done.warnings


def test_several_devices_get_one_of_each_and_their_sims_in_order(desk: Desk) -> None:
    other = a_sim(desk.database, desk.owner, OTHER_ICCID)
    desk.issue(desk.second, desk.ipad, kinds="case", sims=(ICCID, OTHER_ICCID))
    assert [one[0] for one in desk.items()].count("case") == 2
    assert value(desk.database, Sim.device_id, desk.sim) == desk.second
    assert value(desk.database, Sim.device_id, other) == desk.ipad


def test_fewer_sims_than_devices_are_refused(desk: Desk) -> None:
    with pytest.raises(UsageProblem, match="2 devices need as many SIMs"):
        desk.issue(desk.ipad, desk.second, sims=(ICCID,))


def test_two_hundred_devices_with_cases_cost_as_many_questions_as_two(desk: Desk, count_queries: CountQueries) -> None:
    with desk.database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        rows = [Device(organisation_id=desk.owner, kind="other", status="in_stock") for _ in range(202)]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]

    def asked(*devices: int) -> int:
        with desk.database.transaction(actor=ACTOR, action="test", now=NOW) as session:
            done = issue(session, devices, now=NOW, person_id=desk.anna)
            with count_queries(desk.database) as statements:
                add_items(session, done, kinds=["case", "charger"])
        return sum(one.startswith("SELECT") for one in statements)

    assert asked(*ids[:2]) == asked(*ids[2:]) == 1


# --- return -------------------------------------------------------------------------------------------------


def test_everything_comes_back_together(desk: Desk) -> None:
    desk.issue(kinds="case,charger", sims=(ICCID,))
    [done], _ = desk.take_back()
    assert done.sentence == f"NB-1 returned by Anna Bell, with case, charger and SIM {ICCID}."
    assert {one[2:] for one in desk.items()} == {(TODAY, False)}
    assert value(desk.database, Sim.device_id, desk.sim) == desk.ipad


def test_what_is_missing_is_recorded(desk: Desk) -> None:
    desk.issue(kinds="charger,charger,case")
    [done], _ = desk.take_back(missing="charger")
    assert done.sentence == "NB-1 returned by Anna Bell, with charger and case; missing: charger."
    assert [one[2:] for one in desk.items()] == [(None, True), (TODAY, False), (TODAY, False)]


def test_a_missing_sim_is_out_of_the_device_and_its_line_is_to_be_barred(desk: Desk) -> None:
    desk.issue(sims=(ICCID,))
    [done], _ = desk.take_back(missing="sim")
    assert done.warnings == (f"SIM {ICCID} is missing: have its line barred.",)
    assert (value(desk.database, Sim.device_id, desk.sim), value(desk.database, Sim.state, desk.sim)) == (None, "lost")


def test_what_never_went_out_can_not_be_missing(desk: Desk) -> None:
    desk.issue(kinds="case")
    before = dump(desk.database)
    with pytest.raises(NotAllowed, match="No charger went out"):
        desk.take_back(missing="charger")
    assert dump(desk.database) == before


def test_what_is_missing_is_said_of_one_device(desk: Desk) -> None:
    desk.issue(desk.ipad, desk.second, kinds="case")
    with pytest.raises(UsageProblem, match="one device"):
        desk.take_back(desk.ipad, desk.second, missing="case")


def test_an_earlier_holders_missing_charger_stays_missing(desk: Desk) -> None:
    desk.issue(kinds="charger")
    desk.take_back(missing="charger")
    desk.issue(kinds="case")
    [done], _ = desk.take_back()
    assert done.sentence == "NB-1 returned by Anna Bell, with case."
    assert desk.items()[0] == ("charger", None, None, True)


def test_a_device_without_anything_comes_back_as_before(desk: Desk) -> None:
    desk.issue()
    [done], _ = desk.take_back()
    assert done.sentence == "NB-1 returned by Anna Bell."


# --- undo ---------------------------------------------------------------------------------------------------


def test_undo_takes_the_bundle_back_and_gives_it_out_again(desk: Desk) -> None:
    _, issued = desk.issue(kinds="case", sims=(ICCID,))
    out = desk.items()
    _, returned = desk.take_back(missing="sim")
    desk.undo(returned)
    assert desk.items() == out
    assert value(desk.database, Sim.device_id, desk.sim) == desk.ipad
    desk.undo(issued)
    assert desk.items() == []
    assert (value(desk.database, Sim.device_id, desk.sim), value(desk.database, Sim.state, desk.sim)) == (None, "stock")


# --- reading kinds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "kinds"), [("", []), (None, []), (" , ", []), ("Case,CHARGER", ["case", "charger"])])
def test_kinds_are_read_as_people_write_them(text: str | None, kinds: list[str]) -> None:
    assert read_kinds(text) == kinds


@pytest.mark.parametrize("text", ["banana", "case charger", "sim", "case," * 9, "\x1b[2J", "x" * 10_000])
def test_what_is_no_accessory_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(FleetError, match=r"no accessory|More than") as told:
        read_kinds(text)
    assert len(told.value.message) < 300


def test_a_sim_may_be_missing_but_goes_out_by_its_own_option() -> None:
    assert read_kinds("sim", also_sim=True) == ["sim"]
    with pytest.raises(UsageProblem, match="--with-sim"):
        read_kinds("sim")


# --- back in part ---------------------------------------------------------------------------------------------


def part(desk: Desk, *kinds: str, devices: tuple[int, ...] = ()) -> list[Done]:
    done, _ = desk.write(lambda session: take_back_part(session, devices or (desk.ipad,), kinds, now=NOW))
    return list(done)


def test_a_charger_comes_back_and_the_device_stays_out(desk: Desk) -> None:
    desk.issue(kinds="case, charger", sims=(ICCID,))
    (done,) = part(desk, "charger", "sim")
    assert done.sentence.startswith(f"charger and SIM {ICCID} of ")
    assert [(one[0], one[2]) for one in desk.items()] == [("case", None), ("charger", TODAY), ("sim", TODAY)]
    assert value(desk.database, Device.status, desk.ipad) == "issued"
    assert (value(desk.database, Sim.device_id, desk.sim), value(desk.database, Sim.state, desk.sim)) == (None, "stock")


def test_what_was_missing_comes_back_after_its_device(desk: Desk) -> None:
    desk.issue(kinds="charger", sims=(ICCID,))
    desk.take_back(missing="charger,sim")
    part(desk, "charger", "sim")
    assert [(one[0], one[2], one[3]) for one in desk.items()] == [("charger", TODAY, False), ("sim", TODAY, False)]
    assert value(desk.database, Sim.state, desk.sim) == "stock"


@pytest.mark.parametrize("kinds", [("keyboard",), ("charger", "charger"), ()])
def test_what_is_not_out_can_not_come_back(desk: Desk, kinds: tuple[str, ...]) -> None:
    desk.issue(kinds="charger")
    before = dump(desk.database)
    with pytest.raises(FleetError, match=r"is out, so none can come back|Say what comes back"):
        part(desk, *kinds)
    assert dump(desk.database) == before
