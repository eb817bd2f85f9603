"""Sending what is in the outbox: each action at most once, whatever happens in between.

The order is: read the device, commit the claim, send, write down the outcome. Whoever is killed between claim and outcome
leaves a claim behind that nobody answers for; `following` then asks Intune what it knows, and nothing is sent again.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_text
from fleet.commands.clocks import TOLERANCE, ClockSetBack, raise_if_set_back
from fleet.commands.outbox.asking import HOUR, get_order, leaving_in_the_hour
from fleet.commands.outbox.comparing import recorded_of
from fleet.commands.outbox.incident_steps import note_step
from fleet.commands.outbox.leaving import close_enrolment
from fleet.config import Config, TenantConfig
from fleet.database import Database
from fleet.database.models import RemoteOrder, Tenant
from fleet.domain.remote import (
    ACTIONS,
    LEAVING,
    PersonalDevice,
    ReadDevice,
    Recorded,
    RemoteRequest,
    Target,
    target_of,
)
from fleet.domain.remote.devices import refuse_personal
from fleet.errors import Conflict, FleetError, NotAllowed, SourceUnavailable
from fleet.intune.actions import ActionClient, NotSent, Refused, Unsure, perform
from fleet.queries.operators import Access

LEASE = timedelta(minutes=5)
"""After so long nobody is sending any more: longer than any request may take."""
LATE = 60.0
"""Seconds between claim and request after which nothing is sent: the machine slept, and others may have gone on without it."""
RECENT = 50
"""Events whose times are compared with the clock that counts the hour."""
_under_way: set[tuple[str, int]] = set()
"""(database, order) that this process is sending."""

Connect = Callable[[TenantConfig], AbstractContextManager[ActionClient]]


@dataclass
class Sender:
    """Who sends, from which register, and how Intune is reached."""

    database: Database
    config: Config
    access: Access
    clock: Callable[[], datetime]
    connect: Connect
    _clients: dict[str, ActionClient] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._clients.clear()
        self._open.close()

    def client(self, tenant: str) -> ActionClient:
        """A client for a tenant, one per sender. Raises what says why there is none."""
        if tenant not in self._clients:
            self._clients[tenant] = self._open.enter_context(self.connect(self.config.tenant(tenant)))
        return self._clients[tenant]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A reading session within the operator's walls."""
        with self.database.read(self.access.scope) as session:
            yield session

    @contextmanager
    def writing(self, action: str, reason: str | None = None) -> Iterator[Session]:
        """One event of the operator."""
        with self.database.transaction(
            actor=self.access.name, action=action, now=self.clock(), reason=reason, scope=self.access.scope,
            may_write=self.access.may_write, organisation_id=self.access.only_organisation,
        ) as session:  # fmt: skip
            yield session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order, in words."""

    order_id: int
    device_id: int
    device: str
    action: str
    state: str
    sentence: str
    trouble: FleetError | None = None
    """Why it is not further, where that is anybody's fault."""


@dataclass(frozen=True, slots=True)
class _Work:
    """An order as it was read."""

    id: int
    recorded: Recorded
    request: RemoteRequest


def send(sender: Sender, order_ids: Sequence[int] | None = None) -> list[Outcome]:
    """Send those orders, or all that are queued, one after the other; each with an outcome of its own."""
    ids = list(dict.fromkeys(order_ids)) if order_ids is not None else queued(sender)
    return [_send_one(sender, one) for one in ids]


def queued(sender: Sender) -> list[int]:
    """What is to be sent and nobody is sending, oldest first."""
    statement = (
        select(RemoteOrder.id)
        .where(RemoteOrder.state == "queued", RemoteOrder.sending_since.is_(None))
        .order_by(RemoteOrder.id)
    )
    with sender.reading() as session:
        return list(session.execute(statement).scalars())


