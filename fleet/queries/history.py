"""History: events in words, and what each changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.clock import end_of_day, start_of_day
from fleet.database.models import (
    Assignment,
    Change,
    Device,
    Enrolment,
    Event,
    Incident,
    IncidentStep,
    Organisation,
    Person,
    Receipt,
    Run,
    Site,
    Team,
)
from fleet.domain.records import EventRow
from fleet.domain.wording import action_label, change_text, day_text, subject_label
from fleet.errors import NotFound

_MANY = 12
"""Events that changed more rows than this are told by numbers, not row by row."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What one event did to one row."""

    event_id: int
    subject: str
    subject_id: int
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def list_events(
    session: Session,
    *,
    device_id: int | None = None,
    person_id: int | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: date | None = None,
    until: date | None = None,
    text: str = "",
    offset: int = 0,
    limit: int | None = 200,
) -> list[EventRow]:
    """Events, newest first, each told in a sentence; of a device or person, with what it did to them."""
    statement = _events()
    subjects = _subjects(session, device_id, person_id)
    if subjects is not None:
        statement = statement.where(Event.id.in_(select(Change.event_id).where(subjects)))
    statement = _narrowed(statement, actor, action, since, until, text)
    rows = session.execute(statement.order_by(Event.id.desc()).offset(offset).limit(limit)).all()
    return _told(session, rows, subjects)


def count_events(session: Session, *, text: str = "") -> int:
    """How many events there are in all."""
    return int(session.execute(_narrowed(select(func.count(Event.id)), None, None, None, None, text)).scalar_one())


def event_row(session: Session, event_id: int) -> EventRow:
    """One event; raises `NotFound`."""
    rows = session.execute(_events().where(Event.id == event_id)).all()
    if not rows:
        raise NotFound(f"There is no event {event_id}. List them with: fleet history")
    return _told(session, rows, None)[0]


def list_changes(session: Session, event_ids: Sequence[int]) -> list[ChangeRow]:
    """The changes of events, in the order they were made."""
    rows = session.execute(select(Change).where(Change.event_id.in_(event_ids)).order_by(Change.id)).scalars()
    return [_change_row(row) for row in rows]


