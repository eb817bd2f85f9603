"""Starters who need a device, and leavers who still have one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, null, or_, select
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
from fleet.domain.letters import Digest, gathered
from fleet.queries.tenants import batches

ENROL_WITHIN = timedelta(days=2)
"""An issued iPad or iPhone that is not enrolled by then is asked about; enrolled by whoever had it before does not count."""


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
    manager_id: int | None = None

    @property
    def line_cost_pence(self) -> int | None:
        """What its lines have cost since they left."""
        return None if self.days is None else round(self.monthly_pence * 12 * max(self.days, 0) / 365)


def starters(session: Session, *, today: date, since: int = 30) -> list[StarterRow]:
    """People who are to start, or started within so many days, with the stage of each device of theirs."""
    manager = aliased(Person)
    rows: Any = session.execute(
        select(
            Person.id, Person.display_name, Person.upn, Organisation.key, Team.name, manager.display_name, Person.start_on,
        )
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(
            Person.erased_at.is_(None), Person.state != "left",
            or_(Person.state == "starter", Person.start_on >= today - timedelta(days=since)),
        )
        .order_by(Person.start_on, Person.display_name, Person.id)
    ).all()  # fmt: skip
    devices = _devices_of(session, [row[0] for row in rows])
    return [_starter(row, device, today) for row in rows for device in devices.get(row[0], [_NO_DEVICE])]


_NO_DEVICE = (None, None, None, None, None, None, None)


def _devices_of(session: Session, people: Sequence[int]) -> dict[int, list[Any]]:
    """Person -> what they were issued, then what is kept for them: (person, device, name, status, kind, day, enrolment)."""
    found: dict[int, list[Any]] = {}
    name = func.coalesce(Device.asset_tag, Device.serial)
    theirs = or_(
        Enrolment.upn.is_(None), Person.upn.is_(None), func.lower(Enrolment.upn) == func.lower(Person.upn),
        Enrolment.enrolled_at >= Assignment.issued_on,
    )  # fmt: skip
    for batch in batches(people):
        issued: Any = session.execute(
            select(
                Assignment.person_id, Device.id, name, Device.status, Device.kind, Assignment.issued_on, Enrolment.id,
            )
            .select_from(Assignment)
            .join(Device, Device.id == Assignment.device_id)
            .join(Person, Person.id == Assignment.person_id)
            .outerjoin(Enrolment, and_(Enrolment.id == Device.enrolment_id, Enrolment.closed_at.is_(None), theirs))
            .where(Assignment.person_id.in_(batch), Assignment.returned_on.is_(None))
            .order_by(Assignment.issued_on, Device.id)
        )  # fmt: skip
        kept: Any = session.execute(
            select(Reservation.person_id, Device.id, name, Device.status, Device.kind, null(), null())
            .select_from(Reservation)
            .join(Device, Device.id == Reservation.device_id)
            .where(Reservation.person_id.in_(batch), Reservation.state == "open")
            .order_by(Reservation.from_on, Device.id)
        )
        for row in (*issued, *kept):
            found.setdefault(row[0], []).append(row)
    return found


def _starter(person: Any, found: Any, today: date) -> StarterRow:
    _, device_id, device, status, kind, issued_on, enrolment = found
    stage = stage_of(device_id, status, kind, issued_on, enrolled=enrolment is not None, today=today)
    values: tuple[Any, ...] = (*person, device_id, device, stage)
    return StarterRow(*values)


def stage_of(
    device_id: int | None, status: str | None, kind: str | None, issued_on: date | None, *, enrolled: bool, today: date
) -> str:
    """How far a starter's device has come: nothing, reserved, prepared, issued, not enrolled, enrolled."""
    if device_id is None:
        return "nothing"
    if issued_on is None:
        return "prepared" if status == "prepared" else "reserved"
    if enrolled or kind not in ("ipad", "iphone"):
        return "enrolled" if enrolled else "issued"
    return "not enrolled" if today - issued_on > ENROL_WITHIN else "issued"


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
            Organisation.name, manager.id,
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
        (*row[:8], (today - row[7]).days if row[7] else None, *row[8:12], int(row[12]), *row[13:]) for row in rows
    ]
    return [LeaverRow(*values) for values in found]


def letters(rows: Iterable[LeaverRow]) -> list[Digest[LeaverRow]]:
    """One chase letter per manager, with what their leavers have; people without a manager come last."""
    return gathered(rows, lambda row: (row.manager_id, row.manager, row.manager_upn))
