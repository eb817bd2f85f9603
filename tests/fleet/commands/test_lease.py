"""A sync's lease: renewed while it lives, ended when it is dead, never taken from one that is writing."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from fleet.commands.lease import LEASE, renew, renewed
from fleet.commands.runs import LEASE_MARGIN, finish_run, raise_if_given_up, start_run
from fleet.database import Database
from fleet.database.models import Run
from fleet.errors import AlreadyRunning, Conflict
from tests.conftest import PostgresqlDatabases
from tests.factory import ACTOR, NOW, a_tenant, an_organisation, change

LATER = NOW + LEASE + LEASE_MARGIN + timedelta(seconds=1)
"""A lease that was not renewed has ended."""


@pytest.fixture
def tenant(database: Database) -> int:
    return a_tenant(database, an_organisation(database))


def start(database: Database, tenant: int, now: Any = NOW) -> int:
    return start_run(
        database, kind="sync", source="intune:northbridge", actor=ACTOR, now=now, lease=LEASE, tenant_id=tenant
    )


def run(database: Database, run_id: int) -> Run:
    with database.read() as session:
        return session.get_one(Run, run_id)


def test_a_renewed_lease_is_believed_longer(database: Database, tenant: int) -> None:
    """By a machine elsewhere, whose processes can't be looked at."""
    begun = start(database, tenant)
    change(database, Run, begun, host="another-machine", process=4711)
    assert renew(database, begun, NOW + LEASE) is True
    with pytest.raises(AlreadyRunning) as told:
        start(database, tenant, LATER)
    assert (
        "since 02:00 UTC on another-machine, started by asha.penrose (process 4711, last heard of at 02:05:00)"
        in told.value.message
    )
    assert told.value.facts == {"host": "another-machine", "process": 4711, "actor": ACTOR, "since": NOW}
    assert told.value.exit_code == 6
    start(database, tenant, LATER + LEASE)
    assert run(database, begun).state == "killed"


def test_one_that_was_given_up_learns_it_and_writes_nothing(database: Database, tenant: int) -> None:
    """A machine that slept: another one has read newer things meanwhile."""
    slept = start(database, tenant)
    change(database, Run, slept, host="another-machine")
    start(database, tenant, LATER)
    assert renew(database, slept, LATER) is False
    with (
        pytest.raises(Conflict, match="given up"),
        database.transaction(actor=ACTOR, action="sync", now=LATER) as session,
    ):
        raise_if_given_up(session, slept)


def test_signs_of_life_are_given_until_the_block_ends(database: Database, tenant: int) -> None:
    """By a thread of their own; here without a minute between."""
    begun, seen = start(database, tenant), threading.Event()
    moments = iter(NOW + timedelta(seconds=n) for n in range(1, 1000))

    def clock() -> Any:
        moment = next(moments)
        if moment > NOW + timedelta(seconds=1):
            seen.set()
        return moment

    with renewed(database, begun, clock, every=0.001) as given_up:
        assert seen.wait(20)
    kept = run(database, begun)
    assert kept.heartbeat_at is not None
    assert kept.heartbeat_at > NOW
    assert kept.lease_until == kept.heartbeat_at + LEASE + LEASE_MARGIN
    assert not given_up.is_set()
    assert not [one for one in threading.enumerate() if one.name == f"lease of run {begun}"]


def test_the_thread_says_that_a_run_was_given_up(database: Database, tenant: int) -> None:
    begun = start(database, tenant)
    change(database, Run, begun, state="killed")
    with renewed(database, begun, lambda: NOW, every=0.001) as given_up:
        assert given_up.wait(20)


def test_signs_of_life_leave_no_event(database: Database, tenant: int) -> None:
    """Sixty an hour would be no history."""
    begun = start(database, tenant)
    with database.read() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar_one()
    renew(database, begun, NOW)
    with database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar_one() == before


def test_one_that_is_writing_is_alive_however_long_it_takes(postgresql: PostgresqlDatabases) -> None:
    """Its row is locked as long as it writes: the end of its lease means nothing then. SQLite has but one writer."""
    with Database(postgresql.migrated()) as database:
        tenant = a_tenant(database, an_organisation(database))
        begun = start(database, tenant)
        change(database, Run, begun, host="another-machine")
        with database.transaction(actor=ACTOR, action="sync", now=NOW) as session:
            raise_if_given_up(session, begun)
            with pytest.raises(AlreadyRunning):
                start(database, tenant, LATER)
            finish_run(session, begun, state="complete", now=LATER, counts={})
        assert run(database, begun).state == "complete"
        start(database, tenant, LATER)
