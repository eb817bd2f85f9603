"""Stocktakes: which there are, what one expects, and what has become of every device and scan so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Organisation,
    Person,
    Site,
    Stocktake,
    StocktakeExpected,
    StocktakeScan,
)
from fleet.domain.stocktake import (
    GRADES,
    MISSING,
    NOT_EXPECTED_STATUSES,
    OUTCOMES,
    Noted,
    Sighting,
    grade,
    recently_checked_in,
    sightings,
)
from fleet.errors import Ambiguous, NotAllowed, NotFound
from fleet.queries.tenants import batches


@dataclass(frozen=True, slots=True)
class StocktakeRow:
    """A stocktake in a list."""

    id: int
    title: str
    organisation: str
    organisation_id: int
    scope: Mapping[str, Any]
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    expected: int
    scans: int

    @property
    def scope_text(self) -> str:
        """The scope in words: `northbridge, Town Hall, ipad`."""
        parts = (self.organisation, *(self.scope.get(name) for name in ("site", "team", "kind")))
        return ", ".join(str(part).replace("_", " ") for part in parts if part)


@dataclass(frozen=True, slots=True)
class CountedDevice:
    """A device of the stocktake: expected, or met by surprise."""

    device_id: int
    device: str
    serial: str | None
    model: str | None
    kind: str
    status: str
    outcome: str
    grade: str
    expected: bool
    site: str | None
    """Where it should be; for one that is not expected, where the register has it."""
    holder: str | None
    """The person who should have it."""
    seen_at: str | None
    seen_with: str | None
    scanned_at: datetime | None
    scanned_by: str | None
    last_seen: datetime | None
    """Last check-in with Intune."""


@dataclass(frozen=True, slots=True)
class OddScan:
    """A scan that means no device, or several."""

    scanned: str
    outcome: str
    scanned_at: datetime
    scanned_by: str
    site: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How a stocktake stands."""

    row: StocktakeRow
    devices: tuple[CountedDevice, ...]
    """What is amiss first: missing, wrong holder, wrong site, unexpected, found."""
    odd: tuple[OddScan, ...]
    repeated: int

    @property
    def counts(self) -> dict[str, int]:
        """expected = found + wrong_site + wrong_holder + missing; the others come on top."""
        of = Counter(one.outcome for one in self.devices)
        odd = Counter(one.outcome for one in self.odd)
        return {
            "expected": sum(one.expected for one in self.devices), "found": of["found"], "missing": of[MISSING],
            "wrong_site": of["wrong_site"], "wrong_holder": of["wrong_holder"], "unexpected": of["unexpected"],
            "unknown": odd["unknown"], "ambiguous": odd["ambiguous"], "repeated": self.repeated,
        }  # fmt: skip

    @property
    def grades(self) -> dict[str, int]:
        """Expected devices by the best evidence there is."""
        of = Counter(one.grade for one in self.devices if one.expected)
        return {letter: of[letter] for letter in GRADES}


# --- which there are -----------------------------------------------------------------------------------------


def list_stocktakes(
    session: Session, *, open_only: bool = False, stocktake_id: int | None = None
) -> list[StocktakeRow]:
    """Stocktakes, newest first."""
    expected = _number_of(StocktakeExpected)
    scans = _number_of(StocktakeScan)
    statement: Any = (
        select(
            Stocktake.id, Stocktake.title, Organisation.key, Organisation.id, Stocktake.scope, Stocktake.opened_at,
            Stocktake.opened_by, Stocktake.closed_at, Stocktake.closed_by, expected, scans,
        )
        .join(Organisation, Organisation.id == Stocktake.organisation_id)
        .order_by(Stocktake.id.desc())
    )  # fmt: skip
    if open_only:
        statement = statement.where(Stocktake.closed_at.is_(None))
    if stocktake_id is not None:
        statement = statement.where(Stocktake.id == stocktake_id)
    return [StocktakeRow(*row) for row in session.execute(statement)]


def _number_of(kind: Any) -> Any:
    return select(func.count(kind.id)).where(kind.stocktake_id == Stocktake.id).correlate(Stocktake).scalar_subquery()


