"""Findings: what the rules see against what they saw before, at night and after a command."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Table, Text, delete, func, insert, select, type_coerce
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import Edit, update_recorded, update_silently
from fleet.commands.import_conflicts import look_again as look_again_at_conflicts
from fleet.commands.import_conflicts import settle_agreed
from fleet.commands.stocktakes.absences import look_again, settle_turned_up
from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.lean import lean_columns
from fleet.database.models import Finding, FindingCount, Organisation
from fleet.database.types import canonical_json
from fleet.domain.facts import BesideFact, Clash, DeviceFact, Found
from fleet.domain.os_support import SupportTable
from fleet.domain.rules import RULES, Context, find_all, find_beside
from fleet.domain.rules.engine import RECORDED_FOR, SEVERITIES
from fleet.domain.rules.raised import RAISED_KEYS
from fleet.queries.apple import app_device_facts, listing_facts, token_facts
from fleet.queries.beside import sim_facts, tenant_facts
from fleet.queries.claims import recorded_under, with_names
from fleet.queries.facts import device_facts, facts_of
from fleet.queries.tenants import batches

_COLUMNS = (
    "organisation_id", "rule", "identity", "severity", "state", "subject_type", "subject_id", "subject", "sentence",
    "evidence", "first_seen", "last_seen", "times_seen",
)  # fmt: skip
_SAID = ("severity", "subject", "sentence", "evidence")
_CHUNK = 5_000
_ALL_AT_ONCE = 20_000
"""Above this many devices, reading the facts of all in one pass beats asking for them by id."""
_CLASHES = {rule.key: rule.clash for rule in RULES if rule.clash is not None}
_BESIDE = {rule.key: rule.about for rule in RULES if rule.about != "device"}
_UNFIXED = ("open", "acknowledged", "snoozed")
JUDGED = "judged"
"""Set in the `info` of a session in which the rules have run over everything that it touched."""


@dataclass(slots=True)
class Night:
    """What became of the findings."""

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
    facts = device_facts(session, organisation_id=organisation_id, tenant_id=tenant_id)
    beside: Iterable[BesideFact] = chain(
        sim_facts(session, organisation_id=organisation_id),
        tenant_facts(session, organisation_id=organisation_id),
        listing_facts(session, organisation_id=organisation_id),
        token_facts(session, organisation_id=organisation_id),
        app_device_facts(session, organisation_id=organisation_id),
    )
    found = chain(
        find_all(_watched(facts, seen_devices), with_names(session, clashes or ()), context),
        find_beside(beside, context),
    )
    night = _write(session, found, seen_devices, context.now, organisation_id, clashes is not None)
    for look in (look_again, look_again_at_conflicts):
        fixed, reopened = look(session, context.now)
        night.fixed, night.reopened = night.fixed + fixed, night.reopened + reopened
    _count(session, context.today, organisation_id)
    session.info[JUDGED] = True
    return night


def rejudge(session: Session, device_ids: Collection[int], context: Context, sim_ids: Collection[int] = ()) -> Night:
    """Run the rules over some devices and SIMs and bring their findings up to date, in the caller's transaction.

    As at night, what the rules write makes no history: whoever undoes the command has the devices judged once more. But
    where a fix ends what a person had decided, or what no rule could find again, history keeps it, so that undo brings it back.
    """
    wanted = set(device_ids)
    seen: set[int] = set()
    many = len(wanted) > _ALL_AT_ONCE
    facts = (one for one in device_facts(session) if one.id in wanted) if many else facts_of(session, wanted)
    held = _held(session, None if many else wanted)
    night = Night()
    for chunk in batches(find_all(_watched(facts, seen), (), context), _CHUNK):
        _write_chunk(session, chunk, held, night, context.now, at_night=False)
    gone = [row for row in held.values() if row[3] != "fixed" and row[5] in seen and _of_a_device(row[1])]
    if sim_ids:
        gone += _rejudge_sims(session, set(sim_ids), context, night)
    night.fixed = _fix(session, gone, context.now)
    night.fixed += _settle_clashes(session, context.now)
    night.fixed += _settle_listings(session, context.now)
    night.fixed += settle_turned_up(session, wanted, context.now)
    night.fixed += settle_agreed(session, wanted, context.now)
    return night


def _rejudge_sims(session: Session, sim_ids: set[int], context: Context, night: Night) -> list[Any]:
    """Bring the findings of some SIMs up to date; gives those that are over."""
    held = _held(session, sim_ids, "sim")
    for chunk in batches(find_beside(sim_facts(session, sim_ids=sim_ids), context), _CHUNK):
        _write_chunk(session, chunk, held, night, context.now, at_night=False)
    return [row for row in held.values() if row[3] != "fixed"]


def mend_dates(session: Session, finding_ids: Collection[int], now: datetime) -> None:
    """Let the day on which findings were fixed follow their state, which an undo gave back alone."""
    table = _finding_table()
    for batch in batches(finding_ids):
        rows = session.connection().execute(
            select(table.c.id, table.c.state, table.c.fixed_at).where(table.c.id.in_(batch))
        )
        wrong = [
            (row[0], now if row[1] == "fixed" else None) for row in rows if (row[1] == "fixed") != (row[2] is not None)
        ]
        update_silently(session, Finding, ("fixed_at",), wrong)


def rules_context(rules: Mapping[str, Mapping[str, Any]], folder: Path | None, now: datetime) -> Context:
    """The surroundings of the rules; a support table of one's own is looked for in the configuration's folder."""
    table = rules.get("os-unsupported", {}).get("table")
    own = SupportTable.load((folder or Path()) / str(table)) if table else None
    return Context.from_config(rules, now, own)


def _watched(facts: Iterable[DeviceFact], seen: set[int]) -> Iterator[DeviceFact]:
    for fact in facts:
        seen.add(fact.id)
        yield fact


def _of_a_device(rule: str) -> bool:
    """Whether a device's facts alone tell if the finding still stands."""
    return rule not in _CLASHES and rule not in _BESIDE and rule not in RAISED_KEYS


