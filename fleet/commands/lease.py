"""The lease of a running sync, renewed while its program lives: a dead one is known soon, on whatever machine it was."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import update

from fleet.commands.runs import LEASE_MARGIN
from fleet.database import Database
from fleet.database.models import Run
from fleet.errors import FleetError

LEASE = timedelta(minutes=5)
"""So long a run may be silent, `LEASE_MARGIN` for clocks that are apart not counted."""
EVERY = 60.0
"""Seconds between two signs of life."""


def renew(database: Database, run_id: int, now: datetime) -> bool:
    """Say that a run is alive. False when it was given up meanwhile, and another one may be at work.

    Raises `DatabaseUnavailable` when the register can't be written now.
    """
    with database.transaction(actor="fleet", action="run.renew", now=now) as session:
        done = session.connection().execute(
            update(Run)
            .where(Run.id == run_id, Run.state == "running")
            .values(heartbeat_at=now, lease_until=now + LEASE + LEASE_MARGIN)
        )
    return done.rowcount == 1


@contextmanager
def renewed(
    database: Database, run_id: int, clock: Callable[[], datetime], *, every: float = EVERY
) -> Iterator[threading.Event]:
    """Keep the lease of a run while the block lasts. The event that is given is set when the run was given up.

    A register that can't be written for a moment is no reason to stop: several signs of life fit into a lease.
    """
    stop, given_up = threading.Event(), threading.Event()

    def beat() -> None:
        while not stop.wait(every):
            try:
                if not renew(database, run_id, clock()):
                    given_up.set()
                    return
            except FleetError:
                continue

    thread = threading.Thread(target=beat, name=f"lease of run {run_id}", daemon=True)
    thread.start()
    try:
        yield given_up
    finally:
        stop.set()
        thread.join()
