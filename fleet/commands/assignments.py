"""Issue and return: who has what, since when."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.cautions import Receiver, cautions
from fleet.commands.refusals import Refusals
from fleet.database.models import Assignment, Device, Person, Site, Team
from fleet.domain.lifecycle import check_issue, check_move, label, needs_reason
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.tenants import batches


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did to one device, in words."""

    device_id: int
    device: str
    sentence: str
    warnings: tuple[str, ...] = ()
    grave: tuple[str, ...] = ()
    """Those of the warnings that are almost always a mistake."""


def issue(
    session: Session, device_ids: Sequence[int], *, now: datetime, person_id: int | None = None, site_id: int | None = None,
    team_id: int | None = None, due_on: date | None = None, issued_on: date | None = None, overdue: bool = False,
) -> list[Done]:  # fmt: skip
    """Issue devices to a person, or to a site or team as shared equipment; with a due date it is a loan.

    All or none; every device that is refused is named at once. `overdue` lets a loan that goes on in other hands be due
    before today. Raises `Conflict` naming the holder when somebody already has one, `NotAllowed` for a status from
    which nothing is issued, `UsageProblem` for a day that can't be.
    """
    today = london_date(now)
    day = issued_on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Issue on the day it happens, or today.")
    if due_on is not None and due_on < day and not overdue:
        raise UsageProblem(f"A loan can't be due ({day_text(due_on)}) before it is issued ({day_text(day)}).")
    to = _receiver(session, person_id, site_id, team_id)
    devices = locked(session, device_ids)
    _refuse_issue(session, devices, day, today)
    known = cautions(session, devices, to, today=today)
    until = f" until {day_text(due_on)}" if due_on else ""
    done = []
    for device in devices:
        _move(device, "issued", day)
        terms = {"kind": "loan" if due_on else "permanent", "issued_on": day, "due_on": due_on}
        session.add(
            Assignment(
                organisation_id=device.organisation_id, device_id=device.id, person_id=person_id, site_id=site_id,
                team_id=team_id, **terms,
            )
        )  # fmt: skip
        name, caution = device_name(device), known[device.id]
        done.append(Done(device.id, name, f"{name} issued to {to.name}{until}.", caution.all, caution.grave))
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
    from_person_id: int | None = None,
    reason: str | None = None,
) -> list[Done]:
    """Take devices back; all or none, and every device that is refused is named at once.

    `from_person_id` is who hands them in. What was never issued to them is taken in all the same when there is a
    `reason`: its real holder is free of it, and what nobody had is noted as theirs for that day. Raises `NotAllowed`
    for one that nobody has, or that somebody else has.
    """
    day = returned_on or london_date(now)
    if day > london_date(now):
        raise UsageProblem(f"{day_text(day)} is in the future. Return on the day it happens, or today.")
    if to_status == "issued":
        raise UsageProblem("A device that comes back is issued to nobody. Say where it goes: in_stock, in_repair, ...")
    giver = _receiver(session, from_person_id, None, None) if from_person_id is not None else None
    devices = locked(session, device_ids)
    held, later = open_assignments(session, device_ids), later_returns(session, device_ids, day)
    refusals, done = Refusals(), []
    for device in devices:
        with refusals.of_one():
            _refuse_place(device, to_status, reason or condition)
            if (assignment := held.get(device.id)) is None:
                sentence = _take_in(session, device, giver, day, condition, reason, later.get(device.id))
            else:
                sentence = _close(session, device, assignment, giver, day, condition, reason)
            _move(device, to_status, day)
            device.site_id = device.site_id if site_id is None else site_id
            done.append(Done(device.id, device_name(device), sentence))
    refusals.raise_any(len(devices))
    session.flush()
    return done


def _close(
    session: Session, device: Device, assignment: Assignment, giver: Receiver | None, day: date, condition: str | None,
    reason: str | None,
) -> str:  # fmt: skip
    """End an assignment, whoever hands the device in; gives the sentence."""
    name, holder = device_name(device), holder_name(session, assignment)
    if day < assignment.issued_on:
        raise UsageProblem(
            f"{name} was issued on {day_text(assignment.issued_on)}; it can't come back on {day_text(day)}."
        )
    theirs = giver is None or giver.person is None or assignment.person_id == giver.person.id
    if not theirs and giver is not None and not reason:
        raise NotAllowed(
            f"{name} is not issued to {giver.name}: {holder} has it since {day_text(assignment.issued_on)}. "
            "To take it back all the same, say why: --reason",
            code="another-holder",
        )
    assignment.returned_on, assignment.condition = day, condition
    if theirs or giver is None:
        return f"{name} returned by {holder}."
    return f"{name} handed in by {giver.name}; it was issued to {holder} and no longer is."


def _take_in(
    session: Session, device: Device, giver: Receiver | None, day: date, condition: str | None, reason: str | None,
    later: Assignment | None,
) -> str:  # fmt: skip
    """Take in what was issued to nobody: said, then allowed with a giver and a reason; gives the sentence."""
    name = device_name(device)
    said = f"{name} is not issued to anybody; its status is {label(device.status).lower()}."
    if giver is None or giver.person is None or not reason:
        raise NotAllowed(f"{said} To take it in all the same, say who hands it in and why: --from, --reason")
    if device.ownership == "personal":
        raise NotAllowed(f"{name} is somebody's own device: it does not come back to us.")
    _refuse_before_purchase(device, name, day, "come back")
    refuse_later(session, later, name, day, "come back from somebody else")
    session.add(
        Assignment(
            organisation_id=device.organisation_id, device_id=device.id, person_id=giver.person.id, kind="permanent",
            issued_on=day, returned_on=day, condition=condition,
        )
    )  # fmt: skip
    return f"{name} handed in by {giver.name}; it was not issued to them."


