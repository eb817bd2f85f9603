"""Lost, stolen, damaged: an incident with timed steps, and its end."""

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import device_name, open_assignment
from fleet.commands.devices import move
from fleet.commands.stocktakes.absences import settle
from fleet.database.bulk import update_rows
from fleet.database.models import Assignment, Device, Finding, Incident, IncidentStep, Model
from fleet.domain.incidents import ENDS, GIVEN_UP, GONE, KEYS, SETTLED
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem


def open_incident(
    session: Session,
    device_id: int,
    kind: str,
    *,
    now: datetime,
    on: date | None = None,
    reference: str | None = None,
    value_pence: int | None = None,
) -> Incident:
    """Report a device lost or stolen (its status moves) or damaged (it stays where it is).

    The value at loss is what it was bought for unless `value_pence` says otherwise. Raises `Conflict` when an incident
    is open already.
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
        holder = _holder_on(session, device_id, day, today=london_date(now))
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
    incident.value_pence = incident.value_pence if value_pence is None else value_pence
    session.flush()
    return incident


def _holder_on(session: Session, device_id: int, day: date, *, today: date) -> Assignment | None:
    """Who answers for what happened that day: the holder of then, who need not be the holder of now."""
    if day == today:
        return open_assignment(session, device_id)
    covers = or_(Assignment.returned_on.is_(None), Assignment.returned_on >= day)
    statement = select(Assignment).where(Assignment.device_id == device_id, Assignment.issued_on <= day, covers)
    return session.execute(statement.order_by(Assignment.issued_on.desc(), Assignment.id.desc()).limit(1)).scalar()


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
    """Note a step as done: here, or by hand elsewhere at `at`. A step may be noted again; both stay.

    `found` and `given-up` end the incident. What is noted with `police` becomes the reference, if there is none yet.
    """
    if step not in KEYS:
        raise UsageProblem(f"There is no step {step}. Steps are {', '.join(KEYS)}.")
    incident = get_open(session, device_id)
    moment = at or now
    if moment > now:
        raise UsageProblem("A step can't be done in the future.")
    if step in ENDS:
        return _end(session, incident, step, actor=actor, now=now, moment=moment, note=note)
    if step == "police" and note and not incident.reference:
        incident.reference = note
    return _note(session, incident, step, moment, actor, note)


def close_incident(
    session: Session, device_id: int, *, actor: str, now: datetime, found: bool, note: str | None = None
) -> Incident:
    """End an incident: the device was found, or it is given up for lost (its status stays); damage is settled."""
    incident = get_open(session, device_id)
    gone = GIVEN_UP if not found else "found"
    _end(session, incident, gone if incident.kind in GONE else SETTLED, actor=actor, now=now, moment=now, note=note)
    return incident


def _end(
    session: Session, incident: Incident, step: str, *, actor: str, now: datetime, moment: datetime, note: str | None
) -> IncidentStep:
    if step != SETTLED and incident.kind not in GONE:
        raise NotAllowed(f"It is {incident.kind}, not lost. End the incident with: fleet incident close")
    day = london_date(moment)
    if day < incident.occurred_on:
        raise UsageProblem(f"It happened on {day_text(incident.occurred_on)}, so it can't have ended before.")
    device = session.get_one(Device, incident.device_id)
    incident.closed_at = moment
    session.flush()  # What moves the device then finds no open incident to end.
    if step == "found":
        if device.status in GONE:
            move(session, [device.id], "found", now=now, on=day, reason=note or "found")
        _settle_findings(session, device.id, now)
    return _note(session, incident, step, moment, actor, note)


def _settle_findings(session: Session, device_id: int, now: datetime) -> None:
    """What called it missing, or wondered that a lost device checks in, has lost its ground."""
    settle(session, [device_id], now)
    found = select(Finding.id).where(
        Finding.rule == "lost-checking-in",
        Finding.subject_type == "device",
        Finding.subject_id == device_id,
        Finding.state != "fixed",
    )
    rows = [(one, "fixed", now) for one in session.execute(found).scalars()]
    update_rows(session.connection(), Model.metadata.tables["finding"], ("state", "fixed_at"), rows)


def _note(
    session: Session, incident: Incident, step: str, moment: datetime, actor: str, note: str | None
) -> IncidentStep:
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
