"""Lists of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import Assignment, Device, DeviceModel, Organisation, Person, Site, Team
from fleet.domain.records import PersonRow
from fleet.domain.search import fold
from fleet.queries.accessories import items_of
from fleet.queries.devices import contains, nearness

_HELD = (
    select(func.count())
    .where(Assignment.person_id == Person.id, Assignment.returned_on.is_(None))
    .correlate(Person)
    .scalar_subquery()
)


def find_people(
    session: Session,
    *,
    text: str = "",
    ids: Sequence[int] | None = None,
    state: str | None = None,
    offset: int = 0,
    limit: int | None = None,
    closest: bool = False,
) -> list[PersonRow]:
    """People whose name, UPN, team, job or employee number holds every word, by name; or best match first."""
    manager = aliased(Person)
    statement: Any = (
        select(
            Person.id, Person.display_name, Person.upn, Organisation.key, Person.job_title, Team.name, Site.name,
            Person.state, manager.display_name, _HELD, Person.left_on, Person.email,
        )
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(Site, Site.id == Person.site_id)
        .outerjoin(manager, manager.id == Person.manager_id)
    )  # fmt: skip
    statement = _narrowed(session, statement, text, ids, state)
    words = [fold(word) for word in text.split()]
    best = (nearness(session, Person.hay, words),) if closest and words else ()
    statement = statement.order_by(*best, Person.display_name, Person.id).offset(offset).limit(limit)
    return [PersonRow(*row) for row in session.execute(statement)]


def count_people(session: Session, *, text: str = "", state: str | None = None) -> int:
    """How many people a search has in all."""
    statement: Any = select(func.count(Person.id)).outerjoin(Team, Team.id == Person.team_id)
    return int(session.execute(_narrowed(session, statement, text, None, state)).scalar_one())


def _narrowed(
    session: Session, statement: Select[Any], text: str, ids: Sequence[int] | None, state: str | None
) -> Select[Any]:
    statement = statement.where(Person.erased_at.is_(None))
    for word in text.split():
        statement = statement.where(contains(session, Person.hay, fold(word)))
    if ids is not None:
        statement = statement.where(Person.id.in_(ids))
    if state is not None:
        statement = statement.where(Person.state == state)
    return statement


@dataclass(frozen=True, slots=True)
class PersonHolding:
    """A device that a person has or had."""

    device_id: int
    device: str
    model: str | None
    issued_on: date
    due_on: date | None
    returned_on: date | None
    with_it: tuple[str, ...] = ()
    """Accessories and SIMs that went out with it, in words."""


def holdings_of(session: Session, person_id: int) -> list[PersonHolding]:
    """All a person holds and held, what they hold now first, then newest first."""
    rows: Any = session.execute(
        select(
            Device.id, func.coalesce(Device.asset_tag, Device.serial, "own device"), DeviceModel.name, Assignment.issued_on,
            Assignment.due_on, Assignment.returned_on, Assignment.id,
        )
        .join(Device, Device.id == Assignment.device_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .where(Assignment.person_id == person_id)
        .order_by(Assignment.returned_on.is_not(None), Assignment.issued_on.desc(), Assignment.id.desc())
    ).all()  # fmt: skip
    items = items_of(session, [row[6] for row in rows])
    return [
        PersonHolding(
            row[0], row[1], row[2], row[3], row[4], row[5], with_it=tuple(one.words for one in items.get(row[6], ()))
        )
        for row in rows
    ]
