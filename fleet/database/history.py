"""History is written here, not remembered by authors of commands.

A flush of ORM objects and a bulk plan both end in `record`, which writes one Change per touched row under the
transaction's Event. `seal` closes the event into the hash chain, as the last lock of the transaction.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import Connection, event, insert, inspect, select, update
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from fleet.database.bulk import insert_columns, insert_rows
from fleet.database.models import ChainHead, Change, Event, Model, Run
from fleet.database.types import canonical_json
from fleet.errors import DatabaseUnavailable, FleetError

GENESIS = "0" * 64
SALT_BYTES = 16
_SALTS_AT_ONCE = 256
_SEARCHED = ("device", "person", "sim")
"""What has a search text, and SIMs, which an enrolment may show already. Of other kinds a new row alters nothing but
what is said of the devices it names: nothing else can refer to it yet."""
_CHANGE_COLUMNS = (
    "event_id",
    "subject",
    "subject_id",
    "organisation_id",
    "kind",
    "before",
    "after",
    "salt",
    "digest",
)


class Touched(NamedTuple):
    """One row that a transaction touched; `before` and `after` hold only the touched fields."""

    subject: str
    subject_id: int
    organisation_id: int | None
    kind: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(slots=True)
class OpenEvent:
    """The event that a transaction will leave, written when the first change is."""

    actor: str
    action: str
    now: datetime
    reason: str | None = None
    effective_at: datetime | None = None
    organisation_id: int | None = None
    run_id: int | None = None
    undoes_id: int | None = None
    id: int | None = None
    changes: int = 0
    touched: dict[str, set[int]] = field(default_factory=dict)
    """Subject -> ids, for the search text."""
    organisations: set[int | None] = field(default_factory=set)
    """Whose rows were touched: an event that concerns one organisation is seen by its operators."""
    _hasher: Any = field(default_factory=hashlib.sha256)

    def digest(self, one: bytes) -> None:
        """Add the digest of the next change."""
        self._hasher.update(one)
        self.changes += 1

    def digest_all(self, many: Sequence[bytes]) -> None:
        """Add the digests of the next changes."""
        self._hasher.update(b"".join(many))
        self.changes += len(many)

    def content_hash(self) -> str:
        """Hash over all changes so far."""
        return str(self._hasher.hexdigest())


class NotInATransaction(FleetError):
    """Code tried to write past history: a mistake of ours, never of a person."""

    code = "internal"


def watch(session_class: type[Session]) -> None:
    """Let a session class write history on every flush, and refuse flushes outside an event."""
    event.listen(session_class, "before_flush", _refuse_outside_event)
    event.listen(session_class, "after_flush", _record_flush)
    event.listen(session_class, "do_orm_execute", _refuse_statements)
    for name in ("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"):
        setattr(session_class, name, _refuse_bulk)


def _refuse_outside_event(session: Session, _context: UOWTransaction, _instances: object) -> None:
    pending = [*session.new, *session.deleted, *(one for one in session.dirty if session.is_modified(one))]
    if pending and "event" not in session.info:
        raise NotInATransaction("A reading session tried to write. Open Database.transaction(...) instead.")


def _refuse_statements(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _refuse_bulk()


def _refuse_bulk(*_: object, **__: object) -> NoReturn:
    raise NotInATransaction(
        "A statement would leave no history and pass the walls. Change objects, or use fleet.database.bulk with record()."
    )


def _record_flush(session: Session, _context: UOWTransaction) -> None:
    touched = [
        *(_inserted(one) for one in session.new if type(one).history),
        *(change for one in session.dirty if type(one).history and (change := _updated(one)) is not None),
        *(_deleted(one) for one in session.deleted if type(one).history),
    ]
    if touched:
        record(session.connection(), session.info["event"], touched)


def _inserted(one: Model) -> Touched:
    kind = type(one)
    state = inspect(one)
    values = {name: state.dict.get(name) for name in kept_columns(kind)}
    return Touched(
        kind.__tablename__,
        one.id,
        _owner(one),
        "insert",
        None,
        {k: v for k, v in values.items() if v is not None},
    )


def _updated(one: Model) -> Touched | None:
    state = inspect(one)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in kept_columns(type(one)):
        changed = state.attrs[name].history
        if changed.has_changes():
            before[name] = changed.deleted[0] if changed.deleted else None
            after[name] = changed.added[0] if changed.added else None
    if not after or before == after:
        return None
    return Touched(type(one).__tablename__, one.id, _owner(one), "update", before, after)


def _deleted(one: Model) -> Touched:
    kind = type(one)
    values = {name: getattr(one, name) for name in kept_columns(kind)}
    return Touched(
        kind.__tablename__,
        one.id,
        _owner(one),
        "delete",
        {k: v for k, v in values.items() if v is not None},
        None,
    )


def kept_columns(kind: type[Model]) -> tuple[str, ...]:
    """Columns of a table that history keeps: all but the id and the volatile ones."""
    return tuple(
        column.key
        for column in kind.__table__.columns
        if column.key not in kind.volatile and column.key not in ("id", "version")
    )


def _owner(one: Model) -> int | None:
    if one.__tablename__ == "organisation":
        return one.id
    owner: int | None = getattr(one, "organisation_id", None)
    return owner


def record(connection: Connection, open_event: OpenEvent, touched: Iterable[Touched]) -> None:
    """Write changes under the open event, creating it when these are the first."""
    event_id = _ensure_event(connection, open_event)
    insert_rows(
        connection,
        Change.__table__,  # type: ignore[arg-type]
        _CHANGE_COLUMNS,
        _rows(open_event, event_id, touched),
        encoded=("before", "after"),
    )


def record_inserts(
    connection: Connection,
    open_event: OpenEvent,
    subject: str,
    ids: Sequence[int],
    organisation_id: int | None,
    contents: Sequence[bytes],
    *,
    devices: Iterable[int | None] = (),
) -> None:
    """Write the changes of many new rows of one kind; `contents` are their values as canonical JSON.

    `devices` are those that the rows speak of. The same as `record`, a column at a time: a first sync adds 200,000.
    """
    event_id = _ensure_event(connection, open_event)
    salts = list(islice(_salts(), len(ids)))
    kind = f"|{subject}|%d|insert||".encode()
    digests = [
        sha256(salt + kind % one + content).digest() for salt, one, content in zip(salts, ids, contents, strict=True)
    ]
    open_event.digest_all(digests)
    if subject in _SEARCHED:
        open_event.touched.setdefault(subject, set()).update(ids)
    open_event.touched.setdefault("device", set()).update(one for one in devices if one is not None)
    open_event.organisations.add(organisation_id)
    number = len(ids)
    insert_columns(
        connection,
        Change.__table__,  # type: ignore[arg-type]
        _CHANGE_COLUMNS,
        [
            repeated(event_id, number), repeated(subject, number), ids, repeated(organisation_id, number),
            repeated("insert", number), repeated(None, number), [one.decode() for one in contents], salts, digests,
        ],
        encoded=("before", "after"),
    )  # fmt: skip


def repeated(value: Any, number: int) -> list[Any]:
    """A column that holds one value."""
    return [value] * number


def _rows(open_event: OpenEvent, event_id: int, touched: Iterable[Touched]) -> Iterable[tuple[Any, ...]]:
    """Rows of the table of changes; `before` and `after` are encoded once, for their digest and for the table."""
    touched_devices = open_event.touched.setdefault("device", set())
    last, ids = "", touched_devices
    for (subject, subject_id, organisation_id, kind, before, after), salt in zip(touched, _salts(), strict=False):
        if subject != last:
            last, ids = subject, open_event.touched.setdefault(subject, set())
        was = None if before is None else canonical_json(before)
        now = None if after is None else canonical_json(after)
        digest = _digest(salt, subject, subject_id, kind, was, now)
        open_event.digest(digest)
        if kind != "insert" or subject in _SEARCHED:
            ids.add(subject_id)
        open_event.organisations.add(organisation_id)
        for side in (before, after):  # What was taken from a device, or deleted, is found by this alone.
            if side is not None and (device_id := side.get("device_id")) is not None:
                touched_devices.add(device_id)
        yield (
            event_id, subject, subject_id, organisation_id, kind, was and was.decode(), now and now.decode(), salt, digest,
        )  # fmt: skip


def _salts() -> Iterator[bytes]:
    """Random salts without end. The system is asked for many at once: a question for each costs more than the hash."""
    while True:
        block = secrets.token_bytes(SALT_BYTES * _SALTS_AT_ONCE)
        for start in range(0, len(block), SALT_BYTES):
            yield block[start : start + SALT_BYTES]


def change_digest(
    salt: bytes,
    subject: str,
    subject_id: int,
    kind: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> bytes:
    """SHA-256 over one change; the salt keeps an erased value from being guessed from its digest."""
    was = None if before is None else canonical_json(before)
    now = None if after is None else canonical_json(after)
    return _digest(salt, subject, subject_id, kind, was, now)


def _digest(salt: bytes, subject: str, subject_id: int, kind: str, was: bytes | None, now: bytes | None) -> bytes:
    content = b"%b|%b|%d|%b|%b|%b" % (salt, subject.encode(), subject_id, kind.encode(), was or b"", now or b"")
    return hashlib.sha256(content).digest()


def _ensure_event(connection: Connection, open_event: OpenEvent) -> int:
    if open_event.id is None:
        open_event.id = connection.execute(
            insert(Event).values(
                recorded_at=open_event.now,
                effective_at=open_event.effective_at or open_event.now,
                actor=open_event.actor,
                action=open_event.action,
                reason=open_event.reason,
                organisation_id=open_event.organisation_id,
                run_id=open_event.run_id,
                undoes_id=open_event.undoes_id,
                change_count=0,
            )
        ).inserted_primary_key[0]  # type: ignore[index]
    return open_event.id


def seal(connection: Connection, open_event: OpenEvent) -> str | None:
    """Close the event into the chain; returns the new head, or None when nothing was changed."""
    if open_event.id is None:
        return None
    head = connection.execute(select(ChainHead.id, ChainHead.hash).with_for_update()).one_or_none()
    if head is None:
        raise DatabaseUnavailable("The register's hash chain has no head. Run: fleet doctor", code="damaged")
    salt = None if open_event.reason is None else secrets.token_bytes(SALT_BYTES)
    of_reason = reason_digest(salt, open_event.reason)
    owner = open_event.organisation_id or _the_only(open_event.organisations)
    link = chain_hash(
        head.hash, open_event.id, open_event.now, open_event.effective_at or open_event.now, open_event.actor,
        open_event.action, of_reason, open_event.changes, open_event.content_hash(), owner, open_event.run_id,
        open_event.undoes_id,
    )  # fmt: skip
    connection.execute(
        update(Event)
        .where(Event.id == open_event.id)
        .values(
            change_count=open_event.changes,
            previous_hash=head.hash,
            hash=link,
            organisation_id=owner,
            reason=open_event.reason,
            reason_salt=salt,
            reason_digest=of_reason,
        )
    )
    connection.execute(
        update(ChainHead)
        .where(ChainHead.id == head.id)
        .values(event_id=open_event.id, hash=link, events=ChainHead.events + 1)
    )
    if open_event.run_id is not None:
        connection.execute(update(Run).where(Run.id == open_event.run_id).values(head_hash=link))
    return link


def _the_only(organisations: set[int | None]) -> int | None:
    named = organisations - {None}
    return next(iter(named)) if len(named) == 1 else None


def chain_hash(
    previous: str, event_id: int, recorded_at: datetime, effective_at: datetime, actor: str, action: str,
    of_reason: bytes | None, changes: int, content_hash: str, organisation_id: int | None, run_id: int | None,
    undoes_id: int | None,
) -> str:  # fmt: skip
    """The link of one event: everything a person could want to forge. `of_reason` is the digest of its reason."""
    moments = (recorded_at.astimezone(UTC), effective_at.astimezone(UTC))
    reason = None if of_reason is None else of_reason.hex()
    content = [
        previous, event_id, *moments, actor, action, reason, changes, content_hash, organisation_id, run_id, undoes_id,
    ]  # fmt: skip
    return hashlib.sha256(canonical_json(content)).hexdigest()


def reason_digest(salt: bytes | None, reason: str | None) -> bytes | None:
    """SHA-256 over an event's reason; the salt keeps an erased name from being guessed from it."""
    return None if salt is None or reason is None else sha256(salt + b"|" + reason.encode()).digest()


def open_event(session: Session) -> OpenEvent:
    """The event of a writing session, for the bulk path."""
    found: OpenEvent = session.info["event"]
    return found


def keep_event(session: Session, about: str) -> int:
    """Leave the transaction's event even if nothing is changed; `about` is added to its reason. Returns its id."""
    event = open_event(session)
    event.reason = f"{about}: {event.reason}" if event.reason else about
    return _ensure_event(session.connection(), event)
