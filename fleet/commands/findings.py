"""Findings: what the rules see tonight against what they saw before, and what people decide about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import update_silently
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.models import Finding, FindingCount, Organisation
from fleet.domain.facts import Clash, Found
from fleet.domain.rules import Context, find_all
from fleet.errors import NotFound
from fleet.queries.facts import device_facts
from fleet.queries.tenants import batches

_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip
_SILENT = ("severity", "subject", "sentence", "evidence", "last_seen", "times_seen")


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

    found = {(one.rule, one.identity): one for one in find_all(watched(), clashes or (), context)}
    night = _write(session, found, seen_devices, context.now, organisation_id, clashes is not None)
    _count(session, context.today, organisation_id)
    return night


def _write(
    session: Session,
    found: dict[tuple[str, str], Found],
    seen_devices: set[int],
    now: datetime,
    organisation_id: int | None,
    with_clashes: bool,
) -> Night:
    night = Night()
    connection = session.connection()
    statement = select(
        Finding.id, Finding.rule, Finding.identity, Finding.state, Finding.times_seen, Finding.subject_id,
        Finding.organisation_id, Finding.decided_until,
    )  # fmt: skip
    refreshed, reopened, fixed = [], [], []
    today = london_date(now)
    for row in connection.execute(statement):
        one = found.pop((row.rule, row.identity), None)
        if one is not None:
            times = row.times_seen + 1
            refreshed.append((row.id, one.severity, one.subject, one.sentence, one.evidence, now, times))
            if row.state == "fixed" or (row.decided_until is not None and row.decided_until < today):
                reopened.append((row.id, "open", None))
        elif row.state != "fixed" and _covered(row, seen_devices, organisation_id, with_clashes):
            fixed.append((row.id, "fixed", now))
    update_silently(session, Finding, _SILENT, refreshed)
    table = _finding_table()
    update_rows(connection, table, ("state", "fixed_at"), [*reopened, *fixed])
    _insert(session, list(found.values()), now)
    night.new, night.reopened, night.fixed = len(found), len(reopened), len(fixed)
    night.still = len(refreshed) - len(reopened)
    return night


def _covered(row: Any, seen_devices: set[int], organisation_id: int | None, with_clashes: bool) -> bool:
    """Whether tonight's look was able to see this discrepancy again, had it still been there."""
    if row.rule.startswith("duplicate-"):
        return with_clashes and organisation_id in (None, row.organisation_id)
    return row.subject_id in seen_devices or (organisation_id is None and row.subject_id is not None)


def _insert(session: Session, found: list[Found], now: datetime) -> None:
    connection = session.connection()
    table = _finding_table()
    organisations = {key: one for key, one in connection.execute(select(Organisation.key, Organisation.id))}
    ids = allocate_ids(connection, table, len(found))
    rows = (
        (
            finding_id, organisations[one.organisation], one.rule, one.identity, one.severity, "open", one.subject_type,
            one.subject_id, one.subject, one.sentence, one.evidence, now, now, 1,
        )
        for finding_id, one in zip(ids, found, strict=True)
    )  # fmt: skip
    insert_rows(connection, table, ("id", *_COLUMNS), rows)


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
