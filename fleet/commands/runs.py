"""Runs: one row per sync or import, begun before anything is read, so that a killed one can be told from a quiet one."""

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fleet.database import Database
from fleet.database.models import Run
from fleet.domain.records import Problem
from fleet.errors import AlreadyRunning, Conflict

KEPT_PROBLEMS = 500
"""Problems kept with a run; the counts say how many there were."""
LEASE_MARGIN = timedelta(minutes=5)
_under_way: set[tuple[str, int]] = set()
"""(database, run) of this process: a run of the same process number that is not here was another program's."""


def start_run(
    database: Database, *, kind: str, source: str, actor: str, now: datetime, lease: timedelta,
    tenant_id: int | None = None, organisation_id: int | None = None, file_name: str | None = None, file_hash: str | None = None,
) -> int:  # fmt: skip
    """Note that a run begins. Raises `AlreadyRunning` while another one of the same tenant is alive."""
    with ExitStack() as unless_begun:
        with database.transaction(actor=actor, action="run.start", now=now) as session:
            if tenant_id is not None:
                _bury_killed(session, tenant_id, database.url, now)
            _bury_imports(session, database.url, now)
            run = Run(
                kind=kind, source=source, state="running", actor=actor, started_at=now,
                lease_until=now + lease + LEASE_MARGIN, heartbeat_at=now, tenant_id=tenant_id, organisation_id=organisation_id,
                file_name=file_name, file_hash=file_hash, host=socket.gethostname(), process=os.getpid(), counts={},
                problems=[], files=[],
            )  # fmt: skip
            session.add(run)
            session.flush()
            run_id: int = run.id
            # Before anybody can see the run: one of this process that is not under way counts as dead.
            _under_way.add((database.url, run_id))
            unless_begun.callback(let_go, database, run_id)
        unless_begun.pop_all()
    return run_id


def let_go(database: Database, run_id: int) -> None:
    """Say that this process does nothing more for a run, also when the register could not be told how it ended."""
    _under_way.discard((database.url, run_id))


def finish_run(
    session: Session, run_id: int, *, state: str, now: datetime, counts: Mapping[str, Any], problems: Sequence[Problem] = (),
    error: str | None = None, event_id: int | None = None, organisation_id: int | None = None,
    files: Sequence[Mapping[str, Any]] = (),
) -> None:  # fmt: skip
    """Note how a run ended, in the transaction that applied it or in one of its own. `organisation_id` is whose run it
    turned out to be."""
    kept = [
        {"code": one.code, "where": one.where, "reason": one.reason, "value": one.value, "row": one.row, "column": one.column}
        for one in problems[:KEPT_PROBLEMS]
    ]  # fmt: skip
    # Below the walls: a run that no one organisation owns is out of sight even of the operator who started it.
    session.connection().execute(
        update(Run)
        .where(Run.id == run_id)
        .values(
            state=state, finished_at=now, counts=dict(counts), error=error, event_id=event_id, lease_until=None,
            problems=kept, files=list(files), organisation_id=func.coalesce(Run.organisation_id, organisation_id),
        )
    )  # fmt: skip


def raise_if_given_up(session: Session, run_id: int) -> None:
    """Refuse to apply what a run read that was taken for dead since: another one may have read newer things.

    A machine that was put to sleep in the middle of a run is the usual reason.
    """
    state = session.execute(select(Run.state).where(Run.id == run_id).with_for_update()).scalar_one()
    if state != "running":
        raise Conflict(
            "This run took so long that it was given up, and another one may have run since. Nothing was changed; run it again.",
            code="given-up",
        )


def _bury_imports(session: Session, url: str, now: datetime) -> None:
    """Mark imports that can't be alive as killed; several may be alive at once."""
    for run in session.execute(select(Run).where(Run.tenant_id.is_(None), Run.state == "running")).scalars():
        if _is_dead(run, url, now) and _is_let_go(session, run):
            _bury(run, now)
    session.flush()


def _is_let_go(session: Session, run: Run) -> bool:
    """Whether nobody is just writing what the run read: its row stays locked as long as that takes, however long it is.

    Of SQLite there is but one writer, and that is this transaction.
    """
    mine = select(Run.id).where(Run.id == run.id, Run.state == "running").with_for_update(skip_locked=True)
    return session.execute(mine).scalar_one_or_none() is not None


def _bury(run: Run, now: datetime) -> None:
    run.state, run.finished_at, run.lease_until = "killed", now, None
    run.error = "The program was stopped before it finished. The register was left as it was."


def _bury_killed(session: Session, tenant_id: int, url: str, now: datetime) -> None:
    """Mark a run that can't be alive as killed; raise when it may be."""
    for run in session.execute(select(Run).where(Run.tenant_id == tenant_id, Run.state == "running")).scalars():
        if not (_is_dead(run, url, now) and _is_let_go(session, run)):
            raise _held(run, now)
        _bury(run, now)
    session.flush()


def raise_if_another_runs(session: Session, source: str, url: str, now: datetime) -> None:
    """Raise `AlreadyRunning` while a run of that source is alive: for what is read for no tenant."""
    for run in session.execute(select(Run).where(Run.source == source, Run.state == "running")).scalars():
        if not _is_dead(run, url, now):
            raise _held(run, now)


def _held(run: Run, now: datetime) -> AlreadyRunning:
    """Who has it, where, since when, and whether that is still alive."""
    since = f"{run.started_at:%H:%M} UTC" + (
        "" if run.started_at.date() == now.date() else f" on {run.started_at:%d %b}"
    )
    seen = f", last heard of at {run.heartbeat_at:%H:%M:%S}" if run.heartbeat_at else ""
    return AlreadyRunning(
        f"A sync of {run.source} has been running since {since} on {run.host}, started by {run.actor} "
        f"(process {run.process}{seen}). Wait for it to finish.",
        host=run.host, process=run.process, actor=run.actor, since=run.started_at,
    )  # fmt: skip


def _is_dead(run: Run, url: str, now: datetime) -> bool:
    if run.lease_until is not None and run.lease_until < now:
        return True
    if run.host != socket.gethostname() or run.process is None:
        return False
    if run.process == os.getpid():  # In a container every night's program may have the same number.
        return (url, run.id) not in _under_way
    return not is_alive(run.process)


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs; where only a lease can tell, it does."""
    if os.name != "posix":
        return True  # Only the lease tells; asking Windows would need another library.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
