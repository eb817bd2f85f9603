"""Undo of an event or a whole run: a new plan of inverse changes. What changed since is kept and said, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.database.bulk import insert_rows, update_rows
from fleet.database.history import Touched, kept_columns, open_event, record
from fleet.database.models import Assignment, Change, Event, Model, Run
from fleet.database.types import canonical_json
from fleet.domain.wording import field_label, subject_label, value_text
from fleet.errors import NotAllowed, NotFound
from fleet.queries.tenants import batches

_KINDS: Mapping[str, type[Model]] = {
    mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers if mapper.class_.history
}
_TABLES: Mapping[str, Table] = {name: table for name, table in Model.metadata.tables.items()}
_ORDER = [table.name for table in Model.metadata.sorted_tables]
"""Referred-to tables before those that refer."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """One row that undo takes back: `insert` is deleted, `delete` is put back, `update` gets its old values."""

    subject: str
    subject_id: int
    organisation_id: int | None
    kind: str
    before: Mapping[str, Any]
    """Values to return to (JSON form)."""
    after: Mapping[str, Any]
    """Values there are now (JSON form)."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays because it changed, or is used, since."""

    subject: str
    subject_id: int
    field: str
    because: str
    name: str = ""


@dataclass(slots=True)
class UndoPlan:
    """What undoing would do."""

    events: tuple[int, ...]
    reversed: list[Reversal] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return {
            "reversed": [
                {"subject": f"{one.subject}:{one.subject_id}", "name": one.name, "kind": one.kind,
                 "before": dict(one.before), "after": dict(one.after)}
                for one in self.reversed
            ],
            "kept": [
                {"subject": f"{one.subject}:{one.subject_id}", "name": one.name, "field": one.field, "because": one.because}
                for one in self.kept
            ],
        }  # fmt: skip

    def in_words(self, limit: int = 40) -> list[str]:
        """The plan as lines for people."""
        lines = [f"{len(self.reversed):,} changes would be taken back, {len(self.kept):,} kept."]
        for one in self.reversed[:limit]:
            label = f"{subject_label(one.subject)} {one.name or one.subject_id}"
            if one.kind == "insert":
                lines.append(f"- {label} would be removed again")
            elif one.kind == "delete":
                lines.append(f"- {label} would be put back")
            else:
                values = ", ".join(
                    f"{field_label(name)} {value_text(name, one.after.get(name))} → {value_text(name, value)}"
                    for name, value in one.before.items()
                )
                lines.append(f"- {label}: {values}")
        if len(self.reversed) > limit:
            lines.append(f"  … and {len(self.reversed) - limit:,} more")
        lines += [
            f"= {subject_label(one.subject)} {one.name or one.subject_id}: {one.because}" for one in self.kept[:limit]
        ]
        return lines


def events_of_run(session: Session, run_id: int) -> list[int]:
    """The events that a run wrote; raises `NotFound` for an unknown run, `NotAllowed` for one that wrote nothing."""
    if session.execute(select(Run.id).where(Run.id == run_id)).scalar_one_or_none() is None:
        raise NotFound(f"There is no run {run_id}. List them with: fleet runs")
    events = list(session.execute(select(Event.id).where(Event.run_id == run_id).order_by(Event.id)).scalars())
    if not events:
        raise NotAllowed(f"Run {run_id} changed nothing, so there is nothing to undo.")
    return events


def plan_undo(session: Session, event_ids: Sequence[int]) -> UndoPlan:
    """What undoing these events would take back and what it would keep. Writes nothing."""
    _refuse_undone(session, event_ids)
    plan = UndoPlan(tuple(event_ids))
    merged = _merged_changes(session, event_ids)
    by_table: dict[str, dict[int, Reversal]] = {}
    for one in merged:
        by_table.setdefault(one.subject, {})[one.subject_id] = one
    removing = {name: {i for i, one in rows.items() if one.kind == "insert"} for name, rows in by_table.items()}
    for name in reversed(_ORDER):
        if name in by_table:
            _plan_table(session, plan, name, by_table[name], removing)
    return plan


def apply_undo(session: Session, plan: UndoPlan) -> None:
    """Take the plan's changes back, inside the caller's transaction whose event undoes the original."""
    by_table: dict[str, list[Reversal]] = {}
    for one in plan.reversed:
        by_table.setdefault(one.subject, []).append(one)
    for name in reversed(_ORDER):
        _remove(session, name, [one for one in by_table.get(name, ()) if one.kind == "insert"])
    for name in _ORDER:
        rows = by_table.get(name, [])
        _put_back(session, name, [one for one in rows if one.kind == "delete"])
        _revert(session, name, [one for one in rows if one.kind == "update"])
    _forget_shortcuts(session, by_table)


