"""Scan into a stocktake: judge every scan at once and keep it as it came."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from fleet.commands.apply_plan.writing import insert_recorded
from fleet.commands.stocktakes.absences import settle
from fleet.database.models import (
    Assignment,
    Device,
    Organisation,
    Person,
    Site,
    Stocktake,
    StocktakeExpected,
    StocktakeScan,
    Team,
)
from fleet.domain.lifecycle import label
from fleet.domain.stocktake import (
    OUTCOMES,
    REPEATED,
    UNEXPECTED,
    WRONG_HOLDER,
    WRONG_SITE,
    Expectation,
    Scan,
    judge,
    kept_text,
    stored,
)
from fleet.errors import NotAllowed, UsageProblem
from fleet.queries.scans import devices_by_scan
from fleet.queries.stocktakes import PLACE, open_stocktake
from fleet.queries.tenants import batches


@dataclass(frozen=True, slots=True)
class Judged:
    """What one scan meant."""

    scanned: str
    outcome: str
    device_id: int | None
    device: str | None
    sentence: str


def scan(
    session: Session,
    stocktake_id: int | None,
    texts: Sequence[str],
    *,
    actor: str,
    now: datetime,
    site_id: int | None = None,
    seen_with: int | None = None,
    holder_confirmed: bool = False,
) -> list[Judged]:
    """Judge and keep scans, in order and all of them, into the stocktake of that number or the only open one.

    `seen_with` is the person who has the devices in hand; `holder_confirmed` says that nobody else saw them, their
    holder said they have them. A finding that called a scanned device missing is fixed.
    """
    if not texts:
        raise UsageProblem("There is nothing to scan: type or paste tags, serials or IMEIs.")
    row = open_stocktake(session, stocktake_id)
    owner = lock(session, row.id)
    judged = list(_judge_in_order(session, row.id, texts, site_id, seen_with))
    kept = [
        (
            owner, row.id, one.device_id, one.scanned, stored(one.outcome, seen_with), now, actor, site_id, holder_confirmed,
        )
        for one in judged
    ]  # fmt: skip
    insert_recorded(session, StocktakeScan, _SCAN_COLUMNS, kept, organisation_id=owner)
    settle(session, {one.device_id for one in judged if one.device_id is not None}, now)
    return judged


def _judge_in_order(
    session: Session, stocktake_id: int, texts: Sequence[str], site_id: int | None, seen_with: int | None
) -> Iterator[Judged]:
    """Everything is asked for beforehand, so that hundreds of scans cost as many queries as one."""
    meanings = devices_by_scan(session, texts)
    candidates = {device_id for ids in meanings.values() for device_id in ids}
    known = _known(session, stocktake_id, candidates)
    outcomes = _outcomes_so_far(session, stocktake_id, candidates)
    for text in texts:
        ids = tuple(one for one in meanings[text] if one in known)
        thing = known[ids[0]] if len(ids) == 1 else None
        before = outcomes.get(ids[0]) if thing else None
        outcome = judge(Scan(ids, site_id, seen_with), thing.expectation if thing else None, before)
        if thing is not None and outcome != REPEATED:
            outcomes[ids[0]] = stored(outcome, seen_with)
        yield _told(kept_text(text), outcome, ids, known)


_SCAN_COLUMNS = (
    "organisation_id", "stocktake_id", "device_id", "scanned", "outcome", "scanned_at", "scanned_by", "site_id",
    "holder_confirmed",
)  # fmt: skip


def lock(session: Session, stocktake_id: int) -> int:
    """The organisation of an open stocktake. Two who scan at once take turns; nobody scans into one that is closing."""
    owner, closed_at = session.execute(
        select(Stocktake.organisation_id, Stocktake.closed_at).where(Stocktake.id == stocktake_id).with_for_update()
    ).one()
    if closed_at is not None:
        raise NotAllowed(f"Stocktake {stocktake_id} was closed a moment ago. Open another one.")
    return int(owner)


@dataclass(frozen=True, slots=True)
class _Known:
    """A device that a scan may mean."""

    name: str
    expectation: Expectation | None
    expected_with: str | None
    expected_at: str | None
    standing: str
    """Where the register has it now, in words."""


def _known(session: Session, stocktake_id: int, device_ids: Iterable[int]) -> dict[int, _Known]:
    found: dict[int, _Known] = {}
    then_with, then_at = aliased(Person), aliased(Site)
    for batch in batches(sorted(device_ids)):
        rows: Any = session.execute(
            select(
                Device.id, func.coalesce(Device.asset_tag, Device.serial), Device.status, Device.ownership, Organisation.key,
                Person.id, Person.display_name, Site.name, Team.name,
                StocktakeExpected.id, StocktakeExpected.site_id, StocktakeExpected.person_id, then_with.display_name, then_at.name,
            )
            .join(Organisation, Organisation.id == Device.organisation_id)
            .outerjoin(Assignment, and_(Assignment.device_id == Device.id, Assignment.returned_on.is_(None)))
            .outerjoin(Person, Person.id == Assignment.person_id)
            .outerjoin(Site, Site.id == PLACE)
            .outerjoin(Team, Team.id == Assignment.team_id)
            .outerjoin(
                StocktakeExpected,
                and_(StocktakeExpected.device_id == Device.id, StocktakeExpected.stocktake_id == stocktake_id),
            )
            .outerjoin(then_with, then_with.id == StocktakeExpected.person_id)
            .outerjoin(then_at, then_at.id == StocktakeExpected.site_id)
            .where(Device.id.in_(batch))
        )  # fmt: skip
        found |= {row[0]: _known_of(row) for row in rows}
    return found


def _known_of(row: Any) -> _Known:
    (device_id, name, status, ownership, owner, holder_id, holder, site, team, expected, site_id, person_id, was_with,
     was_at) = row  # fmt: skip
    people = frozenset({person_id, holder_id} - {None})
    return _Known(
        name=name or f"device {device_id}",
        expectation=None if expected is None else Expectation(site_id, people),
        expected_with=was_with,
        expected_at=was_at,
        standing=_standing(status, ownership, owner, holder, site or team),
    )


def _standing(status: str, ownership: str, owner: str, holder: str | None, place: str | None) -> str:
    if ownership == "personal":
        return "it is somebody's own device"
    where = f" with {holder}" if holder else f" at {place}" if place else ""
    return f"the register has it as {label(status).lower()}{where}, {owner}"


def _outcomes_so_far(session: Session, stocktake_id: int, device_ids: Iterable[int]) -> dict[int, str]:
    """Device -> the newest outcome that said something new."""
    found: dict[int, str] = {}
    for batch in batches(sorted(device_ids)):
        rows: Any = session.execute(
            select(StocktakeScan.device_id, StocktakeScan.outcome)
            .where(
                StocktakeScan.stocktake_id == stocktake_id,
                StocktakeScan.outcome != REPEATED,
                StocktakeScan.device_id.in_(batch),
            )
            .order_by(StocktakeScan.id)
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def _told(scanned: str, outcome: str, ids: Sequence[int], known: Mapping[int, _Known]) -> Judged:
    words = OUTCOMES[outcome]
    if len(ids) != 1:
        fits = f": it fits {', '.join(known[one].name for one in ids)}" if ids else ""
        return Judged(scanned, outcome, None, None, f"{scanned or '(blank)'}: {words}{fits}.")
    thing = known[ids[0]]
    why = {
        UNEXPECTED: f": {thing.standing}",
        WRONG_SITE: f": expected at {thing.expected_at or 'another site'}",
        WRONG_HOLDER: f": expected with {thing.expected_with or 'nobody'}",
    }.get(outcome, "")
    return Judged(scanned, outcome, ids[0], thing.name, f"{thing.name}: {words}{why}.")
