"""Recompute the hash chain: whether any event or change was altered, removed or slipped in behind Fleet's back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fleet.database.history import GENESIS, chain_hash, change_digest, reason_digest
from fleet.database.models import ChainHead, Change, Event, Run

SHOWN = 20
"""Problems told one by one."""
AT_ONCE = 1_000
"""Transactions that may have been writing at the same time."""


@dataclass(slots=True)
class Verification:
    """What verifying found."""

    events: int = 0
    changes: int = 0
    head: str = GENESIS
    erased: int = 0
    """Changes and reasons from which a person was erased: what they said can't be checked any more."""
    problems: list[str] = field(default_factory=list)


def verify(session: Session) -> Verification:
    """Walk the whole chain. Memory stays flat; time is linear in the history.

    Events are read by number, but of two that were written at once on PostgreSQL the later number may have been sealed
    first: one that comes too early in this order waits for the link before it.
    """
    result = Verification()
    hashes = _changes(session, result)
    chain = _Chain(result)
    content, event_of_content = _next(hashes)
    for event in session.connection().execute(select(Event.__table__).order_by(Event.id)).yield_per(1_000):
        digest = hashlib.sha256().hexdigest()
        while content is not None and event_of_content < event.id:
            _tell(result, f"changes of event {event_of_content} hang in the air: there is no such event")
            content, event_of_content = _next(hashes)
        if event_of_content == event.id and content is not None:
            digest = content
            content, event_of_content = _next(hashes)
        chain.add(event, digest)
        result.events += 1
    if content is not None:
        _tell(result, f"changes of event {event_of_content} hang in the air: there is no such event")
    _check_head(session, result, chain.end())
    return result


class _Chain:
    """The links in the order in which they were sealed."""

    def __init__(self, result: Verification) -> None:
        self.result, self.newest = result, GENESIS
        self.waiting: dict[str, tuple[Any, str]] = {}
        """Hash before -> the event that names it, which has not come up yet."""

    def add(self, event: Any, digest: str) -> None:
        """Take the next event by number."""
        if event.previous_hash is None or event.previous_hash in self.waiting:
            self._broken(event)
            return
        self.waiting[event.previous_hash] = (event, digest)
        self._follow()
        if len(self.waiting) > AT_ONCE:
            self._resume()

    def end(self) -> str:
        """The newest hash, once whatever waits has been told."""
        while self.waiting:
            self._resume()
        return self.newest

    def _follow(self) -> None:
        while (following := self.waiting.pop(self.newest, None)) is not None:
            event, digest = following
            expected = chain_hash(
                self.newest, event.id, event.recorded_at, event.effective_at, event.actor, event.action,
                event.reason_digest, event.change_count, digest, event.organisation_id, event.run_id, event.undoes_id,
            )  # fmt: skip
            if event.hash != expected or not self._as_given(event):
                self._broken(event)
            self.newest = event.hash or expected

    def _as_given(self, event: Any) -> bool:
        """Whether the reason is the one that was given; one without its salt had a name erased from it."""
        if event.reason_salt is None:
            if event.reason_digest is not None:
                self.result.erased += 1
            return event.reason_digest is not None or event.reason is None
        digest: bytes | None = reason_digest(event.reason_salt, event.reason)
        return bool(event.reason_digest == digest)

    def _resume(self) -> None:
        """The link before the oldest one that waits is gone: say so, and go on from it."""
        previous = min(self.waiting, key=lambda one: int(self.waiting[one][0].id))
        self._broken(self.waiting[previous][0])
        self.newest = previous
        self._follow()

    def _broken(self, event: Any) -> None:
        _tell(self.result, f"event {event.id} ({event.action} by {event.actor}) is not as it was written")


def _next(hashes: Iterator[tuple[int, str]]) -> tuple[str | None, int]:
    event_id, content = next(hashes, (-1, ""))
    return (content if event_id != -1 else None), event_id


def _changes(session: Session, result: Verification) -> Iterator[tuple[int, str]]:
    """(event id, hash over the digests of its changes), in order of events."""
    statement = select(Change.__table__).order_by(Change.event_id, Change.id)
    rows = session.connection().execute(statement).yield_per(5_000)
    for event_id, changes in groupby(rows, key=attrgetter("event_id")):
        hasher = hashlib.sha256()
        for change in changes:
            result.changes += 1
            hasher.update(change.digest)
            result.erased += change.salt is None
            if change.salt is not None and change.digest != _digest(change):
                _tell(result, f"change {change.id} of event {event_id} is not as it was written")
        yield event_id, hasher.hexdigest()


def _digest(change: Any) -> bytes:
    return change_digest(change.salt, change.subject, change.subject_id, change.kind, change.before, change.after)


def _check_head(session: Session, result: Verification, newest: str) -> None:
    head = session.execute(select(ChainHead.hash, ChainHead.events)).one_or_none()
    if head is None:
        _tell(result, "the chain has no head")
        return
    result.head = head[0]
    if head[0] != newest or head[1] != result.events:
        _tell(
            result,
            f"the chain ends elsewhere than its head says: {head[1]:,} events were written, {result.events:,} are there",
        )
    remembered = session.execute(
        select(Run.id, Run.event_id, Run.head_hash).where(Run.head_hash.is_not(None), Run.event_id.is_not(None))
    ).all()
    hashes = {row[0]: row[1] for row in session.execute(select(Event.id, Event.hash).where(Event.run_id.is_not(None)))}
    for run_id, event_id, kept in remembered:
        if event_id is not None and hashes.get(event_id) != kept:
            _tell(result, f"run {run_id} remembers another event {event_id} than there is")
    if session.get_bind().dialect.name == "sqlite":
        for (message,) in session.execute(text("PRAGMA integrity_check(5)")):
            if message != "ok":
                _tell(result, f"the file is damaged: {message}")


def _tell(result: Verification, problem: str) -> None:
    if len(result.problems) < SHOWN:
        result.problems.append(problem)