def _refuse_undone(session: Session, event_ids: Sequence[int]) -> None:
    known = set(session.execute(select(Event.id).where(Event.id.in_(event_ids))).scalars())
    if missing := set(event_ids) - known:
        raise NotFound(f"There is no event {min(missing)}. List them with: fleet history")
    undone = session.execute(
        select(Event.undoes_id, Event.id).where(Event.undoes_id.in_(event_ids)).order_by(Event.id.desc())
    ).first()
    if undone is not None and not _was_undone(session, undone[1]):
        raise NotAllowed(f"Event {undone[0]} was undone already, by event {undone[1]}. Undo that one to bring it back.")


def _was_undone(session: Session, event_id: int) -> bool:
    return session.execute(select(func.count()).where(Event.undoes_id == event_id)).scalar_one() > 0


def _merged_changes(session: Session, event_ids: Sequence[int]) -> list[Reversal]:
    """One reversal per row, however often the events touched it: first before, last after."""
    rows: dict[tuple[str, int], Reversal] = {}
    statement = select(Change).where(Change.event_id.in_(event_ids)).order_by(Change.id)
    for change in session.execute(statement).scalars():
        if change.salt is None:
            continue  # An erased person's change: there is nothing to return to.
        key = (change.subject, change.subject_id)
        before, after = dict(change.before or {}), dict(change.after or {})
        held = rows.get(key)
        if held is None:
            rows[key] = Reversal(change.subject, change.subject_id, change.organisation_id, change.kind, before, after)
        elif held.kind == "insert" and change.kind == "delete":
            del rows[key]
        else:
            kind = "update" if held.kind == "delete" and change.kind == "insert" else held.kind
            rows[key] = Reversal(
                held.subject,
                held.subject_id,
                held.organisation_id,
                kind,
                {**before, **held.before},
                {**held.after, **after},
            )
    return list(rows.values())


def _plan_table(
    session: Session, plan: UndoPlan, name: str, rows: Mapping[int, Reversal], removing: dict[str, set[int]]
) -> None:
    kind = _KINDS[name]
    now_there = _current(session, kind, list(rows))
    used = _used_elsewhere(session, name, removing.get(name, set()), removing)
    taken = _issued_since(session, rows, removing) if name == "assignment" else {}
    for subject_id, one in sorted(rows.items()):
        label = _label(now_there.get(subject_id) or one.before or one.after)
        if one.kind == "insert":
            _plan_removal(plan, one, now_there.get(subject_id), used.get(subject_id), label, removing)
        elif one.kind == "delete":
            if subject_id in now_there:
                plan.kept.append(Kept(name, subject_id, "*", "it is there again already", label))
            else:
                plan.reversed.append(_named(one, label))
        else:
            _plan_revert(plan, one, now_there.get(subject_id), label, taken.get(subject_id))


def _plan_removal(
    plan: UndoPlan,
    one: Reversal,
    there: Mapping[str, Any] | None,
    used: str | None,
    label: str,
    removing: dict[str, set[int]],
) -> None:
    if there is None:
        return
    changed = [name for name, value in one.after.items() if name in there and there[name] != value]
    if used or changed:
        because = f"{used} refer to it" if used else f"its {', '.join(map(field_label, changed))} changed since"
        plan.kept.append(Kept(one.subject, one.subject_id, "*", because, label))
        removing[one.subject].discard(one.subject_id)
    else:
        plan.reversed.append(_named(one, label))


def _plan_revert(plan: UndoPlan, one: Reversal, there: Mapping[str, Any] | None, label: str, taken: str | None) -> None:
    if there is None:
        plan.kept.append(Kept(one.subject, one.subject_id, "*", "it was removed since", label))
        return
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in one.after.items():
        if name not in there:
            continue
        if there[name] != value:
            because = f"{field_label(name)} changed since to {value_text(name, there[name])}"
            plan.kept.append(Kept(one.subject, one.subject_id, name, because, label))
        elif taken and name == "returned_on" and one.before.get(name) is None:
            plan.kept.append(Kept(one.subject, one.subject_id, name, taken, label))
        else:
            before[name], after[name] = one.before.get(name), value
    if before:
        plan.reversed.append(Reversal(one.subject, one.subject_id, one.organisation_id, "update", before, after, label))


