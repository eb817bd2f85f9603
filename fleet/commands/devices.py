"""Moves of a device through its life that are neither issue nor return, and registering what Intune knew first."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date, start_of_day
from fleet.commands.assignments import (
    Done,
    device_name,
    holder_name,
    later_returns,
    locked,
    named,
    open_assignments,
    refuse_later,
)
from fleet.commands.refusals import Refusals
from fleet.database.history import open_event
from fleet.database.models import Assignment, Device, Incident, IncidentStep
from fleet.domain.lifecycle import HOLDING, check_move, label, needs_reason
from fleet.domain.wording import day_text
from fleet.errors import NotAllowed, UsageProblem


def move(
    session: Session, device_ids: Sequence[int], to: str, *, now: datetime, on: date | None = None, reason: str | None = None,
    batch: str | None = None, certificate: str | None = None,
) -> list[Done]:  # fmt: skip
    """Move devices to a status; all or none. `batch` and `certificate` are a disposal's papers.

    To `issued` only goes back what its holder still answers for: from repair or quarantine, or found again.
    Lost or stolen opens an incident; found closes it. Every device that is refused is named at once. Raises
    `NotAllowed` saying what would be allowed.
    """
    today = london_date(now)
    day = on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Name the day it happened, or today.")
    if (batch or certificate) and to != "disposed":
        raise UsageProblem("A batch and a certificate belong to a disposal.")
    devices = locked(session, device_ids)
    held = open_assignments(session, device_ids)
    later = later_returns(session, device_ids, day) if day < today else {}
    refusals, done = Refusals(), []
    for device in devices:
        with refusals.of_one():
            if to == "disposed" and device.status == "disposed" and (batch or certificate):
                done.append(_note_papers(device, batch, certificate))
                continue
            _refuse_move(device, to, day, reason, held.get(device.id))
            name, before = device_name(device), device.status
            _refuse_day(session, name, day, to, held.get(device.id), later.get(device.id))
            device.status, device.status_since = to, day
            if to == "disposed":
                device.disposed_on, device.disposal_batch, device.disposal_reference = day, batch, certificate
            _note_incident(session, device, to, day, now, held.get(device.id))
            warnings = _without_papers(batch, certificate) if to == "disposed" else ()
            done.append(Done(device.id, name, f"{name}: {label(before).lower()} → {label(to).lower()}.", warnings))
    refusals.raise_any(len(devices))
    session.flush()
    return done


def _refuse_move(device: Device, to: str, day: date, reason: str | None, held: Assignment | None) -> None:
    name, before = device_name(device), device.status
    named(name, check_move, before, to)
    if device.purchased_on is not None and day < device.purchased_on:
        raise UsageProblem(
            f"{name} was bought on {day_text(device.purchased_on)}; it can't be {label(to).lower()} on {day_text(day)}."
        )
    if to == "disposed" and device.status_since is not None and day < device.status_since:
        since = f"{label(before).lower()} since {day_text(device.status_since)}"
        raise UsageProblem(f"{name} is {since}; it can't be disposed of on {day_text(day)}.")
    if needs_reason(before, to) and not reason:
        raise UsageProblem(f"Say why {name} goes from {label(before).lower()} to {label(to).lower()}: --reason")
    if held is not None and to not in HOLDING:
        raise NotAllowed(f"{name} is still issued. Return it first.")
    if to == "issued" and held is None:
        raise UsageProblem(f"Nobody has {name}. Say to whom it goes: fleet issue")


def _refuse_day(
    session: Session, name: str, day: date, to: str, held: Assignment | None, later: Assignment | None
) -> None:
    """A late entry must not fall on a day when somebody else still had the device: they would answer for it."""
    if held is not None and day < held.issued_on:
        raise UsageProblem(
            f"{name} was issued to {holder_name(session, held)} on {day_text(held.issued_on)}; "
            f"it can't be {label(to).lower()} on {day_text(day)}."
        )
    refuse_later(session, later, name, day, f"be {label(to).lower()}")


def _note_papers(device: Device, batch: str | None, certificate: str | None) -> Done:
    """The certificate often comes weeks after the van: it is added to what is disposed already."""
    name = device_name(device)
    device.disposal_batch = batch or device.disposal_batch
    device.disposal_reference = certificate or device.disposal_reference
    said = [f"batch {batch}"] * bool(batch) + [f"certificate {certificate}"] * bool(certificate)
    return Done(device.id, name, f"{name}: disposed, {' and '.join(said)} noted.")


def _without_papers(batch: str | None, certificate: str | None) -> tuple[str, ...]:
    """What a disposal still lacks."""
    if batch and certificate:
        return ()
    missing = "batch and certificate" if not batch and not certificate else "certificate" if batch else "batch"
    return (
        f"The disposal has no {missing} yet. Add it later with: fleet move disposed KEYS --batch … --certificate …",
    )


def register(session: Session, device_ids: Sequence[int], *, now: datetime, tags: Sequence[str] = ()) -> list[Done]:
    """Take devices that Intune knew first into the register, as stock, with asset tags where given."""
    done = move(session, device_ids, "in_stock", now=now)
    for device_id, tag in zip(device_ids, tags, strict=False):
        session.get_one(Device, device_id).asset_tag = tag
    session.flush()
    return done


def _note_incident(
    session: Session, device: Device, to: str, day: date, now: datetime, held: Assignment | None
) -> None:
    incident = session.execute(
        select(Incident).where(Incident.device_id == device.id, Incident.closed_at.is_(None))
    ).scalar_one_or_none()
    if to in ("lost", "stolen") and incident is None:
        session.add(
            Incident(
                organisation_id=device.organisation_id,
                device_id=device.id,
                person_id=held.person_id if held else None,
                kind=to,
                occurred_on=day,
                reported_at=now,
                value_pence=device.price_pence,
            )
        )
    elif to == "found" and incident is not None:
        _end_incident(session, incident, device, day, now)


def _end_incident(session: Session, incident: Incident, device: Device, day: date, now: datetime) -> None:
    """What was found is the last step of its run sheet, whoever says so and where."""
    if day < incident.occurred_on:
        raise UsageProblem(
            f"{device_name(device)} is {incident.kind} since {day_text(incident.occurred_on)}; it can't be found before."
        )
    event = open_event(session)
    incident.closed_at = now
    session.add(
        IncidentStep(
            organisation_id=incident.organisation_id, incident_id=incident.id, step="found",
            done_at=now if day == london_date(now) else start_of_day(day), done_by=event.actor, note=event.reason,
        )
    )  # fmt: skip
