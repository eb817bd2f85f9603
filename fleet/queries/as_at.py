"""The devices as at any day, from history: intervals of custody and enrolment, and changes taken back (see `past`).

Check-ins and free storage make no history and are unknown for the past. Names of models and tenants are today's.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Delivery,
    Device,
    DeviceModel,
    Enrolment,
    Model,
    Organisation,
    Person,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.domain.drafts import records_of
from fleet.domain.records import DeviceRow
from fleet.domain.search import Search, row_matches
from fleet.queries.past import Then, Wanted, rows_then

UNKNOWN = "unknown"
"""Status on a day before the register has anything to say about the device's status."""

_OF_DEVICE = (
    "kind", "serial", "imei", "asset_tag", "ownership", "purchased_on", "price_pence", "warranty_until", "ethernet_mac",
)  # fmt: skip
_OF_ENROLMENT = (
    "os_version", "compliance", "device_name", "phone_number", "supervised", "encrypted", "enrolled_at",
)  # fmt: skip
CUSTODY = ("device_id", "person_id", "site_id", "team_id", "issued_on", "due_on", "returned_on")
_WANTED: Wanted = {
    Device: (
        *_OF_DEVICE,
        "status",
        "status_since",
        "organisation_id",
        "model_id",
        "site_id",
        "team_id",
        "cost_code",
        "delivery_id",
    ),
    Enrolment: (*_OF_ENROLMENT, "device_id", "tenant_id", "upn", "iccid", "opened_at", "closed_at"),
    ByodRegistration: ("device_id", "person_id", "state", "requested_on", "ended_on"),
    Sim: ("device_id", "iccid"),
    Assignment: CUSTODY,
    Person: ("display_name", "upn", "team_id"),
    Site: ("name",),
    Team: ("name", "cost_code"),
}
_FIELDS = [one.name for one in dataclasses.fields(DeviceRow)]
_NOT_KEPT: Mapping[str, Any] = {"last_seen": None, "open_findings": 0, "version": 1}
"""Fields that make no history, and what a row says of them."""

Columns = dict[str, Iterable[Any]]


def devices_as_at(session: Session, day: date, search: Search | None = None) -> list[DeviceRow]:
    """All devices there were at the end of a London day, by asset tag. A fixed number of statements, whatever the size."""
    moment = end_of_day(day)
    then = rows_then(session, moment, _WANTED)
    devices = _those_there(session, then[Device], day)
    held = _custody(devices, then, day)
    columns: Columns = {name: devices[name] for name in ("id", *_OF_DEVICE)}
    columns |= {name: repeat(value) for name, value in _NOT_KEPT.items()}
    columns |= zip(_HELD, zip(*held, strict=True), strict=True) if held else dict.fromkeys(_HELD, ())
    columns |= _enrolled(session, devices["id"], then, moment)
    on_its_way = _on_its_way(session, devices, day)
    columns["status"] = [
        status if since is None or since <= day else "issued" if one[_ASSIGNED] else on_its_way.get(device_id, UNKNOWN)
        for device_id, status, since, one in zip(
            devices["id"], devices["status"], devices["status_since"], held, strict=True
        )
    ]
    columns["model"] = _named(_pairs(session, DeviceModel.id, DeviceModel.name), devices["model_id"])
    organisations = _pairs(session, Organisation.id, Organisation.key)
    columns["organisation"] = [organisations.get(one, "") for one in devices["organisation_id"]]
    rows = records_of(DeviceRow, [columns[name] for name in _FIELDS])
    if search is not None:
        rows = [row for row in rows if row_matches(row, search, day)]
    return sorted(rows, key=_by_tag)


def _by_tag(row: DeviceRow) -> tuple[bool, str, int]:
    return row.asset_tag is None, row.asset_tag or "", row.id


def _those_there(session: Session, devices: Then, day: date) -> dict[str, list[Any]]:
    """The columns without the devices that nobody had yet."""
    columns = devices.columns
    if not devices.made_later:
        return columns
    rows = session.execute(select(Assignment.device_id, func.min(Assignment.issued_on)).group_by(Assignment.device_id))
    first: dict[int, date] = {row[0]: row[1] for row in rows}
    kept = [
        position
        for position, (device_id, bought, since) in enumerate(devices.each("id", "purchased_on", "status_since"))
        if device_id not in devices.made_later or _was_there((bought, since, first.get(device_id)), day)
    ]
    return {name: [column[position] for position in kept] for name, column in columns.items()}


def _was_there(days: Iterable[date | None], day: date) -> bool:
    """Whether a device that entered the register later existed on the day: bought, delivered or issued by then."""
    return any(one is not None and one <= day for one in days)


def _on_its_way(session: Session, devices: Mapping[str, list[Any]], day: date) -> dict[int, str]:
    """Device -> ordered or delivered, by the day of its delivery where that is known and nobody had had it by then."""
    names = ("id", "delivery_id", "status_since")
    later = [row for row in zip(*(devices[one] for one in names), strict=True) if row[2] is not None and row[2] > day]
    if not later:
        return {}
    delivered = _pairs(session, Delivery.id, Delivery.delivered_on)
    had = select(Assignment.device_id).where(Assignment.issued_on <= day).distinct()
    known = {row[0] for row in session.execute(had)}
    found = {}
    for device_id, delivery_id, _since in later:
        arrived: Any = delivered.get(delivery_id or 0)
        if arrived is not None and device_id not in known:
            found[device_id] = "delivered" if arrived <= day else "ordered"
    return found


# --- who had it ----------------------------------------------------------------------------------------------

