"""Which findings about conflicts of files have lost their ground: the register and the file agree now."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, Finding, Line, Person, Sim
from fleet.domain.identifiers import imei_key
from fleet.domain.plan.imports import PERSON_COLUMNS
from fleet.domain.rules.raised import CONFLICT_RULE
from fleet.queries.tenants import batches


class Standing(NamedTuple):
    """A conflict that is not fixed."""

    id: int
    organisation_id: int
    subject_id: int
    identity: str
    state: str
    decided_until: date | None
    about: str = "device"


def standing_conflicts(
    session: Session, subject_ids: Collection[int] | None = None, about: str = "device"
) -> list[Standing]:
    """Conflicts that are not fixed: of some devices, people or lines, or of everything.

    One about whose an identifier is, is about all who have it: it comes along whoever is asked about.
    """
    statement = select(
        Finding.id, Finding.organisation_id, Finding.subject_id, Finding.identity, Finding.state, Finding.decided_until,
        Finding.subject_type,
    ).where(Finding.rule == CONFLICT_RULE.key, Finding.state != "fixed")  # fmt: skip
    parts = [statement]
    if subject_ids is not None:
        of_them = statement.where(Finding.subject_type == about)
        of_several = Finding.identity.contains("|identity|", autoescape=True)
        parts = [
            of_them.where(or_(Finding.subject_id.in_(batch), of_several)) for batch in batches(sorted(subject_ids))
        ]
    found = {row[0]: row for one in parts for row in session.execute(one)}
    return [Standing(row[0], row[1], row[2] or 0, *row[3:]) for row in found.values()]


def agreed(session: Session, standing: Iterable[Standing]) -> list[Standing]:
    """Those of which the register now says what the file said, or whose device, person or number is gone."""
    rows = list(standing)
    over = []
    for about, read in _READERS.items():
        of_kind = [one for one in rows if one.about == about]
        held = read(session, {one.subject_id for one in of_kind}) if of_kind else {}
        for one in of_kind:
            _, name, wanted = one.identity.split("|", 2)
            known = held.get(one.subject_id)
            if known is None:
                over.append(one)
                continue
            several = name == "identity" and _several(session, one, wanted)
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


def _held_of_people(session: Session, person_ids: Collection[int]) -> dict[int, dict[str, set[str]]]:
    """Person -> column -> what the register holds; nobody who was erased."""
    found: dict[int, dict[str, set[str]]] = {}
    for batch in batches(sorted(person_ids)):
        rows = session.execute(select(Person).where(Person.id.in_(batch), Person.erased_at.is_(None))).scalars()
        for person in rows:
            held = {
                name: {spelt(name, value)} for name in PERSON_COLUMNS if (value := getattr(person, name)) is not None
            }
            held["state"] = {"left" if person.state == "left" else "active"}
            found[person.id] = held
    return found


def spelt(name: str, value: object) -> str:
    """A value of a person as the identity of a conflict has it: addresses in one case."""
    return str(value).lower() if name in ("upn", "email") else str(value)


def _held_of_lines(session: Session, line_ids: Collection[int]) -> dict[int, dict[str, set[str]]]:
    found: dict[int, dict[str, set[str]]] = {}
    for batch in batches(sorted(line_ids)):
        columns = (Line.carrier, Line.tariff, Line.cost_code, Line.state)
        for line_id, *values in session.execute(select(Line.id, *columns).where(Line.id.in_(batch))):
            pairs = zip(("carrier", "tariff", "cost_code", "line_state"), values, strict=True)
            found[line_id] = {name: {str(value)} for name, value in pairs if value is not None}
            if found[line_id]["line_state"] != {"ended"}:
                found[line_id]["billed"] = {"billed"}
        sims = select(Sim.line_id, Sim.iccid).where(Sim.line_id.in_(batch))
        for of_line, iccid in session.execute(sims):
            if of_line is not None:
                found[of_line].setdefault("iccid", set()).add(iccid)
    return found


_READERS: Mapping[str, Callable[[Session, Collection[int]], dict[int, dict[str, set[str]]]]] = {
    "device": _held,
    "person": _held_of_people,
    "line": _held_of_lines,
}


def _several(session: Session, one: Standing, wanted: str) -> bool:
    """Whether the identifiers of a row still belong to more than one device or person."""
    return len(_people_of(session, one, wanted) if one.about == "person" else _devices_of(session, one, wanted)) > 1


def _people_of(session: Session, one: Standing, wanted: str) -> set[int]:
    people: set[int] = set()
    for part in wanted.split(" "):
        kind, _, value = part.partition(":")
        columns = (Person.upn, Person.email) if kind in ("upn", "email") else (getattr(Person, kind),)
        for column in columns:
            found = select(Person.id).where(Person.organisation_id == one.organisation_id, func.lower(column) == value)
            people.update(session.execute(found).scalars())
    return people


def _devices_of(session: Session, one: Standing, wanted: str) -> set[int]:
    owner = one.organisation_id
    devices: set[int] = set()
    for part in wanted.split(" "):
        kind, _, value = part.partition(":")
        statement = select(Device.id)
        if kind == "serial":
            statement = statement.where(Device.serial == value)
        elif kind == "imei":
            statement = statement.where(Device.imei.startswith(value) | Device.imei2.startswith(value))
        elif kind == "ethernet_mac":
            statement = statement.where(Device.ethernet_mac == value)
        else:
            statement = statement.where(Device.organisation_id == owner, Device.asset_tag == value)
        devices.update(session.execute(statement).scalars())
    return devices
