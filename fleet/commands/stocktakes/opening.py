"""Open a stocktake: freeze what it expects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands.apply_plan.writing import insert_recorded
from fleet.database.models import Organisation, Site, Stocktake, StocktakeExpected, Team
from fleet.domain.stocktake import kept_text
from fleet.errors import NotFound, UsageProblem
from fleet.queries.stocktakes import devices_in_scope, overlaps

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """A stocktake that was just opened."""

    id: int
    expected: int
    overlaps: tuple[tuple[int, str, int], ...]
    """(id, title, number of devices) of other open stocktakes that expect some of the same."""


def open_new(
    session: Session,
    title: str,
    *,
    actor: str,
    now: datetime,
    organisation_id: int | None = None,
    site_id: int | None = None,
    team_id: int | None = None,
    kind: str | None = None,
) -> Opened:
    """Open a stocktake and freeze what it expects: device, site and holder as of this moment.

    It counts devices of one organisation: the named one, that of the site or team, or the only one there is.
    """
    title = " ".join(kept_text(title).split())
    if not title or len(title) > LONGEST_TITLE:
        raise UsageProblem(f"Give the stocktake a title of at most {LONGEST_TITLE} characters: Town Hall, autumn 2026")
    owner, scope = _scope(session, organisation_id, site_id, team_id, kind)
    devices = devices_in_scope(session, owner, site_id=site_id, team_id=team_id, kind=kind)
    if not devices:
        raise NotFound("No device is in that scope, so there is nothing to count.")
    stocktake = Stocktake(organisation_id=owner, title=title, scope=scope, opened_at=now, opened_by=actor)
    session.add(stocktake)
    session.flush()
    insert_recorded(
        session, StocktakeExpected, ("organisation_id", "stocktake_id", "device_id", "site_id", "person_id"),
        [(owner, stocktake.id, *row) for row in devices], organisation_id=owner,
    )  # fmt: skip
    return Opened(stocktake.id, len(devices), tuple(overlaps(session, stocktake.id)))


def _scope(
    session: Session, organisation_id: int | None, site_id: int | None, team_id: int | None, kind: str | None
) -> tuple[int, dict[str, Any]]:
    """Whose devices are counted, and the scope as it is kept."""
    scope: dict[str, Any] = {}
    owners = {organisation_id} - {None}
    for name, table, wanted in (("site", Site, site_id), ("team", Team, team_id)):
        if wanted is None:
            continue
        place: Any = session.execute(select(table.name, table.organisation_id).where(table.id == wanted)).one_or_none()
        if place is None:
            raise NotFound(f"That {name} is not in the register, or belongs to another organisation.")
        scope |= {name: place[0], f"{name}_id": wanted}
        owners.add(place[1])
    if len(owners) > 1:
        raise UsageProblem("The site or team belongs to another organisation than the one to be counted.")
    owner, key = _organisation(session, next(iter(owners), None))
    return owner, {"organisation": key, **scope, **({"kind": kind} if kind else {})}


def _organisation(session: Session, organisation_id: int | None) -> tuple[int, str]:
    statement: Any = select(Organisation.id, Organisation.key).order_by(Organisation.key)
    if organisation_id is not None:
        statement = statement.where(Organisation.id == organisation_id)
    rows = session.execute(statement).all()
    if not rows:
        raise NotFound("That organisation is not in the register, or outside your access.")
    if len(rows) > 1:
        raise UsageProblem(f"Say whose devices are counted: --organisation {', '.join(row[1] for row in rows)}")
    return rows[0][0], rows[0][1]
