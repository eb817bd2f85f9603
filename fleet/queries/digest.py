"""The morning's digest of the drift desk: what is new, what became worse, what was fixed, what has waited longest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Finding, Organisation, Run
from fleet.domain.records import FindingRow
from fleet.queries.findings import SEVERITY_ORDER, finding_row
from fleet.queries.lookups import organisation_id
from fleet.queries.summary import TenantState, summary


@dataclass(frozen=True, slots=True)
class DeskDigest:
    """What happened to the findings since a moment."""

    since: datetime
    until: datetime
    organisation: str | None
    """Key of the only one it is about; None is all that the session may see."""
    open: Mapping[str, int]
    """Open findings by severity."""
    unassigned: int
    """Open findings that nobody looks after."""
    new: tuple[FindingRow, ...]
    worse: tuple[FindingRow, ...]
    """Those that came back or became graver."""
    fixed: tuple[FindingRow, ...]
    oldest: tuple[FindingRow, ...]
    tenants: tuple[TenantState, ...]
    """How fresh what is known is."""


def desk_digest(
    session: Session, *, since: datetime, until: datetime, organisation: str | None = None, oldest: int = 10
) -> DeskDigest:
    """Findings that are new, worse or fixed since a moment, worst first, and the open ones that are oldest.

    `organisation` is a key or name; raises `NotFound` for one that there is not.
    """
    if organisation is not None:
        mine = Organisation.id == organisation_id(session, organisation)
        organisation = session.execute(select(Organisation.key).where(mine)).scalar_one()
    stands, worst = Finding.state == "open", (SEVERITY_ORDER, Finding.rule, Finding.id)
    fresh = Finding.first_seen >= since
    open_now = _rows(session, organisation, (stands,), (Finding.first_seen, *worst), oldest)
    tenants = [one for one in summary(session).tenants if organisation in (None, one.organisation)]
    return DeskDigest(
        since=since,
        until=until,
        organisation=organisation,
        open=_open(session, organisation),
        unassigned=_number(session, organisation, stands, Finding.assigned_to.is_(None)),
        new=_rows(session, organisation, (stands, fresh), worst),
        worse=_rows(session, organisation, (stands, ~fresh, Finding.worse_at >= since), worst),
        fixed=_rows(session, organisation, (Finding.state == "fixed", Finding.fixed_at >= since), worst),
        oldest=open_now,
        tenants=tuple(tenants),
    )


def last_sync(session: Session) -> datetime | None:
    """When the latest round of syncs began: the earliest of every tenant's newest complete one; None before the first."""
    newest = (
        select(func.max(Run.started_at).label("started_at"))
        .where(Run.kind == "sync", Run.state == "complete", Run.tenant_id.is_not(None))
        .group_by(Run.tenant_id)
    )
    moments = [row[0] for row in session.execute(newest) if row[0] is not None]
    return min(moments) if moments else None


def _open(session: Session, organisation: str | None) -> dict[str, int]:
    statement: Any = select(Finding.severity, func.count()).where(Finding.state == "open").group_by(Finding.severity)
    counts = {row[0]: row[1] for row in session.execute(_of(statement, organisation))}
    return {severity: counts.get(severity, 0) for severity in ("high", "medium", "low")}


def _number(session: Session, organisation: str | None, *conditions: Any) -> int:
    statement: Any = select(func.count(Finding.id)).where(*conditions)
    return int(session.execute(_of(statement, organisation)).scalar_one())


def _of(statement: Any, organisation: str | None) -> Any:
    if organisation is None:
        return statement
    owner = select(Organisation.id).where(Organisation.key == organisation)
    return statement.where(Finding.organisation_id.in_(owner))


def _rows(
    session: Session, organisation: str | None, conditions: Sequence[Any], order: Sequence[Any], most: int | None = None
) -> tuple[FindingRow, ...]:
    statement: Any = (
        select(Finding, Organisation.key)
        .join(Organisation, Organisation.id == Finding.organisation_id)
        .where(*conditions)
        .order_by(*order)
        .limit(most)
    )
    return tuple(finding_row(one, key) for one, key in session.execute(_of(statement, organisation)))
