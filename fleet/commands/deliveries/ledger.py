"""The ledger of deliveries: what was meant to go, what went, what did not, and what nobody knows.

An intention is written down before anything is sent. One whose program is gone is looked up where that can be done (a
folder, a drive); of a mail nobody can say whether it went, so it is *unknown* until a person does, and is not sent again.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fleet.commands.runs import is_alive
from fleet.database import Database
from fleet.database.history import keep_event, open_event
from fleet.database.models import Organisation, ReportDelivery
from fleet.domain.nightly.deliveries import Order, Period, Recipient
from fleet.errors import Conflict, NotAllowed, NotFound

MOST_ATTEMPTS = 10
"""Times a delivery is tried for one period."""
LEASE = timedelta(hours=1)
"""So long an intention of another machine is believed."""
_under_way: set[tuple[str, int]] = set()
"""(database, delivery) of this process."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The file that goes."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is this program's to carry."""

    id: int
    attempt: int
    earlier: Parcel | None
    """The file of an attempt before, whose answer may have been lost: it may be there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the list of deliveries."""

    id: int
    job: str
    report: str
    organisation: str | None
    period: str
    recipient: str
    state: str
    attempts: int
    intended_at: datetime
    ended_at: datetime | None
    file_name: str
    size: int
    error: str | None
    event_id: int | None


def standings(
    session: Session, *, limit: int | None = 50, offset: int = 0, state: str | None = None, text: str = ""
) -> list[Standing]:
    """Deliveries, newest first, within the walls of the session."""
    both: Any = select(ReportDelivery, Organisation.key)
    statement = _narrowed(both.outerjoin(Organisation, Organisation.id == ReportDelivery.organisation_id), state, text)
    rows = session.execute(statement.order_by(ReportDelivery.id.desc()).offset(offset).limit(limit))
    return [
        Standing(
            one.id, one.job, one.report, owner, one.period, one.recipient, one.state, one.attempts, one.intended_at,
            one.ended_at, one.file_name, one.size, one.error, one.event_id,
        )
        for one, owner in rows
    ]  # fmt: skip


def count_standings(session: Session, *, text: str = "") -> int:
    """How many deliveries match."""
    return int(session.execute(_narrowed(select(func.count(ReportDelivery.id)), None, text)).scalar_one())


def _narrowed(statement: Any, state: str | None, text: str) -> Any:
    if state is not None:
        statement = statement.where(ReportDelivery.state == state)
    for word in text.split():
        columns = (
            ReportDelivery.job,
            ReportDelivery.report,
            ReportDelivery.recipient,
            ReportDelivery.period,
            ReportDelivery.state,
        )
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return statement


def why_not(row: ReportDelivery | None, url: str, now: datetime) -> str | None:
    """Why a delivery is not to be carried now; None when it is."""
    if row is None:
        return None
    if row.state == "sent":
        return "sent"
    if row.state == "unknown":
        return "unknown"
    if row.state == "intended":
        if not _is_dead(row, url, now):
            return "under way"
        return "unknown" if row.recipient.startswith("mail:") else None
    return "given up" if row.attempts >= MOST_ATTEMPTS else None


def find(
    session: Session, order: Order, period: Period, recipient: Recipient, *, lock: bool = False
) -> ReportDelivery | None:
    """The ledger's line of a delivery."""
    statement = select(ReportDelivery).where(
        ReportDelivery.report == order.what,
        ReportDelivery.period == period.name,
        ReportDelivery.recipient == str(recipient),
    )
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def claim(
    database: Database, order: Order, period: Period, recipient: Recipient, parcel: Parcel, *, actor: str, now: datetime
) -> Claim | None:
    """Write down that a delivery is about to be carried; None when it is not to be, or another program was faster."""
    earlier: Parcel | None = None
    try:
        with database.transaction(actor=actor, action="report.deliver", now=now) as session:
            row, owner = find(session, order, period, recipient, lock=True), organisation_id(session, order)
            if row is not None and row.state == "intended" and why_not(row, database.url, now) == "unknown":
                _end(session, row, "unknown", _CUT_OFF, now)
                return None
            if why_not(row, database.url, now) is not None:
                return None
            if row is None:
                row = ReportDelivery(report=order.what, period=period.name, recipient=str(recipient), attempts=0)
                session.add(row)
            elif row.digest:
                earlier = Parcel(row.file_name, row.size, row.digest)
            row.organisation_id = owner
            row.job, row.state, row.attempts = order.job, "intended", row.attempts + 1
            row.actor, row.host, row.process = actor, socket.gethostname(), os.getpid()
            row.intended_at, row.ended_at, row.error, row.event_id = now, None, None, None
            row.file_name, row.size, row.digest = parcel.name, parcel.size, parcel.digest
            session.flush()
            found = Claim(row.id, row.attempts, earlier)
            _under_way.add((database.url, found.id))
    except Conflict:
        with database.read() as session:
            if find(session, order, period, recipient) is None:
                raise
        return None  # Another program wrote the same line.
    return found


_CUT_OFF = "The program that sent it was stopped before it could note how it ended. Ask whether it arrived."


def record(database: Database, claimed: Claim, *, state: str, error: str | None, actor: str, now: datetime) -> None:
    """Note how a delivery ended: an Event of its own."""
    try:
        with database.transaction(actor=actor, action="report.deliver", now=now) as session:
            _end(session, session.get_one(ReportDelivery, claimed.id), state, error, now)
    finally:
        _under_way.discard((database.url, claimed.id))


def _end(session: Session, row: ReportDelivery, state: str, error: str | None, now: datetime) -> None:
    row.state, row.error, row.ended_at = state, error, now
    open_event(session).organisation_id = row.organisation_id
    told = "" if error is None else f" ({error})"
    row.event_id = keep_event(session, f"{row.file_name} for {row.period} to {row.recipient}: {state}{told}")


def settle(session: Session, delivery_id: int, *, sent: bool, now: datetime) -> None:
    """Say what became of a delivery of which nobody knew. Raises `NotFound`, `NotAllowed`."""
    row = session.execute(select(ReportDelivery).where(ReportDelivery.id == delivery_id)).scalar_one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}. List them with: fleet deliver list")
    if row.state not in ("unknown", "failed"):
        raise NotAllowed(f"Delivery {delivery_id} is {row.state}: there is nothing to settle.")
    if row.state == "failed" and not sent:
        row.attempts = 0
    _end(session, row, "sent" if sent else "failed", None if sent else "It did not arrive, somebody said.", now)


def organisation_id(session: Session, order: Order) -> int | None:
    """The organisation of an order; None for one about all."""
    if order.organisation is None:
        return None
    return session.execute(select(Organisation.id).where(Organisation.key == order.organisation)).scalar_one_or_none()


def _is_dead(row: ReportDelivery, url: str, now: datetime) -> bool:
    if row.host != socket.gethostname():
        return now - row.intended_at > LEASE
    if row.process == os.getpid():
        return (url, row.id) not in _under_way
    return not is_alive(row.process) or now - row.intended_at > LEASE
