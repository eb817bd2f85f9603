"""Write a people plan; managers are linked once everybody exists."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.database.models import Person
from fleet.domain.plan.people import SYNCED, PeoplePlan

_COLUMNS = ("organisation_id", "tenant_id", "entra_id", "state", "left_on", *SYNCED)


def apply_people(session: Session, plan: PeoplePlan, *, tenant_id: int, organisation_id: int) -> None:
    """Apply the plan inside the caller's transaction."""
    rows = [
        (organisation_id, tenant_id, one.entra_id, one.values["state"], one.values["left_on"],
         *(one.values[name] for name in SYNCED))
        for one in plan.new
    ]  # fmt: skip
    new_ids = insert_recorded(session, Person, _COLUMNS, rows, organisation_id=organisation_id)
    edits = []
    for one in plan.changed:
        before, after = dict(one.before), dict(one.after)
        if "entra_id" in after:
            before["tenant_id"], after["tenant_id"] = None, tenant_id
        if after:
            edits.append(Edit(one.id, before, after))
    update_recorded(session, Person, edits, organisation_id=organisation_id)
    _link_managers(session, plan, new_ids, tenant_id, organisation_id)


def _link_managers(session: Session, plan: PeoplePlan, new_ids: Any, tenant_id: int, organisation_id: int) -> None:
    wanted = {
        new_id: one.manager_entra_id for new_id, one in zip(new_ids, plan.new, strict=True) if one.manager_entra_id
    }
    wanted |= {one.id: one.manager_entra_id for one in plan.changed if one.manager_entra_id}
    if not wanted:
        return
    rows = session.execute(
        select(Person.id, Person.entra_id, Person.manager_id).where(
            Person.tenant_id == tenant_id, Person.entra_id.is_not(None)
        )
    ).all()
    by_entra = {row.entra_id: row.id for row in rows}
    held = {row.id: row.manager_id for row in rows}
    edits = [
        Edit(person_id, {"manager_id": held.get(person_id)}, {"manager_id": by_entra[entra_id]})
        for person_id, entra_id in wanted.items()
        if entra_id in by_entra and by_entra[entra_id] not in (held.get(person_id), person_id)
    ]
    update_recorded(session, Person, edits, organisation_id=organisation_id)
