"""Write a list of bought devices as it was told: a mirror, by bulk statements, without history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.lean import lean_columns
from fleet.database.models import AppleListing, AppleSource, Model
from fleet.domain.plan.listings import LISTED, ListingPlan, RecordedListing, plan_listings, values_of
from fleet.domain.sources import LIST_NAMES, ListKind, ObservedCoverage, ObservedListing


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list as the register has it."""

    source_id: int
    rows: Mapping[str, RecordedListing]
    asked: Mapping[str, datetime | None]
    """Serial -> when its AppleCare was last asked for."""


def list_source(session: Session, kind: ListKind, key: str, organisation_id: int) -> AppleSource:
    """The row of a list, made at its first read."""
    found = session.execute(
        select(AppleSource).where(AppleSource.kind == kind, AppleSource.key == key)
    ).scalar_one_or_none()
    if found is None:
        found = AppleSource(kind=kind, key=key, organisation_id=organisation_id, servers=[], right_servers=[])
        session.add(found)
        session.flush()
    return found


def held_list(session: Session, kind: ListKind, key: str) -> HeldList | None:
    """A list as held, in one statement; None before its first read."""
    source = select(AppleSource.id).where(AppleSource.kind == kind, AppleSource.key == key)
    source_id = session.execute(source).scalar_one_or_none()
    if source_id is None:
        return None
    columns = [getattr(AppleListing, name) for name in LISTED]
    statement = select(
        AppleListing.serial, AppleListing.id, AppleListing.missing_runs, AppleListing.gone_at,
        AppleListing.coverage_asked_at, *columns,
    ).where(AppleListing.source_id == source_id)  # fmt: skip
    rows: dict[str, RecordedListing] = {}
    asked: dict[str, datetime | None] = {}
    for serials, ids, missing, gone, when, *values in lean_columns(session.connection(), statement):
        told = zip(*values, strict=True)
        for serial, row_id, runs, gone_at, at, one in zip(serials, ids, missing, gone, when, told, strict=True):
            rows[serial] = RecordedListing(row_id, tuple(one), runs, gone_at is not None)
            asked[serial] = at
    return HeldList(source_id, rows, asked)


def plan_of(observed: Iterable[ObservedListing], held: HeldList | None) -> ListingPlan:
    """What a complete read means for the list as held."""
    return plan_listings(observed, held.rows if held else {})


def apply_listings(session: Session, plan: ListingPlan, source: AppleSource, *, now: datetime) -> None:
    """Bring a list up to date; the time mark goes with it, in the same transaction."""
    connection, table = session.connection(), _table(AppleListing)
    if plan.new:
        ids = allocate_ids(connection, table, len(plan.new))
        columns = ("id", "organisation_id", "source_id", "serial", *LISTED, "missing_runs")
        rows = (
            (row_id, source.organisation_id, source.id, one.serial, *values_of(one), 0)
            for row_id, one in zip(ids, plan.new, strict=True)
        )
        insert_rows(connection, table, columns, rows)
    changed = [(row_id, *values_of(one), 0, None) for row_id, one in plan.changed]
    update_rows(connection, table, (*LISTED, "missing_runs", "gone_at"), changed)
    update_rows(connection, table, ("missing_runs",), [(one, 1) for one in plan.absent])
    update_rows(connection, table, ("missing_runs", "gone_at"), [(one, 2, now) for one in plan.closing])
    source.last_complete_at, source.last_count = now, plan.read
    session.flush()


def apply_coverage(session: Session, source_id: int, told: Sequence[ObservedCoverage], *, now: datetime) -> None:
    """Keep what covers the devices that were asked about; one that has no cover any more has none here either."""
    statement = select(AppleListing.serial, AppleListing.id).where(AppleListing.source_id == source_id)
    ids = {row[0]: row[1] for row in session.connection().execute(statement)} if told else {}
    rows = [(ids[one.serial], one.until, one.what, now) for one in told if one.serial in ids]
    columns = ("coverage_until", "coverage", "coverage_asked_at")
    update_rows(session.connection(), _table(AppleListing), columns, rows)


def removal_words(kind: ListKind) -> str:
    """What a list's devices are called where too many of them are absent."""
    return f"devices of {LIST_NAMES[kind]}"


def _table(kind: type[Model]) -> Table:
    table: Any = kind.__table__
    assert isinstance(table, Table)
    return table
