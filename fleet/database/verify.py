"""Recompute the hash chain: whether any event or change was altered, removed or slipped in behind Fleet's back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fleet.database.history import GENESIS, chain_hash, change_digest
from fleet.database.models import ChainHead, Change, Event, Run

SHOWN = 20
"""Problems told one by one."""


@dataclass(slots=True)
class Verification:
    """What verifying found."""

    events: int = 0
    changes: int = 0
    head: str = GENESIS
    problems: list[str] = field(default_factory=list)


def verify(session: Session) -> Verification:
    """Walk the whole chain. Memory stays flat; time is linear in the history."""
    result = Verification()
    hashes = _changes(session, result)
    previous = GENESIS
    content, event_of_content = _next(hashes)
    for event in session.connection().execute(select(Event.__table__).order_by(Event.id)).yield_per(1_000):
        digest = hashlib.sha256().hexdigest()
        if event_of_content == event.id and content is not None:
            digest = content
            content, event_of_content = _next(hashes)
        expected = chain_hash(
            previous, event.id, event.recorded_at, event.effective_at, event.actor, event.action, event.reason,
            event.change_count, digest,
        )  # fmt: skip
        if event.previous_hash != previous or event.hash != expected:
            _tell(result, f"event {event.id} ({event.action} by {event.actor}) is not as it was written")
        previous = event.hash or expected
        result.events += 1
    _check_head(session, result, previous)
    return result


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
