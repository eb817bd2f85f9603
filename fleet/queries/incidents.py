"""Incidents: the list for the morning, and one run sheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_text
from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Incident,
    IncidentStep,
    Line,
    Organisation,
    Person,
    Sim,
    Tenant,
)
from fleet.domain.incidents import DoneStep, Step, due_steps
from fleet.domain.lifecycle import label
from fleet.errors import NotFound


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A line of the list of incidents."""

    id: int
    kind: str
    device_id: int
    device: str
    model: str | None
    holder: str | None
    organisation: str
    occurred_on: date
    reported_at: datetime
    closed_at: datetime | None
    reference: str | None
    value_pence: int | None
    steps_done: int
    dpo_told_at: datetime | None
    """When the data protection officer was told: the 72-hour clock is theirs from then on."""


@dataclass(frozen=True, slots=True)
class RunSheet:
    """All that one needs on the telephone at nine in the evening."""

    row: IncidentRow
    holder_upn: str | None
    manager: str | None
    supervised: bool | None
    encrypted: bool | None
    last_seen: datetime | None
    tenant: str | None
    numbers: tuple[str, ...]
    iccids: tuple[str, ...]
    serial: str | None
    imei: str | None
    status: str
    """Of the device, now."""
    also: tuple[str, ...]
    """What else the holder has, in words."""
    done: tuple[DoneStep, ...]
    to_do: tuple[Step, ...]


def list_incidents(session: Session, *, open_only: bool = True, device_id: int | None = None) -> list[IncidentRow]:
    """Incidents, newest first."""
    steps = select(func.count()).where(IncidentStep.incident_id == Incident.id).correlate(Incident).scalar_subquery()
    told = (
        select(func.min(IncidentStep.done_at))
        .where(IncidentStep.incident_id == Incident.id, IncidentStep.step == "dpo-told")
        .correlate(Incident)
        .scalar_subquery()
    )
    statement: Any = (
        select(
            Incident.id, Incident.kind, Device.id, func.coalesce(Device.asset_tag, Device.serial, "own device"), DeviceModel.name,
            Person.display_name, Organisation.key, Incident.occurred_on, Incident.reported_at, Incident.closed_at,
            Incident.reference, Incident.value_pence, steps, told,
        )
        .join(Device, Device.id == Incident.device_id)
        .join(Organisation, Organisation.id == Incident.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Person, Person.id == Incident.person_id)
        .order_by(Incident.reported_at.desc(), Incident.id.desc())
    )  # fmt: skip
    if open_only:
        statement = statement.where(Incident.closed_at.is_(None))
    if device_id is not None:
        statement = statement.where(Incident.device_id == device_id)
    return [IncidentRow(*row) for row in session.execute(statement)]


def run_sheet(session: Session, device_id: int) -> RunSheet:
    """The newest incident of a device with its steps; raises `NotFound` when it never had one."""
    rows = list_incidents(session, open_only=False, device_id=device_id)
    if not rows:
        raise NotFound("That device has no incident. Report one with: fleet incident open")
    row = rows[0]
    incident = session.get_one(Incident, row.id)
    device = session.get_one(Device, device_id)
    enrolment = session.get(Enrolment, device.enrolment_id) if device.enrolment_id else None
    if enrolment is not None and enrolment.closed_at is not None:
        enrolment = None
    person = session.get(Person, incident.person_id) if incident.person_id else _last_holder(session, device_id)
    manager = session.get(Person, person.manager_id) if person and person.manager_id else None
    sims = session.execute(
        select(Sim.iccid, Line.number).outerjoin(Line, Line.id == Sim.line_id).where(Sim.device_id == device_id)
    ).all()
    steps = session.execute(
        select(IncidentStep).where(IncidentStep.incident_id == row.id).order_by(IncidentStep.done_at, IncidentStep.id)
    ).scalars()
    done = tuple(DoneStep(one.step, one.done_at, one.done_by, one.note) for one in steps)
    to_do = due_steps(row.kind, managed=enrolment is not None, has_sim=bool(sims), done={one.key for one in done})
    return RunSheet(
        row=row, holder_upn=person.upn if person else None, manager=manager.display_name if manager else None,
        supervised=enrolment.supervised if enrolment else None, encrypted=enrolment.encrypted if enrolment else None,
        last_seen=enrolment.last_seen if enrolment else None, tenant=_tenant(session, enrolment),
        numbers=tuple(number for _, number in sims if number), iccids=tuple(iccid for iccid, _ in sims),
        serial=device.serial, imei=device.imei, status=device.status,
        also=tuple(_also_held(session, person.id, device_id)) if person else (), done=done,
        to_do=tuple(to_do) if row.closed_at is None else (),
    )  # fmt: skip


def open_of(session: Session, device_ids: Iterable[int]) -> list[int]:
    """Those of a person's few devices that have an open incident."""
    statement = select(Incident.device_id).where(Incident.device_id.in_(device_ids), Incident.closed_at.is_(None))
    return list(session.execute(statement).scalars())


def state_in_words(session: Session, device_id: int) -> str:
    """`NB000123 (iPad Air; supervised, encrypted, last check-in 22 Nov 2026 06:10)`: what one needs to choose."""
    device = session.get_one(Device, device_id)
    model = session.get(DeviceModel, device.model_id) if device.model_id else None
    enrolment = session.get(Enrolment, device.enrolment_id) if device.enrolment_id else None
    if enrolment is None or enrolment.closed_at is not None:
        said = "not in Intune"
    else:
        said = ", ".join((
            "supervised" if enrolment.supervised else "not supervised",
            "encrypted" if enrolment.encrypted else "not encrypted",
            f"last check-in {london_text(enrolment.last_seen)}" if enrolment.last_seen else "never checked in",
        ))  # fmt: skip
    name = device.asset_tag or device.serial or "own device"
    return f"{name} ({model.name if model else device.kind}; {label(device.status).lower()}, {said})"


def _also_held(session: Session, person_id: int, device_id: int) -> Iterable[str]:
    rows: Any = session.execute(
        select(func.coalesce(Device.asset_tag, Device.serial, "own device"), DeviceModel.name, Device.status)
        .join(Assignment, Assignment.device_id == Device.id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .where(Assignment.person_id == person_id, Assignment.returned_on.is_(None), Device.id != device_id)
        .order_by(Device.asset_tag)
    )
    for name, model, status in rows:
        yield f"{name} {model or ''}".rstrip() + ("" if status == "issued" else f" ({label(status).lower()})")


def _last_holder(session: Session, device_id: int) -> Person | None:
    return session.execute(
        select(Person)
        .join(Assignment, Assignment.person_id == Person.id)
        .where(Assignment.device_id == device_id)
        .order_by(Assignment.issued_on.desc(), Assignment.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _tenant(session: Session, enrolment: Enrolment | None) -> str | None:
    return session.get_one(Tenant, enrolment.tenant_id).key if enrolment else None
