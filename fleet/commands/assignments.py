"""Issue and return: who has what, since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.database.models import Assignment, Device, Enrolment, Person, Site, Team
from fleet.domain.lifecycle import check_move, label
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem

ISSUABLE = ("unrecorded", "delivered", "in_stock", "prepared", "found", "in_repair")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did to one device, in words."""

    device_id: int
    device: str
    sentence: str
    warnings: tuple[str, ...] = ()


def issue(
    session: Session,
    device_ids: Sequence[int],
    *,
    now: datetime,
    person_id: int | None = None,
    site_id: int | None = None,
    team_id: int | None = None,
    due_on: date | None = None,
    issued_on: date | None = None,
) -> list[Done]:
    """Issue devices to a person, or to a site or team as shared equipment; with a due date it is a loan.

    All or none. Raises `Conflict` naming the holder when somebody already has one, `NotAllowed` for a status from which
    nothing is issued, `UsageProblem` for a day that can't be.
    """
    today = london_date(now)
    day = issued_on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Issue on the day it happens, or today.")
    if due_on is not None and due_on < day:
        raise UsageProblem(f"A loan can't be due ({day_text(due_on)}) before it is issued ({day_text(day)}).")
    holder, person = _holder(session, person_id, site_id, team_id)
    done = []
    for device in _devices(session, device_ids):
        name = device_name(device)
        _refuse_held(session, device, name)
        if device.ownership == "personal":
            raise NotAllowed(f"{name} is somebody's own device: it is registered, not issued.")
        _refuse_before_purchase(device, name, day)
        if day < today:
            _refuse_overlap(session, device, name, day)
        warnings = _warnings(session, device, person)
        _move(device, "issued", day)
        session.add(
            Assignment(
                organisation_id=device.organisation_id,
                device_id=device.id,
                person_id=person_id,
                site_id=site_id,
                team_id=team_id,
                kind="loan" if due_on else "permanent",
                issued_on=day,
                due_on=due_on,
            )
        )
        until = f" until {day_text(due_on)}" if due_on else ""
        done.append(Done(device.id, name, f"{name} issued to {holder}{until}.", tuple(warnings)))
    session.flush()
    return done


def return_devices(
    session: Session,
    device_ids: Sequence[int],
    *,
    now: datetime,
    condition: str | None = None,
    returned_on: date | None = None,
    to_status: str = "in_stock",
    site_id: int | None = None,
) -> list[Done]:
    """Take devices back; all or none. Raises `NotAllowed` for one that nobody has."""
    today = london_date(now)
    day = returned_on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Return on the day it happens, or today.")
    if to_status == "issued":
        raise UsageProblem("A device that comes back is issued to nobody. Say where it goes: in_stock, in_repair, ...")
    done = []
    for device in _devices(session, device_ids):
        name = device_name(device)
        assignment = open_assignment(session, device.id)
        if assignment is None:
            raise NotAllowed(f"{name} is not issued to anybody; its status is {label(device.status).lower()}.")
        if day < assignment.issued_on:
            raise UsageProblem(
                f"{name} was issued on {day_text(assignment.issued_on)}; it can't come back on {day_text(day)}."
            )
        holder = holder_name(session, assignment)
        assignment.returned_on = day
        assignment.condition = condition
        _move(device, to_status, day)
        if site_id is not None:
            device.site_id = site_id
        done.append(Done(device.id, name, f"{name} returned by {holder}."))
    session.flush()
    return done


def open_assignment(session: Session, device_id: int) -> Assignment | None:
    """The assignment that is open now."""
    return session.execute(
        select(Assignment).where(Assignment.device_id == device_id, Assignment.returned_on.is_(None))
    ).scalar_one_or_none()


def holder_name(session: Session, assignment: Assignment) -> str:
    """Whom an assignment is to."""
    if assignment.person_id is not None:
        return session.get_one(Person, assignment.person_id).display_name
    if assignment.site_id is not None:
        return session.get_one(Site, assignment.site_id).name
    return session.get_one(Team, assignment.team_id).name


def device_name(device: Device) -> str:
    """What a person calls a device."""
    return device.asset_tag or device.serial or f"device {device.id}"


