"""Which findings about conflicts of files have lost their ground: the register and the file agree now."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, Finding, Line, Sim
from fleet.domain.identifiers import imei_key
from fleet.domain.rules.raised import CONFLICT_RULE
from fleet.queries.tenants import batches


class Standing(NamedTuple):
    """A conflict that is not fixed."""

    id: int
    organisation_id: int
    device_id: int
    identity: str
    state: str
    decided_until: date | None


def standing_conflicts(session: Session, device_ids: Collection[int] | None = None) -> list[Standing]:
    """Conflicts that are not fixed: of some devices, or all."""
    statement = select(
        Finding.id, Finding.organisation_id, Finding.subject_id, Finding.identity, Finding.state, Finding.decided_until
    ).where(Finding.rule == CONFLICT_RULE.key, Finding.state != "fixed")
    parts = [statement]
    if device_ids is not None:
        parts = [statement.where(Finding.subject_id.in_(batch)) for batch in batches(sorted(device_ids))]
    return [Standing(row[0], row[1], row[2] or 0, *row[3:]) for one in parts for row in session.execute(one)]


def agreed(session: Session, standing: Iterable[Standing]) -> list[Standing]:
    """Those of which the register now says what the file said, or whose device is gone."""
    rows = list(standing)
    held = _held(session, {one.device_id for one in rows})
    over = []
    for one in rows:
        _, name, wanted = one.identity.split("|", 2)
        known = held.get(one.device_id)
        if known is None:
            over.append(one)
            continue
        several = name == "identity" and _several(session, one.organisation_id, wanted)
        if (not several) if name == "identity" else wanted in known.get(name, ()):
            over.append(one)
    return over


def _held(session: Session, device_ids: Collection[int]) -> dict[int, dict[str, set[str]]]:
    """Device -> field -> what the register holds, as the identity of a conflict spells it."""
    found: dict[int, dict[str, set[str]]] = {}
    for batch in batches(sorted(device_ids)):
        devices = select(
            Device.id, Device.organisation_id, Device.status, Device.serial, Device.imei, Device.imei2
        ).where(Device.id.in_(batch))
        for device_id, owner, status, serial, *imeis in session.execute(devices):
            found[device_id] = {
                "organisation": {str(owner)},
                "status": {status},
                "serial": {serial} if serial else set(),
                "imei": {key for one in imeis if one and (key := imei_key(one))},
            }
        custody = select(Assignment.device_id, Assignment.person_id).where(
            Assignment.device_id.in_(batch), Assignment.returned_on.is_(None), Assignment.person_id.is_not(None)
        )
        sims = (
            select(Sim.device_id, Sim.iccid, Line.number)
            .outerjoin(Line, Line.id == Sim.line_id)
            .where(Sim.device_id.in_(batch))
        )
        told: list[tuple[Any, str, Any]] = [(row[0], "holder", row[1]) for row in session.execute(custody)]
        for row in session.execute(sims):
            told += [(row[0], "iccid", row[1]), (row[0], "phone_number", row[2])]
        for device_id, name, value in told:
            if value is not None and device_id in found:
                found[device_id].setdefault(name, set()).add(str(value))
    return found


def _several(session: Session, owner: int, wanted: str) -> bool:
    """Whether the identifiers of a row still belong to more than one device."""
    devices: set[int] = set()
    for part in wanted.split(" "):
        kind, _, value = part.partition(":")
        statement = select(Device.id)
        if kind == "serial":
            statement = statement.where(Device.serial == value)
        elif kind == "imei":
            statement = statement.where(Device.imei.startswith(value) | Device.imei2.startswith(value))
        else:
            statement = statement.where(Device.organisation_id == owner, Device.asset_tag == value)
        devices.update(session.execute(statement).scalars())
    return len(devices) > 1
