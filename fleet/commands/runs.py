"""Runs: one row per sync or import, begun before anything is read, so that a killed one can be told from a quiet one."""

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database import Database
from fleet.database.models import Run
from fleet.domain.records import Problem
from fleet.errors import Conflict

KEPT_PROBLEMS = 500
"""Problems kept with a run; the counts say how many there were."""
LEASE_MARGIN = timedelta(minutes=5)


def start_run(
    database: Database, *, kind: str, source: str, actor: str, now: datetime, lease: timedelta,
    tenant_id: int | None = None, organisation_id: int | None = None, file_name: str | None = None, file_hash: str | None = None,
) -> int:  # fmt: skip
    """Note that a run begins. Raises `Conflict` while another one of the same tenant is alive."""
    with database.transaction(actor=actor, action="run.start", now=now) as session:
        if tenant_id is not None:
            _bury_killed(session, tenant_id, now)
        run = Run(
            kind=kind, source=source, state="running", actor=actor, started_at=now, lease_until=now + lease + LEASE_MARGIN,
            tenant_id=tenant_id, organisation_id=organisation_id, file_name=file_name, file_hash=file_hash,
            host=socket.gethostname(), process=os.getpid(), counts={}, problems=[],
        )  # fmt: skip
        session.add(run)
        session.flush()
        return run.id


def finish_run(
    session: Session, run_id: int, *, state: str, now: datetime, counts: Mapping[str, Any], problems: Sequence[Problem] = (),
    error: str | None = None, event_id: int | None = None,
) -> None:  # fmt: skip
    """Note how a run ended, in the transaction that applied it or in one of its own."""
    run = session.get_one(Run, run_id)
    run.state, run.finished_at, run.counts, run.error, run.event_id = state, now, dict(counts), error, event_id
    run.lease_until = None
    run.problems = [
        {"code": one.code, "where": one.where, "reason": one.reason, "value": one.value, "row": one.row, "column": one.column}
        for one in problems[:KEPT_PROBLEMS]
    ]  # fmt: skip


def _bury_killed(session: Session, tenant_id: int, now: datetime) -> None:
    """Mark a run that can't be alive as killed; raise when it may be."""
    for run in session.execute(select(Run).where(Run.tenant_id == tenant_id, Run.state == "running")).scalars():
        if not _is_dead(run, now):
            raise Conflict(
                f"A sync of {run.source} has been running since {run.started_at:%H:%M} UTC on {run.host}. Wait for it to finish.",
                code="already-running",
            )
        run.state, run.finished_at, run.lease_until = "killed", now, None
        run.error = "The program was stopped before it finished. The register was left as it was."
    session.flush()


def _is_dead(run: Run, now: datetime) -> bool:
    if run.lease_until is not None and run.lease_until < now:
        return True
    if run.host != socket.gethostname() or run.process is None:
        return False
    return run.process != os.getpid() and not _is_alive(run.process)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True  # Only the lease tells; asking Windows would need another library.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
