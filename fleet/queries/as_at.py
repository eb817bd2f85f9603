"""The estate as at any day, from history: intervals of custody and enrolment, and changes folded back.

Two clocks: `effective_at` (when it happened) decides what was true; `recorded_at` (when we were told) does not, so a
return entered late counts from the day it happened. What was undone never was, on any day. Check-ins and free storage
make no history and are unknown for the past. Names of people, sites and teams are today's.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.history import kept_columns
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Change,
    Device,
    DeviceModel,
    Enrolment,
    Event,
    Model,
    Organisation,
    Person,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.database.remembered import reader_of
from fleet.domain.records import DeviceRow
from fleet.domain.search import Search, row_matches
from fleet.queries.standing import Standing, standing_events
from fleet.queries.tenants import batches

UNKNOWN = "unknown"
"""Status on a day before the register has anything to say about the device's status."""

Values = dict[str, Any]


def devices_as_at(session: Session, day: date, search: Search | None = None) -> list[DeviceRow]:
    """All devices there were at the end of a London day, by asset tag. A fixed number of statements, whatever the size."""
    moment = end_of_day(day)
    names = _Names(session)
    standing = standing_events(session.connection())
    devices = _rows_then(session, Device, moment, standing)
    enrolments = _newest_enrolments(_rows_then(session, Enrolment, moment, standing), moment)
    owners = _owners(_rows_then(session, ByodRegistration, moment, standing), day)
    cards = _cards(_rows_then(session, Sim, moment, standing))
    holders = _holders(session, day)
    first_issued = _first_issued(session)
    rows = []
    for device_id, values in devices.items():
        if values.pop("_made_later", False) and not _was_there(values, first_issued.get(device_id), day):
            continue
        held = _Held(holders.get(device_id), owners.get(device_id), names)
        row = _device_row(device_id, values, held, enrolments.get(device_id), cards.get(device_id), names, day)
        if search is None or row_matches(row, search, day):
            rows.append(row)
    return sorted(rows, key=lambda row: (row.asset_tag is None, row.asset_tag or "", row.id))


def _rows_then(session: Session, kind: type[Model], moment: datetime, standing: Standing) -> dict[int, Values]:
    """Rows as they were at a moment: today's, with every later change folded back, newest first.

    A row made later carries `_made_later`; one deleted since is there again. An undo, and what it took back, cancel out.
    A field that somebody wrote late, but for a day before the moment, is not folded back past that.
    """
    columns = kept_columns(kind)
    statement = select(kind.id, *(getattr(kind, name) for name in columns))
    rows: dict[int, Values] = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in session.execute(statement)}
    later = (
        select(Change.event_id, Change.subject_id, Change.kind, Change.before, Event.effective_at > moment)
        .join(Event, Event.id == Change.event_id)
        .where(Change.subject == kind.__tablename__, Event.recorded_at > moment)
        .order_by(Change.id.desc())
    )
    scope = session.info.get("scope")
    if scope is not None:
        later = later.where(Change.organisation_id.in_(scope))
    fold = _Fold(rows, _converters(kind), _cancelled(session, kind, standing))
    # Below the walls, which hide an event that concerns several organisations: the scope of the changes is enough.
    for event_id, subject_id, change_kind, before, is_later in session.connection().execute(later):
        if event_id not in standing.undoes:
            fold.back(event_id, subject_id, change_kind, before or {}, is_later)
    return rows


def _cancelled(session: Session, kind: type[Model], standing: Standing) -> dict[tuple[int, int], frozenset[str]]:
    """(event, row) -> the fields that an undo took back."""
    undone = {undo: event_id for event_id, undo in standing.undone_by.items()}
    found: dict[tuple[int, int], frozenset[str]] = {}
    for batch in batches(undone):
        rows = session.connection().execute(
            select(Change.event_id, Change.subject_id, Change.before, Change.after).where(
                Change.subject == kind.__tablename__, Change.event_id.in_(batch)
            )
        )
        for undo, subject_id, before, after in rows:
            found[undone[undo], subject_id] = frozenset((before or {}).keys() | (after or {}).keys())
    return found


