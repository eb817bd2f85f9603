"""Findings about rows of files that contradict the register: raised when a file is applied, fixed when both agree."""

from collections.abc import Collection, Iterable, Sequence
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
    "phone_number": "number", "organisation": "organisation", "identity": "one device",
}  # fmt: skip
EVIDENCE = {"holder": "holder_upn", "identity": "belongs_to"}
"""Field of a conflict -> name of the recorded field that its evidence shows."""
_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip


def not_yet_told(session: Session, conflicts: Sequence[Conflict]) -> list[Conflict]:
    """Conflicts of which no finding stands yet, each once: what applying the file would add to the desk."""
    if not conflicts:
        return []
    standing = {one.identity for one in standing_conflicts(session, {one.device_id for one in conflicts})}
    fresh: dict[str, Conflict] = {}
    for one in conflicts:
        if identity_of(one) not in standing:
            fresh.setdefault(identity_of(one), one)
    return list(fresh.values())


def identity_of(one: Conflict) -> str:
    """What makes two conflicts the same, from file to file."""
    return f"{one.device_id}|{one.field}|{one.wanted}"


def raise_conflicts(session: Session, conflicts: Sequence[Conflict], file_name: str, now: datetime) -> int:
    """Make a finding of each conflict; returns how many are new or open again.

    One that stands already is brought up to date, whatever a person decided of it.
    """
    latest = {identity_of(one): one for one in conflicts}
    held = _held(session, {one.device_id for one in conflicts})
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


def settle_agreed(session: Session, device_ids: Collection[int], now: datetime) -> int:
    """Fix the conflicts that a command settled, with history, so that undoing it opens them again. Returns how many."""
    standing = standing_conflicts(session, device_ids)
    over: list[Standing] = agreed(session, standing) if standing else []
    _write_state(session, [(one.id, one.organisation_id, one.state) for one in over], "fixed", now)
    return len(over)


def _held(session: Session, device_ids: Collection[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for batch in batches(sorted(device_ids)):
        statement = select(Finding.id, Finding.organisation_id, Finding.identity, Finding.state, Finding.times_seen)
        rows = session.execute(statement.where(Finding.rule == CONFLICT_RULE.key, Finding.subject_id.in_(batch)))
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
            row.id, one.device, _sentence(one, file_name), canonical_json(_evidence(one, file_name, now)).decode(), now,
            row.times_seen + 1,
        )
        for row, one in known
    ]  # fmt: skip
    columns = ("subject", "sentence", "evidence", "last_seen", "times_seen")
    update_silently(session, Finding, columns, rows, encoded=("evidence",))


def _finding(one: Conflict, file_name: str, now: datetime) -> tuple[Any, ...]:
    """In the order of `_COLUMNS`."""
    return (
        one.organisation_id, CONFLICT_RULE.key, identity_of(one), CONFLICT_RULE.severity, "open", "device", one.device_id,
        one.device, _sentence(one, file_name), _evidence(one, file_name, now), now, now, 1,
    )  # fmt: skip


def _sentence(one: Conflict, file_name: str) -> str:
    label = LABELS[one.field]
    if one.field == "identity":
        return f"{file_name}, row {one.row}, takes {one.said} for one device; the register has {one.recorded}."
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