def _fix(session: Session, rows: Sequence[Any], now: datetime) -> int:
    """Fix findings that a command took the ground from; those about which a person had decided with history."""
    silent = [(row[0], "fixed", now) for row in rows if row[3] == "open"]
    update_rows(session.connection(), _finding_table(), ("state", "fixed_at"), silent)
    _fix_recorded(session, [(row[0], row[3], row[6]) for row in rows if row[3] != "open"], now)
    return len(rows)


def _fix_recorded(session: Session, rows: Sequence[tuple[int, str, int]], now: datetime) -> None:
    """Fix findings, given as (id, state, organisation id), so that undo gives them their state back."""
    by_owner: dict[int, list[Edit]] = {}
    for finding_id, state, owner in rows:
        edit = Edit(finding_id, {"state": state}, {"state": "fixed"}, {"fixed_at": now})
        by_owner.setdefault(owner, []).append(edit)
    for owner, edits in by_owner.items():
        update_recorded(session, Finding, edits, organisation_id=owner)


def _settle_clashes(session: Session, now: datetime) -> int:
    """Fix the clashes whose identifier no device of the register has any more; the next sync may apply the record."""
    rows = session.execute(
        select(
            Finding.id, Finding.state, Finding.organisation_id, Finding.rule, Finding.identity, Finding.evidence
        ).where(Finding.state.in_(_UNFIXED), Finding.rule.in_(_CLASHES))
    ).all()
    owned = [(row[:3], (_CLASHES[row[3]], row[4])) for row in rows if row[5].get("recorded", {}).get(RECORDED_FOR)]
    still = recorded_under(session, [claimed for _, claimed in owned]) if owned else {}
    settled = [row for row, claimed in owned if claimed not in still]
    _fix_recorded(session, settled, now)
    return len(settled)


def _settle_listings(session: Session, now: datetime) -> int:
    """Fix what was said of bought devices that somebody has recorded since: they are nothing the rules are asked about."""
    rows = session.execute(
        select(Finding.id, Finding.state, Finding.organisation_id, Finding.subject).where(
            Finding.state.in_(_UNFIXED), Finding.subject_type == "listing"
        )
    ).all()
    still = {one.serial for one in listing_facts(session, serials=[row[3] for row in rows])} if rows else set()
    settled = [row[:3] for row in rows if row[3] not in still]
    _fix_recorded(session, settled, now)
    return len(settled)


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