def _events() -> Select[Any]:
    undoing = aliased(Event)
    undone = select(func.max(undoing.id)).where(undoing.undoes_id == Event.id).correlate(Event).scalar_subquery()
    statement: Any = (
        select(
            Event.id, Event.recorded_at, Event.effective_at, Event.actor, Event.action, Event.reason, Organisation.key,
            Event.change_count, undone, Event.run_id, Run.source,
        )
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .outerjoin(Run, Run.id == Event.run_id)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _narrowed(
    statement: Select[Any], actor: str | None, action: str | None, since: date | None, until: date | None, text: str
) -> Select[Any]:
    if actor:
        statement = statement.where(Event.actor == actor)
    if action:
        statement = statement.where(Event.action == action)
    if since:
        statement = statement.where(Event.recorded_at >= start_of_day(since))
    if until:
        statement = statement.where(Event.recorded_at <= end_of_day(until))
    for word in text.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        statement = statement.where(
            or_(
                Event.actor.ilike(pattern, escape="\\"),
                Event.action.ilike(pattern, escape="\\"),
                Event.reason.ilike(pattern, escape="\\"),
            )
        )
    return statement


def _subjects(session: Session, device_id: int | None, person_id: int | None) -> Any:
    """A condition on changes that concern a device or person, or None for all. What was deleted since is told by the
    event that deleted it."""
    if device_id is not None:
        return or_(
            and_(Change.subject == "device", Change.subject_id == device_id),
            _among(session, "assignment", select(Assignment.id).where(Assignment.device_id == device_id)),
            _among(session, "enrolment", select(Enrolment.id).where(Enrolment.device_id == device_id)),
            _among(session, "incident", select(Incident.id).where(Incident.device_id == device_id)),
            *(
                _among(session, "receipt", select(column).where(Assignment.device_id == device_id, column.is_not(None)))
                for column in (Assignment.receipt_id, Assignment.return_receipt_id)
            ),
            _among(
                session,
                "incident_step",
                select(IncidentStep.id)
                .join(Incident, Incident.id == IncidentStep.incident_id)
                .where(Incident.device_id == device_id),
            ),
        )
    if person_id is not None:
        return or_(
            and_(Change.subject == "person", Change.subject_id == person_id),
            _among(session, "assignment", select(Assignment.id).where(Assignment.person_id == person_id)),
            _among(session, "receipt", select(Receipt.id).where(Receipt.person_id == person_id)),
        )
    return None


def _among(session: Session, subject: str, ids: Select[Any]) -> Any:
    return and_(Change.subject == subject, Change.subject_id.in_(list(session.execute(ids).scalars())))


def _told(session: Session, rows: Sequence[Any], subjects: Any) -> list[EventRow]:
    ids = [row[0] for row in rows]
    details: dict[int, list[ChangeRow]] = {}
    small = [row[0] for row in rows if subjects is not None or row[7] <= _MANY]
    if small:
        statement = select(Change).where(Change.event_id.in_(small)).order_by(Change.id)
        if subjects is not None:
            statement = statement.where(subjects)
        for change in session.execute(statement).scalars():
            details.setdefault(change.event_id, []).append(_change_row(change))
    numbers = _numbers(session, [one for one in ids if one not in details])
    names = _Names(session, [change for changes in details.values() for change in changes])
    return [
        EventRow(
            id=row[0], recorded_at=row[1], effective_at=row[2], actor=row[3], action=row[4], reason=row[5],
            organisation=row[6], changes=row[7], undone_by=row[8], run_id=row[9],
            sentence=_sentence(row[4], row[10], details.get(row[0]), numbers.get(row[0], {}), names),
        )
        for row in rows
    ]  # fmt: skip


def _numbers(session: Session, event_ids: Sequence[int]) -> dict[int, dict[tuple[str, str], int]]:
    if not event_ids:
        return {}
    rows = session.execute(
        select(Change.event_id, Change.subject, Change.kind, func.count())
        .where(Change.event_id.in_(event_ids))
        .group_by(Change.event_id, Change.subject, Change.kind)
    )
    found: dict[int, dict[tuple[str, str], int]] = {}
    for event_id, subject, kind, number in rows:
        found.setdefault(event_id, {})[subject, kind] = number
    return found


_RECEIPTS = frozenset({"receipt_id", "return_receipt_id"})
_VERBS = {"insert": "added", "update": "changed", "delete": "removed"}


def _sentence(
    action: str,
    source: str | None,
    changes: list[ChangeRow] | None,
    numbers: Mapping[tuple[str, str], int],
    names: "_Names",
) -> str:
    head = action_label(action) + (f" ({source.split(':', 1)[-1]})" if source else "")
    if changes:
        parts = [part for change in changes if (part := names.told(change))]
        return head + (": " + "; ".join(dict.fromkeys(parts)) if parts else "") + "."
    counted = [
        f"{number:,} {subject_label(subject, number)} {_VERBS.get(kind, kind)}"
        for (subject, kind), number in sorted(numbers.items(), key=lambda item: -item[1])
    ]
    return head + (": " + ", ".join(counted) if counted else "") + "."


class _Names:
    """Names of what changes speak of, asked once per kind."""

    def __init__(self, session: Session, changes: Iterable[ChangeRow]) -> None:
        wanted: dict[str, set[int]] = {"person": set(), "site": set(), "team": set(), "device": set()}
        for change in changes:
            for values in (change.before, change.after):
                for kind, ids in wanted.items():
                    if isinstance(values.get(f"{kind}_id"), int):
                        ids.add(values[f"{kind}_id"])
            if change.subject in wanted:
                wanted[change.subject].add(change.subject_id)
        if assigned := {one.subject_id for one in changes if one.subject == "assignment" and one.kind == "update"}:
            rows = session.execute(
                select(Assignment.id, Assignment.person_id, Assignment.site_id, Assignment.team_id).where(
                    Assignment.id.in_(assigned)
                )
            )
            self._assignments = {row[0]: {"person_id": row[1], "site_id": row[2], "team_id": row[3]} for row in rows}
            for held in self._assignments.values():
                for kind in ("person", "site", "team"):
                    if (identifier := held[f"{kind}_id"]) is not None:
                        wanted[kind].add(identifier)
        else:
            self._assignments = {}
        self._names: dict[tuple[str, int], str] = {}
        self._ask(session, "person", wanted, Person.id, Person.display_name)
        self._ask(session, "site", wanted, Site.id, Site.name)
        self._ask(session, "team", wanted, Team.id, Team.name)
        self._ask(session, "device", wanted, Device.id, func.coalesce(Device.asset_tag, Device.serial))

    def _ask(self, session: Session, kind: str, wanted: Mapping[str, set[int]], key: Any, name: Any) -> None:
        if wanted[kind]:
            rows = session.execute(select(key, name).where(key.in_(wanted[kind])))
            self._names |= {(kind, row[0]): row[1] or f"{kind} {row[0]}" for row in rows}

    def name(self, kind: str, identifier: int | None) -> str:
        """The name of a thing, or its number when it is gone."""
        return self._names.get((kind, identifier or 0), f"{kind} {identifier}")

    def told(self, change: ChangeRow) -> str:
        """One change in words; "" for what says nothing to people."""
        if change.subject == "receipt":
            return f"number {change.subject_id}"
        if change.subject == "assignment":
            return self._assignment(change)
        if change.subject == "enrolment" and change.kind == "insert":
            return "enrolled" + (f" by {change.after['upn']}" if change.after.get("upn") else " without a user")
        if change.kind == "update":
            parts = [
                change_text(name, change.before.get(name), value)
                for name, value in change.after.items()
                if not name.endswith("_id") and name != "status_since"
            ]
            label = f"{self.name(change.subject, change.subject_id)} " if change.subject in ("device", "person") else ""
            return label + ", ".join(parts) if parts else ""
        if change.subject in ("device", "person"):
            return f"{self.name(change.subject, change.subject_id)} {_VERBS[change.kind]}"
        return f"{subject_label(change.subject)} {_VERBS.get(change.kind, change.kind)}"

    def _assignment(self, change: ChangeRow) -> str:
        if change.kind == "update" and change.after.keys() <= _RECEIPTS:
            numbers = {value for side in (change.before, change.after) for value in side.values() if value is not None}
            return f"number {', '.join(map(str, sorted(numbers)))}"
        values = {**self._assignments.get(change.subject_id, {}), **change.before, **change.after}
        holder = next(
            (self.name(kind, values[f"{kind}_id"]) for kind in ("person", "site", "team") if values.get(f"{kind}_id")),
            "somebody",
        )
        device = f"{self.name('device', values['device_id'])} " if values.get("device_id") else ""
        if change.kind == "insert":
            due = f", due {day_text(date.fromisoformat(values['due_on']))}" if values.get("due_on") else ""
            return f"{device}to {holder}{due}"
        if change.kind == "delete":
            return f"{device}no longer issued to {holder}"
        if change.after.get("returned_on"):
            return f"{device}back from {holder}"
        return f"{device}at {holder}: " + ", ".join(
            change_text(name, change.before.get(name), value) for name, value in change.after.items()
        )


def _change_row(change: Change) -> ChangeRow:
    return ChangeRow(
        change.event_id, change.subject, change.subject_id, change.kind, change.before or {}, change.after or {}
    )


def newest_event(session: Session) -> tuple[int, datetime] | None:
    """Id and moment of the newest event: moves whenever somebody changed something."""
    row = session.execute(select(Event.id, Event.recorded_at).order_by(Event.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row[0], row[1])
