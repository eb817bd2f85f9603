"""Asking for remote actions, confirming what another operator asked for, taking back what was not sent, settling what
only a person can know. Each is part of the caller's event; nothing here speaks with Intune."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_text
from fleet.commands.outbox.comparing import (
    names_of,
    recorded_of,
    refuse_personal_action,
    refuse_unsupervised,
)
from fleet.commands.refusals import Refusals
from fleet.config.actions import ActionRules
from fleet.database.models import Device, RemoteOrder, Tenant
from fleet.domain.remote import ACTIONS, LEAVING, Recorded, RemoteRequest
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem

MOST_AT_ONCE = 100
"""Devices of one call: more is a policy, which is set in Intune."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Order:
    """An action on a device."""

    device_id: int
    enrolment_id: int | None = None
    """None: its newest open one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, in words."""

    order_id: int
    recorded: Recorded
    state: str
    sentence: str


def ask(
    session: Session,
    orders: Sequence[Order],
    request: RemoteRequest,
    *,
    now: datetime,
    actor: str,
    rules: ActionRules,
    configured: Mapping[str, object],
    reason: str | None = None,
    checked: bool = True,
) -> list[Asked]:
    """Write down that an action is to be sent: all or none, every refusal told at once.

    `configured` are the tenants whose remote actions are set up. What was not `checked` beside Intune yet waits for
    somebody who does, though it may be the same person where no second one is needed. Raises `NotAllowed`, `Conflict`.
    """
    unique = list(dict.fromkeys(orders))
    if not unique:
        raise UsageProblem("Name at least one device.")
    if len(unique) > MOST_AT_ONCE:
        raise UsageProblem(
            f"{len(unique):,} devices are more than one call takes ({MOST_AT_ONCE}). Nothing was asked for."
        )
    action = request.action
    if action.key == "rename" and len(unique) > 1:
        raise UsageProblem("One name is for one device.")
    refusals, made = Refusals(), list[Asked]()
    for order in unique:
        with refusals.of_one():
            recorded = recorded_of(session, order.device_id, order.enrolment_id)
            _refuse(session, recorded, request, configured)
            second = action.key in rules.second
            waits = second or (action.typed and not checked)
            row = _row(session, recorded, request, now=now, actor=actor, reason=reason)
            row.needs_second, row.state = second, "asked" if waits else "queued"
            session.add(row)
            session.flush()
            made.append(Asked(row.id, recorded, row.state, _said(recorded, request, row.state, second)))
    refusals.raise_any(len(unique))
    if action.key in LEAVING:
        _refuse_many(session, [one.recorded for one in made], rules, now)
    return made


def _row(
    session: Session, recorded: Recorded, request: RemoteRequest, *, now: datetime, actor: str, reason: str | None
) -> RemoteOrder:
    device = session.get_one(Device, recorded.device_id)
    tenant = session.execute(select(Tenant.id).where(Tenant.key == recorded.tenant)).scalar_one()
    return RemoteOrder(
        organisation_id=device.organisation_id, tenant_id=tenant, device_id=device.id, enrolment_id=recorded.enrolment_id,
        intune_id=recorded.intune_id, action=request.action.key, told=dict(request.values), ownership=recorded.ownership,
        asked_by=actor, asked_at=now, reason=reason, brought=False,
    )  # fmt: skip


def _refuse(session: Session, recorded: Recorded, request: RemoteRequest, configured: Mapping[str, object]) -> None:
    action = request.action
    if recorded.tenant not in configured:
        raise NotAllowed(
            f"{recorded.name}: remote actions are off for {recorded.tenant}. docs/ACTIONS.md tells how to turn them on.",
            code="actions-off",
        )
    refuse_personal_action(recorded, action)
    refuse_unsupervised(recorded, action)
    there = session.execute(
        select(RemoteOrder).where(
            RemoteOrder.enrolment_id == recorded.enrolment_id,
            RemoteOrder.action == action.key,
            RemoteOrder.ended_at.is_(None),
        )
    ).scalar_one_or_none()
    if there is not None:
        raise Conflict(
            f"{recorded.name}: {action.title.lower()} was asked for by {there.asked_by} at {london_text(there.asked_at)} and "
            f"is {there.state} (number {there.id}). It is not sent twice.",
            code="asked-already",
        )


