"""Swap, transfer, extend: what happens between an issue and a return, each as one event."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import (
    Done,
    device_name,
    holder_name,
    issue,
    locked,
    open_assignment,
    open_assignments,
    return_devices,
)
from fleet.commands.bundles import ACCESSORIES, listed, pass_on, take_back, with_words
from fleet.commands.refusals import Refusals
from fleet.commands.reservations import settle_issue
from fleet.database.models import Assignment, Device, Sim
from fleet.domain.lifecycle import label
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, UsageProblem

_PASSED_ON = frozenset({"issued", "found"})
"""Statuses in which a device can change hands without coming back first."""


def swap(
    session: Session, old_id: int, new_id: int, *, now: datetime, carry_sim: bool = True, to_status: str = "in_stock",
    condition: str | None = None, on: date | None = None, carry_items: bool = True, reason: str | None = None,
) -> list[Done]:  # fmt: skip
    """Take one device back and give its holder another, on the same terms: a loan stays a loan until the same day.

    The SIM, and the case, charger and what else went out with the old one, stay with the holder unless told otherwise;
    else they come back. The new one's reservation for the holder is fulfilled.
    """
    if old_id == new_id:
        raise UsageProblem("A device can't be swapped for itself.")
    old, _new = locked(
        session, [old_id, new_id]
    )  # Both at once and in one order: two who swap never wait for each other.
    held = open_assignment(session, old_id)
    if held is None:
        raise NotAllowed(f"{device_name(old)} is not issued to anybody. Issue the other one instead.")
    back = return_devices(
        session, [old_id], now=now, condition=condition, returned_on=on, to_status=to_status, reason=reason
    )
    out = issue(
        session, [new_id], now=now, person_id=held.person_id, issued_on=on, due_on=held.due_on, overdue=True,
        site_id=None if held.person_id else held.site_id,
        team_id=None if held.person_id or held.site_id else held.team_id,
    )  # fmt: skip
    out = settle_issue(session, out, person_id=held.person_id, now=now, issued_on=on, due_on=held.due_on)
    return _with_bundle(session, back, out, held, new_id, now, on, carry_sim=carry_sim, carry_items=carry_items)


def _with_bundle(
    session: Session, back: Sequence[Done], out: Sequence[Done], held: Assignment, new_id: int, now: datetime,
    on: date | None, *, carry_sim: bool, carry_items: bool,
) -> list[Done]:  # fmt: skip
    """What went out with the old device: along with the new one, or back."""
    old_id, new = held.device_id, open_assignment(session, new_id)
    assert new is not None
    if held.kind == "loan" and new.kind != "loan":
        new.kind = "loan"  # One without a day stays one.
    kinds = [*(ACCESSORIES if carry_items else ()), *(("sim",) if carry_sim else ())]
    words = pass_on(session, {held.id: new.id}, day=new.issued_on, kinds=kinds).get(new.id, [])
    kept = [one for one in words if not one.startswith("SIM ")]
    came_back = take_back(session, [old_id], now=now, on=on, ended=held.id)
    sims = (
        _carry_sims(session, old_id, new_id, [one[4:] for one in words if one.startswith("SIM ")]) if carry_sim else []
    )
    said = [_late(one, new, now) for one in out]
    if kept:
        said = [replace(one, sentence=f"{one.sentence[:-1]}, who keeps {listed(kept)}.") for one in said]
    return [*with_words(back, came_back), *said, *sims]


def transfer(
    session: Session, device_ids: Sequence[int], *, person_id: int, now: datetime, on: date | None = None,
    due_on: date | None = None, for_good: bool = False,
) -> list[Done]:  # fmt: skip
    """Devices pass from their holders to another person without coming back to stock, with what went out with them.

    A loan stays a loan until the same day, unless `due_on` is another one or it is `for_good`. All or none; every device
    that is refused is named at once.
    """
    if due_on is not None and for_good:
        raise UsageProblem("Either until a day or for good, not both.")
    devices = locked(session, device_ids)
    held = open_assignments(session, device_ids)
    day = on or london_date(now)
    refusals = Refusals()
    for device in devices:
        with refusals.of_one():
            _refuse_transfer(session, device, held.get(device.id), person_id, day)
    refusals.raise_any(len(devices))
    before = {one: holder_name(session, row) for one, row in held.items()}
    groups: dict[date | None, list[int]] = {}
    for device in devices:
        row = held[device.id]
        row.returned_on, row.condition = day, "transferred"
        device.status = "in_stock"
        groups.setdefault(due_on or (None if for_good else row.due_on), []).append(device.id)
    session.flush()
    done: dict[int, Done] = {}
    for due, ids in groups.items():
        passed = issue(session, ids, now=now, person_id=person_id, issued_on=on, due_on=due, overdue=due_on is None)
        passed = settle_issue(session, passed, person_id=person_id, now=now, issued_on=on, due_on=due)
        done |= {one.device_id: one for one in passed}
    return _passed(session, devices, held, before, done, now, on, for_good=for_good)


def _refuse_transfer(session: Session, device: Device, held: Assignment | None, person_id: int, day: date) -> None:
    name = device_name(device)
    if held is None:
        raise NotAllowed(f"{name} is not issued to anybody. Issue it instead.")
    if held.person_id == person_id:
        raise Conflict(f"{name} is with {holder_name(session, held)} already.", code="already-issued")
    if device.status not in _PASSED_ON:
        raise NotAllowed(
            f"{name} is {label(device.status).lower()}: {holder_name(session, held)} answers for it until it is back. "
            f"Say first what became of it: fleet move, or fleet return"
        )
    if day < held.issued_on:
        raise UsageProblem(f"{name} was issued on {day_text(held.issued_on)}; it can't change hands before.")


def _passed(
    session: Session, devices: Sequence[Device], held: dict[int, Assignment], before: dict[int, str],
    done: dict[int, Done], now: datetime, on: date | None, *, for_good: bool,
) -> list[Done]:  # fmt: skip
    """Everything that went out with a device goes along; the sentences say from whom it comes."""
    after = open_assignments(session, [one.id for one in devices])
    day = on or london_date(now)
    went = pass_on(session, {held[one.id].id: after[one.id].id for one in devices}, day=day)
    told = []
    for device in devices:
        one, new = done[device.id], after[device.id]
        if held[device.id].kind == "loan" and not for_good:
            new.kind = "loan"
        items = f", with {listed(went[new.id])}" if new.id in went else ""
        told.append(_late(replace(one, sentence=f"{one.sentence[:-1]}, from {before[device.id]}{items}."), new, now))
    session.flush()
    return told


def _late(done: Done, new: Assignment, now: datetime) -> Done:
    """A loan that goes on after its day is said to be overdue."""
    if new.due_on is None or new.due_on >= london_date(now):
        return done
    return replace(done, warnings=(*done.warnings, f"The loan was due on {day_text(new.due_on)}: extend it."))


def extend(session: Session, device_ids: Sequence[int], *, due_on: date, now: datetime) -> list[Done]:
    """Let loans run on until another day; every device that is not on loan is named at once."""
    if due_on < london_date(now):
        raise UsageProblem(f"{day_text(due_on)} has passed. A loan is extended to a day to come.")
    devices = locked(session, device_ids)
    loans = open_assignments(session, device_ids)
    refusals, done = Refusals(), []
    for device in devices:
        with refusals.of_one():
            name, held = device_name(device), loans.get(device.id)
            if held is None or held.kind != "loan":
                raise NotAllowed(f"{name} is not on loan.")
            before = day_text(held.due_on) if held.due_on else "no day"
            held.due_on = due_on
            done.append(Done(device.id, name, f"{name}: due {day_text(due_on)} instead of {before}."))
    refusals.raise_any(len(devices))
    session.flush()
    return done


def _carry_sims(session: Session, old_id: int, new_id: int, gone_along: Sequence[str]) -> list[Done]:
    """SIMs of the old device go into the new one; `gone_along` went already, by ICCID, being part of the bundle."""
    (device,) = locked(session, [new_id])
    sims = list(session.execute(select(Sim).where(Sim.device_id == old_id).order_by(Sim.id)).scalars())
    for sim in sims:
        sim.device_id = new_id
    session.flush()
    name = device_name(device)
    return [
        Done(new_id, name, f"SIM {iccid} goes along into {name}.")
        for iccid in (*gone_along, *(one.iccid for one in sims))
    ]
