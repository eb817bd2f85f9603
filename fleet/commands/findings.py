"""Findings: what the rules see tonight against what they saw before, and what people decide about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, Text, delete, insert, select, type_coerce
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import update_silently
from fleet.commands.stocktakes.absences import look_again
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.lean import lean_columns
from fleet.database.models import Finding, FindingCount, Organisation
from fleet.database.types import canonical_json
from fleet.domain.facts import Clash, Found
from fleet.domain.rules import Context, find_all
from fleet.domain.stocktake import MISSING_RULE
from fleet.errors import NotFound
from fleet.queries.facts import device_facts
from fleet.queries.tenants import batches

_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip
_SAID = ("severity", "subject", "sentence", "evidence")
_CHUNK = 5_000


@dataclass(slots=True)
class Night:
    """What became of the findings tonight."""

    new: int = 0
    still: int = 0
    reopened: int = 0
    fixed: int = 0


def evaluate(
    session: Session,
    context: Context,
    *,
    organisation_id: int | None = None,
    tenant_id: int | None = None,
    clashes: Sequence[Clash] | None = None,
) -> Night:
    """Run the rules over an organisation (or everything) and bring the findings up to date, in the caller's transaction.

    A finding that its devices no longer show is fixed by itself. `clashes` None leaves those of the last sync alone.
    What the rules write makes no history: findings carry their own dates.
    """
    seen_devices: set[int] = set()

    def watched() -> Iterable[Any]:
        for fact in device_facts(session, organisation_id=organisation_id, tenant_id=tenant_id):
            seen_devices.add(fact.id)
            yield fact

    found = find_all(watched(), clashes or (), context)
    night = _write(session, found, seen_devices, context.now, organisation_id, clashes is not None)
    fixed, reopened = look_again(session, context.now)
    night.fixed, night.reopened = night.fixed + fixed, night.reopened + reopened
    _count(session, context.today, organisation_id)
    return night


def _write(
    session: Session,
    found: Iterable[Found],
    seen_devices: set[int],
    now: datetime,
    organisation_id: int | None,
    with_clashes: bool,
) -> Night:
    """Bring the findings up to date with what was found, a chunk at a time: a first night may find 200,000."""
    night = Night()
    held = _held(session)
    for chunk in batches(found, _CHUNK):
        _write_chunk(session, chunk, held, night, now)
    fixed = [
        (row[0], "fixed", now)
        for row in held.values()
        if row[3] != "fixed" and _covered(row, seen_devices, organisation_id, with_clashes)
    ]
    update_rows(session.connection(), _finding_table(), ("state", "fixed_at"), fixed)
    night.fixed = len(fixed)
    return night


def _held(session: Session) -> dict[tuple[str, str], Any]:
    """(rule, identity) -> (id, rule, identity, state, times seen, subject id, organisation id, decided until)."""
    statement = select(
        Finding.id, Finding.rule, Finding.identity, Finding.state, Finding.times_seen, Finding.subject_id,
        Finding.organisation_id, Finding.decided_until,
    )  # fmt: skip
    held: dict[tuple[str, str], Any] = {}
    for columns in lean_columns(session.connection(), statement):
        held |= zip(zip(columns[1], columns[2], strict=True), zip(*columns, strict=True), strict=True)
    return held


def _write_chunk(
    session: Session, chunk: list[Found], held: dict[tuple[str, str], Any], night: Night, now: datetime
) -> None:
    today = london_date(now)
    fresh: list[Found] = []
    known: list[tuple[Found, Any]] = []
    reopened: list[tuple[int, str, None]] = []
    for one in chunk:
        row = held.pop((one.rule, one.identity), None)
        if row is None:
            fresh.append(one)
            continue
        known.append((one, row))
        put_away = row[3] in ("acknowledged", "snoozed") and row[7] is not None
        if row[3] == "fixed" or (put_away and row[7] < today):
            reopened.append((row[0], "open", None))
    _refresh(session, known, now)
    update_rows(session.connection(), _finding_table(), ("state", "fixed_at"), reopened)
    _insert(session, fresh, now)
    night.new += len(fresh)
    night.reopened += len(reopened)
    night.still += len(known) - len(reopened)


def _refresh(session: Session, known: Sequence[tuple[Found, Any]], now: datetime) -> None:
    """Note that they are still there; what they say is written only where it is something else than last time."""
    table = _finding_table()
    said: dict[int, Any] = {}
    for batch in batches([row[0] for _, row in known]):
        statement = select(table.c.id, *(type_coerce(table.c[name], Text) for name in _SAID))
        said |= {row[0]: tuple(row[1:]) for row in session.connection().execute(statement.where(table.c.id.in_(batch)))}
    same, other = [], []
    for one, row in known:
        says = (one.severity, one.subject, one.sentence, canonical_json(one.evidence).decode())
        if says == said[row[0]]:
            same.append((row[0], now, row[4] + 1))
        else:
            other.append((row[0], *says, now, row[4] + 1))
    update_silently(session, Finding, ("last_seen", "times_seen"), same)
    update_silently(session, Finding, (*_SAID, "last_seen", "times_seen"), other, encoded=("evidence",))


def _covered(row: Any, seen_devices: set[int], organisation_id: int | None, with_clashes: bool) -> bool:
    """Whether tonight's look was able to see this discrepancy again, had it still been there."""
    if row[1] == MISSING_RULE.key:
        return False  # Raised at a stocktake, not at night; `look_again` knows when it is over.
    rule, subject_id, owner = row[1], row[5], row[6]
    if rule.startswith("duplicate-"):
        return with_clashes and organisation_id in (None, owner)
    return subject_id in seen_devices or (organisation_id is None and subject_id is not None)


