"""How the nightly reading goes: each tenant, and each run of a period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day, start_of_day
from fleet.database.models import Organisation, Run, Tenant


@dataclass(frozen=True, slots=True)
class TenantRow:
    """How one tenant's reading goes."""

    id: int
    tenant: str
    organisation: str
    last_complete_at: datetime | None
    devices: int | None
    runs: int
    """In the period."""
    failed: int
    problems: int
    last_state: str | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One run of the period."""

    id: int
    kind: str
    source: str
    organisation: str | None
    state: str
    started_at: datetime
    minutes: int | None
    actor: str
    problems: int
    error: str | None


def syncs(session: Session, since: date, until: date) -> Iterator[SyncRow]:
    """Runs that began in a period, newest first."""
    rows: Any = session.execute(
        select(Run, Organisation.key)
        .outerjoin(Tenant, Tenant.id == Run.tenant_id)
        .outerjoin(Organisation, Organisation.id == func.coalesce(Run.organisation_id, Tenant.organisation_id))
        .where(Run.started_at >= start_of_day(since), Run.started_at <= end_of_day(until))
        .order_by(Run.id.desc())
    )
    for run, owner in rows:
        took = None if run.finished_at is None else round((run.finished_at - run.started_at).total_seconds() / 60)
        yield SyncRow(
            run.id, run.kind, run.source, owner, run.state, run.started_at, took, run.actor, len(run.problems or []), run.error
        )  # fmt: skip


def complete_reads(session: Session, moment: datetime) -> dict[int, tuple[datetime, int | None]]:
    """Tenant -> when it was last read to the end by a moment, and how many devices it listed then."""
    rows: Any = session.execute(
        select(Run.tenant_id, Run.finished_at, Run.counts)
        .where(Run.kind == "sync", Run.state == "complete", Run.tenant_id.is_not(None), Run.finished_at <= moment)
        .order_by(Run.finished_at, Run.id)
    )
    return {tenant: (at, (counts or {}).get("devices", {}).get("read")) for tenant, at, counts in rows}


def tenants(session: Session, since: date, until: date) -> Iterator[TenantRow]:
    """Tenants by key, with their runs of a period."""
    rows: Any = session.execute(
        select(Tenant.id, Tenant.key, Organisation.key, Tenant.last_complete_at, Tenant.last_device_count)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.key)
    ).all()
    runs: dict[int, list[Any]] = {}
    for run in session.execute(
        select(Run.tenant_id, Run.state, Run.problems, Run.error)
        .where(Run.kind == "sync", Run.started_at >= start_of_day(since), Run.started_at <= end_of_day(until))
        .order_by(Run.id)
    ):
        runs.setdefault(run[0] or 0, []).append(run)
    for tenant_id, key, owner, complete_at, count in rows:
        mine = runs.get(tenant_id, [])
        last = mine[-1] if mine else (None, None, None, None)
        yield TenantRow(
            tenant_id, key, owner, complete_at, count, len(mine), sum(one[1] not in ("complete", "running") for one in mine),
            sum(len(one[2] or []) for one in mine), last[1], last[3],
        )  # fmt: skip
