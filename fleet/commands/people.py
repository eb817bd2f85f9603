"""People: team moves, and erasure that keeps the devices' history whole."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.assignments import device_name
from fleet.commands.erasure import ERASED, OF_REGISTRATION, forget, traces_of
from fleet.commands.receipts import erase_receipts
from fleet.database.models import Assignment, ByodRegistration, Device, Person, Receipt, Reservation, Team
from fleet.errors import NotAllowed, NotFound

PERSONAL_FIELDS = (
    "upn", "given_name", "surname", "email", "job_title", "department", "office", "employee_id", "employee_type", "role",
    "entra_id", "start_on",
)  # fmt: skip


def move_team(session: Session, person_id: int, team_id: int) -> str:
    """Let a person belong to another team; what they hold goes along. Returns what was done, in words."""
    person = _person(session, person_id)
    team = session.execute(select(Team).where(Team.id == team_id)).scalar_one_or_none()
    if team is None:
        raise NotFound("That team is not in the register, or belongs to another organisation.")
    if team.organisation_id != person.organisation_id:
        raise NotAllowed(f"{team.name} belongs to another organisation than {person.display_name}.")
    person.team_id = team_id
    session.flush()
    return f"{person.display_name} belongs to {team.name} now."


def erase(session: Session, person_id: int, *, now: datetime) -> str:
    """Anonymise a person on their request; devices keep their history, of `(erased)`.

    Their name goes from notes, reasons, findings and history too: the chain covers salted digests and holds without
    it. Raises `NotAllowed` while they hold something. Receipts they signed are kept for their legal time
    (docs/OPERATIONS.md).
    """
    person = _person(session, person_id)
    held = session.execute(
        select(Device)
        .join(Assignment, Assignment.device_id == Device.id)
        .where(Assignment.person_id == person_id, Assignment.returned_on.is_(None))
    ).scalars()
    if names := [device_name(one) for one in held]:
        raise NotAllowed(f"{person.display_name} still holds {', '.join(names)}. Record the return first.")
    traces = traces_of(session, person)
    _end_what_waits(session, person_id, london_date(now))
    for name in PERSONAL_FIELDS:
        setattr(person, name, None)
    person.display_name = f"{ERASED} {person.id}"
    person.manager_id = None
    person.erased_at = now
    session.flush()
    erase_receipts(session, person_id, now=now)
    enrolled = forget(session, person_id, traces)
    kept = session.execute(
        select(func.count()).where(Receipt.person_id == person_id, Receipt.accepted_at.is_not(None))
    ).scalar_one()
    return " ".join(_told(person_id, kept, enrolled, namesake=traces.namesake))


def _end_what_waits(session: Session, person_id: int, today: date) -> None:
    """Nothing is kept for them any more, and none of their own devices is registered."""
    reservations = select(Reservation).where(Reservation.person_id == person_id, Reservation.state == "open")
    for reservation in session.execute(reservations).scalars():
        reservation.state = "cancelled"
    registrations = select(ByodRegistration).where(ByodRegistration.person_id == person_id)
    for registration in session.execute(registrations).scalars():
        for name in OF_REGISTRATION:
            setattr(registration, name, None)
        if registration.state != "ended":
            registration.state, registration.ended_on = "ended", registration.ended_on or today


def _told(person_id: int, kept: int, enrolled: Sequence[str], *, namesake: bool) -> Iterator[str]:
    yield f"Person {person_id} is erased; {kept} signed receipt{'' if kept == 1 else 's'} kept."
    if enrolled:
        yield (
            f"Intune still has {', '.join(enrolled)} enrolled for them: delete that there, or the next sync brings it back."
        )
    if namesake:
        yield "Somebody else has the same name, so notes and reasons that give only the name were left as they are."


def _person(session: Session, person_id: int) -> Person:
    person = session.execute(
        select(Person).where(Person.id == person_id, Person.erased_at.is_(None))
    ).scalar_one_or_none()
    if person is None:
        raise NotFound("That person is not in the register, or belongs to another organisation.")
    return person
