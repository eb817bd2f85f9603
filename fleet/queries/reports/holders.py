"""Who stands behind a device: role, manager, service area and state of its holder."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from fleet.clock import end_of_day
from fleet.database.models import Person
from fleet.queries.past import rows_then
from fleet.queries.people_as_at import PEOPLE, people_there


class Holder(NamedTuple):
    """What a report says about a person besides the name."""

    role: str | None
    """councillor, social_worker, manager or staff."""
    state: str
    department: str | None
    manager_id: int | None
    manager: str | None
    left_on: date | None


def holders(session: Session, day: date | None = None) -> Mapping[int, Holder]:
    """Person -> what stands behind the name; of a day gone by when it is named. Roles and service areas are today's."""
    manager = aliased(Person)
    rows: Any = session.execute(
        select(
            Person.id, Person.role, Person.state, Person.department, Person.manager_id, manager.display_name, Person.left_on
        ).outerjoin(manager, manager.id == Person.manager_id)
    )  # fmt: skip
    today = {row[0]: Holder(*row[1:]) for row in rows}
    if day is None:
        return today
    there = people_there(session, rows_then(session, end_of_day(day), PEOPLE), day)
    return {
        person_id: Holder(
            today[person_id].role, values["state"], today[person_id].department, values["manager_id"], values["manager"],
            values["left_on"],
        )
        for person_id, values in there.items()
        if person_id in today
    }  # fmt: skip