def open_assignment(session: Session, device_id: int) -> Assignment | None:
    """The assignment that is open now."""
    return session.execute(
        select(Assignment).where(Assignment.device_id == device_id, Assignment.returned_on.is_(None))
    ).scalar_one_or_none()


def open_assignments(session: Session, device_ids: Iterable[int]) -> dict[int, Assignment]:
    """Device -> the assignment that is open now; as the database has it, whatever this session saw before."""
    found: dict[int, Assignment] = {}
    for batch in batches(device_ids):
        statement = select(Assignment).where(Assignment.device_id.in_(batch), Assignment.returned_on.is_(None))
        rows = session.execute(statement.execution_options(populate_existing=True)).scalars()
        found |= {one.device_id: one for one in rows}
    return found


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


def named(name: str, check: Callable[..., None], *statuses: str) -> None:
    """Pass what a check of the lifecycle passes; its refusal says of which device it speaks."""
    try:
        check(*statuses)
    except NotAllowed as error:
        told = NotAllowed(f"{name}: {error.message}", code=error.code)
        told.facts = error.facts
        raise told from None


def locked(session: Session, device_ids: Sequence[int]) -> list[Device]:
    """Devices in the order asked for, each once; locked where the database can, so that of two technicians one wins and
    the other is told. Raises `NotFound` when one of them is not there."""
    if not device_ids:
        raise UsageProblem("Name at least one device.")
    found: dict[int, Device] = {}
    for batch in batches(sorted(set(device_ids))):
        statement = select(Device).where(Device.id.in_(batch)).order_by(Device.id).with_for_update()
        rows = session.execute(statement.execution_options(populate_existing=True)).scalars()
        found |= {one.id: one for one in rows}
    wanted = list(dict.fromkeys(device_ids))
    if len(found) != len(wanted):
        raise NotFound("One of those devices is not in the register, or belongs to another organisation.")
    return [found[one] for one in wanted]


def _receiver(session: Session, person_id: int | None, site_id: int | None, team_id: int | None) -> Receiver:
    if sum(one is not None for one in (person_id, site_id, team_id)) != 1:
        raise UsageProblem("Issue to exactly one of a person, a site or a team.")
    if person_id is not None:
        person = session.execute(select(Person).where(Person.id == person_id)).scalar_one_or_none()
        if person is None:
            raise NotFound("That person is not in the register, or belongs to another organisation.")
        return Receiver(person.display_name, person.organisation_id, person)
    by_site = select(Site.name, Site.organisation_id).where(Site.id == site_id)
    by_team = select(Team.name, Team.organisation_id).where(Team.id == team_id)
    place = session.execute(by_site if site_id is not None else by_team).one_or_none()
    if place is None:
        raise NotFound("That site or team is not in the register, or belongs to another organisation.")
    return Receiver(place[0], place[1])


def _refuse_issue(session: Session, devices: Sequence[Device], day: date, today: date) -> None:
    """Raise for all devices that can't be issued that day."""
    ids = [one.id for one in devices]
    held = open_assignments(session, ids)
    later = later_returns(session, ids, day) if day < today else {}
    refusals = Refusals()
    for device in devices:
        with refusals.of_one():
            name = device_name(device)
            if (before := held.get(device.id)) is not None:
                raise Conflict(
                    f"{name} is already issued to {holder_name(session, before)} since {day_text(before.issued_on)}. "
                    "Return it first.",
                    code="already-issued",
                )
            if device.ownership == "personal":
                raise NotAllowed(f"{name} is somebody's own device: it is registered, not issued.")
            _refuse_before_purchase(device, name, day, "be issued")
            refuse_later(session, later.get(device.id), name, day, "be issued")
            named(name, check_issue, device.status)
    refusals.raise_any(len(devices))


def _refuse_before_purchase(device: Device, name: str, day: date, what: str) -> None:
    if device.purchased_on is not None and day < device.purchased_on:
        raise UsageProblem(f"{name} was bought on {day_text(device.purchased_on)}; it can't {what} on {day_text(day)}.")


def later_returns(session: Session, device_ids: Iterable[int], day: date) -> dict[int, Assignment]:
    """Device -> the newest assignment that ended after a day."""
    found: dict[int, Assignment] = {}
    for batch in batches(device_ids):
        ended = select(Assignment).where(Assignment.device_id.in_(batch), Assignment.returned_on > day)
        found |= {one.device_id: one for one in session.execute(ended.order_by(Assignment.returned_on)).scalars()}
    return found


def refuse_later(session: Session, newest: Assignment | None, name: str, day: date, what: str) -> None:
    """A late entry must not say that two had it on one day."""
    if newest is not None and newest.returned_on is not None:
        raise UsageProblem(
            f"{holder_name(session, newest)} had {name} until {day_text(newest.returned_on)}; "
            f"it can't {what} on {day_text(day)}."
        )


def _refuse_place(device: Device, to: str, why: str | None) -> None:
    """Where something that comes back may go."""
    name, now_status = device_name(device), device.status
    if to == now_status:
        return
    if to in ("lost", "stolen", "found"):
        raise UsageProblem(f"What is {label(to).lower()} does not come back. Say it with: fleet move {to} {name}")
    named(name, check_move, now_status, to)
    if needs_reason(now_status, to) and not why:
        raise UsageProblem(
            f"Say why {name} goes from {label(now_status).lower()} to {label(to).lower()}: its condition, or a reason."
        )


def _move(device: Device, status: str, day: date) -> None:
    if device.status != status:
        check_move(device.status, status)
        device.status = status
        device.status_since = day