def _refuse_many(session: Session, asked: Sequence[Recorded], rules: ActionRules, now: datetime) -> None:
    """No more of them than may be sent in an hour: what is asked for by mistake can't all be sent at once."""
    for tenant in {one.tenant for one in asked}:
        mine = [one for one in asked if one.tenant == tenant]
        waiting = leaving_in_the_hour(session, tenant, now, waiting=True)
        if waiting > rules.per_hour:
            raise NotAllowed(
                f"{names_of(mine)}: with these, {waiting} devices of {tenant} would leave Intune within an hour; at most "
                f"{rules.per_hour} may ([actions] per_hour in config.toml). Nothing was asked for.",
                code="too-many-per-hour",
            )


def leaving_in_the_hour(session: Session, tenant: str, now: datetime, *, waiting: bool = False) -> int:
    """How many devices of a tenant were wiped, retired or deleted in the last hour, or wait for it."""
    sent = RemoteOrder.sent_at > now - HOUR
    concerned = sent | RemoteOrder.state.in_(("asked", "queued")) if waiting else sent
    statement = (
        select(func.count(RemoteOrder.id))
        .join(Tenant, Tenant.id == RemoteOrder.tenant_id)
        .where(Tenant.key == tenant, RemoteOrder.action.in_(sorted(LEAVING)), concerned)
    )
    return int(session.execute(statement).scalar_one())


def _said(recorded: Recorded, request: RemoteRequest, state: str, second: bool) -> str:
    what = f"{recorded.name}: {request.action.title.lower()}"
    if state == "queued":
        return f"{what} is in the outbox."
    return f"{what} waits for " + ("another operator's confirmation." if second else "a look at the device.")


def get_order(session: Session, order_id: int, *, lock: bool = False) -> RemoteOrder:
    """One order; raises `NotFound`."""
    statement = select(RemoteOrder).where(RemoteOrder.id == order_id)
    found = session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()
    if found is None:
        raise NotFound(f"There is no remote action {order_id}, or it belongs to another organisation.")
    return found


def refuse_confirming(row: RemoteOrder, actor: str) -> None:
    """Only what waits for it is confirmed, and by somebody else than who asked; raises `NotAllowed`."""
    if row.state != "asked":
        raise NotAllowed(f"Number {row.id} is {row.state}: there is nothing to confirm.", code="not-waiting")
    if row.needs_second and _same(row.asked_by, actor):
        raise NotAllowed(
            f"Number {row.id} was asked for by you: another operator confirms it. They see it with: fleet action list",
            code="second-operator",
        )


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they are typed."""
    return (
        unicodedata.normalize("NFKC", one).strip().casefold() == unicodedata.normalize("NFKC", other).strip().casefold()
    )


def confirm(session: Session, order_id: int, *, now: datetime, actor: str) -> RemoteOrder:
    """Agree to what another operator asked for; it is sent then. Raises `NotAllowed` for one's own."""
    row = get_order(session, order_id, lock=True)
    refuse_confirming(row, actor)
    row.confirmed_by, row.confirmed_at, row.state = actor, now, "queued"
    session.flush()
    return row


def cancel(session: Session, order_id: int, *, now: datetime, actor: str, reason: str | None = None) -> RemoteOrder:
    """Take back what was not sent yet. Raises `NotAllowed` for what was, or may have been."""
    row = get_order(session, order_id, lock=True)
    if row.state not in ("asked", "queued") or row.sending_since is not None:
        raise NotAllowed(
            f"Number {row.id} is {'being sent' if row.sending_since else row.state}: an action that was sent can't be taken "
            "back.",
            code="sent-already",
        )
    row.state, row.ended_at = "cancelled", now
    row.outcome = f"Taken back by {actor}" + (f": {reason}" if reason else ".")
    session.flush()
    return row


def settle(session: Session, order_id: int, *, happened: bool, now: datetime, actor: str, note: str) -> RemoteOrder:
    """A person knows what became of an action that nobody could tell of, or that is followed no longer.

    Raises `NotAllowed` for one that is not open at Intune, `UsageProblem` without a note on how it is known.
    """
    if not note.strip():
        raise UsageProblem("Say how you know: --note. It is kept.")
    row = get_order(session, order_id, lock=True)
    if row.state not in ("unsure", "accepted"):
        raise NotAllowed(f"Number {row.id} is {row.state}: there is nothing to settle.", code="nothing-to-settle")
    row.state, row.ended_at = ("done" if happened else "failed"), now
    row.outcome = f"{actor} says that it {'happened' if happened else 'did not happen'}: {note.strip()}"
    session.flush()
    return row


def title_of(row: RemoteOrder) -> str:
    """The action in words."""
    return ACTIONS[row.action].title