def _insert(session: Session, found: list[Found], now: datetime) -> None:
    connection = session.connection()
    table = _finding_table()
    organisations = {key: one for key, one in connection.execute(select(Organisation.key, Organisation.id))}
    ids = allocate_ids(connection, table, len(found))
    rows = (
        (
            finding_id, organisations[one.organisation], one.rule, one.identity, one.severity, "open", one.subject_type,
            one.subject_id, one.subject, one.sentence, canonical_json(one.evidence).decode(), now, now, 1,
        )
        for finding_id, one in zip(ids, found, strict=True)
    )  # fmt: skip
    insert_rows(connection, table, ("id", *_COLUMNS), rows, encoded=("evidence",))


def _count(session: Session, today: date, organisation_id: int | None) -> None:
    """Keep tonight's number of open findings per rule: the trend."""
    connection = session.connection()
    counted: dict[tuple[int, str], int] = {}
    statement = select(Finding.organisation_id, Finding.rule).where(Finding.state != "fixed")
    old = delete(FindingCount).where(FindingCount.counted_on == today)
    if organisation_id is not None:
        statement = statement.where(Finding.organisation_id == organisation_id)
        old = old.where(FindingCount.organisation_id == organisation_id)
    for row in connection.execute(statement):
        counted[row[0], row[1]] = counted.get((row[0], row[1]), 0) + 1
    connection.execute(old)
    rows = [
        {"organisation_id": owner, "rule": rule, "counted_on": today, "open": number}
        for (owner, rule), number in sorted(counted.items())
    ]
    if rows:
        connection.execute(insert(FindingCount), rows)


def acknowledge(
    session: Session, finding_ids: Sequence[int], *, actor: str, note: str | None, until: date | None = None
) -> int:
    """Say that findings are known and why they stay, until a day; they come back after it."""
    return _decide(session, finding_ids, "acknowledged", actor, note, until)


def snooze(session: Session, finding_ids: Sequence[int], *, actor: str, until: date, note: str | None = None) -> int:
    """Put findings away until a day."""
    return _decide(session, finding_ids, "snoozed", actor, note, until)


def _decide(
    session: Session, finding_ids: Sequence[int], state: str, actor: str, note: str | None, until: date | None
) -> int:
    decided = 0
    for batch in batches(finding_ids):
        for finding in session.execute(select(Finding).where(Finding.id.in_(batch))).scalars():
            finding.state, finding.decided_by, finding.note, finding.decided_until = state, actor, note, until
            decided += 1
    if decided != len(set(finding_ids)):
        raise NotFound("One of those findings does not exist, or belongs to another organisation. Nothing was changed.")
    return decided


def _finding_table() -> Table:
    table = Finding.__table__
    assert isinstance(table, Table)
    return table