def get_stocktake(session: Session, stocktake_id: int | None) -> StocktakeRow:
    """The stocktake of that number, or the only open one: so one that was interrupted goes on.

    Raises `NotFound`, or `Ambiguous` listing the open ones.
    """
    if stocktake_id is not None:
        rows = list_stocktakes(session, stocktake_id=stocktake_id)
        if not rows:
            raise NotFound(f"There is no stocktake {stocktake_id}. List them with: fleet stocktake list --all")
        return rows[0]
    rows = list_stocktakes(session, open_only=True)
    if not rows:
        raise NotFound("No stocktake is open. Open one with: fleet stocktake open TITLE")
    if len(rows) > 1:
        listed = ", ".join(f"{row.id} ({row.title})" for row in rows)
        raise Ambiguous(f"Several stocktakes are open. Name one: {listed}.", matches=[row.id for row in rows])
    return rows[0]


def open_stocktake(session: Session, stocktake_id: int | None) -> StocktakeRow:
    """As `get_stocktake`; raises `NotAllowed` for one that is closed."""
    row = get_stocktake(session, stocktake_id)
    if row.closed_at is not None:
        raise NotAllowed(f"Stocktake {row.id} ({row.title}) was closed by {row.closed_by}. Open another one.")
    return row


def overlaps(session: Session, stocktake_id: int) -> list[tuple[int, str, int]]:
    """(id, title, number) of other open stocktakes that expect so many of the same devices."""
    ours, theirs = aliased(StocktakeExpected), aliased(StocktakeExpected)
    rows: Any = session.execute(
        select(Stocktake.id, Stocktake.title, func.count())
        .join(theirs, theirs.stocktake_id == Stocktake.id)
        .join(ours, and_(ours.device_id == theirs.device_id, ours.stocktake_id == stocktake_id))
        .where(Stocktake.id != stocktake_id, Stocktake.closed_at.is_(None))
        .group_by(Stocktake.id, Stocktake.title)
        .order_by(Stocktake.id)
    )
    return [tuple(row) for row in rows]


# --- what one expects ----------------------------------------------------------------------------------------

PLACE: Any = case(
    (Assignment.person_id.is_not(None), Person.site_id),
    (Assignment.site_id.is_not(None), Assignment.site_id),
    else_=Device.site_id,
)
"""Where a device is to be looked for: with its holder's office, at the site that shares it, or in its store."""


def devices_in_scope(
    session: Session, organisation_id: int, *, site_id: int | None, team_id: int | None, kind: str | None
) -> list[tuple[int, int | None, int | None]]:
    """(device, site, holder) of everything a stocktake of that scope expects now. Nobody's own device is counted."""
    conditions: list[ColumnElement[bool]] = [
        Device.organisation_id == organisation_id,
        Device.ownership == "organisation",
        Device.status.not_in(NOT_EXPECTED_STATUSES),
    ]
    if site_id is not None:
        conditions.append(site_id == PLACE)
    if team_id is not None:
        conditions.append(func.coalesce(Assignment.team_id, Person.team_id, Device.team_id) == team_id)
    if kind is not None:
        conditions.append(Device.kind == kind)
    rows: Any = session.execute(
        select(Device.id, PLACE, Assignment.person_id)
        .outerjoin(Assignment, and_(Assignment.device_id == Device.id, Assignment.returned_on.is_(None)))
        .outerjoin(Person, Person.id == Assignment.person_id)
        .where(*conditions)
        .order_by(Device.id)
    )
    return [tuple(row) for row in rows]


# --- how it stands -------------------------------------------------------------------------------------------


def count(session: Session, row: StocktakeRow, *, now: datetime) -> Count:
    """How a stocktake stands; that of a closed one as it was when it was closed. The same few queries for any size."""
    noted, odd = _scans(session, row.id)
    seen = sightings(noted)
    expected = _expected(session, row.id)
    surprises = _surprises(session, seen.keys() - expected.keys())
    checked_in = _CheckedIn(row, row.closed_at or now)
    names = _names(session, seen.values())
    devices = [
        _counted(facts, seen.get(device_id), device_id in expected, checked_in, names)
        for device_id, facts in {**expected, **surprises}.items()
    ]
    devices.sort(key=lambda one: (_AMISS_FIRST.index(one.outcome), one.device, one.device_id))
    return Count(row, tuple(devices), tuple(odd), sum(one.repeated for one in seen.values()))


_AMISS_FIRST = (MISSING, "wrong_holder", "wrong_site", "unexpected", "found", *OUTCOMES)


class _CheckedIn:
    """Which devices had checked in within the month before the stocktake was closed, or now.

    What Intune said goes on changing, so a closed stocktake keeps the ids of those it rested on.
    """

    def __init__(self, row: StocktakeRow, moment: datetime) -> None:
        kept = row.scope.get("checked_in")
        self.kept = None if row.closed_at is None or kept is None else frozenset(kept)
        self.moment = moment

    def __call__(self, device_id: int, last_seen: datetime | None) -> bool:
        return recently_checked_in(last_seen, self.moment) if self.kept is None else device_id in self.kept


