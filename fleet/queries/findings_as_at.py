"""What did not agree as at any day.

Findings carry their own dates. One that went and came back counts as there all the time, and says what it said last.
What people decided about it is taken from history.
"""

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.models import Change, Event, Finding
from fleet.domain.records import FindingRow
from fleet.queries.findings import list_findings
from fleet.queries.past import rows_then
from fleet.queries.standing import standing_events
from fleet.queries.tenants import batches

ALL_STATES = ("open", "acknowledged", "snoozed", "fixed")
_PUT_AWAY = ("acknowledged", "snoozed")


def findings_as_at(
    session: Session,
    day: date,
    *,
    states: Sequence[str] = ("open",),
    rule: str | None = None,
    organisation: str | None = None,
    text: str = "",
) -> list[FindingRow]:
    """Findings that were in those states at the end of a London day, worst first, then oldest."""
    moment = end_of_day(day)
    rows = list_findings(session, states=ALL_STATES, rule=rule, organisation=organisation, text=text)
    rows = [row for row in rows if row.first_seen <= moment]
    fixed = {row[0]: row[1] for row in session.execute(select(Finding.id, Finding.fixed_at))}
    told = rows_then(session, moment, {Finding: ("state", "decided_until")})[Finding].by_id("state", "decided_until")
    decided = _decisions(session, [row.id for row in rows if told[row.id][0] == "fixed"], moment)
    found = []
    for row in rows:
        fixed_at = fixed.get(row.id)
        if fixed_at is not None and fixed_at <= moment:
            state = "fixed"
        else:
            state, until = told[row.id] if told[row.id][0] != "fixed" else decided.get(row.id, ("open", None))
            if state in _PUT_AWAY and until is not None and until < day:
                state = "open"
        if state in states:
            found.append(dataclasses.replace(row, state=state, last_seen=min(row.last_seen, moment)))
    return found


def _decisions(session: Session, ids: Sequence[int], moment: datetime) -> dict[int, tuple[str, date | None]]:
    """Finding -> (state, until) as people had last decided by a moment, where the rules have fixed it since."""
    standing = standing_events(session.connection())
    found: dict[int, tuple[str, date | None]] = {}
    for batch in batches(ids):
        rows: Any = session.connection().execute(
            select(Change.event_id, Change.subject_id, Change.after)
            .join(Event, Event.id == Change.event_id)
            .where(Change.subject == "finding", Change.subject_id.in_(batch), Event.effective_at <= moment)
            .order_by(Change.id)
        )
        for event_id, finding_id, after in rows:
            if standing.stands(event_id) and (after or {}).get("state") in _PUT_AWAY:
                until = after.get("decided_until")
                found[finding_id] = (after["state"], date.fromisoformat(until) if until else None)
    return found
