"""From any scrap a person types or scans to the one thing it means."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Enrolment, Line, Organisation, Person, Sim, Site, Team
from fleet.domain.identifiers import imei_key
from fleet.domain.records import DeviceRow, PersonRow
from fleet.domain.search import Search, fold
from fleet.errors import Ambiguous, NotFound
from fleet.queries.devices import DeviceQuery, count_devices, list_devices
from fleet.queries.people import find_people

SHOWN = 8
"""How many matches or near misses are listed."""
LONGEST_KEY = 40
"""Nothing that a device is known by is longer; a pasted page has no near miss worth searching for."""


def exact_devices(session: Session, key: str) -> list[int]:
    """Devices whose serial, asset tag, IMEI, phone number, ICCID or Intune id is exactly this. Apple's boxes put an
    `S` before the serial in the barcode: it is understood when the rest is a serial we know."""
    key = key.strip()
    if not key:
        return []
    upper = key.upper()
    conditions: list[Any] = [Device.serial == upper, func.upper(Device.asset_tag) == upper]
    compact = "".join(char for char in key if char.isdigit())
    if (imei := imei_key(compact)) and len(compact) >= 14:
        conditions += [func.substr(Device.imei, 1, 14) == imei, func.substr(Device.imei2, 1, 14) == imei]
    found = set(session.execute(select(Device.id).where(or_(*conditions))).scalars())
    if not found and upper.startswith("S") and len(upper) > 9:
        found = set(session.execute(select(Device.id).where(Device.serial == upper[1:])).scalars())
    if not found:
        found = _by_connection(session, key, compact)
    return sorted(found)


def _by_connection(session: Session, key: str, compact: str) -> set[int]:
    """By the SIM or number in it, or its Intune id."""
    enrolled = select(Enrolment.device_id).where(Enrolment.intune_id == key.lower(), Enrolment.closed_at.is_(None))
    found = set(session.execute(enrolled).scalars())
    if len(compact) >= 10:
        number = "+44" + compact[1:] if compact.startswith("0") else "+" + compact
        connected = select(Sim.device_id).outerjoin(Line, Line.id == Sim.line_id)
        rows = session.execute(connected.where(or_(Line.number == number, Sim.iccid == compact))).scalars()
        found |= {device_id for device_id in rows if device_id is not None}
    return found


def device_by_key(session: Session, key: str, *, now: datetime) -> int:
    """The one device a key means: exactly, else the only one whose search text holds it.

    Raises `Ambiguous` listing the matches, or `NotFound` with what is nearest; nothing is touched either way.
    """
    found = exact_devices(session, key)
    if not found:
        query = DeviceQuery(Search(words=tuple(fold(word) for word in key.split())))
        rows = list_devices(session, query, now=now, limit=SHOWN + 1) if key.strip() else []
        if len(rows) == 1:
            return rows[0].id
        if rows:
            number = count_devices(session, query, now=now)
            raise Ambiguous(
                f"{key} fits {number} devices. Say which: {_listed(rows)}", matches=[_name(row) for row in rows[:SHOWN]]
            )
        nearest = _nearest(session, key, now)
        hint = f" Nearest: {_listed(nearest)}" if nearest else ""
        raise NotFound(f"No device is known as {key}.{hint}", nearest=[_name(row) for row in nearest])
    if len(found) > 1:
        rows = list_devices(session, DeviceQuery(ids=found), now=now, limit=SHOWN + 1)
        raise Ambiguous(
            f"{key} fits {len(found)} devices. Say which: {_listed(rows)}", matches=[_name(row) for row in rows[:SHOWN]]
        )
    return found[0]


def person_by_key(session: Session, key: str) -> PersonRow:
    """The one person a UPN, employee number or name means; raises `Ambiguous` or `NotFound`."""
    key = key.strip()
    exact = list(
        session.execute(
            select(Person.id).where(
                or_(Person.upn == key.lower(), Person.employee_id == key), Person.erased_at.is_(None)
            )
        ).scalars()
    )
    rows = find_people(session, ids=exact) if exact else find_people(session, text=key, limit=SHOWN + 1) if key else []
    whole = [row for row in rows if fold(row.name) == fold(key)]
    if len(whole) == 1:
        return whole[0]
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise NotFound(f"Nobody is known as {key}. Search with: fleet people {key.split()[-1] if key else ''}".rstrip())
    listed = ", ".join(f"{row.name} ({row.upn or row.organisation})" for row in rows[:SHOWN])
    more = " and more" if len(rows) > SHOWN else ""
    raise Ambiguous(
        f"{key} fits several people. Say which: {listed}{more}.", matches=[row.upn or row.name for row in rows]
    )


def _nearest(session: Session, key: str, now: datetime) -> list[DeviceRow]:
    """What shares the longest start or end with the key: a digit misread, a letter missed."""
    text = fold(key.strip())
    if len(text) > LONGEST_KEY:
        return []
    for size in range(len(text) - 1, 2, -1):
        for part in {text[:size], text[-size:]}:
            rows = list_devices(session, DeviceQuery(Search(words=(part,))), now=now, limit=3)
            if rows:
                return rows
    return []


def _listed(rows: Sequence[DeviceRow]) -> str:
    more = " and more" if len(rows) > SHOWN else ""
    return ", ".join(_name(row) for row in rows[:SHOWN]) + more + "."


def _name(row: DeviceRow) -> str:
    name = row.asset_tag or row.serial or f"device {row.id}"
    return f"{name} ({row.model or row.kind}{', ' + row.holder if row.holder else ''})"


def place_by_name(
    session: Session, kind: str, name: str, *, near: Sequence[int] = (), within: int | None = None
) -> int:
    """The one site or team of that name, or whose name holds it; raises `Ambiguous` or `NotFound`.

    Every council has a Town Hall: of several, the one in the organisation of the devices `near` is meant. `within`
    leaves only those of one organisation.
    """
    table = Site if kind == "site" else Team
    places = select(table.id, table.name, Organisation.key).join(Organisation, Organisation.id == table.organisation_id)
    rows = session.execute(places if within is None else places.where(Organisation.id == within)).all()
    whole = [row for row in rows if fold(row[1]) == fold(name)]
    found = whole or [row for row in rows if fold(name) in fold(row[1])]
    if not found:
        raise NotFound(f"There is no {kind} called {name}.")
    if len(found) > 1 and near:
        statement = select(Organisation.key).join(Device, Device.organisation_id == Organisation.id)
        owners = set(session.execute(statement.where(Device.id.in_(near[:SHOWN]))).scalars())
        found = [row for row in found if row[2] in owners] or found
    if len(found) > 1:
        listed = ", ".join(f"{row[1]} ({row[2]})" for row in found[:SHOWN])
        raise Ambiguous(f"{name} fits several {kind}s: {listed}.", matches=[row[1] for row in found])
    return int(found[0][0])
