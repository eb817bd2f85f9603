"""The findings about devices that were missing at a stocktake: raised at its close, fixed when a device turns up."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.history import Touched, open_event, record
from fleet.database.models import Finding
from fleet.domain.stocktake import MISSING_RULE
from fleet.domain.wording import day_text
from fleet.queries.absences import put_away_until_now, turned_up
from fleet.queries.stocktakes import CountedDevice, StocktakeRow
from fleet.queries.tenants import batches


def _standing(session: Session, device_ids: Iterable[int]) -> list[Any]:
    found: list[Any] = []
    for batch in batches(sorted(device_ids)):
        found += session.execute(
            select(Finding.id, Finding.organisation_id, Finding.subject_id, Finding.state, Finding.first_seen).where(
                Finding.rule == MISSING_RULE.key, Finding.state != "fixed", Finding.subject_id.in_(batch)
            )
        ).all()
    return found


def look_again(session: Session, now: datetime) -> tuple[int, int]:
    """The nightly look at missing devices: (fixed, reopened). Without history, as all that the rules write.

    Fixed when the device turned up; open again when the day has passed until which it was put away.
    """
    fixed = turned_up(session)
    reopened = [one for one in put_away_until_now(session, london_date(now)) if one not in set(fixed)]
    rows = [(one, "fixed", now) for one in fixed] + [(one, "open", None) for one in reopened]
    update_rows(session.connection(), _table(), ("state", "fixed_at"), rows)
    return len(fixed), len(reopened)


def settle_turned_up(session: Session, device_ids: Collection[int], now: datetime) -> int:
    """Fix what a command took the ground from: a missing device that was reported lost, say. Returns how many."""
    standing = _standing(session, device_ids)
    over = set(turned_up(session)) if standing else set()
    fixed = [one for one in standing if one.id in over]
    _fix(session, fixed, now)
    return len(fixed)


def settle(session: Session, device_ids: Iterable[int], now: datetime) -> None:
    """What was missing at an earlier stocktake is there."""
    _fix(session, _standing(session, device_ids), now)


def _fix(session: Session, findings: Sequence[Any], now: datetime) -> None:
    """With history, so that undoing the event opens them again."""
    by_owner: dict[int, list[Edit]] = {}
    for one in findings:
        edit = Edit(one.id, {"state": one.state}, {"state": "fixed"}, {"fixed_at": now})
        by_owner.setdefault(one.organisation_id, []).append(edit)
    for owner, edits in by_owner.items():
        update_recorded(session, Finding, edits, organisation_id=owner)


_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip


def raise_missing(
    session: Session, devices: Sequence[CountedDevice], row: StocktakeRow, owner: int, now: datetime
) -> int:
    """Make a finding of each device; returns how many. One that people decided to leave since an earlier stocktake stays
    as it is; one that nobody decided is followed by the new finding, which keeps its first day."""
    earlier = _standing(session, [one.device_id for one in devices])
    decided = {one.subject_id for one in earlier if one.state != "open"}
    superseded = [one for one in earlier if one.state == "open"]
    _fix(session, superseded, now)
    first_seen: dict[int, datetime] = {}
    for one in superseded:
        first_seen[one.subject_id] = min(one.first_seen, first_seen.get(one.subject_id, now))
    raised = [one for one in devices if one.device_id not in decided]
    _insert(session, [_finding(one, row, owner, now, first_seen.get(one.device_id, now)) for one in raised], owner)
    return len(raised)


def _finding(one: CountedDevice, row: StocktakeRow, owner: int, now: datetime, first_seen: datetime) -> tuple[Any, ...]:
    """In the order of `_COLUMNS`."""
    evidence = {
        "recorded": {"stocktake": row.title, "site": one.site, "status": one.status},
        "observed": {"last_seen": one.last_seen.isoformat() if one.last_seen else None},
    }
    return (
        owner, MISSING_RULE.key, f"{row.id}|{one.device_id}", MISSING_RULE.severity, "open", "device", one.device_id,
        one.device, _sentence(one, row.title, now), evidence, first_seen, now, 1,
    )  # fmt: skip


def _insert(session: Session, rows: Sequence[tuple[Any, ...]], owner: int) -> None:
    """All columns go into history, also those that the rules write silently: an undo that is undone needs them."""
    if not rows:
        return
    connection = session.connection()
    table = _table()
    ids = allocate_ids(connection, table, len(rows))
    insert_rows(connection, table, ("id", *_COLUMNS), ((i, *row) for i, row in zip(ids, rows, strict=True)))
    changes = (
        Touched("finding", i, owner, "insert", None, dict(zip(_COLUMNS, row, strict=True)))
        for i, row in zip(ids, rows, strict=True)
    )
    record(connection, open_event(session), changes)


def _sentence(one: CountedDevice, title: str, now: datetime) -> str:
    heard = f"Intune last heard from it on {day_text(london_date(one.last_seen))}" if one.last_seen else "not in Intune"
    where = f", expected at {one.site}" if one.site else ""
    return f"Missing at the stocktake {title}, closed on {day_text(london_date(now))}{where}; {heard}."


def _table() -> Table:
    table = Finding.__table__
    assert isinstance(table, Table)
    return table
