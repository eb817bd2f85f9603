"""How the nights go, for monitoring: the newest run of each tenant and Apple account, whether one is running and alive,
what was not delivered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import AppleSource, Organisation, ReportDelivery, Run, Tenant

STALE = timedelta(hours=36)
"""A tenant is synced every night; a day and a half without is a fault."""
RECENT = timedelta(days=35)
"""Deliveries older than that are no longer a fault of tonight."""
GOOD, LOOK, FAULT = 0, 1, 4
APPLE = "apple:"
"""What the source of an Apple account's run begins with."""


def night_status(session: Session, now: datetime) -> dict[str, Any]:
    """Everything as one document; `exit_code` is 0 well, 1 something to look at, 4 a tenant's data are not fresh."""
    tenants = [_tenant(session, row, now) for row in _tenants(session)]
    accounts = [_account(session, *one, now) for one in _accounts(session)]
    deliveries = _deliveries(session, now)
    faults = [one for one in (*tenants, *accounts) if one["stale"]]
    looks = [one for one in (*tenants, *accounts) if not one["well"]]
    code = FAULT if faults else LOOK if looks or deliveries["failed"] or deliveries["unknown"] else GOOD
    return {
        "now": now, "well": code == GOOD, "exit_code": code, "tenants": tenants, "apple": accounts, "deliveries": deliveries,
    }  # fmt: skip


def _tenants(session: Session) -> Any:
    return session.execute(
        select(Tenant.id, Tenant.key, Organisation.key.label("organisation"), Tenant.last_complete_at, Tenant.last_device_count,
               Tenant.credential_until)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.key)
    ).all()  # fmt: skip


def _tenant(session: Session, row: Any, now: datetime) -> dict[str, Any]:
    told = _runs(session, Run.tenant_id == row.id, row.last_complete_at, now)
    return {
        "tenant": row.key, "organisation": row.organisation, "devices": row.last_device_count,
        "credential_until": row.credential_until, **told,
    }  # fmt: skip


def _accounts(session: Session) -> list[tuple[str, str | None, datetime | None, int | None]]:
    """(key, organisation, last read completely, devices) of each account of Apple Business Manager that was ever tried."""
    found: dict[str, tuple[str, str | None, datetime | None, int | None]]
    statement = (
        select(AppleSource.key, Organisation.key, AppleSource.last_complete_at, AppleSource.last_count)
        .join(Organisation, Organisation.id == AppleSource.organisation_id)
        .where(AppleSource.kind == "business")
    )
    found = {key: (key, owner, read_at, devices) for key, owner, read_at, devices in session.execute(statement)}
    tried = (
        select(Run.source, Organisation.key)
        .outerjoin(Organisation, Organisation.id == Run.organisation_id)
        .where(Run.kind == "sync", Run.source.startswith(APPLE, autoescape=True))
        .distinct()
    )
    for source, organisation in session.execute(tried):
        key = source.removeprefix(APPLE)
        found.setdefault(key, (key, organisation, None, None))
    return [found[key] for key in sorted(found)]


def _account(
    session: Session, key: str, organisation: str | None, last_complete_at: datetime | None, devices: int | None, now: datetime
) -> dict[str, Any]:  # fmt: skip
    told = _runs(session, Run.source == f"{APPLE}{key}", last_complete_at, now)
    return {"account": key, "organisation": organisation, "devices": devices, **told}


def _runs(session: Session, whose: Any, last_complete_at: datetime | None, now: datetime) -> dict[str, Any]:
    """How fresh what is read is, the newest run that ended, and one that is running."""
    newest = select(Run).where(whose).order_by(Run.id.desc()).limit(1)
    run = session.execute(newest).scalar_one_or_none()
    ended = session.execute(newest.where(Run.state != "running")).scalar_one_or_none()
    age = None if last_complete_at is None else int((now - last_complete_at).total_seconds())
    stale = age is None or age > STALE.total_seconds()
    running = _running(run, now) if run is not None and run.state == "running" else None
    problems = len(ended.problems or []) if ended else 0
    well = not stale and ended is not None and ended.state == "complete" and not problems
    return {
        "well": well and (running is None or running["alive"]), "stale": stale, "last_complete_at": last_complete_at,
        "age_seconds": age, "last_run": _ended(ended), "running": running,
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
