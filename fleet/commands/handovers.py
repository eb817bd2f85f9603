"""Swap, transfer, extend: what happens between an issue and a return, each as one event."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import Done, device_name, holder_name, issue, open_assignment, return_devices
from fleet.database.models import Device, Sim
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem


def swap(
    session: Session, old_id: int, new_id: int, *, now: datetime, carry_sim: bool = True, to_status: str = "in_stock",
    condition: str | None = None, on: date | None = None,
) -> list[Done]:  # fmt: skip
    """Take one device back and give its holder another, on the same terms; the SIM goes along unless told otherwise."""
    if old_id == new_id:
        raise UsageProblem("A device can't be swapped for itself.")
    held = open_assignment(session, old_id)
    if held is None:
        raise NotAllowed("The device to be swapped is not issued to anybody. Issue the other one instead.")
    done = return_devices(session, [old_id], now=now, condition=condition, returned_on=on, to_status=to_status)
    due = held.due_on if held.due_on and held.due_on >= (on or london_date(now)) else None
    done += issue(
        session, [new_id], now=now, person_id=held.person_id, issued_on=on, due_on=due,
        site_id=None if held.person_id else held.site_id,
        team_id=None if held.person_id or held.site_id else held.team_id,
    )  # fmt: skip
    if carry_sim:
        done += _carry_sims(session, old_id, new_id)
    return done


def transfer(
    session: Session, device_ids: Sequence[int], *, person_id: int, now: datetime, on: date | None = None
) -> list[Done]:
    """Devices pass from their holders to another person without coming back to stock. All or none."""
    done = []
    for device_id in device_ids:
        held = open_assignment(session, device_id)
        device = _device(session, device_id)
        if held is None:
            raise NotAllowed(f"{device_name(device)} is not issued to anybody. Issue it instead.")
        if held.person_id == person_id:
            raise Conflict(f"{device_name(device)} is with {holder_name(session, held)} already.")
        before = holder_name(session, held)
        day = on or london_date(now)
        if day < held.issued_on:
            raise UsageProblem(
                f"{device_name(device)} was issued on {day_text(held.issued_on)}; it can't change hands before."
            )
        held.returned_on, held.condition = day, "transferred"
        session.flush()
        device.status = "in_stock"
        passed = issue(session, [device_id], now=now, person_id=person_id, issued_on=on)
        done += [
            Done(one.device_id, one.device, f"{one.sentence[:-1]}, from {before}.", one.warnings) for one in passed
        ]
    session.flush()
    return done


def extend(session: Session, device_ids: Sequence[int], *, due_on: date, now: datetime) -> list[Done]:
    """Let loans run on until another day."""
    if due_on < london_date(now):
        raise UsageProblem(f"{day_text(due_on)} has passed. A loan is extended to a day to come.")
    done = []
    for device_id in device_ids:
        device = _device(session, device_id)
        held = open_assignment(session, device_id)
        if held is None or held.kind != "loan":
            raise NotAllowed(f"{device_name(device)} is not on loan.")
        before = day_text(held.due_on) if held.due_on else "no day"
        held.due_on = due_on
        done.append(
            Done(device_id, device_name(device), f"{device_name(device)}: due {day_text(due_on)} instead of {before}.")
        )
    session.flush()
    return done


def _carry_sims(session: Session, old_id: int, new_id: int) -> list[Done]:
    sims = session.execute(select(Sim).where(Sim.device_id == old_id)).scalars().all()
    device = _device(session, new_id)
    for sim in sims:
        sim.device_id = new_id
    session.flush()
    return [
        Done(new_id, device_name(device), f"SIM {one.iccid} goes along into {device_name(device)}.") for one in sims
    ]


def _device(session: Session, device_id: int) -> Device:
    device = session.execute(select(Device).where(Device.id == device_id)).scalar_one_or_none()
    if device is None:
        raise NotFound("That device is not in the register, or belongs to another organisation.")
    return device