def _devices(session: Session, device_ids: Sequence[int]) -> list[Device]:
    """Locked where the database can, so that of two technicians one wins and the other is told."""
    if not device_ids:
        raise UsageProblem("Name at least one device.")
    wanted = list(dict.fromkeys(device_ids))
    found = {
        one.id: one
        for one in session.execute(
            select(Device).where(Device.id.in_(wanted)).order_by(Device.id).with_for_update()
        ).scalars()
    }
    if len(found) != len(wanted):
        raise NotFound("One of those devices is not in the register, or belongs to another organisation.")
    return [found[one] for one in wanted]


def _holder(
    session: Session, person_id: int | None, site_id: int | None, team_id: int | None
) -> tuple[str, Person | None]:
    if sum(one is not None for one in (person_id, site_id, team_id)) != 1:
        raise UsageProblem("Issue to exactly one of a person, a site or a team.")
    if person_id is not None:
        person = session.execute(select(Person).where(Person.id == person_id)).scalar_one_or_none()
        if person is None:
            raise NotFound("That person is not in the register, or belongs to another organisation.")
        return person.display_name, person
    by_site, by_team = select(Site.name).where(Site.id == site_id), select(Team.name).where(Team.id == team_id)
    place = session.execute(by_site if site_id is not None else by_team).scalar_one_or_none()
    if place is None:
        raise NotFound("That site or team is not in the register, or belongs to another organisation.")
    return place, None


def _refuse_held(session: Session, device: Device, name: str) -> None:
    held = open_assignment(session, device.id)
    if held is not None:
        raise Conflict(
            f"{name} is already issued to {holder_name(session, held)} since {day_text(held.issued_on)}. Return it first.",
            code="already-issued",
        )


def _refuse_before_purchase(device: Device, name: str, day: date) -> None:
    if device.purchased_on is not None and day < device.purchased_on:
        raise UsageProblem(
            f"{name} was bought on {day_text(device.purchased_on)}; it can't be issued on {day_text(day)}."
        )


def _refuse_overlap(session: Session, device: Device, name: str, day: date) -> None:
    """A late entry must not say that two had it on one day."""
    newest = session.execute(
        select(Assignment)
        .where(Assignment.device_id == device.id, Assignment.returned_on > day)
        .order_by(Assignment.returned_on.desc())
        .limit(1)
    ).scalar_one_or_none()
    if newest is not None and newest.returned_on is not None:
        raise UsageProblem(
            f"{holder_name(session, newest)} had {name} until {day_text(newest.returned_on)}; "
            f"it can't be issued on {day_text(day)}."
        )


def _move(device: Device, status: str, day: date) -> None:
    if device.status != status:
        check_move(device.status, status)
        device.status = status
        device.status_since = day


def _warnings(session: Session, device: Device, person: Person | None) -> list[str]:
    """What a technician should know before handing it over; nothing here stops them."""
    warnings = []
    if person is not None:
        warnings += _about_person(session, device, person)
    if device.kind in ("ipad", "iphone"):
        enrolment = session.get(Enrolment, device.enrolment_id) if device.enrolment_id else None
        if enrolment is None or enrolment.closed_at is not None:
            warnings.append("It is not enrolled in Intune.")
        else:
            if enrolment.compliance == "noncompliant":
                warnings.append("Intune says it is not compliant.")
            if enrolment.upn and (person is None or enrolment.upn != person.upn):
                warnings.append(f"It is still enrolled by {enrolment.upn}.")
    return warnings


def _about_person(session: Session, device: Device, person: Person) -> list[str]:
    warnings = []
    if person.state == "left":
        warnings.append(f"{person.display_name} has left.")
    if person.organisation_id != device.organisation_id:
        warnings.append(f"{person.display_name} belongs to another organisation than the device.")
    same = session.execute(
        select(Device.asset_tag, Device.serial)
        .join(Assignment, Assignment.device_id == Device.id)
        .where(Assignment.person_id == person.id, Assignment.returned_on.is_(None), Device.kind == device.kind)
    ).all()
    if same:
        warnings.append(f"{person.display_name} already has {', '.join(row[0] or row[1] or '?' for row in same)}.")
    return warnings
