"""Write an undo, in bulk: loosen, remove, put back, revert, and work out anew what follows from other rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.devices import point_to_newest
from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.commands.undo.drafts import KINDS, ORDER
from fleet.commands.undo.plan import Reversal, UndoPlan
from fleet.database.bulk import insert_rows, update_rows
from fleet.database.history import Touched, open_event, record
from fleet.database.models import Enrolment, Model
from fleet.database.remembered import as_stored
from fleet.queries.tenants import batches

_TABLES: Mapping[str, Table] = {name: table for name, table in Model.metadata.tables.items()}
ByTable = Mapping[str, Sequence[Reversal]]


def apply_undo(session: Session, plan: UndoPlan) -> None:
    """Take the plan's changes back, inside the caller's transaction whose event undoes the original."""
    by_table: dict[str, list[Reversal]] = {}
    for one in plan.reversed:
        by_table.setdefault(one.subject, []).append(one)
    _loosen(session, by_table)
    for name in reversed(ORDER):
        _remove(session, name, _of_kind(by_table, name, "insert"))
    for name in ORDER:
        _put_back(session, name, _of_kind(by_table, name, "delete"))
    for name in ORDER:
        _revert(session, name, _of_kind(by_table, name, "update"))
    _point_anew(session, by_table)
    _forget_shortcuts(session, by_table)


def _of_kind(by_table: ByTable, name: str, kind: str) -> list[Reversal]:
    return [one for one in by_table.get(name, ()) if one.kind == kind]


def _loosen(session: Session, by_table: ByTable) -> None:
    """Let go of rows that will be removed: their own references to each other, and those that are to be reverted."""
    connection = session.connection()
    for name, rows in by_table.items():
        table = _TABLES[name]
        removing = [one.subject_id for one in rows if one.kind == "insert"]
        for column in table.columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            if name in targets and column.nullable:
                for batch in batches(removing):
                    connection.execute(update(table).where(table.c.id.in_(batch)).values({column: None}))
            going = {one.subject_id for target in targets for one in _of_kind(by_table, target, "insert")}
            if going and column.nullable:
                loose = [one for one in rows if one.kind == "update" and one.after.get(column.name) in going]
                update_rows(connection, table, (column.name,), ((one.subject_id, None) for one in loose))


def _remove(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    if not rows:
        return
    table, connection = _TABLES[name], session.connection()
    for batch in batches(one.subject_id for one in rows):
        if name in ("device", "person", "line"):
            _forget_findings(session, name, batch)
        connection.execute(delete(table).where(table.c.id.in_(batch)))
    record(
        connection, open_event(session),
        (Touched(one.subject, one.subject_id, one.organisation_id, "delete", one.after, None) for one in rows),
    )  # fmt: skip


def _forget_findings(session: Session, about: str, ids: Sequence[int]) -> None:
    finding = _TABLES["finding"]
    session.connection().execute(delete(finding).where(finding.c.subject_type == about, finding.c.subject_id.in_(ids)))


def _put_back(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    """Rows get their old ids. Those of one table may refer to each other, so that is written last."""
    if not rows:
        return
    table, connection = _TABLES[name], session.connection()
    used = {column for one in rows for column, value in one.before.items() if value is not None}
    own = [column.name for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
    columns = [column.name for column in table.columns if column.name in used and column.name not in own]
    blank = ("hay",) if "hay" in table.c else ()

    def values(one: Reversal) -> list[Any]:
        return [as_stored(table.c[column], one.before.get(column)) for column in columns]

    insert_rows(
        connection,
        table,
        ("id", *columns, *blank),
        ((one.subject_id, *values(one), *("" for _ in blank)) for one in rows),
    )
    for column in own:
        pairs = ((one.subject_id, one.before[column]) for one in rows if one.before.get(column) is not None)
        update_rows(connection, table, (column,), pairs)
    record(
        connection, open_event(session),
        (Touched(one.subject, one.subject_id, one.organisation_id, "insert", None, one.before) for one in rows),
    )  # fmt: skip


def _revert(session: Session, name: str, rows: Sequence[Reversal]) -> None:
    table = _TABLES[name]
    by_owner: dict[int | None, list[Edit]] = {}
    for one in rows:
        edit = Edit(
            one.subject_id,
            {column: as_stored(table.c[column], value) for column, value in one.after.items()},
            {column: as_stored(table.c[column], value) for column, value in one.before.items()},
        )
        by_owner.setdefault(one.organisation_id, []).append(edit)
    for owner, edits in by_owner.items():
        update_recorded(session, KINDS[name], edits, organisation_id=owner)


def _point_anew(session: Session, by_table: ByTable) -> None:
    """Let every device whose enrolments were touched point to its newest one, or to none."""
    touched = {
        device_id
        for one in by_table.get("enrolment", ())
        for device_id in (one.before.get("device_id"), one.after.get("device_id"))
    }
    changed = [one.subject_id for one in by_table.get("enrolment", ()) if one.kind == "update"]
    connection = session.connection()
    for batch in batches(changed):
        touched.update(connection.execute(select(Enrolment.device_id).where(Enrolment.id.in_(batch))).scalars())
    touched |= {one.subject_id for one in _of_kind(by_table, "device", "delete")}
    point_to_newest(session, (one for one in touched if one is not None))


def _forget_shortcuts(session: Session, by_table: ByTable) -> None:
    """Make the next sync look closely: fingerprints of touched enrolments, and where reading people had come to."""
    connection = session.connection()
    enrolments = [one.subject_id for one in by_table.get("enrolment", ()) if one.kind != "insert"]
    update_rows(connection, _TABLES["enrolment"], ("fingerprint",), [(one, None) for one in enrolments])
    owners = {one.organisation_id for one in by_table.get("person", ())} - {None}
    if owners:
        tenant = _TABLES["tenant"]
        connection.execute(update(tenant).where(tenant.c.organisation_id.in_(owners)).values(people_delta_link=None))
    heard = {one.organisation_id for one in by_table.get("portal_action", ())} - {None}
    if heard:
        tenant = _TABLES["tenant"]
        connection.execute(update(tenant).where(tenant.c.organisation_id.in_(heard)).values(audit_read_to=None))
    session.expire_all()
