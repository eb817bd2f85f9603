"""The search text of devices: everything a person might type, folded once when it changes.

Kept for whatever a transaction touched, so a new name, number, holder or SIM is found at once.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, case, func, or_, select, union

from fleet.database.bulk import update_rows
from fleet.database.lean import among, lean_columns
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Line,
    Person,
    Sim,
    Site,
    Team,
)
from fleet.domain.search import fold

SEPARATOR = "\x1f"
_DEVICE_AND_TEXT = itemgetter(0, 1)
_ICCID = -4
"""Where a row of `_texts` has the SIM, from its end."""
_BATCH = 10_000
_ALL_AT_ONCE = 20_000
"""Above this many devices, reading all search texts in one pass beats asking for them by id."""


def refresh(connection: Connection, touched: Mapping[str, set[int]]) -> None:
    """Write anew the search text of every device that a transaction's changes may have altered."""
    _refresh_people(connection, touched)
    devices = _affected(connection, touched)
    if len(devices) > _ALL_AT_ONCE:
        _write(connection, _texts(), devices)
        return
    for batch in _batches(devices):
        _write(connection, _texts().where(among(Device.id, batch)), None)


def text_of_new(*parts: str | None) -> str:
    """The search text of a device that is about to be added, from what is known of it, in the order of `_texts`."""
    return _join(parts)


def settle(touched: Mapping[str, set[int]], devices: Iterable[int]) -> None:
    """Devices that were added with their search text need no other, unless they are touched again."""
    touched.get("device", set()).difference_update(devices)


def _refresh_people(connection: Connection, touched: Mapping[str, set[int]]) -> None:
    people = set(touched.get("person", ()))
    for batch in _batches(touched.get("team", ())):
        people.update(connection.execute(select(Person.id).where(among(Person.team_id, batch))).scalars())
    for batch in _batches(people):
        rows = connection.execute(
            select(
                Person.id, Person.hay, Person.display_name, Person.given_name, Person.upn, Person.employee_id,
                Person.job_title, Team.name,
            )
            .outerjoin(Team, Team.id == Person.team_id)
            .where(among(Person.id, batch))
        )  # fmt: skip
        stale = [(row[0], text) for row in rows if (text := _join(row[2:])) != row[1]]
        update_rows(connection, Person.__table__, ("hay",), stale)  # type: ignore[arg-type]


def _write(connection: Connection, statement: Select[tuple[int, str]], only: set[int] | None) -> None:
    """A device with two SIMs has two rows, side by side, in whatever order the database likes."""
    stale = []
    rows = chain.from_iterable(zip(*columns, strict=True) for columns in lean_columns(connection, statement))
    for (device_id, stored), of_device in groupby(rows, key=_DEVICE_AND_TEXT):
        parts = [row[2:] for row in of_device]
        if len(parts) > 1:
            parts.sort(key=_iccid)
        text = _join(chain.from_iterable(parts))
        if text != stored and (only is None or device_id in only):
            stale.append((device_id, text))
    update_rows(connection, Device.__table__, ("hay",), stale)  # type: ignore[arg-type]


def _iccid(part: Any) -> str:
    return part[_ICCID] or ""


def _join(parts: Iterable[str | None]) -> str:
    return fold(SEPARATOR.join(dict.fromkeys(part for part in parts if part)))


_REGISTERED = (
    select(func.max(ByodRegistration.person_id))
    .where(ByodRegistration.device_id == Device.id, ByodRegistration.state != "ended")
    .correlate(Device)
    .scalar_subquery()
)
"""The owner of somebody's own device."""


def _texts() -> Select[Any]:
    """id, hay, then the parts of the search text."""
    texts: Any = (
        select(
            Device.id, Device.hay, Device.asset_tag, Device.serial, Device.imei, Device.imei2, DeviceModel.name,
            Person.display_name, Person.upn, func.coalesce(Site.name, ""), func.coalesce(Team.name, ""),
            case((Device.ownership == "personal", None), else_=Enrolment.device_name),
            case((Device.ownership == "personal", None), else_=Enrolment.phone_number),
            Line.number, Sim.iccid, Device.status, Device.network_name, Device.ethernet_mac,
        )
        .select_from(Device)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .outerjoin(Person, Person.id == func.coalesce(Assignment.person_id, _REGISTERED))
        .outerjoin(Site, Site.id == func.coalesce(Assignment.site_id, Device.site_id))
        .outerjoin(Team, Team.id == func.coalesce(Assignment.team_id, Person.team_id, Device.team_id))
        .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
        .outerjoin(Sim, Sim.device_id == Device.id)
        .outerjoin(Line, Line.id == Sim.line_id)
        .order_by(Device.id)
    )  # fmt: skip
    return texts  # type: ignore[no-any-return]


_TO_DEVICES: Mapping[str, Callable[[list[int]], Any]] = {
    "assignment": lambda ids: select(Assignment.device_id).where(among(Assignment.id, ids)),
    "enrolment": lambda ids: select(Enrolment.device_id).where(among(Enrolment.id, ids)),
    "person": lambda ids: union(
        select(Assignment.device_id).where(among(Assignment.person_id, ids)),
        select(ByodRegistration.device_id).where(among(ByodRegistration.person_id, ids)),
    ),
    "byod_registration": lambda ids: select(ByodRegistration.device_id).where(among(ByodRegistration.id, ids)),
    "sim": lambda ids: select(Sim.device_id).where(among(Sim.id, ids)),
    "line": lambda ids: select(Sim.device_id).where(among(Sim.line_id, ids)),
    "site": lambda ids: (
        select(Device.id)
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .where(or_(among(Device.site_id, ids), among(Assignment.site_id, ids)))
    ),
    "team": lambda ids: (
        select(Device.id)
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .outerjoin(Person, Person.id == Assignment.person_id)
        .where(or_(among(Device.team_id, ids), among(Assignment.team_id, ids), among(Person.team_id, ids)))
    ),
    "device_model": lambda ids: select(Device.id).where(among(Device.model_id, ids)),
}


def _affected(connection: Connection, touched: Mapping[str, set[int]]) -> set[int]:
    devices = set(touched.get("device", ()))
    for subject, to_devices in _TO_DEVICES.items():
        for batch in _batches(touched.get(subject, set())):
            devices.update(row[0] for row in connection.execute(to_devices(batch)) if row[0] is not None)
    return devices


def _batches(ids: Iterable[int]) -> Iterable[list[int]]:
    iterator = iter(ids)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
