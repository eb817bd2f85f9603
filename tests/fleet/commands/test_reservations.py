"""Reservations: no two for the same days, and what an issue makes of them; on both databases."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.assignments import Done, issue
from fleet.commands.reservations import cancel, reserve, settle_issue
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Assignment, Device, Organisation, Person, Reservation
from fleet.errors import Ambiguous, Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.reservations import list_reservations
from tests.conftest import CountQueries
from tests.factory import ACTOR, NOW, TODAY, a_device, an_assignment, an_organisation, change, count_rows


@dataclass
class Pool:
    """A loan pool and two people who want the same iPad."""

    database: Database
    owner: int
    anna: int
    bryn: int
    ipad: int

    def write(self, act: Any, scope: Any = None) -> tuple[Any, int | None]:
        """What a command gave back, and its event."""
        with self.database.transaction(actor=ACTOR, action="test", now=NOW, scope=scope) as session:
            done = act(session)
            session.flush()
            event = open_event(session)
        return done, event.id

    def reserve(self, person: int, first: date | None = None, last: date | None = None, *devices: int) -> list[Done]:
        """Reserve the iPad, or the devices named."""
        wanted = devices or (self.ipad,)
        done: list[Done] = self.write(
            lambda session: reserve(
                session, wanted, person_id=person, actor=ACTOR, now=NOW, from_on=first, until_on=last
            )
        )[0]
        return done

    def issue(self, person: int | None, due: date | None = None, **values: Any) -> tuple[list[Done], int | None]:
        """Issue the iPad as the command line does."""

        def act(session: Any) -> list[Done]:
            done = issue(session, [self.ipad], now=NOW, person_id=person, due_on=due, **values)
            return settle_issue(session, done, person_id=person, now=NOW, due_on=due)

        return self.write(act)

    def states(self) -> list[str]:
        """States of all reservations, oldest first."""
        with self.database.read() as session:
            return list(session.execute(select(Reservation.state).order_by(Reservation.id)).scalars())


@pytest.fixture
def pool(database: Database) -> Pool:
    """One iPad in stock, Anna and Bryn."""
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        organisation = Organisation(key="northbridge", name="Northbridge Council")
        session.add(organisation)
        session.flush()
        owner = organisation.id
        anna = Person(organisation_id=owner, display_name="Anna O'Bell")
        bryn = Person(organisation_id=owner, display_name="Bryn Hale")
        ipad = Device(organisation_id=owner, kind="ipad", status="in_stock", asset_tag="NB-1")
        session.add_all([anna, bryn, ipad])
        session.flush()
        ids = (owner, anna.id, bryn.id, ipad.id)
    return Pool(database, *ids)


def day(number: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=number)


def test_a_reservation_says_for_whom_and_when(pool: Pool) -> None:
    [done] = pool.reserve(pool.anna, day(1), day(3))
    assert done.sentence == "NB-1 reserved for Anna O'Bell from 23 Nov 2026 until 25 Nov 2026."
    with pool.database.read() as session:
        [row] = list_reservations(session)
    assert (row.device, row.person, row.from_on, row.until_on, row.state, row.made_by) == (
        "NB-1", "Anna O'Bell", day(1), day(3), "open", ACTOR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last"), [(3, 5), (5, 9), (9, 12), (1, 20), (6, 7), (5, None), (1, None), (1, 5), (9, 9)]
)
def test_overlapping_days_are_refused_with_who_has_them(pool: Pool, first: int, last: int | None) -> None:
    pool.reserve(pool.anna, day(5), day(9))
    with pytest.raises(Conflict, match=r"already reserved for Anna O'Bell from 27 Nov 2026 until 1 Dec 2026") as told:
        pool.reserve(pool.bryn, day(first), day(last) if last is not None else None)
    assert told.value.code == "already-reserved"


@pytest.mark.parametrize(("first", "last"), [(1, 4), (10, 12), (10, None), (4, 4)])
def test_days_beside_each_other_are_free(pool: Pool, first: int, last: int | None) -> None:
    pool.reserve(pool.anna, day(5), day(9))
    pool.reserve(pool.bryn, day(first), day(last) if last is not None else None)
    assert pool.states() == ["open", "open"]


def test_one_for_good_leaves_no_later_day(pool: Pool) -> None:
    pool.reserve(pool.anna, day(5))
    with pytest.raises(Conflict, match="on\\."):
        pool.reserve(pool.bryn, day(900), day(901))
    pool.reserve(pool.bryn, day(1), day(4))


def test_all_or_none_are_reserved(pool: Pool) -> None:
    free = a_device(pool.database, pool.owner, asset_tag="NB-2")
    pool.reserve(pool.anna)
    with pytest.raises(Conflict, match="NB-1"):
        pool.reserve(pool.bryn, None, None, free, pool.ipad)
    assert pool.states() == ["open"]


@pytest.mark.parametrize(("first", "last"), [(-1, None), (3, 2), (-5, -1)])
def test_days_that_can_not_be_are_refused(pool: Pool, first: int, last: int | None) -> None:
    with pytest.raises(UsageProblem):
        pool.reserve(pool.anna, day(first), day(last) if last is not None else None)


@pytest.mark.parametrize("status", ["lost", "stolen", "retired"])
def test_what_is_gone_is_not_kept_for_anybody(pool: Pool, status: str) -> None:
    change(pool.database, Device, pool.ipad, status=status)
    with pytest.raises(NotAllowed, match=status):
        pool.reserve(pool.anna)


def test_somebodys_own_device_is_not_kept_for_anybody(pool: Pool) -> None:
    own = a_device(pool.database, pool.owner, ownership="personal", status="issued")
    with pytest.raises(NotAllowed, match="own device"):
        pool.reserve(pool.anna, None, None, own)


def test_a_device_on_loan_can_be_reserved_from_the_day_after_it_is_due(pool: Pool) -> None:
    change(pool.database, Device, pool.ipad, status="issued")
    loan = an_assignment(pool.database, pool.owner, pool.ipad, person_id=pool.anna, kind="loan", due_on=day(5))
    with pytest.raises(Conflict, match="issued to Anna O'Bell until 27 Nov 2026"):
        pool.reserve(pool.bryn, day(5))
    with pytest.raises(Conflict, match="Anna O'Bell has NB-1 already"):
        pool.reserve(pool.anna, day(50))
    pool.reserve(pool.bryn, day(6))
    change(pool.database, Assignment, loan, due_on=None)
    with pytest.raises(Conflict, match="issued to Anna O'Bell"):
        pool.reserve(pool.bryn, day(1), day(2))


def test_a_leaver_is_warned_about(pool: Pool) -> None:
    change(pool.database, Person, pool.anna, state="left", left_on=TODAY)
    assert pool.reserve(pool.anna)[0].warnings == ("Anna O'Bell has left.",)


def test_nobody_and_nothing_can_not_be_reserved_for_or_reserved(pool: Pool) -> None:
    with pytest.raises(NotFound):
        pool.reserve(999)
    with pytest.raises(NotFound):
        pool.reserve(pool.anna, None, None, 999)
    with pytest.raises(UsageProblem):
        pool.write(lambda session: reserve(session, [], person_id=pool.anna, actor=ACTOR, now=NOW))


# --- issue --------------------------------------------------------------------------------------------------


def test_issuing_to_the_one_it_is_kept_for_fulfils_the_reservation_and_undo_opens_it_again(pool: Pool) -> None:
    pool.reserve(pool.anna)
    [done], event = pool.issue(pool.anna)
    assert not any("reserved" in one for one in done.warnings)
    assert pool.states() == ["issued"]
    assert event is not None
    with pool.database.transaction(actor=ACTOR, action="undo", now=NOW, undoes_id=event) as session:
        apply_undo(session, plan_undo(session, [event]))
    assert pool.states() == ["open"]


def test_issuing_to_somebody_else_warns_and_leaves_the_reservation(pool: Pool) -> None:
    pool.reserve(pool.anna, day(0), day(3))
    [done], _ = pool.issue(pool.bryn)
    assert "It is reserved for Anna O'Bell from 22 Nov 2026 until 25 Nov 2026." in done.warnings
    assert pool.states() == ["open"]


@pytest.mark.parametrize(("due", "warned"), [(4, False), (5, True), (None, True)])
def test_a_loan_that_is_back_in_time_stands_in_nobodys_way(pool: Pool, due: int | None, warned: bool) -> None:
    pool.reserve(pool.anna, day(5), day(6))
    [done], _ = pool.issue(pool.bryn, day(due) if due is not None else None)
    assert any("reserved" in one for one in done.warnings) is warned


def test_a_reservation_whose_days_have_passed_is_no_obstacle(pool: Pool) -> None:
    pool.reserve(pool.anna, day(0), day(0))
    change(pool.database, Reservation, 1, from_on=day(-9), until_on=day(-8))
    [done], _ = pool.issue(pool.bryn)
    assert not any("reserved" in one for one in done.warnings)


# --- cancel -------------------------------------------------------------------------------------------------


def test_a_cancelled_one_frees_its_days(pool: Pool) -> None:
    pool.reserve(pool.anna)
    [done], _ = pool.write(lambda session: cancel(session, [pool.ipad]))
    assert done.sentence == "NB-1 is no longer reserved for Anna O'Bell from 22 Nov 2026 on."
    pool.reserve(pool.bryn)
    assert pool.states() == ["cancelled", "open"]


def test_of_several_it_must_be_said_whose(pool: Pool) -> None:
    pool.reserve(pool.anna, day(1), day(2))
    pool.reserve(pool.bryn, day(3), day(4))
    with pytest.raises(Ambiguous, match=r"Anna O'Bell from .*Bryn Hale from"):
        pool.write(lambda session: cancel(session, [pool.ipad]))
    pool.write(lambda session: cancel(session, [pool.ipad], person_id=pool.bryn))
    assert pool.states() == ["open", "cancelled"]


def test_what_is_not_reserved_can_not_be_cancelled(pool: Pool) -> None:
    with pytest.raises(NotAllowed, match="not reserved"):
        pool.write(lambda session: cancel(session, [pool.ipad]))


# --- scale and walls ----------------------------------------------------------------------------------------


def test_many_cost_as_many_questions_as_few(pool: Pool, count_queries: CountQueries) -> None:
    with pool.database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        rows = [Device(organisation_id=pool.owner, kind="ipad", status="in_stock") for _ in range(100)]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]

    def asked(*devices: int) -> int:
        with count_queries(pool.database) as statements:
            pool.reserve(pool.anna, None, None, *devices)
        return sum(one.startswith("SELECT") for one in statements)

    assert asked(*ids[:2]) == asked(*ids[2:])


def test_another_organisations_device_is_out_of_reach(pool: Pool) -> None:
    other = an_organisation(pool.database, "southmoor")
    with pytest.raises(NotFound):
        pool.write(
            lambda session: reserve(session, [pool.ipad], person_id=pool.anna, actor=ACTOR, now=NOW),
            frozenset({other}),
        )
    pool.reserve(pool.anna)
    with pool.database.read(frozenset({other})) as session:
        assert list_reservations(session) == []
        assert count_rows(session, "reservation") == 1


def test_a_device_kept_for_somebody_behind_a_wall_is_taken_all_the_same(pool: Pool) -> None:
    other = an_organisation(pool.database, "southmoor")
    change(pool.database, Person, pool.anna, organisation_id=other)
    pool.reserve(pool.anna)
    with pytest.raises(Conflict, match="somebody of another organisation"):
        pool.write(
            lambda session: reserve(session, [pool.ipad], person_id=pool.bryn, actor=ACTOR, now=NOW),
            frozenset({pool.owner}),
        )