def _send_one(sender: Sender, order_id: int) -> Outcome:
    with sender.reading() as session:
        row = get_order(session, order_id)
        if row.state != "queued" or row.sending_since is not None:
            return outcome_of(session, row)
        try:
            recorded = recorded_of(session, row.device_id, row.enrolment_id)
        except FleetError as error:
            return _ended(sender, order_id, "failed", f"Nothing was sent: {error.message}", error)
        work = _Work(row.id, recorded, RemoteRequest(ACTIONS[row.action], dict(row.told or {})))
    try:
        client = sender.client(work.recorded.tenant)
        read = client.read(work.recorded.intune_id)
    except FleetError as error:
        return _waits(sender, work, error)
    try:
        target = _target(work, read)
    except FleetError as error:
        return _ended(sender, order_id, "failed", f"Nothing was sent: {error.message}", error)
    key = (sender.database.url, order_id)
    # Before anybody can see the claim: one of this process that is not under way counts as left behind.
    _under_way.add(key)
    try:
        return _claim_and_send(sender, client, work, target)
    finally:
        _under_way.discard(key)


def _target(work: _Work, read: ReadDevice | None) -> Target:
    """What the action is done to, by what Intune said a moment ago."""
    if read is None:
        raise NotAllowed(f"{work.recorded.name} is not in Intune any more.", code="gone-from-intune")
    target = target_of(work.recorded, read)
    if isinstance(target, PersonalDevice) and work.request.action.key != "retire":
        raise refuse_personal(work.recorded, work.request.action.title)
    return target


def _claim_and_send(sender: Sender, client: ActionClient, work: _Work, target: Target) -> Outcome:
    began = time.time()  # Of the wall: the other one stands still while a machine sleeps.
    try:
        _claim(sender, work, target.read)
    except Conflict as error:
        return _told(sender, work.id, error)
    except (NotAllowed, ClockSetBack) as error:
        return _waits(sender, work, error)
    try:
        _raise_if_late(began)
        perform(client, target, work.request)
    except Unsure as error:
        return _ended(sender, work.id, "unsure", error.message, error, client.sent_as)
    except Refused as error:
        return _ended(sender, work.id, "failed", error.message, error, client.sent_as)
    except NotSent as error:
        return _let_go(sender, work, error)
    except FleetError as error:  # No token: nothing was sent.
        return _let_go(sender, work, error)
    action = work.request.action
    if action.at_once:
        return _ended(sender, work.id, "done", f"{action.title}: done.", sent_as=client.sent_as)
    said = f"Intune has it; {work.recorded.name} does it when it checks in."
    return _ended(sender, work.id, "accepted", said, sent_as=client.sent_as)


def _raise_if_late(began: float) -> None:
    if not 0 <= time.time() - began < LATE:
        raise NotSent("Nothing was sent: this machine slept, or its clock was set, in the middle of it. Send it again.")


def _claim(sender: Sender, work: _Work, read: ReadDevice) -> None:
    """Commit that it is about to be sent. Raises `Conflict` when somebody else does, `NotAllowed` beyond the hour's limit."""
    now = sender.clock()
    with sender.writing("remote.send") as session:
        row = get_order(session, work.id, lock=True)
        if row.state != "queued" or row.sending_since is not None:
            raise Conflict(f"Number {work.id} is being sent by another program, or was.", code="sent-already")
        if row.action in LEAVING:
            raise_if_set_back(session, now, _tolerance(sender.config), among=RECENT)
            _keep_the_hour(session, sender, work.recorded.tenant, now)
        before = read.result(work.request.action.result)
        row.sending_since = row.sent_at = now
        row.host, row.process = socket.gethostname(), os.getpid()
        row.before_at = before.started_at if before is not None else None
        session.flush()


def _tolerance(config: Config) -> timedelta:
    """As for a sync: an hour counted by a clock that is behind would let more through."""
    minutes = config.nightly.get("sync", {}).get("clock_tolerance")
    return timedelta(minutes=minutes) if isinstance(minutes, int) else TOLERANCE


