"""Syncs and imports that ran."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Run
from fleet.domain.records import RunRow
from fleet.errors import NotFound


def list_runs(session: Session, *, offset: int = 0, limit: int | None = 50) -> list[RunRow]:
    """Runs, newest first."""
    rows = session.execute(select(Run).order_by(Run.id.desc()).offset(offset).limit(limit)).scalars()
    return [_row(one) for one in rows]


def count_runs(session: Session) -> int:
    """How many runs there were."""
    return int(session.execute(select(func.count(Run.id))).scalar_one())


def run_row(session: Session, run_id: int) -> RunRow:
    """One run; raises `NotFound`."""
    run = session.execute(select(Run).where(Run.id == run_id)).scalar_one_or_none()
    if run is None:
        raise NotFound(f"There is no run {run_id}. List them with: fleet runs")
    return _row(run)


def _row(run: Run) -> RunRow:
    counts: dict[str, Any] = dict(run.counts or {})
    return RunRow(
        id=run.id, kind=run.kind, source=run.source, state=run.state, started_at=run.started_at,
        finished_at=run.finished_at, actor=run.actor, counts=counts, problems=len(run.problems or []), error=run.error,
        event_id=run.event_id, files=tuple(run.files or ()),
    )  # fmt: skip


def run_problems(session: Session, run_id: int) -> list[dict[str, Any]]:
    """The problems a run kept."""
    found = session.execute(select(Run.problems).where(Run.id == run_id)).scalar_one_or_none()
    return list(found or [])