class _Fold:
    """Today's rows, from which changes are taken away one by one."""

    def __init__(
        self,
        rows: dict[int, Values],
        convert: Mapping[str, Any],
        cancelled: Mapping[tuple[int, int], frozenset[str]],
    ) -> None:
        self.rows, self.convert, self.cancelled = rows, convert, cancelled
        self.settled: dict[int, set[str]] = {}
        """Row -> fields that were written afterwards for a day before the moment."""

    def back(self, event_id: int, row_id: int, kind: str, before: Mapping[str, Any], is_later: bool) -> None:
        """Take one change away, or note what it settles."""
        if kind == "update":
            cancelled = self.cancelled.get((event_id, row_id), frozenset())
            self._update(row_id, {name: value for name, value in before.items() if name not in cancelled}, is_later)
        elif not is_later or (event_id, row_id) in self.cancelled:
            return
        elif kind == "delete":
            self.rows.setdefault(row_id, dict.fromkeys(self.convert))
            self._update(row_id, before, is_later)
        elif row_id in self.rows:
            self.rows[row_id]["_made_later"] = True

    def _update(self, row_id: int, before: Mapping[str, Any], is_later: bool) -> None:
        row = self.rows.get(row_id)
        if row is None:
            return
        if not is_later:
            self.settled.setdefault(row_id, set()).update(before)
            return
        settled = self.settled.get(row_id, ())
        for name, value in before.items():
            if name not in settled:
                read = self.convert.get(name)
                row[name] = value if value is None or read is None else read(value)


def _converters(kind: type[Model]) -> dict[str, Any]:
    """Column -> how its JSON text becomes a value again; None where it already is one."""
    return {name: reader_of(kind.__table__.c[name]) for name in kept_columns(kind)}


def _newest_enrolments(enrolments: Mapping[int, Values], moment: datetime) -> dict[int, Values]:
    """Device -> the enrolment that was open then; the newest where several were."""
    newest: dict[int, tuple[tuple[datetime, int], Values]] = {}
    for enrolment_id, values in enrolments.items():
        if values.pop("_made_later", False) or values["opened_at"] > moment:
            continue
        if values["closed_at"] is not None and values["closed_at"] <= moment:
            continue
        rank = (values["enrolled_at"] or values["opened_at"], enrolment_id)
        held = newest.get(values["device_id"])
        if held is None or rank > held[0]:
            newest[values["device_id"]] = (rank, values)
    return {device_id: values for device_id, (_, values) in newest.items()}


def _owners(registrations: Mapping[int, Values], day: date) -> dict[int, int]:
    """Own device -> the person who had registered it and had not ended that."""
    found: dict[int, int] = {}
    for values in registrations.values():
        ended = values["state"] == "ended" and (values["ended_on"] is None or values["ended_on"] <= day)
        if values["device_id"] is not None and values["requested_on"] <= day and not ended:
            found[values["device_id"]] = max(found.get(values["device_id"], 0), values["person_id"])
    return found


def _cards(sims: Mapping[int, Values]) -> dict[int, str]:
    """Device -> the SIM that was recorded in it."""
    found: dict[int, str] = {}
    for values in sims.values():
        if values["device_id"] is not None and not values.get("_made_later"):
            found[values["device_id"]] = min(found.get(values["device_id"], values["iccid"]), values["iccid"])
    return found


def _holders(session: Session, day: date) -> dict[int, Any]:
    """Device -> (person, site, team, issued_on, due_on) of the assignment whose interval covers the day."""
    rows = session.execute(
        select(
            Assignment.device_id, Assignment.person_id, Assignment.site_id, Assignment.team_id, Assignment.issued_on,
            Assignment.due_on,
        )
        .where(Assignment.issued_on <= day, or_(Assignment.returned_on.is_(None), Assignment.returned_on > day))
        .order_by(Assignment.issued_on, Assignment.id)
    )  # fmt: skip
    return {row[0]: row[1:] for row in rows}


