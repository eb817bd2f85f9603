"""The numbers at the top of the screen and at the end of a demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Finding, Incident, Organisation, Person, Run, Tenant


@dataclass(frozen=True, slots=True)
class TenantState:
    """How fresh a tenant's data are."""

    tenant: str
    organisation: str
    last_complete_at: datetime | None
    last_state: str | None
    """State of its newest run."""
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The estate at a glance."""

    organisations: int
    people: int
    devices: Mapping[str, int]
    """ipad, iphone, thin_client, other, personal: personal ones count only as personal."""
    findings: Mapping[str, int]
    """Open findings by severity."""
    tenants: tuple[TenantState, ...]
    incidents: int = 0
    """Open incidents: something is lost, stolen or damaged and not settled."""


def summary(session: Session) -> Summary:
    """Counts over everything the session may see."""
    devices = {"ipad": 0, "iphone": 0, "thin_client": 0, "other": 0, "personal": 0}
    for kind, ownership, number in session.execute(
        select(Device.kind, Device.ownership, func.count()).group_by(Device.kind, Device.ownership)
    ):
        devices["personal" if ownership == "personal" else kind] += number
    findings = {"high": 0, "medium": 0, "low": 0}
    for severity, number in session.execute(
        select(Finding.severity, func.count()).where(Finding.state == "open").group_by(Finding.severity)
    ):
        findings[severity] = number
    return Summary(
        organisations=session.execute(select(func.count(Organisation.id))).scalar_one(),
        people=session.execute(select(func.count(Person.id)).where(Person.erased_at.is_(None))).scalar_one(),
        devices=devices,
        findings=findings,
        tenants=tuple(_tenants(session)),
        incidents=session.execute(select(func.count(Incident.id)).where(Incident.closed_at.is_(None))).scalar_one(),
    )


def _tenants(session: Session) -> list[TenantState]:
    newest = (
        select(Run.tenant_id, func.max(Run.id).label("id"))
        .where(Run.tenant_id.is_not(None))
        .group_by(Run.tenant_id)
        .subquery()
    )
    rows = session.execute(
        select(Tenant.key, Organisation.key, Tenant.last_complete_at, Run.state, Run.error)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .outerjoin(newest, newest.c.tenant_id == Tenant.id)
        .outerjoin(Run, Run.id == newest.c.id)
        .order_by(Tenant.key)
    )
    return [TenantState(*row) for row in rows]


def found_by_rule(session: Session) -> dict[str, int]:
    """Open findings by rule."""
    rows = session.execute(
        select(Finding.rule, func.count()).where(Finding.state == "open").group_by(Finding.rule).order_by(Finding.rule)
    )
    return {row[0]: row[1] for row in rows}
