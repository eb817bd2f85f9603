"""People: team moves, and erasure that keeps the devices' history whole."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.commands.assignments import device_name
from fleet.commands.receipts import erase_receipts
from fleet.database.models import Assignment, Change, Device, Person, Receipt, Team
from fleet.errors import NotAllowed, NotFound

ERASED = "(erased)"
PERSONAL_FIELDS = (
    "upn", "given_name", "surname", "email", "job_title", "department", "office", "employee_id", "employee_type", "entra_id",
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

    The content of their own changes in history goes too: the chain covers salted digests and holds without it. Raises
    `NotAllowed` while they hold something. Receipts they signed are kept for their legal time (docs/OPERATIONS.md).
    """
    person = _person(session, person_id)
    held = session.execute(
        select(Device)
        .join(Assignment, Assignment.device_id == Device.id)
        .where(Assignment.person_id == person_id, Assignment.returned_on.is_(None))
    ).scalars()
    if names := [device_name(one) for one in held]:
        raise NotAllowed(f"{person.display_name} still holds {', '.join(names)}. Record the return first.")
    for name in PERSONAL_FIELDS:
        setattr(person, name, None)
    person.display_name = f"{ERASED} {person.id}"
    person.manager_id = None
    person.erased_at = now
    session.flush()
    session.connection().execute(
        update(Change.__table__)  # type: ignore[arg-type]
        .where(Change.subject == "person", Change.subject_id == person_id)
        .values(before=None, after=None, salt=None)
    )
    erase_receipts(session, person_id, now=now)
    kept = (
        session.execute(select(Receipt.id).where(Receipt.person_id == person_id, Receipt.accepted_at.is_not(None)))
        .scalars()
        .all()
    )
    session.expire_all()
    return f"Person {person_id} is erased; {len(kept)} signed receipt{'' if len(kept) == 1 else 's'} kept."


def _person(session: Session, person_id: int) -> Person:
    person = session.execute(
        select(Person).where(Person.id == person_id, Person.erased_at.is_(None))
    ).scalar_one_or_none()
    if person is None:
        raise NotFound("That person is not in the register, or belongs to another organisation.")
    return person
