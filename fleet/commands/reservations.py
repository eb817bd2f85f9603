"""Reservations: a device is kept for somebody from a day to a day, and becomes theirs when it is issued to them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import Done, device_name, locked
from fleet.commands.cautions import ELSEWHERE, LEFT
from fleet.database.models import Assignment, Device, Person, Reservation
from fleet.domain.lifecycle import label
from fleet.domain.wording import day_text
from fleet.errors import Ambiguous, Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.reservations import ReservationRow, open_reservations
from fleet.queries.tenants import batches

NEVER = frozenset({"lost", "stolen", "retired", "disposed"})
"""Nothing in one of these is kept for anybody."""


def reserve(
    session: Session, device_ids: Sequence[int], *, person_id: int, actor: str, now: datetime, from_on: date | None = None,
    until_on: date | None = None,
) -> list[Done]:  # fmt: skip
    """Keep devices for a person: for good, or for a loan that ends on `until_on`. All or none.

    Raises `Conflict` naming who has it on one of those days, by a reservation or in hand.
    """
    first = from_on or london_date(now)
    if first < london_date(now):
        raise UsageProblem(f"{day_text(first)} has passed. A reservation begins today or later.")
    if until_on is not None and until_on < first:
        raise UsageProblem(f"A reservation can't end ({day_text(until_on)}) before it begins ({day_text(first)}).")
    person = session.execute(select(Person).where(Person.id == person_id)).scalar_one_or_none()
    if person is None:
        raise NotFound("That person is not in the register, or belongs to another organisation.")
    devices = locked(session, device_ids)
    kept = open_reservations(session, [one.id for one in devices])
    held = _held(session, [one.id for one in devices])
    until = f" until {day_text(until_on)}" if until_on else ""
    done = []
    for device in devices:
        name = device_name(device)
        _refuse_unfit(device, name)
        _refuse_taken(name, kept.get(device.id, ()), first, until_on)
        _refuse_held(name, held.get(device.id), person, first)
        session.add(
            Reservation(
                organisation_id=device.organisation_id, device_id=device.id, person_id=person_id, from_on=first,
                until_on=until_on, made_by=actor,
            )
        )  # fmt: skip
        sentence = f"{name} reserved for {person.display_name} from {day_text(first)}{until}."
        warnings = _warnings(device, person)
        done.append(Done(device.id, name, sentence, warnings, warnings))
    session.flush()
    return done


def cancel(session: Session, device_ids: Sequence[int], *, person_id: int | None = None) -> list[Done]:
    """Cancel the open reservation of each device; `person_id` says whose where a device has several. All or none."""
    devices = locked(session, device_ids)
    kept = open_reservations(session, [one.id for one in devices])
    done, ids = [], []
    for device in devices:
        name = device_name(device)
        found = [one for one in kept.get(device.id, ()) if person_id in (None, one.person_id)]
        if not found:
            raise NotAllowed(f"{name} is not reserved{' for them' if person_id is not None else ''}.")
        if len(found) > 1 and person_id is None:
            listed = ", ".join(_in_words(one) for one in found)
            raise Ambiguous(
                f"{name} is reserved several times: {listed}. Say whose: --for", matches=[one.id for one in found]
            )
        ids += [one.id for one in found]
        done += [Done(device.id, name, f"{name} is no longer reserved for {_in_words(one)}.") for one in found]
    _set_state(session, ids, "cancelled")
    return done


def settle_issue(
    session: Session, done: Sequence[Done], *, person_id: int | None, now: datetime, issued_on: date | None = None,
    due_on: date | None = None,
) -> list[Done]:  # fmt: skip
    """After an issue, in its event: the holder's own reservations are fulfilled, those of others become warnings.

    Only reservations for days on which the device is out count; None of `due_on` is for good.
    """
    first = issued_on or london_date(now)
    kept = open_reservations(session, [one.device_id for one in done])
    fulfilled: list[int] = []
    told = []
    for one in done:
        warnings = list(one.warnings)
        for reservation in kept.get(one.device_id, ()):
            if not reservation.overlaps(first, due_on):
                continue
            if reservation.person_id == person_id:
                fulfilled.append(reservation.id)
            else:
                warnings.append(f"It is reserved for {_in_words(reservation)}.")
        told.append(replace(one, warnings=tuple(warnings)))
    _set_state(session, fulfilled, "issued")
    return told


def _held(session: Session, device_ids: Iterable[int]) -> dict[int, Any]:
    """Device -> (person, name, due day) of its open assignment."""
    found: dict[int, Any] = {}
    for batch in batches(device_ids):
        rows: Any = session.execute(
            select(Assignment.device_id, Assignment.person_id, Person.display_name, Assignment.due_on)
            .outerjoin(Person, Person.id == Assignment.person_id)
            .where(Assignment.device_id.in_(batch), Assignment.returned_on.is_(None))
        )
        found |= {row[0]: row[1:] for row in rows}
    return found


def _refuse_unfit(device: Device, name: str) -> None:
    if device.ownership == "personal":
        raise NotAllowed(f"{name} is somebody's own device: it can't be kept for anybody.")
    if device.status in NEVER:
        raise NotAllowed(f"{name} is {label(device.status).lower()}: it can't be reserved.")


def _refuse_taken(name: str, kept: Iterable[ReservationRow], first: date, last: date | None) -> None:
    for one in kept:
        if one.overlaps(first, last):
            raise Conflict(f"{name} is already reserved for {_in_words(one)}.", code="already-reserved")


def _refuse_held(name: str, held: Any, person: Person, first: date) -> None:
    """A loan that is due before the first day does not stand in the way."""
    if held is None:
        return
    holder_id, holder, due_on = held
    if holder_id == person.id:
        raise Conflict(f"{person.display_name} has {name} already.", code="already-issued")
    if due_on is None or due_on >= first:
        until = f" until {day_text(due_on)}" if due_on else ""
        raise Conflict(f"{name} is issued to {holder or 'a site or team'}{until}.", code="already-issued")


def _warnings(device: Device, person: Person) -> tuple[str, ...]:
    warnings = []
    if person.state == "left":
        warnings.append(f"{person.display_name} {LEFT}.")
    if person.organisation_id != device.organisation_id:
        warnings.append(f"{person.display_name} {ELSEWHERE}.")
    return tuple(warnings)


def _set_state(session: Session, ids: Iterable[int], state: str) -> None:
    for batch in batches(ids):
        for one in session.execute(select(Reservation).where(Reservation.id.in_(batch)).with_for_update()).scalars():
            one.state = state
    session.flush()


def _in_words(one: ReservationRow) -> str:
    until = f" until {day_text(one.until_on)}" if one.until_on else " on"
    return f"{one.person} from {day_text(one.from_on)}{until}"
