"""Close a stocktake: what nobody saw becomes a finding, never a deletion."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from fleet.commands.stocktakes.absences import raise_missing
from fleet.commands.stocktakes.scanning import lock
from fleet.database.models import Stocktake
from fleet.domain.stocktake import ACCOUNTED_FOR, MISSING
from fleet.queries.stocktakes import Count, count, open_stocktake


@dataclass(frozen=True, slots=True)
class Closed:
    """A stocktake that was just closed, and what became of the missing devices."""

    count: Count
    raised: int
    """Missing devices without any evidence, and not reported lost since the opening: each is a finding now."""
    decided: int
    """Missing devices whose finding of an earlier stocktake a person has decided to leave: no new one is raised."""


def close(session: Session, stocktake_id: int | None, *, actor: str, now: datetime) -> Closed:
    """Close a stocktake: what it rested on is kept, and missing devices without any evidence become findings.

    Nothing is deleted, returned or moved: that is for the people who look at the findings.
    """
    row = open_stocktake(session, stocktake_id)
    owner = lock(session, row.id)
    now_standing = count(session, row, now=now)
    missing = [one for one in now_standing.devices if one.outcome == MISSING]
    stocktake = session.get_one(Stocktake, row.id)
    stocktake.scope = {**row.scope, "checked_in": sorted(one.device_id for one in missing if one.grade == "C")}
    stocktake.closed_at, stocktake.closed_by = now, actor
    session.flush()
    without = [one for one in missing if one.grade == "D" and one.status not in ACCOUNTED_FOR]
    raised = raise_missing(session, without, row, owner, now)
    return Closed(now_standing, raised, len(without) - raised)
