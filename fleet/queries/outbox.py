"""The outbox as people read it: what was asked of Intune, by whom, and how far it has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, DeviceModel, Organisation, RemoteOrder, Tenant
from fleet.domain.facts import OWN_DEVICE
from fleet.domain.remote import ACTIONS
from fleet.domain.search import fold
from fleet.errors import NotFound
from fleet.queries.tenants import batches

OPEN = ("asked", "queued", "accepted", "unsure")
STATES = {
    "asked": "to be confirmed",
    "queued": "to be sent",
    "accepted": "sent",
    "unsure": "not known",
    "done": "done",
    "failed": "failed",
    "cancelled": "taken back",
}
"""State -> how people say it."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One remote action."""

    id: int
    action: str
    title: str
    state: str
    device_id: int
    device: str
    model: str | None
    organisation: str
    tenant: str
    ownership: str
    told: dict[str, str]
    asked_by: str
    asked_at: datetime
    reason: str | None
    needs_second: bool
    confirmed_by: str | None
    sent_as: str | None
    sent_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    sending_since: datetime | None
    brought: bool
    shown_to: str | None

    @property
    def state_text(self) -> str:
        """How far it has come, in words."""
        if self.sending_since is not None:
            return "being sent"
        if self.state == "asked" and not self.needs_second:
            return "to be looked at"
        return STATES.get(self.state, self.state)

    @property
    def is_open(self) -> bool:
        """Whether anything may still come of it."""
        return self.state in OPEN


def list_orders(
    session: Session, *, open_only: bool = False, device_id: int | None = None, text: str = "", limit: int | None = 500
) -> list[OutboxRow]:
    """Remote actions, newest first; what waits for somebody comes before what is over."""
    statement: Any = _rows()
    if open_only:
        statement = statement.where(RemoteOrder.ended_at.is_(None))
    if device_id is not None:
        statement = statement.where(RemoteOrder.device_id == device_id)
    ended = RemoteOrder.ended_at.is_not(None)
    rows = [_row(row) for row in session.execute(statement.order_by(ended, RemoteOrder.id.desc()).limit(limit))]
    words = fold(text).split()
    return [row for row in rows if _holds(row, words)] if words else rows


def order_row(session: Session, order_id: int) -> OutboxRow:
    """One remote action; raises `NotFound`."""
    row = session.execute(_rows().where(RemoteOrder.id == order_id)).first()
    if row is None:
        raise NotFound(f"There is no remote action {order_id}, or it belongs to another organisation.")
    return _row(row)


def waiting_for(session: Session, operator: str) -> int:
    """How many wait for the confirmation of somebody who may give it: not who asked."""
    statement = select(func.count(RemoteOrder.id)).where(
        RemoteOrder.state == "asked",
        (~RemoteOrder.needs_second) | (func.lower(RemoteOrder.asked_by) != operator.lower()),
    )
    return int(session.execute(statement).scalar_one())


def device_names(session: Session, device_ids: Iterable[int]) -> dict[int, str]:
    """What people call devices."""
    names: dict[int, str] = {}
    for batch in batches(sorted(set(device_ids))):
        rows = session.execute(
            select(Device.id, func.coalesce(Device.asset_tag, Device.serial, OWN_DEVICE)).where(Device.id.in_(batch))
        )
        names |= {row[0]: row[1] for row in rows}
    return names


def _rows() -> Any:
    return (
        select(
            RemoteOrder, func.coalesce(Device.asset_tag, Device.serial, OWN_DEVICE), DeviceModel.name, Organisation.key,
            Tenant.key,
        )
        .join(Device, Device.id == RemoteOrder.device_id)
        .join(Organisation, Organisation.id == RemoteOrder.organisation_id)
        .join(Tenant, Tenant.id == RemoteOrder.tenant_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
    )  # fmt: skip


def _row(found: Any) -> OutboxRow:
    one, device, model, organisation, tenant = found
    return OutboxRow(
        id=one.id, action=one.action, title=ACTIONS[one.action].title, state=one.state, device_id=one.device_id,
        device=device, model=model, organisation=organisation, tenant=tenant, ownership=one.ownership,
        told=dict(one.told or {}), asked_by=one.asked_by, asked_at=one.asked_at, reason=one.reason,
        needs_second=one.needs_second, confirmed_by=one.confirmed_by, sent_as=one.sent_as, sent_at=one.sent_at,
        ended_at=one.ended_at, outcome=one.outcome, sending_since=one.sending_since, brought=one.brought,
        shown_to=one.shown_to,
    )  # fmt: skip


def _holds(row: OutboxRow, words: list[str]) -> bool:
    hay = fold("\x1f".join(filter(None, (
        str(row.id), row.title, row.action, row.state_text, row.device, row.model, row.asked_by, row.confirmed_by,
        row.outcome, row.reason, row.organisation,
    ))))  # fmt: skip
    return all(word in hay for word in words)
