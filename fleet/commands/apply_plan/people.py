"""Write a people plan; managers are linked once everybody exists."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import Edit, insert_recorded, new_ids, update_recorded
from fleet.database.lean import lean_columns
from fleet.database.models import Person
from fleet.domain.plan.people import SYNCED, PeoplePlan

_COLUMNS = ("organisation_id", "tenant_id", "entra_id", "state", "left_on", *SYNCED)


def apply_people(session: Session, plan: PeoplePlan, *, tenant_id: int, organisation_id: int) -> None:
    """Apply the plan inside the caller's transaction."""
    added = new_ids(session, Person, len(plan.new))
    rows = (
        (organisation_id, tenant_id, one.observed.entra_id, one.state, one.left_on, *one.values()) for one in plan.new
    )
    insert_recorded(session, Person, _COLUMNS, rows, organisation_id=organisation_id, ids=added)
    edits = []
    for one in plan.changed:
        before, after = dict(one.before), dict(one.after)
        if "entra_id" in after:
            before["tenant_id"], after["tenant_id"] = None, tenant_id
        if after:
            edits.append(Edit(one.id, before, after))
    update_recorded(session, Person, edits, organisation_id=organisation_id)
    _link_managers(session, plan, added, tenant_id, organisation_id)


def _link_managers(
    session: Session, plan: PeoplePlan, added: Sequence[int], tenant_id: int, organisation_id: int
) -> None:
    wanted = {
        new_id: one.observed.manager_entra_id
        for new_id, one in zip(added, plan.new, strict=True)
        if one.observed.manager_entra_id
    }
    wanted |= {one.id: one.manager_entra_id for one in plan.changed if one.manager_entra_id}
    if not wanted:
        return
    managers = set(wanted.values())
    accounts: dict[str, int] = {}
    held: dict[int, int] = {}
    statement = select(Person.id, Person.entra_id, Person.manager_id).where(
        Person.tenant_id == tenant_id, Person.entra_id.is_not(None)
    )
    for columns in lean_columns(session.connection(), statement):
        for person_id, entra_id, manager_id in zip(*columns, strict=True):
            if entra_id in managers:
                accounts[entra_id] = person_id
            if manager_id is not None:
                held[person_id] = manager_id
    edits = (
        Edit(person_id, {"manager_id": held.get(person_id)}, {"manager_id": accounts[entra_id]})
        for person_id, entra_id in wanted.items()
        if entra_id in accounts and accounts[entra_id] not in (held.get(person_id), person_id)
    )
    update_recorded(session, Person, edits, organisation_id=organisation_id)
