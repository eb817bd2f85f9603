"""Starters who need a device, and leavers who still have one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Line,
    Organisation,
    Person,
    Reservation,
    Sim,
    Team,
)

ENROL_WITHIN = timedelta(days=2)
"""An issued iPad or iPhone that is not enrolled by then is asked about."""


@dataclass(frozen=True, slots=True)
class StarterRow:
    """Somebody new, and how far their device has come."""

    person_id: int
    name: str
    upn: str | None
    organisation: str
    team: str | None
    manager: str | None
    start_on: date | None
    device_id: int | None
    device: str | None
    stage: str
    """nothing, reserved, prepared, issued, not enrolled, enrolled."""


@dataclass(frozen=True, slots=True)
class LeaverRow:
    """Something a leaver still has."""

    person_id: int
    name: str
    upn: str | None
    organisation: str
    team: str | None
    manager: str | None
    manager_upn: str | None
    left_on: date | None
    days: int | None
    """Days since they left."""
    device_id: int
    device: str
    model: str | None
    price_pence: int | None
    monthly_pence: int
    """What its lines cost a month while it is out."""
    organisation_name: str


def starters(session: Session, *, today: date, since: int = 30) -> list[StarterRow]:
    """People who are to start, or started within so many days, with the stage of their device."""
    manager = aliased(Person)
    rows: Any = session.execute(
        select(
            Person.id, Person.display_name, Person.upn, Organisation.key, Team.name, manager.display_name, Person.start_on,
            Device.id, func.coalesce(Device.asset_tag, Device.serial), Device.status, Device.kind, Assignment.issued_on,
            Enrolment.id,
        )
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .outerjoin(Assignment, and_(Assignment.person_id == Person.id, Assignment.returned_on.is_(None)))
        .outerjoin(Reservation, and_(Reservation.person_id == Person.id, Reservation.state == "open"))
        .outerjoin(Device, Device.id == func.coalesce(Assignment.device_id, Reservation.device_id))
        .outerjoin(Enrolment, and_(Enrolment.id == Device.enrolment_id, Enrolment.closed_at.is_(None)))
        .where(
            Person.erased_at.is_(None), Person.state != "left",
            or_(Person.state == "starter", Person.start_on >= today - timedelta(days=since)),
        )
        .order_by(Person.start_on, Person.display_name)
    )  # fmt: skip
    return [_starter(row, today) for row in rows]


def _starter(row: Any, today: date) -> StarterRow:
    device_id, device, status, kind, issued_on, enrolment = row[7:13]
    if device_id is None:
        stage = "nothing"
    elif issued_on is None:
        stage = "prepared" if status == "prepared" else "reserved"
    elif enrolment is not None or kind not in ("ipad", "iphone"):
        stage = "enrolled" if enrolment is not None else "issued"
    else:
        stage = "not enrolled" if today - issued_on > ENROL_WITHIN else "issued"
    return StarterRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], device_id, device, stage)


def leavers_holding(session: Session, *, today: date) -> list[LeaverRow]:
    """What people who left still have, longest first."""
    manager = aliased(Person)
    lines = (
        select(func.coalesce(func.sum(Line.monthly_pence), 0))
        .select_from(Sim)
        .join(Line, Line.id == Sim.line_id)
        .where(Sim.device_id == Device.id, Line.state == "active")
        .correlate(Device)
        .scalar_subquery()
    )
    rows: Any = session.execute(
        select(
            Person.id, Person.display_name, Person.upn, Organisation.key, Team.name, manager.display_name, manager.upn,
            Person.left_on, Device.id, func.coalesce(Device.asset_tag, Device.serial), DeviceModel.name, Device.price_pence, lines,
            Organisation.name,
        )
        .join(Assignment, and_(Assignment.person_id == Person.id, Assignment.returned_on.is_(None)))
        .join(Device, Device.id == Assignment.device_id)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(Person.state == "left")
        .order_by(Person.left_on, Person.display_name, Device.asset_tag)
    )  # fmt: skip
    found: list[tuple[Any, ...]] = [
        (*row[:8], (today - row[7]).days if row[7] else None, *row[8:12], int(row[12]), row[13]) for row in rows
    ]
    return [LeaverRow(*values) for values in found]


def letters(rows: list[LeaverRow]) -> list[tuple[str, str | None, list[LeaverRow]]]:
    """One chase letter per manager: (manager, UPN, what their leavers have); people without a manager come last."""
    grouped: dict[tuple[str, str | None], list[LeaverRow]] = {}
    for row in rows:
        grouped.setdefault((row.manager or "", row.manager_upn), []).append(row)
    return [
        (name, upn, items) for (name, upn), items in sorted(grouped.items(), key=lambda one: (not one[0][0], one[0][0]))
    ]
