"""Findings about rows of files that contradict the register: raised when a file is applied, fixed when both agree."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import Edit, update_recorded, update_silently
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.history import Touched, open_event, record
from fleet.database.models import Finding
from fleet.database.types import canonical_json
from fleet.domain.plan.imports import Conflict
from fleet.domain.rules.raised import CONFLICT_RULE
from fleet.queries.import_conflicts import Standing, agreed, standing_conflicts
from fleet.queries.tenants import batches

LABELS = {
    "holder": "holder", "status": "status", "serial": "serial number", "imei": "IMEI", "iccid": "SIM",
    "phone_number": "number", "organisation": "organisation", "identity": "one device", "employee_id": "employee number",
    "upn": "user name", "email": "e-mail address", "display_name": "name", "account_enabled": "account enabled",
    "line_state": "line", "start_on": "start", "left_on": "leaving", "billed": "billed",
}  # fmt: skip
EVIDENCE = {"holder": "holder_upn", "identity": "belongs_to", "upn": "user_name"}
"""Field of a conflict -> name of the recorded field that its evidence shows."""
_GRAVE = frozenset({"employee_id", "identity", "state", "left_on"})
"""What weighs more of a person than a title or an address that two sources spell differently."""
_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip


def not_yet_told(session: Session, conflicts: Sequence[Conflict]) -> list[Conflict]:
    """Conflicts of which no finding stands yet, each once: what applying the file would add to the desk."""
    if not conflicts:
        return []
    standing = {
        one.identity for about, ids in _subjects(conflicts).items() for one in standing_conflicts(session, ids, about)
    }
    fresh: dict[str, Conflict] = {}
    for one in conflicts:
        if one.identity not in standing:
            fresh.setdefault(one.identity, one)
    return list(fresh.values())


def _subjects(conflicts: Iterable[Conflict]) -> dict[str, set[int]]:
    """device, person or line -> whom it is about."""
    found: dict[str, set[int]] = {}
    for one in conflicts:
        found.setdefault(one.about, set()).add(one.subject_id)
    return found


def raise_conflicts(
    session: Session, conflicts: Sequence[Conflict], added: Mapping[int, int], file_name: str, now: datetime
) -> int:
    """Make a finding of each conflict; returns how many are new or open again. `added` are rows with the device each added.

    One that stands already is brought up to date, whatever a person decided of it.
    """
    conflicts = [replace(one, subject_id=added[-one.subject_id]) if one.subject_id < 0 else one for one in conflicts]
    latest = {one.identity: one for one in conflicts}
    held = _held(session, _subjects(conflicts))
    fresh = [one for key, one in latest.items() if key not in held]
    known = [(held[key], one) for key, one in latest.items() if key in held]
    _refresh(session, known, file_name, now)
    reopened = [(row, one) for row, one in known if row.state == "fixed"]
    _write_state(session, [(row.id, row.organisation_id, "fixed") for row, _ in reopened], "open", None)
    by_owner: dict[int, list[Conflict]] = {}
    for one in fresh:
        by_owner.setdefault(one.organisation_id, []).append(one)
    for owner, rows in by_owner.items():
        _insert(session, [_finding(one, file_name, now) for one in rows], owner)
    return len(fresh) + len(reopened)


def look_again(session: Session, now: datetime) -> tuple[int, int]:
    """The nightly look at conflicts: (fixed, reopened). Without history, as all that the rules write."""
    standing = standing_conflicts(session)
    over = {one.id for one in agreed(session, standing)} if standing else set()
    today = london_date(now)
    due = [
        one.id
        for one in standing
        if one.id not in over
        and one.state in ("acknowledged", "snoozed")
        and one.decided_until is not None
        and one.decided_until < today
    ]
    rows = [(one, "fixed", now) for one in sorted(over)] + [(one, "open", None) for one in due]
    update_rows(session.connection(), _table(), ("state", "fixed_at"), rows)
    return len(over), len(due)


def settle_agreed(session: Session, subject_ids: Collection[int], now: datetime, about: str = "device") -> int:
    """Fix the conflicts that a command settled, with history, so that undoing it opens them again. Returns how many."""
    standing = standing_conflicts(session, subject_ids, about) if subject_ids else []
    over: list[Standing] = agreed(session, standing) if standing else []
    _write_state(session, [(one.id, one.organisation_id, one.state) for one in over], "fixed", now)
    return len(over)


def _held(session: Session, subjects: Mapping[str, Collection[int]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    columns = (Finding.id, Finding.organisation_id, Finding.identity, Finding.state, Finding.times_seen)
    for about, ids in subjects.items():
        statement = select(*columns).where(Finding.rule == CONFLICT_RULE.key, Finding.subject_type == about)
        for batch in batches(sorted(ids)):
            rows = session.execute(statement.where(Finding.subject_id.in_(batch)))
            found |= {row.identity: row for row in rows}
    return found


def _write_state(session: Session, rows: Iterable[tuple[int, int, str]], state: str, fixed_at: datetime | None) -> None:
    """Rows are (id, organisation id, state now)."""
    by_owner: dict[int, list[Edit]] = {}
    for finding_id, owner, before in rows:
        edit = Edit(finding_id, {"state": before}, {"state": state}, {"fixed_at": fixed_at})
        by_owner.setdefault(owner, []).append(edit)
    for owner, edits in by_owner.items():
        update_recorded(session, Finding, edits, organisation_id=owner)


def _refresh(session: Session, known: Sequence[tuple[Any, Conflict]], file_name: str, now: datetime) -> None:
    rows = [
        (
            row.id, one.subject, _sentence(one, file_name), canonical_json(_evidence(one, file_name, now)).decode(), now,
            row.times_seen + 1,
        )
        for row, one in known
    ]  # fmt: skip
    columns = ("subject", "sentence", "evidence", "last_seen", "times_seen")
    update_silently(session, Finding, columns, rows, encoded=("evidence",))


def _finding(one: Conflict, file_name: str, now: datetime) -> tuple[Any, ...]:
    """In the order of `_COLUMNS`."""
    return (
        one.organisation_id, CONFLICT_RULE.key, one.identity, _severity(one), "open", one.about, one.subject_id,
        one.subject, _sentence(one, file_name), _evidence(one, file_name, now), now, now, 1,
    )  # fmt: skip


def _severity(one: Conflict) -> str:
    return CONFLICT_RULE.severity if one.about == "device" or one.field in _GRAVE else "low"


def _sentence(one: Conflict, file_name: str) -> str:
    label = LABELS.get(one.field, one.field.replace("_", " "))
    if one.field == "identity":
        return f"{file_name}, row {one.row}, takes {one.said} for one {one.about}; the register has {one.recorded}."
    if one.field == "billed":
        return f"{file_name}, row {one.row}, bills this number; the register says that the line has ended."
    recorded = f"says {one.recorded}" if one.recorded else "does not"
    return f"{file_name}, row {one.row}, says {label} {one.said}; the register {recorded}."


def _evidence(one: Conflict, file_name: str, now: datetime) -> dict[str, Any]:
    observed = {"in_file": one.said, "file": file_name, "row": one.row, "imported_on": london_date(now).isoformat()}
    return {"recorded": {EVIDENCE.get(one.field, one.field): one.recorded}, "observed": observed}


def _insert(session: Session, rows: Sequence[tuple[Any, ...]], owner: int) -> None:
    """All columns go into history, also those that the rules write silently: an undo that is undone needs them."""
    connection = session.connection()
    table = _table()
    ids = allocate_ids(connection, table, len(rows))
    insert_rows(connection, table, ("id", *_COLUMNS), ((i, *row) for i, row in zip(ids, rows, strict=True)))
    changes = (
        Touched("finding", i, owner, "insert", None, dict(zip(_COLUMNS, row, strict=True)))
        for i, row in zip(ids, rows, strict=True)
    )
    record(connection, open_event(session), changes)


def _table() -> Table:
    table = Finding.__table__
    assert isinstance(table, Table)
    return table
