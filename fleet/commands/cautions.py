"""What a technician should know before handing a device over. Nothing here stops anybody; callers ask, or insist."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, DeviceModel, Enrolment, Person
from fleet.domain.os_support import SupportTable
from fleet.domain.rules.declaration import APPLE
from fleet.queries.tenants import batches

LEFT = "has left"
ELSEWHERE = "belongs to another organisation than the device"
GRAVE = (LEFT, ELSEWHERE)
"""What the grave cautions say after the name: history keeps these words alone, so that a reason names nobody."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets the devices: a person, or the site or team that shares them."""

    name: str
    organisation_id: int
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Cautions:
    """What to know about one device."""

    grave: tuple[str, ...] = ()
    """Almost always a mistake: somebody must have said yes to it."""
    light: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, the grave ones first."""
        return (*self.grave, *self.light)


def cautions(session: Session, devices: Sequence[Device], to: Receiver, *, today: date) -> dict[int, Cautions]:
    """Device -> what to know before it goes to them, in a few queries for all devices."""
    ids = [one.id for one in devices]
    seen, before, same = _enrolments(session, ids), _previous(session, ids), _same_kind(session, to, ids)
    found = {}
    for device in devices:
        light = [f"{to.name} already has {', '.join(same[device.kind])}."] if same.get(device.kind) else []
        if to.person is not None:
            same.setdefault(device.kind, []).append(device.asset_tag or device.serial or "?")
        if device.kind in APPLE:
            light += _of_enrolment(seen.get(device.id), before.get(device.id), to, today)
        found[device.id] = Cautions(tuple(_grave(device, to)), tuple(light))
    return found


def _grave(device: Device, to: Receiver) -> Iterable[str]:
    if to.person is not None and to.person.state == "left":
        yield f"{to.name} {LEFT}."
    if to.organisation_id != device.organisation_id:
        yield f"{to.name} {ELSEWHERE}."


def _of_enrolment(row: Any, previous: Any, to: Receiver, today: date) -> Iterable[str]:
    """`row` is its open enrolment (compliance, UPN, model, OS version), `previous` its last holder (UPN, name)."""
    if row is None:
        yield "It is not enrolled in Intune."
        return
    compliance, upn, model, version = row
    if compliance == "noncompliant":
        yield "Intune says it is not compliant."
    if (words := unpatched(model, version, today)) is not None:
        yield words
    if upn and (to.person is None or upn.lower() != (to.person.upn or "").lower()):
        whose = "its previous holder, " if previous is not None and (previous[0] or "").lower() == upn.lower() else ""
        yield f"It is still enrolled by {whose}{upn}."


def unpatched(model: str | None, version: str | None, today: date) -> str | None:
    """That Apple patches what runs on it no more, in words; None where it does, or nobody knows."""
    support = SupportTable.load()
    if support.verdict(model, version, today) != "unsupported":
        return None
    family = support.family(model) or "iOS"
    patched = ", ".join(str(one) for one in sorted(support.patched(family, today)))
    return f"It runs {family} {version}, which gets no security updates any more; Apple patches {patched}."


def _enrolments(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """Device -> compliance, UPN, model and OS version of its open enrolment."""
    found: dict[int, Any] = {}
    for batch in batches(ids):
        rows = session.execute(
            select(Device.id, Enrolment.compliance, Enrolment.upn, func.coalesce(DeviceModel.name, Enrolment.model),
                   Enrolment.os_version)
            .join(Enrolment, Enrolment.id == Device.enrolment_id)
            .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
            .where(Device.id.in_(batch), Enrolment.closed_at.is_(None))
        )  # fmt: skip
        found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def _previous(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """Device -> UPN and name of the person who gave it back last."""
    found: dict[int, Any] = {}
    for batch in batches(ids):
        rows = session.execute(
            select(Assignment.device_id, Person.upn, Person.display_name)
            .join(Person, Person.id == Assignment.person_id)
            .where(Assignment.device_id.in_(batch), Assignment.returned_on.is_not(None))
            .order_by(Assignment.returned_on, Assignment.id)
        )
        found |= {row[0]: (row[1], row[2]) for row in rows}
    return found


def _same_kind(session: Session, to: Receiver, ids: Sequence[int]) -> dict[str, list[str]]:
    """Kind -> what the person has of it already, without the devices in question."""
    if to.person is None:
        return {}
    rows = session.execute(
        select(Device.kind, func.coalesce(Device.asset_tag, Device.serial, "?"), Device.id)
        .join(Assignment, Assignment.device_id == Device.id)
        .where(Assignment.person_id == to.person.id, Assignment.returned_on.is_(None))
        .order_by(Device.id)
    )
    found: dict[str, list[str]] = {}
    out = set(ids)
    for kind, name, one in rows:
        if one not in out:
            found.setdefault(kind, []).append(name)
    return found
