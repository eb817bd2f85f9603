"""Lists of devices: one SELECT with joins, filtered, sorted and paged by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Finding,
    Organisation,
    Person,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.database.search import SEPARATOR
from fleet.domain.records import DeviceRow
from fleet.domain.search import Filter, Search, fold, version_matches
from fleet.errors import UsageProblem

_OPEN_FINDINGS = (
    select(func.count())
    .select_from(Finding)
    .where(Finding.subject_type == "device", Finding.subject_id == Device.id, Finding.state == "open")
    .correlate(Device)
    .scalar_subquery()
)
_ICCID = select(func.min(Sim.iccid)).where(Sim.device_id == Device.id).correlate(Device).scalar_subquery()
_REGISTERED = (
    select(func.max(ByodRegistration.person_id))
    .where(ByodRegistration.device_id == Device.id, ByodRegistration.state != "ended")
    .correlate(Device)
    .scalar_subquery()
)
_ENROLMENT_OPEN = Enrolment.closed_at.is_(None)
HOLDER = func.coalesce(Person.display_name, Site.name, Team.name)


def _columns() -> tuple[Any, ...]:
    """In the order of `DeviceRow`."""
    return (
        Device.id, Device.kind, DeviceModel.name, Device.serial, Device.imei, Device.asset_tag, Device.status,
        Organisation.key, func.coalesce(Site.name, ""), func.coalesce(Team.name, ""), Person.display_name, Person.upn, Person.id,
        Enrolment.os_version, Enrolment.compliance, Enrolment.last_seen, Device.ownership, Enrolment.device_name,
        Enrolment.phone_number, func.coalesce(Enrolment.iccid, _ICCID), Enrolment.supervised, Enrolment.encrypted,
        Enrolment.enrolled_at, Enrolment.upn, Tenant.key, Assignment.issued_on, Assignment.due_on, Device.purchased_on,
        Device.price_pence, Device.warranty_until, func.coalesce(Device.cost_code, Team.cost_code), _OPEN_FINDINGS,
        Device.version, Assignment.id, Assignment.person_id, Assignment.site_id,
    )  # fmt: skip


def _joined(*columns: Any) -> Select[Any]:
    statement: Any = (
        select(*columns)
        .select_from(Device)
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Assignment, and_(Assignment.device_id == Device.id, Assignment.returned_on.is_(None)))
        .outerjoin(Person, Person.id == func.coalesce(Assignment.person_id, _REGISTERED))
        .outerjoin(Site, Site.id == func.coalesce(Assignment.site_id, Device.site_id))
        .outerjoin(Team, Team.id == func.coalesce(Assignment.team_id, Person.team_id, Device.team_id))
        .outerjoin(Enrolment, and_(Enrolment.id == Device.enrolment_id, _ENROLMENT_OPEN))
        .outerjoin(Tenant, Tenant.id == Enrolment.tenant_id)
    )
    return statement  # type: ignore[no-any-return]


SORTS: Mapping[str, Any] = MappingProxyType(
    {
        "asset_tag": Device.asset_tag,
        "serial": Device.serial,
        "imei": Device.imei,
        "kind": Device.kind,
        "model": DeviceModel.name,
        "status": Device.status,
        "organisation": Organisation.key,
        "site": Site.name,
        "team": Team.name,
        "holder": Person.display_name,
        "os_version": Enrolment.os_version,
        "compliance": Enrolment.compliance,
        "last_seen": Enrolment.last_seen,
        "issued_on": Assignment.issued_on,
        "due_on": Assignment.due_on,
        "purchased_on": Device.purchased_on,
    }
)
"""Sort key -> column."""


EVERYTHING = Search()


@dataclass(frozen=True, slots=True)
class DeviceQuery:
    """Which devices, in which order."""

    search: Search = EVERYTHING
    sort: str = "asset_tag"
    """A sort key; or several with commas, the first most important, each with a minus to turn it round."""
    descending: bool = False
    ids: Sequence[int] | None = None
    closest: bool = False
    """Best match first where words are typed; the sort keys decide among equals."""


CONSIDERED = 2_000
"""Devices among which the best matches are looked for; the rest follows in the order of the sort keys."""


def list_devices(
    session: Session, query: DeviceQuery, *, now: datetime, offset: int = 0, limit: int | None = None
) -> list[DeviceRow]:
    """A page of devices as rows; blanks sort last. One statement; two where a page ends beyond the best matches."""
    if query.closest and query.search.words and offset < CONSIDERED:
        return _closest_first(session, query, now, offset, limit)
    page = _page_ids(session, query, now).offset(offset).limit(limit)
    order = _order(query)
    if limit is None:
        statement = _joined(*_columns()).where(*_conditions(session, query, now)).order_by(*order).offset(offset)
    else:
        ids = page.subquery()
        statement = _joined(*_columns()).join(ids, ids.c.id == Device.id).order_by(*order)
    return [device_row(row) for row in session.execute(statement)]


def _closest_first(
    session: Session, query: DeviceQuery, now: datetime, offset: int, limit: int | None
) -> list[DeviceRow]:
    """The best of the first `CONSIDERED` in order of nearness, then the others as they are sorted."""
    wanted = CONSIDERED - offset if limit is None else min(limit, CONSIDERED - offset)
    considered = _page_ids(session, query, now).limit(CONSIDERED).subquery()
    order = (nearness(session, Device.hay, query.search.words), *_order(query))
    joined = considered.c.id == Device.id
    page = _narrow(query, Device.id).join(considered, joined).order_by(*order).offset(offset).limit(wanted).subquery()
    statement = _joined(*_columns()).join(page, page.c.id == Device.id).order_by(*order)
    rows = [device_row(row) for row in session.execute(statement)]
    if len(rows) < wanted or wanted == limit:
        return rows
    left = None if limit is None else limit - wanted
    return rows + list_devices(session, query, now=now, offset=CONSIDERED, limit=left)


def nearness(session: Session, column: Any, words: Sequence[str]) -> Any:
    """How near a search text is to folded words: 0 a part of it is exactly that, 1 begins with it, 2 each word begins a
    word, 3 they occur somewhere."""
    text, phrase = literal(SEPARATOR) + column + literal(SEPARATOR), " ".join(words)
    begun = and_(
        *(or_(*(contains(session, text, f"{mark}{word}") for mark in (SEPARATOR, " ", "-"))) for word in words)
    )
    return case(
        (contains(session, text, f"{SEPARATOR}{phrase}{SEPARATOR}"), 0),
        (contains(session, text, f"{SEPARATOR}{phrase}"), 1),
        (begun, 2),
        else_=3,
    )


def count_devices(session: Session, query: DeviceQuery, *, now: datetime) -> int:
    """How many devices a query has in all."""
    conditions = _conditions(session, query, now)
    if not conditions:
        return session.execute(select(func.count(Device.id))).scalar_one()
    statement = _narrow(query, func.count(Device.id)).where(*conditions)
    return int(session.execute(statement).scalar_one())


def device_ids(session: Session, query: DeviceQuery, *, now: datetime) -> list[int]:
    """Ids of all devices of a query, in order: `mark all that match`."""
    return list(session.execute(_page_ids(session, query, now)).scalars())


def _page_ids(session: Session, query: DeviceQuery, now: datetime) -> Select[Any]:
    return _narrow(query, Device.id).where(*_conditions(session, query, now)).order_by(*_order(query))


def _narrow(query: DeviceQuery, column: Any) -> Select[Any]:
    """Without joins where neither a filter nor the order needs one: 200,000 rows stay fast."""
    own = {"asset_tag", "serial", "imei", "kind", "status", "purchased_on"}
    plain_filters = {"status", "kind", "own", "finding"}
    sorts = {name.removeprefix("-") for name in query.sort.split(",")}
    if sorts <= own and all(one.name in plain_filters for one in query.search.filters):
        return select(column).select_from(Device)
    return _joined(column)


def _order(query: DeviceQuery) -> tuple[Any, ...]:
    order: list[Any] = []
    for name in query.sort.split(","):
        column = SORTS.get(name.removeprefix("-"))
        if column is None:
            raise UsageProblem(f"Devices can't be sorted by {name}. Sort by one of {', '.join(SORTS)}.")
        turned = name.startswith("-") != query.descending
        order += [column.is_(None), column.desc() if turned else column.asc()]
    return (*order, Device.id)


def device_row(row: Any) -> DeviceRow:
    """A `_columns` row as a `DeviceRow`; equipment of a site or team is held by that site or team."""
    values = list(row[:33])
    shared = row[33] is not None and row[34] is None
    if shared:
        values[10] = (values[8] if row[35] is not None else values[9]) or None
    values[8], values[9] = values[8] or None, values[9] or None
    return DeviceRow(*values)


def _conditions(session: Session, query: DeviceQuery, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [contains(session, Device.hay, word) for word in query.search.words]
    if query.ids is not None:
        conditions.append(Device.id.in_(query.ids))
    for one in query.search.filters:
        condition = _FILTERS[one.name](session, one, now)
        conditions.append(not_(func.coalesce(condition, literal(False))) if one.negative else condition)
    return conditions


def contains(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """Whether a folded column holds a folded text; no pattern characters to escape."""
    if session.get_bind().dialect.name == "postgresql":
        return func.strpos(column, text) > 0
    return func.instr(column, text) > 0


def _named(session: Session, columns: Sequence[Any], text: str) -> ColumnElement[bool]:
    """Part of a name, case ignored. Accents count here: SQL folds ASCII only."""
    lowered = text.lower()
    return or_(*(contains(session, func.lower(column), lowered) for column in columns))


def _filter_os(session: Session, one: Filter, _now: datetime) -> ColumnElement[bool]:
    """Versions are few: compare them in Python, as numbers."""
    versions = session.execute(select(Enrolment.os_version).where(_ENROLMENT_OPEN).distinct()).scalars()
    matching = [each for each in versions if each and version_matches(each, one.operator, one.value)]
    return Enrolment.os_version.in_(matching)


def _filter_seen(_session: Session, one: Filter, now: datetime) -> ColumnElement[bool]:
    if one.value.lower() == "never":
        return Enrolment.last_seen.is_(None)
    moment = now - timedelta(days=int(one.value.rstrip("dD")))
    return Enrolment.last_seen < moment if one.operator in (">", ">=") else Enrolment.last_seen >= moment


def _filter_due(_session: Session, one: Filter, now: datetime) -> ColumnElement[bool]:
    today = london_date(now)
    if one.value.lower() == "overdue":
        return Assignment.due_on < today
    if one.value.lower() == "any":
        return Assignment.due_on.is_not(None)
    day: date = today + timedelta(days=int(one.value.rstrip("dD")))
    return Assignment.due_on > day if one.operator in (">", ">=") else Assignment.due_on <= day


def _filter_held(session: Session, one: Filter, _now: datetime) -> ColumnElement[bool]:
    if one.value.lower() in ("nobody", "none"):
        return and_(Assignment.id.is_(None), Person.id.is_(None))
    shared = and_(Assignment.id.is_not(None), Assignment.person_id.is_(None))
    place = case((Assignment.site_id.is_not(None), Site.name), else_=Team.name)
    return or_(
        _named(session, (Person.display_name, Person.upn), one.value),
        and_(shared, _named(session, (place,), one.value)),
    )


def _filter_finding(_session: Session, one: Filter, _now: datetime) -> ColumnElement[bool]:
    about = [Finding.subject_type == "device", Finding.subject_id == Device.id, Finding.state == "open"]
    if one.value.lower() != "any":
        about.append(Finding.rule == one.value.lower())
    return exists(select(Finding.id).where(*about).correlate(Device))


_FILTERS: Mapping[str, Any] = MappingProxyType(
    {
        "status": lambda _s, one, _n: Device.status == one.value.lower().replace(" ", "_").replace("-", "_"),
        "kind": lambda _s, one, _n: Device.kind == one.value.lower().replace(" ", "_").replace("-", "_"),
        "own": lambda _s, one, _n: Device.ownership == one.value.lower(),
        "org": lambda _s, one, _n: Organisation.key == one.value.lower(),
        "site": lambda s, one, _n: _named(s, (Site.name,), one.value),
        "team": lambda s, one, _n: _named(s, (Team.name,), one.value),
        "model": lambda s, one, _n: _named(s, (DeviceModel.name,), one.value),
        "compliance": lambda _s, one, _n: func.lower(Enrolment.compliance) == one.value.lower(),
        "tenant": lambda _s, one, _n: Tenant.key == one.value.lower(),
        "os": _filter_os,
        "seen": _filter_seen,
        "due": _filter_due,
        "held": _filter_held,
        "finding": _filter_finding,
    }
)

__all__ = ["SORTS", "DeviceQuery", "contains", "count_devices", "device_ids", "device_row", "fold", "list_devices"]
