"""Registrations with their owners, locked for a step; who decides, and what Intune still has."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import ByodRegistration, Enrolment, Operator, Person
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.tenants import batches

Seen = Mapping[int, int]
"""Registration -> its version as somebody saw it; what moved since is refused."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step did to one registration, in words."""

    id: int
    person: str
    state: str
    sentence: str
    warnings: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    """What somebody has to do now, elsewhere."""
    still: str | None = None
    """The Intune id under which it is still enrolled, of one that ended."""


@dataclass(frozen=True, slots=True)
class One:
    """A registration with its owner, locked for a step."""

    row: ByodRegistration
    person: Person

    @property
    def name(self) -> str:
        """What refusals and sentences call it."""
        return f"Registration {self.row.id} of {self.person.display_name}"

    def taken(
        self, sentence: str, warnings: Sequence[str] = (), to_do: Sequence[str] = (), still: str | None = None
    ) -> Taken:
        """What was done to it."""
        name = self.person.display_name
        return Taken(self.row.id, name, self.row.state, sentence, tuple(warnings), tuple(to_do), still)


def locked(session: Session, ids: Sequence[int], seen: Seen | None) -> list[One]:
    """Registrations with their owners in the order asked for, locked where the database can.

    Raises `NotFound` when one is not there, `Conflict` when one moved since it was seen.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise UsageProblem("Name at least one registration.")
    found: dict[int, ByodRegistration] = {}
    for batch in batches(sorted(wanted)):
        statement = select(ByodRegistration).where(ByodRegistration.id.in_(batch)).order_by(ByodRegistration.id)
        rows = session.execute(statement.with_for_update().execution_options(populate_existing=True)).scalars()
        found |= {row.id: row for row in rows}
    people = _people(session, {row.person_id for row in found.values()})
    there = [
        One(found[one], people[found[one].person_id])
        for one in wanted
        if one in found and found[one].person_id in people
    ]
    if len(there) != len(wanted):
        raise NotFound("One of those registrations is not in the register, or belongs to another organisation.")
    for one in there:
        if seen is not None and seen.get(one.row.id, one.row.version) != one.row.version:
            raise Conflict(
                f"{one.name} was changed by somebody else since you saw it. Look again.", code="changed-since"
            )
    return there


def _people(session: Session, ids: Collection[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for batch in batches(sorted(ids)):
        rows = session.execute(select(Person).where(Person.id.in_(batch), Person.erased_at.is_(None))).scalars()
        found |= {row.id: row for row in rows}
    return found


def manager_of(session: Session, person_id: int | None) -> Person | None:
    """The manager who decided; raises `NotFound`, and `NotAllowed` for one who left."""
    if person_id is None:
        return None
    person = _people(session, [person_id]).get(person_id)
    if person is None:
        raise NotFound("That manager is not in the register, or belongs to another organisation.")
    refuse_leaver(person, "somebody else decides")
    return person


def operator_names(session: Session, actor: str) -> frozenset[str]:
    """By what an operator can be known to be a person: what they are called, and what is written beside it."""
    shown = session.execute(select(Operator.display_name).where(Operator.name == actor)).scalar_one_or_none()
    return frozenset(_folded(one) for one in (actor, shown) if one)


def names_of(person: Person) -> frozenset[str]:
    """All that an operator may be called who is this person."""
    names = [person.upn, person.email, person.display_name, person.employee_id]
    names += [(one or "").partition("@")[0] for one in (person.upn, person.email)]
    return frozenset(_folded(one) for one in names if one)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def open_enrolments(session: Session, device_ids: Sequence[int]) -> dict[int, str]:
    """Device -> the Intune id under which it is enrolled now."""
    found: dict[int, str] = {}
    for batch in batches(sorted(set(device_ids))):
        rows = session.execute(
            select(Enrolment.device_id, Enrolment.intune_id)
            .where(Enrolment.device_id.in_(batch), Enrolment.closed_at.is_(None))
            .order_by(Enrolment.id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def refuse_leaver(person: Person, instead: str) -> None:
    """Nothing new begins for somebody who left; raises `NotAllowed`."""
    if person.state == "left":
        when = f" on {day_text(person.left_on)}" if person.left_on else ""
        raise NotAllowed(f"{person.display_name} left{when}: {instead}.", code="left")
