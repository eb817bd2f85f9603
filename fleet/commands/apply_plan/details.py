"""Write what GET by id and the export job told: ICCID, UDID, notes, primary user."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import Edit, update_recorded
from fleet.database.models import Enrolment
from fleet.domain.plan.recorded import DETAIL
from fleet.domain.records import ObservedDetail
from fleet.queries.tenants import recorded_details


def apply_details(
    session: Session,
    details: Mapping[str, ObservedDetail],
    primary_users: Mapping[str, str | None] | None,
    *,
    tenant_id: int,
    organisation_id: int,
    now: datetime,
) -> int:
    """Store details of open enrolments; a blank never overwrites. Returns how many rows made history."""
    users = primary_users or {}
    held = recorded_details(session, tenant_id, list(dict.fromkeys([*details, *users])))
    edits = []
    for intune_id, (enrolment_id, *stored, primary_user_id) in held.items():
        before: dict[str, str | None] = {}
        after: dict[str, str] = {}
        detail = details.get(intune_id)
        if detail is not None:
            for name, old in zip(DETAIL, stored, strict=True):
                new = getattr(detail, name)
                if new is not None and new != old:
                    before[name], after[name] = old, new
        user = users.get(intune_id)
        if user is not None and user != primary_user_id:
            before["primary_user_id"], after["primary_user_id"] = primary_user_id, user
        silent = {"enriched_at": now} if detail is not None else {}
        if after or silent:
            edits.append(Edit(enrolment_id, before, after, silent))
    update_recorded(session, Enrolment, edits, organisation_id=organisation_id)
    return sum(1 for edit in edits if edit.after)
