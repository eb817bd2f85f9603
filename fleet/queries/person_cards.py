"""What else there is to say of a person beside what they hold: lines, own devices, receipts, open findings, what waits."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Finding,
    Line,
    Person,
    Sim,
)
from fleet.domain.byod import OVER, Position
from fleet.queries.findings import SEVERITY_ORDER
from fleet.queries.receipts import ReceiptRow, list_receipts
from fleet.queries.reports.own_devices import ANOTHERS
from fleet.queries.reservations import ReservationRow, list_reservations


@dataclass(frozen=True, slots=True)
class LineOf:
    """A SIM and its line in a device that they hold."""

    number: str | None
    carrier: str | None
    tariff: str | None
    monthly_pence: int | None
    iccid: str
    device: str
    billed_on: date | None = None


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """A device of their own that they use for work."""

    model: str | None
    os_version: str | None
    state: str
    consent_on: date | None
    id: int = 0
    """Number of its registration."""
    consent_until: date | None = None
    position: Position | None = None
    """What is looked at to say what it needs next."""


@dataclass(frozen=True, slots=True)
class FindingOf:
    """An open finding about them, or about what they hold."""

    rule: str
    severity: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What the card of a person shows beside what they hold."""

    lines: tuple[LineOf, ...]
    own_devices: tuple[OwnDevice, ...]
    receipts: tuple[ReceiptRow, ...]
    reserved: tuple[ReservationRow, ...]
    findings: tuple[FindingOf, ...]


def person_card(session: Session, person_id: int) -> PersonCard:
    """All of it, in as many queries for one receipt as for a hundred."""
    return PersonCard(
        lines=_lines(session, person_id),
        own_devices=own_devices_of(session, person_id),
        receipts=tuple(list_receipts(session, person_id=person_id)),
        reserved=tuple(list_reservations(session, person_id=person_id)),
        findings=_findings(session, person_id),
    )


def _held(person_id: int) -> Any:
    return and_(Assignment.person_id == person_id, Assignment.returned_on.is_(None))


def _lines(session: Session, person_id: int) -> tuple[LineOf, ...]:
    rows: Any = session.execute(
        select(
            Line.number, Line.carrier, Line.tariff, Line.monthly_pence, Sim.iccid,
            func.coalesce(Device.asset_tag, Device.serial, "own device"), Line.billed_on,
        )
        .select_from(Sim)
        .join(Device, Device.id == Sim.device_id)
        .join(Assignment, Assignment.device_id == Device.id)
        .outerjoin(Line, Line.id == Sim.line_id)
        .where(_held(person_id))
        .order_by(Sim.id)
    )  # fmt: skip
    return tuple(LineOf(*row) for row in rows)


def own_devices_of(session: Session, person_id: int) -> tuple[OwnDevice, ...]:
    """Registrations of a person's own devices, the oldest first."""
    rows: Any = session.execute(
        select(
            func.coalesce(DeviceModel.name, Enrolment.model, ByodRegistration.said_model), Enrolment.os_version,
            ByodRegistration.state, ByodRegistration.consent_on, ByodRegistration.id, ByodRegistration.consent_until,
            Enrolment.id.is_not(None) & (ANOTHERS.is_(None) | ByodRegistration.state.not_in(OVER)), Person.state == "left",
        )
        .select_from(ByodRegistration)
        .join(Person, Person.id == ByodRegistration.person_id)
        .outerjoin(Device, Device.id == ByodRegistration.device_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Enrolment, and_(Enrolment.id == Device.enrolment_id, Enrolment.closed_at.is_(None)))
        .where(ByodRegistration.person_id == person_id)
        .order_by(ByodRegistration.id)
    )  # fmt: skip
    return tuple(
        OwnDevice(model, version, state, given, number, until, Position(state, until, enrolled, left=left))
        for model, version, state, given, number, until, enrolled, left in rows
    )


def _findings(session: Session, person_id: int) -> tuple[FindingOf, ...]:
    """About the person, what they hold, and their own devices."""
    held = select(Assignment.device_id).where(_held(person_id))
    own = select(ByodRegistration.device_id).where(
        ByodRegistration.person_id == person_id,
        ByodRegistration.state != "ended",
        ByodRegistration.device_id.is_not(None),
    )
    rows: Any = session.execute(
        select(Finding.rule, Finding.severity, Finding.subject, Finding.sentence)
        .where(
            Finding.state == "open",
            or_(
                and_(Finding.subject_type == "person", Finding.subject_id == person_id),
                and_(Finding.subject_type == "device", or_(Finding.subject_id.in_(held), Finding.subject_id.in_(own))),
            ),
        )
        .order_by(SEVERITY_ORDER, Finding.rule, Finding.id)
    )
    return tuple(FindingOf(*row) for row in rows)
