"""Moves of a device through its life that are neither issue nor return, and registering what Intune knew first."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import Done, device_name, open_assignment
from fleet.database.models import Device, Incident
from fleet.domain.lifecycle import HOLDING, check_move, label, needs_reason
from fleet.domain.wording import day_text
from fleet.errors import NotAllowed, NotFound, UsageProblem


def move(
    session: Session,
    device_ids: Sequence[int],
    to: str,
    *,
    now: datetime,
    on: date | None = None,
    reason: str | None = None,
    batch: str | None = None,
    certificate: str | None = None,
) -> list[Done]:
    """Move devices to a status; all or none. `batch` and `certificate` are a disposal's papers.

    To `issued` only goes back what its holder still answers for: from repair,
    or found again.

    Lost or stolen opens an incident; found closes it. Raises `NotAllowed` saying what would be allowed.
    """
    today = london_date(now)
    day = on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future.")
    if (batch or certificate) and to != "disposed":
        raise UsageProblem("A batch and a certificate belong to a disposal.")
    devices = list(
        session.execute(select(Device).where(Device.id.in_(device_ids)).order_by(Device.id).with_for_update()).scalars()
    )
    if len(devices) != len(set(device_ids)):
        raise NotFound("One of those devices is not in the register, or belongs to another organisation.")
    done = []
    for device in devices:
        name, before = device_name(device), device.status
        check_move(before, to)
        if needs_reason(before, to) and not reason:
            raise UsageProblem(f"Say why {name} goes from {label(before).lower()} to {label(to).lower()}: --reason")
        held = open_assignment(session, device.id) is not None
        if held and to not in HOLDING:
            raise NotAllowed(f"{name} is still issued. Return it first.")
        if to == "issued" and not held:
            raise UsageProblem(f"Nobody has {name}. Say to whom it goes: fleet issue")
        device.status, device.status_since = to, day
        if to == "disposed":
            device.disposed_on, device.disposal_batch, device.disposal_reference = day, batch, certificate
        _note_incident(session, device, to, day, now)
        done.append(Done(device.id, name, f"{name}: {label(before).lower()} → {label(to).lower()}."))
    session.flush()
    return done


def register(session: Session, device_ids: Sequence[int], *, now: datetime, tags: Sequence[str] = ()) -> list[Done]:
    """Take devices that Intune knew first into the register, as stock, with asset tags where given."""
    done = move(session, device_ids, "in_stock", now=now)
    for device_id, tag in zip(device_ids, tags, strict=False):
        session.get_one(Device, device_id).asset_tag = tag
    session.flush()
    return done


def _note_incident(session: Session, device: Device, to: str, day: date, now: datetime) -> None:
    incident = session.execute(
        select(Incident).where(Incident.device_id == device.id, Incident.closed_at.is_(None))
    ).scalar_one_or_none()
    if to in ("lost", "stolen") and incident is None:
        held = open_assignment(session, device.id)
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
        incident.closed_at = now