def _held(session: Session, ids: Collection[int] | None = None, about: str = "device") -> dict[tuple[str, str], Any]:
    """(rule, identity) -> (id, rule, identity, state, times seen, subject id, organisation id, decided until)."""
    statement: Any = select(
        Finding.id, Finding.rule, Finding.identity, Finding.state, Finding.times_seen, Finding.subject_id,
        Finding.organisation_id, Finding.decided_until,
    )  # fmt: skip
    statements = [statement]
    if ids is not None:
        theirs = Finding.subject_type == about
        statements = [statement.where(theirs, Finding.subject_id.in_(batch)) for batch in batches(sorted(ids))]
    held: dict[tuple[str, str], Any] = {}
    for one in statements:
        for columns in lean_columns(session.connection(), one):
            held |= zip(zip(columns[1], columns[2], strict=True), zip(*columns, strict=True), strict=True)
    return held


def _write_chunk(
    session: Session,
    chunk: list[Found],
    held: dict[tuple[str, str], Any],
    night: Night,
    now: datetime,
    *,
    at_night: bool = True,
) -> None:
    today = london_date(now)
    fresh: list[Found] = []
    known: list[tuple[Found, Any]] = []
    reopened: list[tuple[Any, ...]] = []
    for one in chunk:
        row = held.pop((one.rule, one.identity), None)
        if row is None:
            fresh.append(one)
            continue
        known.append((one, row))
        put_away = row[3] in ("acknowledged", "snoozed") and row[7] is not None
        if row[3] == "fixed" or (put_away and row[7] < today):
            reopened.append((row[0], "open", None, now) if at_night else (row[0], "open", None))
    _refresh(session, known, now, at_night)
    columns = ("state", "fixed_at", "worse_at") if at_night else ("state", "fixed_at")
    update_rows(session.connection(), _finding_table(), columns, reopened)
    _insert(session, fresh, now)
    night.new += len(fresh)
    night.reopened += len(reopened)
    night.still += len(known) - len(reopened)


def _refresh(session: Session, known: Sequence[tuple[Found, Any]], now: datetime, at_night: bool) -> None:
    """Note that they are still there; what they say is written only where it is something else than last time.

    How often a finding was seen is counted in nights: tenants, Apple accounts and repeated syncs of one day are one.
    """
    table, today = _finding_table(), london_date(now)
    said: dict[int, Any] = {}
    for batch in batches([row[0] for _, row in known]):
        statement = select(table.c.id, *(type_coerce(table.c[name], Text) for name in _SAID), table.c.last_seen)
        said |= {row[0]: tuple(row[1:]) for row in session.connection().execute(statement.where(table.c.id.in_(batch)))}
    same, other, graver = [], [], []
    for one, row in known:
        says = (one.severity, one.subject, one.sentence, canonical_json(one.evidence).decode())
        *before, last_seen = said[row[0]]
        nights = row[4] + (at_night and london_date(last_seen) < today)
        if says == tuple(before):
            same.append((row[0], now if at_night else last_seen, nights))
            continue
        other.append((row[0], *says, now if at_night else last_seen, nights))
        if SEVERITIES.index(one.severity) < SEVERITIES.index(said[row[0]][0]):
            graver.append((row[0], now))
    update_silently(session, Finding, ("worse_at",), graver)
    update_silently(session, Finding, ("last_seen", "times_seen"), same)
    update_silently(session, Finding, (*_SAID, "last_seen", "times_seen"), other, encoded=("evidence",))


def _covered(row: Any, seen_devices: set[int], organisation_id: int | None, with_clashes: bool) -> bool:
    """Whether tonight's look was able to see this discrepancy again, had it still been there."""
    if row[1] in RAISED_KEYS:
        return False  # Raised by a command, not at night; `look_again` knows when it is over.
    rule, subject_id, owner = row[1], row[5], row[6]
    if rule in _BESIDE:
        return organisation_id in (None, owner)
    if rule in _CLASHES:
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
    statement = (
        select(Finding.organisation_id, Finding.rule, func.count())
        .where(Finding.state != "fixed")
        .group_by(Finding.organisation_id, Finding.rule)
        .order_by(Finding.organisation_id, Finding.rule)
    )
    old = delete(FindingCount).where(FindingCount.counted_on == today)
    if organisation_id is not None:
        statement = statement.where(Finding.organisation_id == organisation_id)
        old = old.where(FindingCount.organisation_id == organisation_id)
    counted = connection.execute(statement).all()
    connection.execute(old)
    rows = [
        {"organisation_id": owner, "rule": rule, "counted_on": today, "open": number} for owner, rule, number in counted
    ]
    if rows:
        connection.execute(insert(FindingCount), rows)


def _finding_table() -> Table:
    table = Finding.__table__
    assert isinstance(table, Table)
    return table
