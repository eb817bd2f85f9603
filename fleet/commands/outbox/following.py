"""What became of what was sent: Intune is asked for the device by its id, and its list of results is read.

Also the way back from every unknown outcome: before anything else, the device is looked at. What it shows settles the
order; what it does not show is left for a person, and is never sent again by itself.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from fleet.commands.outbox.asking import get_order, title_of
from fleet.commands.outbox.incident_steps import note_step
from fleet.commands.outbox.leaving import close_enrolment
from fleet.commands.outbox.sending import Outcome, Sender, is_left_behind, outcome_of
from fleet.database.models import RemoteOrder, Tenant
from fleet.domain.remote import ACTIONS, LEAVING, ReadDevice, RemoteAction
from fleet.errors import FleetError, NotAllowed, NotFound
from fleet.intune.actions import Brought

_UNDER_WAY = frozenset({"none", "pending", "active"})
_TRACES = {
    "retire": ("retirePending", "retireIssued"),
    "wipe": ("wipePending", "wipeIssued"),
}
"""Action -> management states that show it is on its way."""
_FAILED = {"retire": "retireFailed", "wipe": "wipeFailed"}


@dataclass(frozen=True, slots=True)
class _Open:
    """An order that is not over at Intune."""

    id: int
    tenant: str
    intune_id: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What Intune knows of an order."""

    state: str
    said: str
    brought: bool = False


def follow(sender: Sender, order_ids: Sequence[int] | None = None) -> list[Outcome]:
    """Look at every order that is not over at Intune, or at those; each with an outcome of its own."""
    return [_look(sender, one) for one in _open_orders(sender, order_ids)]


def follow_tenants(sender: Sender, tenants: Container[str]) -> list[Outcome]:
    """The same for whole tenants, at night: of one that can't be asked no more is asked, so that nobody waits for it."""
    outcomes: list[Outcome] = []
    silent: set[str] = set()
    for one in _open_orders(sender, None):
        if one.tenant in tenants and one.tenant not in silent:
            outcomes.append(_look(sender, one))
            silent |= {one.tenant} if outcomes[-1].trouble is not None else set()
    return outcomes


def _look(sender: Sender, one: _Open) -> Outcome:
    try:
        read = sender.client(one.tenant).read(one.intune_id)
    except FleetError as error:
        with sender.reading() as session:
            told = outcome_of(session, get_order(session, one.id))
        return Outcome(told.order_id, told.device_id, told.device, told.action, told.state, error.message, error)
    return _take(sender, one, read)


def _open_orders(sender: Sender, order_ids: Sequence[int] | None) -> list[_Open]:
    """Accepted, unsure, or left behind by somebody who was cut off while sending."""
    statement = (
        select(RemoteOrder, Tenant.key)
        .join(Tenant, Tenant.id == RemoteOrder.tenant_id)
        .where(RemoteOrder.ended_at.is_(None), RemoteOrder.state != "asked")
        .order_by(RemoteOrder.id)
    )
    if order_ids is not None:
        statement = statement.where(RemoteOrder.id.in_(sorted(set(order_ids))))
    now = sender.clock()
    with sender.reading() as session:
        return [
            _Open(row.id, tenant, row.intune_id)
            for row, tenant in session.execute(statement)
            if row.state != "queued" or is_left_behind(row, sender.database.url, now)
        ]


def _take(sender: Sender, one: _Open, read: ReadDevice | None) -> Outcome:
    """Write down what Intune knows; an order that stands as it stood makes no event."""
    now = sender.clock()
    with sender.writing("remote.result") as session:
        row = get_order(session, one.id, lock=True)
        waiting = row.state == "queued" and is_left_behind(row, sender.database.url, now)
        if row.ended_at is None and (row.state in ("accepted", "unsure") or waiting):
            found = _found(row, read)
            if (found.state, found.said) != (row.state, row.outcome):
                row.state, row.outcome = found.state, found.said
            row.sending_since, row.looked_at, row.brought = None, now, row.brought or found.brought
            if found.state in ("done", "failed"):
                row.ended_at = now
            if found.state == "done" and row.action in LEAVING and read is None:
                close_enrolment(session, row, now)
            session.flush()
            note_step(session, row, actor=sender.access.name, now=now)
        return outcome_of(session, row)


