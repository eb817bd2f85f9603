"""How the nights go, for monitoring: each tenant's newest run, whether one is running and alive, what was not delivered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Organisation, ReportDelivery, Run, Tenant

STALE = timedelta(hours=36)
"""A tenant is synced every night; a day and a half without is a fault."""
RECENT = timedelta(days=35)
"""Deliveries older than that are no longer a fault of tonight."""
GOOD, LOOK, FAULT = 0, 1, 4


def night_status(session: Session, now: datetime) -> dict[str, Any]:
    """Everything as one document; `exit_code` is 0 well, 1 something to look at, 4 a tenant's data are not fresh."""
    tenants = [_tenant(session, row, now) for row in _tenants(session)]
    deliveries = _deliveries(session, now)
    faults = [one for one in tenants if one["stale"]]
    looks = [one for one in tenants if not one["well"]]
    code = FAULT if faults else LOOK if looks or deliveries["failed"] or deliveries["unknown"] else GOOD
    return {"now": now, "well": code == GOOD, "exit_code": code, "tenants": tenants, "deliveries": deliveries}


def _tenants(session: Session) -> Any:
    return session.execute(
        select(Tenant.id, Tenant.key, Organisation.key.label("organisation"), Tenant.last_complete_at, Tenant.last_device_count,
               Tenant.credential_until)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.key)
    ).all()  # fmt: skip


def _tenant(session: Session, row: Any, now: datetime) -> dict[str, Any]:
    newest = select(Run).where(Run.tenant_id == row.id).order_by(Run.id.desc()).limit(1)
    run = session.execute(newest).scalar_one_or_none()
    ended = session.execute(newest.where(Run.state != "running")).scalar_one_or_none()
    age = None if row.last_complete_at is None else int((now - row.last_complete_at).total_seconds())
    stale = age is None or age > STALE.total_seconds()
    running = _running(run, now) if run is not None and run.state == "running" else None
    problems = len(ended.problems or []) if ended else 0
    well = not stale and ended is not None and ended.state == "complete" and not problems
    return {
        "tenant": row.key, "organisation": row.organisation, "well": well and (running is None or running["alive"]),
        "stale": stale, "last_complete_at": row.last_complete_at, "age_seconds": age, "devices": row.last_device_count,
        "credential_until": row.credential_until, "last_run": _ended(ended), "running": running,
    }  # fmt: skip


def _ended(run: Run | None) -> Mapping[str, Any] | None:
    if run is None:
        return None
    seconds = None if run.finished_at is None else int((run.finished_at - run.started_at).total_seconds())
    return {
        "run": run.id, "state": run.state, "started_at": run.started_at, "finished_at": run.finished_at, "seconds": seconds,
        "host": run.host, "actor": run.actor, "problems": len(run.problems or []), "counts": run.counts, "error": run.error,
    }  # fmt: skip


def _running(run: Run, now: datetime) -> dict[str, Any]:
    beat = run.heartbeat_at
    return {
        "run": run.id, "since": run.started_at, "host": run.host, "process": run.process, "actor": run.actor,
        "heartbeat_at": beat, "heartbeat_age_seconds": None if beat is None else int((now - beat).total_seconds()),
        "lease_until": run.lease_until, "alive": run.lease_until is None or run.lease_until >= now,
    }  # fmt: skip


def _deliveries(session: Session, now: datetime) -> dict[str, int]:
    found = {"sent": 0, "failed": 0, "unknown": 0, "intended": 0}
    rows = session.execute(
        select(ReportDelivery.state, func.count(ReportDelivery.id))
        .where(ReportDelivery.intended_at >= now - RECENT)
        .group_by(ReportDelivery.state)
    )
    return found | {state: number for state, number in rows}