def _current(session: Session, kind: type[Model], ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Today's rows in JSON form, so that they compare with history."""
    columns = kept_columns(kind)
    found: dict[int, dict[str, Any]] = {}
    for batch in batches(ids):
        statement = select(kind.id, *(getattr(kind, name) for name in columns)).where(kind.id.in_(batch))
        for row in session.execute(statement):
            found[row[0]] = orjson.loads(canonical_json(dict(zip(columns, row[1:], strict=True))))
    return found


def _used_elsewhere(
    session: Session, name: str, ids: Iterable[int], removing: Mapping[str, set[int]]
) -> dict[int, str]:
    """Which of these rows others refer to, that undo does not remove as well."""
    found: dict[int, str] = {}
    ids = set(ids)
    if not ids:
        return found
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if not any(key.column.table.name == name for key in column.foreign_keys):
                continue
            going = removing.get(table.name, set())
            for batch in batches(ids):
                for row_id, target in session.execute(select(table.c.id, column).where(column.in_(batch))):
                    if row_id not in going:
                        found[target] = subject_label(table.name, 2)
    return found


def _issued_since(session: Session, rows: Mapping[int, Reversal], removing: Mapping[str, set[int]]) -> dict[int, str]:
    """Assignments whose return can't be taken back because the device is in other hands now."""
    closed = {i for i, one in rows.items() if one.kind == "update" and one.after.get("returned_on")}
    found: dict[int, str] = {}
    other = Assignment.__table__.alias()
    for batch in batches(closed):
        statement = (
            select(Assignment.id, other.c.id)
            .join(other, (other.c.device_id == Assignment.device_id) & other.c.returned_on.is_(None))
            .where(Assignment.id.in_(batch), other.c.id != Assignment.id)
        )
        for assignment_id, newer in session.execute(statement):
            if newer not in removing.get("assignment", set()):
                found[assignment_id] = "the device was issued again since"
    return found


def _remove(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    table = _TABLES[name]
    connection = session.connection()
    if name == "device":
        for batch in batches(one.subject_id for one in rows):
            _forget_findings(session, batch)
    for batch in batches(one.subject_id for one in rows):
        connection.execute(delete(table).where(table.c.id.in_(batch)))
    record_rows = [Touched(one.subject, one.subject_id, one.organisation_id, "delete", one.after, None) for one in rows]
    if record_rows:
        record(connection, open_event(session), record_rows)


def _forget_findings(session: Session, device_ids: Sequence[int]) -> None:
    finding = _TABLES["finding"]
    session.connection().execute(
        delete(finding).where(finding.c.subject_type == "device", finding.c.subject_id.in_(device_ids))
    )


def _put_back(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    kind = _KINDS[name]
    for one in rows:
        columns = list(one.before)
        values = [_python(kind, column, one.before[column]) for column in columns]
        extra = {"hay": ""} if "hay" in kind.__table__.c else {}
        insert_rows(
            session.connection(), _TABLES[name], ("id", *columns, *extra), [(one.subject_id, *values, *extra.values())]
        )
    if rows:
        record(
            session.connection(), open_event(session),
            [Touched(one.subject, one.subject_id, one.organisation_id, "insert", None, one.before) for one in rows],
        )  # fmt: skip


def _revert(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    kind = _KINDS[name]
    by_owner: dict[int | None, list[Edit]] = {}
    for one in rows:
        edit = Edit(
            one.subject_id,
            {column: _python(kind, column, value) for column, value in one.after.items()},
            {column: _python(kind, column, value) for column, value in one.before.items()},
        )
        by_owner.setdefault(one.organisation_id, []).append(edit)
    for owner, edits in by_owner.items():
        update_recorded(session, kind, edits, organisation_id=owner)


def _forget_shortcuts(session: Session, by_table: Mapping[str, Sequence[Reversal]]) -> None:
    """Make the next sync look closely: fingerprints of touched enrolments, and where reading people had come to."""
    connection = session.connection()
    enrolments = [one.subject_id for one in by_table.get("enrolment", ()) if one.kind != "insert"]
    update_rows(connection, _TABLES["enrolment"], ("fingerprint",), [(one, None) for one in enrolments])
    if by_table.get("person"):
        connection.execute(_TABLES["tenant"].update().values(people_delta_link=None))
    session.expire_all()


def _python(kind: type[Model], column: str, value: Any) -> Any:
    """A value from history as the column's Python value."""
    if value is None:
        return None
    wanted = kind.__table__.c[column].type.python_type
    if wanted is datetime:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if wanted is date else value


def _label(values: Mapping[str, Any]) -> str:
    for name in ("asset_tag", "serial", "display_name", "name", "key", "iccid", "number", "intune_id"):
        if values.get(name):
            return str(values[name])
    return ""


def _named(one: Reversal, label: str) -> Reversal:
    return Reversal(one.subject, one.subject_id, one.organisation_id, one.kind, one.before, one.after, label)


__all__ = ["Kept", "Reversal", "UndoPlan", "apply_undo", "events_of_run", "plan_undo"]