def _first_issued(session: Session) -> dict[int, date]:
    rows = session.execute(select(Assignment.device_id, Assignment.issued_on).order_by(Assignment.issued_on.desc()))
    return {row[0]: row[1] for row in rows}


def _was_there(values: Values, first_issued: date | None, day: date) -> bool:
    """Whether a device that entered the register later existed on the day: bought, delivered or issued by then."""
    days = [one for one in (values.get("purchased_on"), values.get("status_since"), first_issued) if one is not None]
    return bool(days) and min(days) <= day


class _Held:
    """Who had a device: a person, a site or team, or the person whose own it is."""

    def __init__(self, assignment: Any, owner: int | None, names: "_Names") -> None:
        nothing: tuple[Any, ...] = (None, None, None, None, None)
        person_id, self.site_id, self.team_id, self.issued_on, self.due_on = assignment or nothing
        self.shared = assignment is not None and person_id is None
        self.assigned = assignment is not None
        person: tuple[Any, Any, Any] | None = names.people.get(person_id or owner or 0)
        self.person_id = None if person is None else (person_id or owner)
        self.name, self.upn, self.persons_team = person or nothing[:3]


def _device_row(
    device_id: int, values: Values, held: _Held, enrolment: Values | None, card: str | None, names: "_Names", day: date
) -> DeviceRow:
    site = names.sites.get(held.site_id or values["site_id"] or 0)
    team = names.teams.get(held.team_id or held.persons_team or values["team_id"] or 0, (None, None))
    shared = (site if held.site_id else team[0]) if held.shared else None
    seen = enrolment or {}
    return DeviceRow(
        id=device_id, kind=values["kind"], model=names.models.get(values["model_id"] or 0), serial=values["serial"],
        imei=values["imei"], asset_tag=values["asset_tag"], status=_status(values, held.assigned, day),
        organisation=names.organisations.get(values["organisation_id"], ""), site=site, team=team[0],
        holder=shared or held.name, holder_upn=held.upn, holder_id=held.person_id, os_version=seen.get("os_version"),
        compliance=seen.get("compliance"), last_seen=None, ownership=values["ownership"],
        device_name=seen.get("device_name"), phone_number=seen.get("phone_number"), iccid=seen.get("iccid") or card,
        supervised=seen.get("supervised"), encrypted=seen.get("encrypted"), enrolled_at=seen.get("enrolled_at"),
        enrolled_upn=seen.get("upn"), tenant=names.tenants.get(seen.get("tenant_id") or 0), issued_on=held.issued_on,
        due_on=held.due_on, purchased_on=values["purchased_on"], price_pence=values["price_pence"],
        warranty_until=values["warranty_until"], cost_code=values["cost_code"] or team[1],
    )  # fmt: skip


def _status(values: Values, held: bool, day: date) -> str:
    since = values.get("status_since")
    if since is None or since <= day:
        return str(values["status"])
    return "issued" if held else UNKNOWN


class _Names:
    """Names by id, each kind read once."""

    def __init__(self, session: Session) -> None:
        self.organisations = _pairs(session, Organisation.id, Organisation.key)
        self.models = _pairs(session, DeviceModel.id, DeviceModel.name)
        self.sites = _pairs(session, Site.id, Site.name)
        self.tenants = _pairs(session, Tenant.id, Tenant.key)
        teams = session.execute(select(Team.id, Team.name, Team.cost_code))
        self.teams: dict[int, tuple[Any, Any]] = {row[0]: (row[1], row[2]) for row in teams}
        people = session.execute(
            select(Person.id, Person.display_name, Person.upn, Person.team_id).where(
                or_(
                    Person.id.in_(select(Assignment.person_id).where(Assignment.person_id.is_not(None))),
                    Person.id.in_(select(ByodRegistration.person_id)),
                )
            )
        )
        self.people: dict[int, tuple[Any, Any, Any]] = {row[0]: (row[1], row[2], row[3]) for row in people}


def _pairs(session: Session, key: Any, name: Any) -> dict[int, str]:
    rows: Iterable[Any] = session.execute(select(key, name))
    return {row[0]: row[1] for row in rows}
