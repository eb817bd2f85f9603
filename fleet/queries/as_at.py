"""The estate as at any day, from history: intervals of custody and enrolment, and changes folded back.

Two clocks: `effective_at` (when it happened) decides what was true; `recorded_at` (when we were told) does not, so a
return entered late counts from the day it happened. Check-ins and free storage make no history and are unknown for
the past. Names of people, sites and teams are today's.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.history import kept_columns
from fleet.database.models import (
    Assignment,
    Change,
    Device,
    DeviceModel,
    Enrolment,
    Event,
    Model,
    Organisation,
    Person,
    Site,
    Team,
    Tenant,
)
from fleet.domain.records import DeviceRow
from fleet.domain.search import Search, row_matches

UNKNOWN = "unknown"
"""Status on a day before the register has anything to say about the device's status."""

Values = dict[str, Any]


def devices_as_at(session: Session, day: date, search: Search | None = None) -> list[DeviceRow]:
    """All devices there were at the end of a London day, by asset tag. A fixed number of statements, whatever the size."""
    moment = end_of_day(day)
    names = _Names(session)
    devices = _rows_then(session, Device, moment)
    enrolments = _newest_enrolments(_rows_then(session, Enrolment, moment), moment)
    holders = _holders(session, day)
    first_issued = _first_issued(session)
    rows = []
    for device_id, values in devices.items():
        holder = holders.get(device_id)
        if values.pop("_made_later", False) and not _was_there(values, first_issued.get(device_id), day):
            continue
        row = _device_row(device_id, values, holder, enrolments.get(device_id), names, day)
        if search is None or row_matches(row, search, day):
            rows.append(row)
    return sorted(rows, key=lambda row: (row.asset_tag is None, row.asset_tag or "", row.id))


def _rows_then(session: Session, kind: type[Model], moment: datetime) -> dict[int, Values]:
    """Rows as they were at a moment: today's, with every later change folded back, newest first.

    A row made later carries `_made_later`; one deleted since is there again.
    """
    columns = kept_columns(kind)
    statement = select(kind.id, *(getattr(kind, name) for name in columns))
    rows: dict[int, Values] = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in session.execute(statement)}
    later = (
        select(Change.subject_id, Change.kind, Change.before)
        .join(Event, Event.id == Change.event_id)
        .where(Change.subject == kind.__tablename__, Event.effective_at > moment)
        .order_by(Event.effective_at.desc(), Change.id.desc())
    )
    scope = session.info.get("scope")
    if scope is not None:
        later = later.where(Change.organisation_id.in_(scope))
    convert = _converters(kind)
    for subject_id, change_kind, before in session.execute(later):
        _fold_back(rows, subject_id, change_kind, before, convert)
    return rows


def _fold_back(
    rows: dict[int, Values], subject_id: int, kind: str, before: Mapping[str, Any] | None, convert: Mapping[str, Any]
) -> None:
    if kind == "insert":
        if subject_id in rows:
            rows[subject_id]["_made_later"] = True
        return
    row = rows.setdefault(subject_id, dict.fromkeys(convert)) if kind == "delete" else rows.get(subject_id)
    if row is None or before is None:
        return
    for name, value in before.items():
        row[name] = convert[name](value) if value is not None and convert.get(name) else value


def _converters(kind: type[Model]) -> dict[str, Any]:
    """Column -> how its JSON text becomes a value again; None where it already is one."""
    found: dict[str, Any] = {}
    for name in kept_columns(kind):
        python = kind.__table__.c[name].type.python_type
        found[name] = {date: date.fromisoformat, datetime: datetime.fromisoformat}.get(python)
    return found


def _newest_enrolments(enrolments: Mapping[int, Values], moment: datetime) -> dict[int, Values]:
    """Device -> the enrolment that was open then; the newest where several were."""
    newest: dict[int, Values] = {}
    for values in enrolments.values():
        if values.pop("_made_later", False) or values["opened_at"] > moment:
            continue
        if values["closed_at"] is not None and values["closed_at"] <= moment:
            continue
        held = newest.get(values["device_id"])
        if held is None or _enrolled(values) > _enrolled(held):
            newest[values["device_id"]] = values
    return newest


def _enrolled(values: Values) -> datetime:
    moment: datetime = values["enrolled_at"] or values["opened_at"]
    return moment


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


def _device_row(
    device_id: int, values: Values, holder: Any, enrolment: Values | None, names: "_Names", day: date
) -> DeviceRow:
    person_id, site_id, team_id, issued_on, due_on = holder or (None, None, None, None, None)
    person = names.people.get(person_id, (None, None, None)) if person_id else (None, None, None)
    site = names.sites.get(site_id or values["site_id"] or 0)
    team = names.teams.get(team_id or person[2] or values["team_id"] or 0, (None, None))
    shared = (site if site_id else team[0]) if holder and person_id is None else None
    seen = enrolment or {}
    return DeviceRow(
        id=device_id, kind=values["kind"], model=names.models.get(values["model_id"] or 0), serial=values["serial"],
        imei=values["imei"], asset_tag=values["asset_tag"], status=_status(values, holder, day),
        organisation=names.organisations.get(values["organisation_id"], ""), site=site, team=team[0],
        holder=person[0] or shared, holder_upn=person[1], holder_id=person_id, os_version=seen.get("os_version"),
        compliance=seen.get("compliance"), last_seen=None, ownership=values["ownership"],
        device_name=seen.get("device_name"), phone_number=seen.get("phone_number"), iccid=seen.get("iccid"),
        supervised=seen.get("supervised"), encrypted=seen.get("encrypted"), enrolled_at=seen.get("enrolled_at"),
        enrolled_upn=seen.get("upn"), tenant=names.tenants.get(seen.get("tenant_id") or 0), issued_on=issued_on,
        due_on=due_on, purchased_on=values["purchased_on"], price_pence=values["price_pence"],
        warranty_until=values["warranty_until"], cost_code=values["cost_code"] or team[1],
    )  # fmt: skip


def _status(values: Values, holder: Any, day: date) -> str:
    since = values.get("status_since")
    if since is None or since <= day:
        return str(values["status"])
    return "issued" if holder else UNKNOWN


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
                and_(Person.id.in_(select(Assignment.person_id).where(Assignment.person_id.is_not(None))))
            )
        )
        self.people: dict[int, tuple[Any, Any, Any]] = {row[0]: (row[1], row[2], row[3]) for row in people}


def _pairs(session: Session, key: Any, name: Any) -> dict[int, str]:
    rows: Iterable[Any] = session.execute(select(key, name))
    return {row[0]: row[1] for row in rows}