def _scans(session: Session, stocktake_id: int) -> tuple[list[Noted], list[OddScan]]:
    rows: Any = session.execute(
        select(
            StocktakeScan.device_id, StocktakeScan.outcome, StocktakeScan.person_id, StocktakeScan.holder_confirmed,
            StocktakeScan.scanned_at, StocktakeScan.scanned_by, StocktakeScan.site_id, StocktakeScan.scanned, Site.name,
        )
        .outerjoin(Site, Site.id == StocktakeScan.site_id)
        .where(StocktakeScan.stocktake_id == stocktake_id)
        .order_by(StocktakeScan.id)
    )  # fmt: skip
    noted, odd = [], []
    for device_id, outcome, person, confirmed, at, by, site_id, scanned, site in rows:
        if device_id is None:
            odd.append(OddScan(scanned, outcome, at, by, site))
        else:
            noted.append(Noted(device_id, outcome, person, confirmed, at, by, site_id))
    return noted, odd


_FACTS = (
    Device.id, func.coalesce(Device.asset_tag, Device.serial), Device.serial, DeviceModel.name, Device.kind, Device.status,
    Site.name, Person.display_name, Enrolment.last_seen,
)  # fmt: skip


def _expected(session: Session, stocktake_id: int) -> dict[int, Any]:
    rows: Any = session.execute(
        select(*_FACTS)
        .join(StocktakeExpected, StocktakeExpected.device_id == Device.id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Site, Site.id == StocktakeExpected.site_id)
        .outerjoin(Person, Person.id == StocktakeExpected.person_id)
        .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
        .where(StocktakeExpected.stocktake_id == stocktake_id)
    )
    return {row[0]: row for row in rows}


def _surprises(session: Session, device_ids: Any) -> dict[int, Any]:
    """The facts of devices that were scanned without being expected, as the register has them now."""
    found: dict[int, Any] = {}
    for batch in batches(sorted(device_ids)):
        rows: Any = session.execute(
            select(*_FACTS)
            .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
            .outerjoin(Assignment, and_(Assignment.device_id == Device.id, Assignment.returned_on.is_(None)))
            .outerjoin(Person, Person.id == Assignment.person_id)
            .outerjoin(Site, Site.id == PLACE)
            .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
            .where(Device.id.in_(batch))
        )
        found |= {row[0]: row for row in rows}
    return found


def _names(session: Session, seen: Any) -> dict[tuple[str, int], str]:
    people: set[int] = set()
    sites: set[int] = set()
    for one in seen:
        people.update({one.seen_with} if one.seen_with else ())
        sites.update({one.newest.site_id} if one.newest.site_id else ())
    found: dict[tuple[str, int], str] = {}
    for kind, ids, key, name in (
        ("person", people, Person.id, Person.display_name),
        ("site", sites, Site.id, Site.name),
    ):
        if ids:
            rows: Any = session.execute(select(key, name).where(key.in_(ids)))
            found |= {(kind, row[0]): row[1] for row in rows}
    return found


def _counted(
    facts: Any, sighting: Sighting | None, expected: bool, checked_in: _CheckedIn, names: Mapping[tuple[str, int], str]
) -> CountedDevice:
    device_id, device, serial, model, kind, status, site, holder, last_seen = facts
    newest = sighting.newest if sighting else None
    return CountedDevice(
        device_id=device_id, device=device or f"device {device_id}", serial=serial, model=model, kind=kind, status=status,
        outcome=newest.outcome if newest else MISSING,
        grade=grade(sighting, checked_in=checked_in(device_id, last_seen)),
        expected=expected, site=site, holder=holder,
        seen_at=names.get(("site", newest.site_id or 0)) if newest else None,
        seen_with=names.get(("person", sighting.seen_with or 0)) if sighting else None,
        scanned_at=newest.scanned_at if newest else None, scanned_by=newest.scanned_by if newest else None,
        last_seen=last_seen,
    )  # fmt: skip


def device_name(session: Session, device_id: int) -> str:
    """What a person calls a device."""
    name = session.execute(
        select(func.coalesce(Device.asset_tag, Device.serial)).where(Device.id == device_id)
    ).scalar_one_or_none()
    return name or f"device {device_id}"


def person_name(session: Session, person_id: int) -> str:
    """What a person is called."""
    name = session.execute(select(Person.display_name).where(Person.id == person_id)).scalar_one_or_none()
    return name or f"person {person_id}"
