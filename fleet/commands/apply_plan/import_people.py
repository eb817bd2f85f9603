"""Write the plan of a list of people."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fleet.commands.apply_plan.places import make_places, settled
from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.database.models import Person
from fleet.domain.plan.imports import PERSON_COLUMNS, ImportPlan, RowPlan

_COLUMNS = tuple(name for name in PERSON_COLUMNS if name != "entra_id")


def apply_people_rows(session: Session, plan: ImportPlan) -> None:
    """Apply the plan inside the caller's transaction."""
    rows = [*plan.new, *plan.changed]
    made = make_places(session, rows)
    for owner in sorted({one.organisation_id for one in rows}):
        _add(session, [one for one in plan.new if one.organisation_id == owner], owner, made)
        edits = [
            Edit(one.subject_id, one.before, {name: settled(value, owner, made) for name, value in one.after.items()})
            for one in plan.changed
            if one.organisation_id == owner and one.subject_id is not None
        ]
        update_recorded(session, Person, edits, organisation_id=owner)


def _add(session: Session, rows: list[RowPlan], owner: int, made: Mapping[tuple[str, int, str], int]) -> None:
    values = []
    for one in rows:
        person: dict[str, Any] = {name: settled(value, owner, made) for name, value in one.after.items()}
        values.append((owner, "", *(person.get(name) for name in _COLUMNS)))
    insert_recorded(session, Person, ("organisation_id", "hay", *_COLUMNS), values, organisation_id=owner)
