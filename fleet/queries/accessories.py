"""What went out with devices: case, charger, keyboard, SIM; and where a SIM is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, AssignmentItem, Device, Line, Person, Sim, Site, Team
from fleet.domain.identifiers import judge
from fleet.errors import Ambiguous, NotFound
from fleet.queries.tenants import batches


@dataclass(frozen=True, slots=True)
class ItemRow:
    """Something that went out with a device."""

    kind: str
    iccid: str | None
    number: str | None
    returned_on: date | None
    missing: bool

    @property
    def words(self) -> str:
        """`charger`, `SIM 8944…, +447700900123`, `keyboard (missing)`."""
        name = (
            "SIM " + ", ".join(part for part in (self.iccid, self.number) if part) if self.kind == "sim" else self.kind
        )
        return f"{name} (missing)" if self.missing else name


@dataclass(frozen=True, slots=True)
class SimRow:
    """A SIM and where it is."""

    id: int
    organisation_id: int
    iccid: str
    state: str
    device_id: int | None
    device: str | None
    holder: str | None
    """Who has the device it is in."""


def items_of(session: Session, assignment_ids: Iterable[int]) -> dict[int, tuple[ItemRow, ...]]:
    """Assignment -> what went out with it, in the order it was handed over."""
    found: dict[int, tuple[ItemRow, ...]] = {}
    for batch in batches(assignment_ids):
        rows: Any = session.execute(
            select(
                AssignmentItem.assignment_id, AssignmentItem.kind, Sim.iccid, Line.number, AssignmentItem.returned_on,
                AssignmentItem.missing,
            )
            .outerjoin(Sim, Sim.id == AssignmentItem.sim_id)
            .outerjoin(Line, Line.id == Sim.line_id)
            .where(AssignmentItem.assignment_id.in_(batch))
            .order_by(AssignmentItem.id)
        )  # fmt: skip
        for assignment_id, *values in rows:
            found[assignment_id] = (*found.get(assignment_id, ()), ItemRow(*values))
    return found


def sim_by_key(session: Session, key: str) -> SimRow:
    """The one SIM of an ICCID or phone number; raises `NotFound` or `Ambiguous`."""
    iccid, number = judge("iccid", key).normal, judge("phone", key).normal
    digits = "".join(char for char in key if char.isdigit())
    wanted = [one for one in (iccid, digits) if one]
    holder = func.coalesce(Person.display_name, Site.name, Team.name)
    rows: Any = session.execute(
        select(
            Sim.id, Sim.organisation_id, Sim.iccid, Sim.state, Sim.device_id,
            func.coalesce(Device.asset_tag, Device.serial), holder,
        )
        .outerjoin(Line, Line.id == Sim.line_id)
        .outerjoin(Device, Device.id == Sim.device_id)
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Site, Site.id == Assignment.site_id)
        .outerjoin(Team, Team.id == Assignment.team_id)
        .where((Sim.iccid.in_(wanted)) | (Line.number == (number or "")))
        .order_by(Sim.id)
    ).all()  # fmt: skip
    if not rows:
        raise NotFound(f"No SIM is known as {key}. Give its ICCID, as printed on the card, or its phone number.")
    if len(rows) > 1:
        listed = ", ".join(row[2] for row in rows)
        raise Ambiguous(f"{key} fits several SIMs: {listed}. Give the ICCID.", matches=[row[2] for row in rows])
    return SimRow(*rows[0])