def _keep_the_hour(session: Session, sender: Sender, tenant: str, now: datetime) -> None:
    """At most so many an hour, also when several operators send at once: the tenant's row is the turnstile."""
    session.execute(select(Tenant.id).where(Tenant.key == tenant).with_for_update()).all()
    most = sender.config.actions.per_hour
    if leaving_in_the_hour(session, tenant, now) >= most:
        first = session.execute(
            select(RemoteOrder.sent_at)
            .join(Tenant, Tenant.id == RemoteOrder.tenant_id)
            .where(Tenant.key == tenant, RemoteOrder.action.in_(sorted(LEAVING)), RemoteOrder.sent_at > now - HOUR)
            .order_by(RemoteOrder.sent_at)
            .limit(1)
        ).scalar_one()
        assert first is not None  # What was counted has one.
        raise NotAllowed(
            f"{most} devices of {tenant} were wiped, retired or deleted within the hour, and no more may be. "
            f"It stays in the outbox; send it from {london_text(first + HOUR)} on.",
            code="too-many-per-hour",
        )


def _let_go(sender: Sender, work: _Work, error: FleetError) -> Outcome:
    """Nothing was sent: the claim is taken back, and the order waits."""
    with sender.writing("remote.send") as session:
        row = get_order(session, work.id, lock=True)
        if row.ended_at is None:  # Somebody who found the claim left behind may have settled it.
            row.sending_since = row.sent_at = row.outcome = None
            row.state = "queued"
        session.flush()
    return _waits(sender, work, error)


def _waits(sender: Sender, work: _Work, error: FleetError) -> Outcome:
    del sender
    action, name = work.request.action, work.recorded.name
    return Outcome(work.id, work.recorded.device_id, name, action.key, "queued", error.message, error)


def _told(sender: Sender, order_id: int, error: FleetError) -> Outcome:
    with sender.reading() as session:
        told = outcome_of(session, get_order(session, order_id))
    return Outcome(told.order_id, told.device_id, told.device, told.action, told.state, error.message, error)


def _ended(
    sender: Sender, order_id: int, state: str, said: str, trouble: FleetError | None = None, sent_as: str | None = None
) -> Outcome:
    """Write down what came of it, as one event."""
    with sender.writing("remote.result" if sent_as is None else "remote.send") as session:
        row = get_order(session, order_id, lock=True)
        now = sender.clock()
        row.state, row.outcome, row.sending_since = state, said, None
        row.sent_as = sent_as or row.sent_as
        row.looked_at = now
        if state in ("done", "failed"):
            row.ended_at = now
        if state == "done" and row.action in LEAVING:
            close_enrolment(session, row, now)
        session.flush()
        note_step(session, row, actor=sender.access.name, now=now)
        told = outcome_of(session, row)
    return Outcome(told.order_id, told.device_id, told.device, told.action, told.state, told.sentence, trouble)


def outcome_of(session: Session, row: RemoteOrder) -> Outcome:
    """An order as it stands."""
    from fleet.queries.outbox import device_names

    name = device_names(session, [row.device_id])[row.device_id]
    said = row.outcome or {"asked": "It waits to be confirmed.", "queued": "It waits to be sent."}.get(row.state, "")
    if row.sending_since is not None:
        said = "It is being sent, or was cut off while it was."
    return Outcome(row.id, row.device_id, name, row.action, row.state, said)


def is_left_behind(row: RemoteOrder, url: str, now: datetime) -> bool:
    """Whether an order was being sent by somebody who is not there any more."""
    since = row.sending_since
    if since is None:
        return False
    if since + LEASE < now:
        return True
    if row.host != socket.gethostname() or row.process is None:
        return False
    if row.process == os.getpid():
        return (url, row.id) not in _under_way
    return not _is_alive(row.process)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True  # Only the lease tells there.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def unavailable(outcomes: Sequence[Outcome]) -> int:
    """The exit code of what was sent: the gravest trouble, 1 for what is not certain or failed, else 0."""
    codes = [one.trouble.exit_code for one in outcomes if one.trouble is not None]
    codes += [1 for one in outcomes if one.state in ("unsure", "failed")]
    codes += [
        SourceUnavailable.exit_code for one in outcomes if one.trouble is not None and isinstance(one.trouble, NotSent)
    ]
    return max(codes, default=0)
