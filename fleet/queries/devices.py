"""Lists of devices: filtered, sorted and paged by the database."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
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
from fleet.domain.records import DeviceRow
from fleet.queries.device_order import all_ids, closest_first, first_ids, ids_of, nearness
from fleet.queries.device_search import SORTS, DeviceQuery, conditions, contains, joined, narrow, order

__all__ = [
    "SORTS",
    "DeviceQuery",
    "contains",
    "count_devices",
    "device_ids",
    "device_row",
    "first_devices",
    "list_devices",
    "nearness",
]

_OPEN_FINDINGS = (
    select(func.count())
    .select_from(Finding)
    .where(Finding.subject_type == "device", Finding.subject_id == Device.id, Finding.state == "open")
    .correlate(Device)
    .scalar_subquery()
)
_ICCID = select(func.min(Sim.iccid)).where(Sim.device_id == Device.id).correlate(Device).scalar_subquery()


def _columns() -> tuple[Any, ...]:
    """In the order of `DeviceRow`."""
    return (
        Device.id, Device.kind, DeviceModel.name, Device.serial, Device.imei, Device.asset_tag, Device.status,
        Organisation.key, func.coalesce(Site.name, ""), func.coalesce(Team.name, ""), Person.display_name, Person.upn, Person.id,
        Enrolment.os_version, Enrolment.compliance, Enrolment.last_seen, Device.ownership, Enrolment.device_name,
        Enrolment.phone_number, func.coalesce(Enrolment.iccid, _ICCID), Enrolment.supervised, Enrolment.encrypted,
        Enrolment.enrolled_at, Enrolment.upn, Tenant.key, Assignment.issued_on, Assignment.due_on, Device.purchased_on,
        Device.price_pence, Device.warranty_until, func.coalesce(Device.cost_code, Team.cost_code), _OPEN_FINDINGS,
        Device.version, Device.ethernet_mac, Assignment.id, Assignment.person_id, Assignment.site_id,
    )  # fmt: skip


def list_devices(
    session: Session, query: DeviceQuery, *, now: datetime, offset: int = 0, limit: int | None = None
) -> list[DeviceRow]:
    """A page of devices as rows: their ids in order, then the rows. All of them take one statement, as the columns say."""
    if limit is not None:
        return _rows_of(session, ids_of(session, query, now, offset, limit))
    by = closest_first(session, query) if query.closest and query.search.words else order(query)
    statement = joined(*_columns()).where(*conditions(session, query, now)).order_by(*by).offset(offset)
    return [device_row(row) for row in session.execute(statement)]


def first_devices(session: Session, query: DeviceQuery, *, now: datetime, limit: int) -> tuple[list[DeviceRow], bool]:
    """What of the first page is known at once, and whether that is all of it; see `first_ids`."""
    ids, whole = first_ids(session, query, now, limit)
    return _rows_of(session, ids), whole


def _rows_of(session: Session, ids: Sequence[int]) -> list[DeviceRow]:
    if not ids:
        return []
    found = {row[0]: device_row(row) for row in session.execute(_by_id(), {"ids": ids})}
    return [found[one] for one in ids if one in found]


@cache
def _by_id() -> Select[Any]:
    return joined(*_columns()).where(Device.id.in_(bindparam("ids", expanding=True)))


def count_devices(session: Session, query: DeviceQuery, *, now: datetime) -> int:
    """How many devices a query has in all."""
    wanted = conditions(session, query, now)
    if not wanted:
        return session.execute(select(func.count(Device.id))).scalar_one()
    statement = narrow(query, func.count(Device.id)).where(*wanted)
    return int(session.execute(statement).scalar_one())


def device_ids(session: Session, query: DeviceQuery, *, now: datetime) -> list[int]:
    """Ids of all devices of a query, in order: `mark all that match`."""
    return all_ids(session, query, now)


def device_row(row: Any) -> DeviceRow:
    """A `_columns` row as a `DeviceRow`; equipment of a site or team is held by that site or team."""
    values = list(row[:34])
    shared = row[34] is not None and row[35] is None
    if shared:
        values[10] = (values[8] if row[36] is not None else values[9]) or None
    values[8], values[9] = values[8] or None, values[9] or None
    return DeviceRow(*values)
