"""What the rules look at besides devices: SIMs, and the tenants' credentials."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Line, Organisation, Sim, Tenant
from fleet.domain.facts import SimFact, TenantFact
from fleet.queries.tenants import batches


def sim_facts(
    session: Session, *, organisation_id: int | None = None, sim_ids: Collection[int] | None = None
) -> Iterator[SimFact]:
    """Facts of the SIMs that are in no device, of all organisations or one; of those named, of each."""
    statement: Any = (
        select(
            Sim.id, Organisation.key, Sim.iccid, Sim.state, Sim.device_id.is_not(None), Line.number, Line.carrier,
            Line.monthly_pence, Line.state,
        )
        .join(Organisation, Organisation.id == Sim.organisation_id)
        .outerjoin(Line, Line.id == Sim.line_id)
        .order_by(Sim.id)
    )  # fmt: skip
    if sim_ids is not None:
        for batch in batches(sorted(sim_ids)):
            yield from (SimFact(*row) for row in session.connection().execute(statement.where(Sim.id.in_(batch))))
        return
    if organisation_id is not None:
        statement = statement.where(Sim.organisation_id == organisation_id)
    loose = session.connection().execute(statement.where(Sim.device_id.is_(None)))
    yield from (SimFact(*row) for row in loose)


def tenant_facts(session: Session, *, organisation_id: int | None = None) -> Iterator[TenantFact]:
    """Facts of the tenants, of all organisations or one."""
    statement: Any = (
        select(Tenant.id, Organisation.key, Tenant.key, Tenant.credential_until)
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .order_by(Tenant.id)
    )
    if organisation_id is not None:
        statement = statement.where(Tenant.organisation_id == organisation_id)
    yield from (TenantFact(*row) for row in session.connection().execute(statement))
