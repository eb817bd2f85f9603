"""Runs: one at a time per tenant; one that can't be alive is buried, one that may be is waited for."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from fleet.commands.runs import KEPT_PROBLEMS, LEASE_MARGIN, finish_run, start_run
from fleet.database import Database
from fleet.database.models import Run
from fleet.domain.records import Problem
from fleet.errors import Conflict
from tests.factory import ACTOR, NOW, a_tenant, an_organisation, change

LEASE = timedelta(minutes=30)


@pytest.fixture
def tenant(database: Database) -> int:
    return a_tenant(database, an_organisation(database))


def start(database: Database, tenant: int | None, *, now: Any = NOW) -> int:
    kind = "import" if tenant is None else "sync"
    return start_run(
        database, kind=kind, source=f"intune:{tenant}", actor=ACTOR, now=now, lease=LEASE, tenant_id=tenant
    )


def run(database: Database, run_id: int) -> Run:
    with database.read() as session:
        return session.get_one(Run, run_id)


def a_dead_process() -> int:
    """The id of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_run_says_who_where_and_until_when(database: Database, tenant: int) -> None:
    """Enough to tell a killed one from a quiet one."""
    begun = run(database, start(database, tenant))
    assert (begun.state, begun.actor, begun.host, begun.process) == (
        "running",
        ACTOR,
        socket.gethostname(),
        os.getpid(),
    )
    assert begun.lease_until == NOW + LEASE + LEASE_MARGIN


def test_a_second_run_of_one_tenant_is_told_to_wait(database: Database, tenant: int) -> None:
    """With the hour and the machine."""
    start(database, tenant)
    with pytest.raises(Conflict, match=r"running since 02:00 UTC on .*Wait for it") as caught:
        start(database, tenant, now=NOW + LEASE)
    assert caught.value.code == "already-running"


def test_tenants_do_not_wait_for_each_other(database: Database, tenant: int) -> None:
    """Nor do imports for syncs."""
    other = a_tenant(database, an_organisation(database, "southmere"), "southmere")
    start(database, tenant)
    start(database, other)
    start(database, None)
    start(database, None)


def test_a_run_whose_process_is_gone_is_buried_at_once(database: Database, tenant: int) -> None:
    """A restart in the night must not block the next one."""
    killed = start(database, tenant)
    change(database, Run, killed, process=a_dead_process())
    begun = start(database, tenant, now=NOW + timedelta(minutes=1))
    buried = run(database, killed)
    assert (buried.state, buried.finished_at, buried.lease_until) == ("killed", NOW + timedelta(minutes=1), None)
    assert "left as it was" in (buried.error or "")
    assert run(database, begun).state == "running"


def test_a_run_of_another_machine_is_believed_until_its_lease_ends(database: Database, tenant: int) -> None:
    """Its process can't be looked at from here."""
    elsewhere = start(database, tenant)
    change(database, Run, elsewhere, process=a_dead_process(), host="another-machine")
    with pytest.raises(Conflict):
        start(database, tenant, now=NOW + LEASE + LEASE_MARGIN)
    start(database, tenant, now=NOW + LEASE + LEASE_MARGIN + timedelta(seconds=1))
    assert run(database, elsewhere).state == "killed"


def test_a_run_of_a_living_process_is_believed_until_its_lease_ends(database: Database, tenant: int) -> None:
    """A hung one must not block for ever."""
    hung = start(database, tenant)
    start(database, tenant, now=NOW + LEASE + LEASE_MARGIN + timedelta(seconds=1))
    assert run(database, hung).state == "killed"


def test_a_finished_run_keeps_counts_and_problems_and_lets_the_next_one_begin(database: Database, tenant: int) -> None:
    """Problems up to a limit; the counts say how many there were."""
    begun = start(database, tenant)
    problems = [Problem("bad-device", f"intune-{n}", "no such date", value="x") for n in range(KEPT_PROBLEMS + 5)]
    with database.transaction(actor=ACTOR, action="sync", now=NOW) as session:
        finish_run(session, begun, state="complete", now=NOW, counts={"devices": {"read": 9}}, problems=problems)
    ended = run(database, begun)
    assert (ended.state, ended.finished_at, ended.counts) == ("complete", NOW, {"devices": {"read": 9}})
    assert len(ended.problems) == KEPT_PROBLEMS
    assert ended.problems[0] == {
        "code": "bad-device", "where": "intune-0", "reason": "no such date", "value": "x", "row": None, "column": None,
    }  # fmt: skip
    start(database, tenant)
