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
    Noted,
    Scan,
    judge,
    kept_text,
    says_nothing_new,
    sightings,
)
from fleet.errors import NotAllowed, UsageProblem
from fleet.queries.scans import devices_by_scan
from fleet.queries.stocktakes import PLACE, open_stocktake, person_name
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

    `seen_with` is the person who has the devices in hand; `holder_confirmed` says that nobody else saw them: that
    person, or else whoever holds each of them, said they have them. A finding that called a scanned device missing is
    fixed.
    """
    if not texts:
        raise UsageProblem("There is nothing to scan: type or paste tags, serials or IMEIs.")
    row = open_stocktake(session, stocktake_id)
    owner = lock(session, row.id)
    hand = _Hand(site_id, seen_with, holder_confirmed, now, actor)
    told = list(_judge_in_order(session, row.id, texts, hand))
    kept = [
        (owner, row.id, one.device_id, one.scanned, verdict, now, actor, site_id, person_id, holder_confirmed)
        for one, verdict, person_id in told
    ]
    insert_recorded(session, StocktakeScan, _SCAN_COLUMNS, kept, organisation_id=owner)
    settle(session, {one.device_id for one, _, _ in told if one.device_id is not None}, now)
    return [one for one, _, _ in told]


@dataclass(frozen=True, slots=True)
class _Hand:
    """Who scans, and what they said of all the scans of one go."""

    site_id: int | None
    seen_with: int | None
    holder_confirmed: bool
    now: datetime
    actor: str

    def noted(self, device_id: int, verdict: str, person_id: int | None) -> Noted:
        """A scan as it is read back."""
        return Noted(device_id, verdict, person_id, self.holder_confirmed, self.now, self.actor, self.site_id)


def _judge_in_order(
    session: Session, stocktake_id: int, texts: Sequence[str], hand: _Hand
) -> Iterator[tuple[Judged, str, int | None]]:
    """Each scan as it is told, its verdict, and who had it. Everything is asked for beforehand, so that hundreds of
    scans cost as many queries as one."""
    meanings = devices_by_scan(session, texts)
    known = _known(session, stocktake_id, {device_id for ids in meanings.values() for device_id in ids})
    ask_holders = hand.holder_confirmed and hand.seen_with is None
    if ask_holders:
        _raise_without_holder(known[ids[0]] for ids in meanings.values() if len(ids) == 1 and ids[0] in known)
    newest = {device_id: one.newest for device_id, one in sightings(_noted(session, stocktake_id, known)).items()}
    met = person_name(session, hand.seen_with) if hand.seen_with is not None else None
    for text in texts:
        ids = tuple(one for one in meanings[text] if one in known)
        thing = known[ids[0]] if len(ids) == 1 else None
        person_id = thing.holder_id if thing and ask_holders else hand.seen_with
        verdict = judge(Scan(ids, hand.site_id, person_id), thing.expectation if thing else None)
        repeated = thing is not None and says_nothing_new(verdict, person_id, hand.site_id, newest.get(ids[0]))
        if thing is not None and not repeated:
            newest[ids[0]] = hand.noted(ids[0], verdict, person_id)
        yield _told(kept_text(text), REPEATED if repeated else verdict, ids, known, met), verdict, person_id


def _raise_without_holder(devices: Iterable["_Known"]) -> None:
    nobodys = sorted(one.name for one in devices if one.holder_id is None)
    if nobodys:
        more = f" and {len(nobodys) - 5:,} more" if len(nobodys) > 5 else ""
        raise UsageProblem(
            f"Nobody has {', '.join(nobodys[:5])}{more}, so no holder can confirm it. Say who has it, or leave the "
            "confirmation away."
        )


_SCAN_COLUMNS = (
    "organisation_id", "stocktake_id", "device_id", "scanned", "outcome", "scanned_at", "scanned_by", "site_id",
    "person_id", "holder_confirmed",
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
    holder_id: int | None
    """Who has it now; of one that nobody has, who had it when the stocktake was opened."""
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
        holder_id=holder_id or person_id,
        expected_with=was_with,
        expected_at=was_at,
        standing=_standing(status, ownership, owner, holder, site or team),
    )


def _standing(status: str, ownership: str, owner: str, holder: str | None, place: str | None) -> str:
    if ownership == "personal":
        return "it is somebody's own device"
    where = f" with {holder}" if holder else f" at {place}" if place else ""
    return f"the register has it as {label(status).lower()}{where}, {owner}"


def _noted(session: Session, stocktake_id: int, device_ids: Iterable[int]) -> Iterator[Noted]:
    """What was scanned of these devices so far, oldest first."""
    for batch in batches(sorted(device_ids)):
        rows: Any = session.execute(
            select(
                StocktakeScan.device_id, StocktakeScan.outcome, StocktakeScan.person_id, StocktakeScan.holder_confirmed,
                StocktakeScan.scanned_at, StocktakeScan.scanned_by, StocktakeScan.site_id,
            )
            .where(StocktakeScan.stocktake_id == stocktake_id, StocktakeScan.device_id.in_(batch))
            .order_by(StocktakeScan.id)
        )  # fmt: skip
        yield from (Noted(*row) for row in rows)


def _told(scanned: str, outcome: str, ids: Sequence[int], known: Mapping[int, _Known], met: str | None) -> Judged:
    words = OUTCOMES[outcome]
    if len(ids) != 1:
        fits = f": it fits {', '.join(known[one].name for one in ids)}" if ids else ""
        return Judged(scanned, outcome, None, None, f"{scanned or '(blank)'}: {words}{fits}.")
    thing = known[ids[0]]
    why = {
        UNEXPECTED: f": {thing.standing}",
        WRONG_SITE: f": expected at {thing.expected_at or 'another site'}",
        WRONG_HOLDER: f": seen with {met}, expected with {thing.expected_with or 'nobody'}",
    }.get(outcome, "")
    return Judged(scanned, outcome, ids[0], thing.name, f"{thing.name}: {words}{why}.")