def _found(row: RemoteOrder, read: ReadDevice | None) -> _Found:
    if read is None:
        return _gone(row)
    action = ACTIONS[row.action]
    result = read.result(action.result)
    if result is not None and result.started_at != row.before_at:
        return _by_result(row, result.state, result.brings)
    if (seen := _by_state(row, read)) is not None:
        return seen
    if row.state == "accepted":
        return _Found("accepted", row.outcome or "Intune has it.")
    return _Found(
        "unsure",
        "It may have been sent: nobody saw the answer, and Intune shows no trace of it so far. It is not sent again. Look at "
        f"the device in Intune's portal, then say: fleet action settle {row.id} --happened, or --not",
    )


def _gone(row: RemoteOrder) -> _Found:
    if row.action in LEAVING:
        return _Found("done", f"{title_of(row)}: done; Intune does not know the device any more.")
    return _Found("failed", "The device left Intune before it did this.")


def _by_result(row: RemoteOrder, state: str, brings: bool) -> _Found:
    title = title_of(row)
    if state in _UNDER_WAY:
        return _Found("accepted", "Intune has it; the device does it when it checks in.")
    if state == "done":
        what = ACTIONS[row.action].brings
        holds = bool(what) and (brings or row.action == "bypass-activation-lock")
        told = f" Show its {what} once with: fleet action reveal {row.id}" if holds else ""
        return _Found("done", f"{title}: done.{told}", holds)
    said = {
        "failed": "the device could not do it",
        "notSupported": "the device does not know how",
        "canceled": "it was cancelled",
    }
    return _Found("failed", f"{title}: {said.get(state, f'Intune says {state}')}.")


def _by_state(row: RemoteOrder, read: ReadDevice) -> _Found | None:
    """What the device itself shows, for what leaves no result or a late one."""
    told = row.told or {}
    shown = {"category": read.category, "notes": read.notes, "rename": read.name}.get(row.action)
    wanted = told.get({"rename": "name"}.get(row.action, row.action))
    if wanted is not None and shown is not None and shown.strip().casefold() == str(wanted).casefold():
        return _Found("done", f"{title_of(row)}: done.")
    if read.management_state in _TRACES.get(row.action, ()):
        return _Found("accepted", "Intune has it; the device does it when it checks in.")
    if row.action in _FAILED and read.management_state == _FAILED[row.action]:
        return _Found("failed", f"{title_of(row)}: the device could not do it.")
    return None


def reveal(sender: Sender, order_id: int) -> Brought:
    """What an action brought back, read from Intune now, to be shown once and kept nowhere.

    That it was shown, and to whom, is committed first: what can't be shown afterwards was at least not shown twice.
    Raises `NotAllowed` when it was shown already or there is nothing, `NotFound` when Intune has it no more.
    """
    with sender.reading() as session:
        row = get_order(session, order_id)
        tenant = session.get_one(Tenant, row.tenant_id).key
        intune_id, action = row.intune_id, ACTIONS[row.action]
        if row.state != "done" or not row.brought:
            raise NotAllowed(f"Number {order_id} has brought nothing that could be shown.", code="nothing-to-show")
    _refuse_shown(row, action)
    found = sender.client(tenant).brought(intune_id, action.key, action.result)
    if found is None:
        raise NotFound(f"Intune does not hold the {action.brings} of number {order_id} any more.")
    with sender.writing("remote.reveal", f"number {order_id}: {action.brings}") as session:
        row = get_order(session, order_id, lock=True)
        _refuse_shown(row, action)
        row.shown_at, row.shown_to = sender.clock(), sender.access.name
        row.outcome = f"{action.title}: done. Its {action.brings} was shown to {sender.access.name}."
        session.flush()
    return found


def _refuse_shown(row: RemoteOrder, action: RemoteAction) -> None:
    """A secret is shown once; where a device is may be looked at again."""
    if row.shown_at is not None and action.key != "locate":
        raise NotAllowed(
            f"The {action.brings} of number {row.id} was shown to {row.shown_to} already, and is kept nowhere. "
            f"Ask for it again: fleet action {action.key}",
            code="shown-already",
        )