_HELD = ("site", "team", "holder", "holder_upn", "holder_id", "issued_on", "due_on", "cost_code", "assigned")
_ASSIGNED = _HELD.index("assigned")


def open_custody(assignments: Then, day: date) -> dict[int, tuple[Any, ...]]:
    """Device -> (assignment, *CUSTODY) of the assignment whose interval covers the day; the newest where several do."""
    found: dict[int, tuple[Any, ...]] = {}
    for row in assignments.each("id", *CUSTODY):
        issued_on, returned_on = row[5], row[7]
        if issued_on <= day and (returned_on is None or returned_on > day):
            other = found.get(row[1])
            if other is None or (other[5], other[0]) < (issued_on, row[0]):
                found[row[1]] = row
    return found


def _custody(devices: Mapping[str, list[Any]], then: Mapping[type[Model], Then], day: date) -> list[tuple[Any, ...]]:
    """For each device the values of `_HELD`."""
    custody, owners = open_custody(then[Assignment], day), _owners(then[ByodRegistration], day)
    tell = _teller(then)
    return [
        tell(custody.get(device_id), owners.get(device_id), site_id, team_id, cost_code)
        for device_id, site_id, team_id, cost_code in zip(
            *(devices[name] for name in ("id", "site_id", "team_id", "cost_code")), strict=True
        )
    ]


def _teller(then: Mapping[type[Model], Then]) -> Callable[..., tuple[Any, ...]]:
    """What says who had a device: a person, a site or team, or the person whose own it is."""
    people = then[Person].by_id("display_name", "upn", "team_id")
    sites = then[Site].by_id("name")
    teams = then[Team].by_id("name", "cost_code")
    nobody, nowhere, no_team, not_held = (None, None, None), (None,), (None, None), (None,) * 8

    def tell(
        held: Sequence[Any] | None, owner: int | None, site_id: int | None, team_id: int | None, cost_code: str | None
    ) -> tuple[Any, ...]:
        _, _, person_id, held_site, held_team, issued_on, due_on, _ = held or not_held
        shared = held is not None and person_id is None
        person_id = person_id or owner
        person = people.get(person_id, nobody) if person_id else nobody
        (site,) = sites.get(held_site or site_id or 0, nowhere)
        team = teams.get(held_team or person[2] or team_id or 0, no_team)
        place = (site if held_site else team[0]) if shared else None
        return (
            site, team[0], place or person[0], person[1], None if person is nobody else person_id, issued_on, due_on,
            cost_code or team[1], held is not None,
        )  # fmt: skip

    return tell


def _owners(registrations: Then, day: date) -> dict[int, int]:
    """Own device -> the person who had registered it and had not ended that."""
    found: dict[int, int] = {}
    for device_id, person_id, state, requested_on, ended_on in registrations.each(*_WANTED[ByodRegistration]):
        ended = state == "ended" and (ended_on is None or ended_on <= day)
        if device_id is not None and requested_on <= day and not ended:
            found[device_id] = max(found.get(device_id, 0), person_id)
    return found


# --- what was in it, and what Intune said --------------------------------------------------------------------


def _cards(sims: Then) -> dict[int, str]:
    """Device -> the SIM that was recorded in it."""
    found: dict[int, str] = {}
    for device_id, iccid in sims.there("device_id", "iccid"):
        if device_id is not None:
            found[device_id] = min(found.get(device_id, iccid), iccid)
    return found


def newest_enrolments(enrolments: Then, moment: datetime) -> dict[int, int]:
    """Device -> position of the enrolment that was open then; the newest where several were."""
    newest: dict[int, tuple[datetime, int, int]] = {}
    rows = enrolments.each("id", "device_id", "opened_at", "closed_at", "enrolled_at")
    for position, (enrolment_id, device_id, opened_at, closed_at, enrolled_at) in enumerate(rows):
        if opened_at > moment or (closed_at is not None and closed_at <= moment):
            continue
        if enrolment_id in enrolments.made_later:
            continue
        rank = (enrolled_at or opened_at, enrolment_id, position)
        if device_id not in newest or rank > newest[device_id]:
            newest[device_id] = rank
    return {device_id: rank[2] for device_id, rank in newest.items()}


def _enrolled(session: Session, devices: list[int], then: Mapping[type[Model], Then], moment: datetime) -> Columns:
    """The columns of what was enrolled; a SIM that Intune names goes before the one recorded."""
    enrolments = then[Enrolment].columns
    newest = newest_enrolments(then[Enrolment], moment)
    positions = [newest.get(one) for one in devices]
    columns: Columns = {name: _at(enrolments[name], positions) for name in _OF_ENROLMENT}
    cards = _cards(then[Sim])
    seen_in = zip(devices, _at(enrolments["iccid"], positions), strict=True)
    columns["iccid"] = [iccid or cards.get(device_id) for device_id, iccid in seen_in]
    columns["enrolled_upn"] = _at(enrolments["upn"], positions)
    tenants = _pairs(session, Tenant.id, Tenant.key)
    columns["tenant"] = _named(tenants, _at(enrolments["tenant_id"], positions))
    return columns


def _at(column: list[Any], positions: list[int | None]) -> list[Any]:
    return [None if one is None else column[one] for one in positions]


def _named(names: Mapping[int, str], ids: Iterable[int | None]) -> list[str | None]:
    return [names.get(one or 0) for one in ids]


def _pairs(session: Session, key: Any, name: Any) -> dict[int, str]:
    rows: Iterable[Any] = session.execute(select(key, name))
    return {row[0]: row[1] for row in rows}
