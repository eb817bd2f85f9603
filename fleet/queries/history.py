"""History: events in words, and what each changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, Text, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from fleet.clock import end_of_day, start_of_day
from fleet.database.models import (
    Assignment,
    AssignmentItem,
    ByodRegistration,
    Change,
    Enrolment,
    Event,
    Finding,
    Incident,
    IncidentStep,
    Organisation,
    PortalAction,
    Receipt,
    RemoteOrder,
    Reservation,
    Run,
    Sim,
    StocktakeScan,
)
from fleet.domain.records import EventRow
from fleet.domain.wording import action_label, subject_label
from fleet.errors import NotFound
from fleet.queries.story import VERBS, ChangeRow, Story

_MANY = 12
"""Events that changed more rows than this are told by numbers, not row by row."""


def list_events(
    session: Session,
    *,
    device_id: int | None = None,
    person_id: int | None = None,
    registration_id: int | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: date | None = None,
    until: date | None = None,
    text: str = "",
    offset: int = 0,
    limit: int | None = 200,
) -> list[EventRow]:
    """Events, newest first, each told in a sentence; of a device, person or registration, with what it did to them."""
    statement = _events()
    subjects = _subjects(session, device_id, person_id)
    if registration_id is not None:
        subjects = and_(Change.subject == ByodRegistration.__tablename__, Change.subject_id == registration_id)
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


_Concerned = Iterator[tuple[str, Sequence[int]]]
"""(table, ids of rows)."""


def _subjects(session: Session, device_id: int | None, person_id: int | None) -> Any:
    """A condition on changes that concern a device or person, or None for all."""
    if device_id is not None:
        concerned = [("device", [device_id]), *_of_device(session, device_id)]
        concerned += _taken_back(session, "device_id", device_id)
    elif person_id is not None:
        concerned = [("person", [person_id]), *_of_person(session, person_id)]
        concerned += _taken_back(session, "person_id", person_id)
    else:
        return None
    return or_(*(and_(Change.subject == table, Change.subject_id.in_(ids)) for table, ids in concerned if ids))


def _of_device(session: Session, device_id: int) -> _Concerned:
    held = _ids_of(session, Assignment.id, Assignment.device_id == device_id)
    for column in (Assignment.receipt_id, Assignment.return_receipt_id):
        yield "receipt", _ids_of(session, column, Assignment.device_id == device_id, column.is_not(None))
    carried = (AssignmentItem.assignment_id.in_(held), AssignmentItem.sim_id.is_not(None))
    yield "sim", _ids_of(session, AssignmentItem.sim_id, *carried)
    for kind in (Sim, Enrolment, Reservation, StocktakeScan, ByodRegistration, RemoteOrder, PortalAction):
        yield kind.__tablename__, _ids_of(session, kind.id, kind.device_id == device_id)
    yield from _of_both(session, held, Incident.device_id == device_id, ("device", device_id))


def _of_person(session: Session, person_id: int) -> _Concerned:
    held = _ids_of(session, Assignment.id, Assignment.person_id == person_id)
    for kind in (Receipt, Reservation, StocktakeScan, ByodRegistration):
        yield kind.__tablename__, _ids_of(session, kind.id, kind.person_id == person_id)
    yield from _of_both(session, held, Incident.person_id == person_id, ("person", person_id))


def _of_both(session: Session, held: list[int], incidents: Any, subject: tuple[str, int]) -> _Concerned:
    """What devices and people have alike: custody with what went along, incidents with their steps, decided findings."""
    yield "assignment", held
    yield "assignment_item", _ids_of(session, AssignmentItem.id, AssignmentItem.assignment_id.in_(held))
    reported = _ids_of(session, Incident.id, incidents)
    yield "incident", reported
    yield "incident_step", _ids_of(session, IncidentStep.id, IncidentStep.incident_id.in_(reported))
    of_subject = (Finding.subject_type == subject[0], Finding.subject_id == subject[1])
    yield "finding", _ids_of(session, Finding.id, *of_subject)


def _ids_of(session: Session, column: Any, *conditions: Any) -> list[int]:
    return list(session.execute(select(column).where(*conditions)).scalars())


def _taken_back(session: Session, column: str, identifier: int) -> _Concerned:
    """Rows of theirs that an undo removed: history alone still knows whose they were."""
    undoing = select(Event.id).where(Event.undoes_id.is_not(None))
    rows = session.execute(
        select(Change.subject, Change.subject_id, Change.before)
        .where(Change.event_id.in_(undoing), Change.kind == "delete",
               type_coerce(Change.before, Text).contains(f'"{column}":{identifier}'))
    )  # fmt: skip
    for subject, subject_id, before in rows:
        if (before or {}).get(column) == identifier:
            yield subject, [subject_id]


def _told(session: Session, rows: Sequence[Any], subjects: Any) -> list[EventRow]:
    ids = [row[0] for row in rows]
    details: dict[int, list[ChangeRow]] = {}
    small = [row[0] for row in rows if subjects is not None or row[7] <= _MANY]
    if small:
        statement = select(Change).order_by(Change.id)
        if subjects is None:
            statement = statement.where(Change.event_id.in_(small))
        else:  # By the index of subjects: one sync may have as many changes as there are devices.
            statement = statement.where((Change.event_id + 0).in_(small), subjects)
        for change in session.execute(statement).scalars():
            details.setdefault(change.event_id, []).append(_change_row(change))
    numbers = _numbers(session, [one for one in ids if one not in details])
    story = Story(session, [one for changes in details.values() for one in changes], of_one=subjects is not None)
    return [
        EventRow(
            id=row[0], recorded_at=row[1], effective_at=row[2], actor=row[3], action=row[4], reason=row[5],
            organisation=row[6], changes=row[7], undone_by=row[8], run_id=row[9],
            sentence=_sentence(row[4], row[10], details.get(row[0]), numbers.get(row[0], {}), story),
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


def _sentence(
    action: str,
    source: str | None,
    changes: list[ChangeRow] | None,
    numbers: Mapping[tuple[str, str], int],
    story: Story,
) -> str:
    head = action_label(action) + (f" ({source.split(':', 1)[-1]})" if source else "")
    if changes:
        parts = [part for change in changes if (part := story.told(change))]
        return head + (": " + "; ".join(dict.fromkeys(parts)) if parts else "") + "."
    counted = [
        f"{number:,} {subject_label(subject, number)} {VERBS.get(kind, kind)}"
        for (subject, kind), number in sorted(numbers.items(), key=lambda item: -item[1])
    ]
    return head + (": " + ", ".join(counted) if counted else "") + "."


def _change_row(change: Change) -> ChangeRow:
    return ChangeRow(
        change.event_id, change.subject, change.subject_id, change.kind, change.before or {}, change.after or {}
    )


def newest_event(session: Session) -> tuple[int, datetime] | None:
    """Id and moment of the newest event: moves whenever somebody changed something."""
    row = session.execute(select(Event.id, Event.recorded_at).order_by(Event.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row[0], row[1])
