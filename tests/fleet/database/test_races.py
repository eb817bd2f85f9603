"""Two at once: exactly one wins, the other is told, and nothing is lost. Each race runs on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import func, select

from fleet.commands.runs import start_run
from fleet.database import Database
from fleet.database.bulk import allocate_ids
from fleet.database.models import Assignment, ChainHead, Device, Event, Run, Site
from fleet.errors import Conflict
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_person,
    a_tenant,
    an_organisation,
)
from tests.fleet.database.test_chain import verify


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all of them at the same moment; gives each one's result or the `Conflict` it met."""
    gate = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        gate.wait()
        try:
            return deed()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def conflicts(results: list[object]) -> list[object]:
    return [one for one in results if isinstance(one, Conflict)]


def test_of_two_who_issue_the_same_device_one_wins(database: Database) -> None:
    """Both looked first and saw it free; the database decides, whatever Python believed."""
    owner = an_organisation(database)
    device = a_device(database, owner)
    people = [a_person(database, owner, name) for name in ("Bryn Hale", "Cerys Holloway")]
    looked = Barrier(2)

    def issue(person: int) -> int:
        with database.read() as session:
            free = session.execute(select(func.count(Assignment.id))).scalar_one() == 0
        looked.wait()
        assert free
        with database.transaction(actor=ACTOR, action="device.issue", now=NOW) as session:
            session.add(Assignment(organisation_id=owner, device_id=device, person_id=person, issued_on=TODAY))
        return person

    results = at_once(*(lambda one=one: issue(one) for one in people))
    assert len(conflicts(results)) == 1
    with database.read() as session:
        (holder,) = session.execute(select(Assignment.person_id)).scalars()
    assert holder in results
    assert verify(database) == []


def test_of_two_who_edit_the_same_version_one_wins(database: Database) -> None:
    """The version column, not luck."""
    owner = an_organisation(database)
    device = a_device(database, owner)
    with database.read() as session:
        copies = [session.get_one(Device, device)]
    with database.read() as session:
        copies.append(session.get_one(Device, device))

    def edit(seen: Device, note: str) -> str:
        with database.transaction(actor=ACTOR, action="device.edit", now=NOW) as session:
            session.add(seen)
            seen.notes = note
        return note

    results = at_once(lambda: edit(copies[0], "first"), lambda: edit(copies[1], "second"))
    assert len(conflicts(results)) == 1
    with database.read() as session:
        assert session.get_one(Device, device).notes in results
        assert session.get_one(Device, device).version == 2


def test_of_two_syncs_of_one_tenant_that_begin_at_once_one_runs(database: Database) -> None:
    """A scheduled one and an impatient one."""
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)

    def begin() -> int:
        return start_run(
            database, kind="sync", source="intune:northbridge", actor=ACTOR, now=NOW, lease=timedelta(minutes=30),
            tenant_id=tenant, organisation_id=owner,
        )  # fmt: skip

    results = at_once(begin, begin)
    assert len(conflicts(results)) == 1
    with database.read() as session:
        assert session.execute(select(func.count(Run.id)).where(Run.state == "running")).scalar_one() == 1


def test_writers_at_once_all_get_into_one_unbroken_chain(database: Database) -> None:
    """The head is the last lock of each transaction: nobody's link is lost or doubled."""
    owner = an_organisation(database)

    def add(number: int) -> None:
        for step in range(5):
            with database.transaction(actor=f"writer.{number}", action="site.add", now=NOW) as session:
                session.add(Site(organisation_id=owner, name=f"Site {number}.{step}"))

    at_once(*(lambda number=number: add(number) for number in range(4)))
    assert verify(database) == []
    with database.read() as session:
        assert session.execute(select(func.count(Site.id))).scalar_one() == 20
        assert session.execute(select(func.count(Event.id))).scalar_one() == 21
        assert session.execute(select(ChainHead.events)).scalar_one() == 21


def test_ids_handed_out_beforehand_are_handed_out_once(database: Database) -> None:
    """Two imports at once must not number their rows alike."""
    owner = an_organisation(database)

    def take(count: int) -> list[int]:
        with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
            ids = list(allocate_ids(session.connection(), Site.__table__, count))  # type: ignore[arg-type]
            session.add_all([Site(id=one, organisation_id=owner, name=f"Site {one}") for one in ids])
        return ids

    first, second = at_once(lambda: take(50), lambda: take(70))
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert (len(first), len(second)) == (50, 70)
    assert not set(first) & set(second)
