"""Lost, stolen, damaged: an incident with timed steps, and its end."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import device_name, open_assignment
from fleet.commands.devices import move
from fleet.database.models import Device, Incident, IncidentStep
from fleet.domain.incidents import KEYS
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem


def open_incident(
    session: Session, device_id: int, kind: str, *, now: datetime, on: date | None = None, reference: str | None = None
) -> Incident:
    """Report a device lost or stolen (its status moves) or damaged (it stays where it is).

    Raises `Conflict` when an incident is open already.
    """
    day = on or london_date(now)
    if day > london_date(now):
        raise UsageProblem(f"{day_text(day)} is in the future.")
    device = session.execute(select(Device).where(Device.id == device_id)).scalar_one_or_none()
    if device is None:
        raise NotFound("That device is not in the register, or belongs to another organisation.")
    held = find_open(session, device_id)
    if held is not None:
        raise Conflict(f"{device_name(device)} has an open incident since {day_text(held.occurred_on)}: {held.kind}.")
    if kind in ("lost", "stolen"):
        move(session, [device_id], kind, now=now, on=day, reason=f"reported {kind}")
        incident = get_open(session, device_id)
    else:
        holder = open_assignment(session, device_id)
        incident = Incident(
            organisation_id=device.organisation_id,
            device_id=device_id,
            person_id=holder.person_id if holder else None,
            kind=kind,
            occurred_on=day,
            reported_at=now,
            value_pence=device.price_pence,
        )
        session.add(incident)
    incident.reference = reference
    session.flush()
    return incident


def record_step(
    session: Session,
    device_id: int,
    step: str,
    *,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    note: str | None = None,
) -> IncidentStep:
    """Note a step as done: here, or by hand elsewhere at `at`. A step may be noted again; both stay."""
    if step not in KEYS:
        raise UsageProblem(f"There is no step {step}. Steps are {', '.join(KEYS)}.")
    incident = get_open(session, device_id)
    moment = at or now
    if moment > now:
        raise UsageProblem("A step can't be done in the future.")
    done = IncidentStep(
        organisation_id=incident.organisation_id,
        incident_id=incident.id,
        step=step,
        done_at=moment,
        done_by=actor,
        note=note,
    )
    session.add(done)
    session.flush()
    return done


def close_incident(
    session: Session, device_id: int, *, actor: str, now: datetime, found: bool, note: str | None = None
) -> Incident:
    """End an incident: the device was found, or it is given up for lost (its status stays)."""
    incident = get_open(session, device_id)
    device = session.get_one(Device, device_id)
    if found and device.status in ("lost", "stolen"):
        move(session, [device_id], "found", now=now, reason=note or "found")
    incident.closed_at = now
    session.add(
        IncidentStep(
            organisation_id=incident.organisation_id, incident_id=incident.id, step="found" if found else "given-up",
            done_at=now, done_by=actor, note=note,
        )
    )  # fmt: skip
    session.flush()
    return incident


def find_open(session: Session, device_id: int) -> Incident | None:
    """The open incident of a device, if there is one."""
    return session.execute(
        select(Incident).where(Incident.device_id == device_id, Incident.closed_at.is_(None))
    ).scalar_one_or_none()


def get_open(session: Session, device_id: int) -> Incident:
    """The open incident of a device; raises `NotAllowed` when there is none."""
    incident = find_open(session, device_id)
    if incident is None:
        raise NotAllowed("That device has no open incident. Report it first with: fleet incident open")
    return incident
