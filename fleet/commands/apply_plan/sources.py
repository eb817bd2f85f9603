"""Write what a tenant told beside people and devices. Each part by itself: one that was not read leaves what is held."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.listings import apply_listings, held_list, list_source, plan_of, removal_words
from fleet.commands.apply_plan.writing import insert_recorded, update_silently
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.models import AppDevice, Enrolment, Model, PortalAction, ServiceToken, Tenant
from fleet.domain.plan import BrakeLimits, Removal, raise_if_unbelievable
from fleet.domain.records import Problem
from fleet.domain.sources import ObservedAppDevice, ObservedBeside, ObservedListing, ObservedPortalAction, ObservedToken
from fleet.errors import RefusedByBrake
from fleet.queries.tenants import batches

_TOKEN = ("name", "expires_at", "state", "synced_at", "error")
_APP_DEVICE = ("kind", "platform", "os_version", "model", "flagged", "registered_at", "last_seen")
_ACTION = ("tenant_id", "organisation_id", "device_id", "audit_id", "action", "sent_at", "sent_by", "result")


def apply_sources(
    session: Session, beside: ObservedBeside, *, tenant_id: int, tenant: str, organisation_id: int, limits: BrakeLimits,
    now: datetime, confirm: int | None = None,
) -> list[Problem]:  # fmt: skip
    """Bring everything beside people and devices up to date; returns what was not believed, which costs nothing else.

    `confirm` is the number of absences that a person confirmed.
    """
    owner = {"tenant_id": tenant_id, "organisation_id": organisation_id}
    problems: list[Problem] = []
    if beside.tokens is not None:
        _mirror(session, ServiceToken, owner, ("kind", "graph_id"), _TOKEN, [_token(one) for one in beside.tokens])
    if beside.listed is not None:
        problems += _apply_list(session, tenant, organisation_id, beside.listed, limits, now, confirm)
    if beside.app_devices is not None:
        rows = [_app_device(one) for one in beside.app_devices]
        _mirror(session, AppDevice, owner, ("user_id", "tag"), _APP_DEVICE, rows)
    if beside.portal_actions is not None:
        _add_actions(session, owner, beside.portal_actions)
        update_silently(session, Tenant, ("audit_read_to",), [(tenant_id, beside.audit_read_to)])
    session.expire_all()
    return problems


def _token(one: ObservedToken) -> tuple[Any, ...]:
    return one.kind, one.graph_id, one.name, one.expires_at, one.state, one.synced_at, one.error


def _app_device(one: ObservedAppDevice) -> tuple[Any, ...]:
    return (
        one.user_id, one.tag, one.kind, one.platform, one.os_version, one.model, one.flagged, one.registered_at, one.last_seen,
    )  # fmt: skip


def _mirror(
    session: Session, kind: type[Model], owner: dict[str, int], key: Sequence[str], columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:  # fmt: skip
    """Make a tenant's rows of a table those that were told: key and columns in this order, what is gone goes."""
    connection, table = session.connection(), _table(kind)
    names, width = (*key, *columns), len(key)
    mine = table.c.tenant_id == owner["tenant_id"]
    held = {
        tuple(row[1 : 1 + width]): row
        for row in connection.execute(select(table.c.id, *(table.c[name] for name in names)).where(mine))
    }
    told = {row[:width]: row for row in rows}
    changed = [(held[one][0], *row[width:]) for one, row in told.items() if one in held and tuple(held[one][1:]) != row]
    update_rows(connection, table, columns, changed)
    new = [row for one, row in told.items() if one not in held]
    ids = allocate_ids(connection, table, len(new))
    inserted = [(row_id, *owner.values(), *row) for row_id, row in zip(ids, new, strict=True)]
    insert_rows(connection, table, ("id", *owner, *names), inserted)
    for batch in batches([row[0] for one, row in held.items() if one not in told]):
        connection.execute(delete(table).where(table.c.id.in_(batch)))


def _apply_list(
    session: Session, tenant: str, organisation_id: int, listed: Sequence[ObservedListing], limits: BrakeLimits, now: datetime,
    confirm: int | None,
) -> list[Problem]:  # fmt: skip
    plan = plan_of(listed, held_list(session, "ade", tenant))
    try:
        taken = len(plan.absent) + (0 if plan.read else len(plan.closing))
        removal = Removal(removal_words("ade"), tenant, taken, plan.read, plan.held, plan.held)
        raise_if_unbelievable(removal, limits, confirm)
    except RefusedByBrake as refused:
        said = refused.message.partition(" Nothing was changed")[0]
        way = f"If it is true, repeat with --confirm {taken} and a --reason."
        return [
            Problem("list-not-believed", "importedAppleDeviceIdentities", f"{said} The list stays as it was. {way}")
        ]
    apply_listings(session, plan, list_source(session, "ade", tenant, organisation_id), now=now)
    return []


def _add_actions(session: Session, owner: dict[str, int], told: Sequence[ObservedPortalAction]) -> None:
    """Keep actions sent to devices that the register knows, each once; they are history of the device."""
    tenant_id = owner["tenant_id"]
    known: set[str] = set()
    devices: dict[str, int] = {}
    for batch in batches(list(told)):
        kept = select(PortalAction.audit_id).where(
            PortalAction.tenant_id == tenant_id, PortalAction.audit_id.in_([one.audit_id for one in batch])
        )
        known.update(session.connection().execute(kept).scalars())
        there = select(Enrolment.intune_id, Enrolment.device_id).where(
            Enrolment.tenant_id == tenant_id, Enrolment.intune_id.in_([one.intune_id for one in batch])
        )
        devices |= {row[0]: row[1] for row in session.connection().execute(there)}
    new = {one.audit_id: one for one in told if one.audit_id not in known and one.intune_id in devices}
    rows = [
        (
            tenant_id,
            owner["organisation_id"],
            devices[one.intune_id],
            one.audit_id,
            one.action,
            one.at,
            one.by,
            one.result,
        )
        for one in sorted(new.values(), key=lambda one: one.at)
    ]
    insert_recorded(session, PortalAction, _ACTION, rows, organisation_id=owner["organisation_id"])


def _table(kind: type[Model]) -> Table:
    table: Any = kind.__table__
    assert isinstance(table, Table)
    return table
