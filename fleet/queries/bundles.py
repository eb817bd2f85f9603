"""What was handed over or came back together, as a receipt states it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import (
    Assignment,
    AssignmentItem,
    Change,
    Device,
    DeviceModel,
    Line,
    Organisation,
    Person,
    Sim,
    Site,
    Team,
)
from fleet.domain.fields.devices import KINDS as DEVICE_KINDS
from fleet.domain.receipts import Content, Item, Kind
from fleet.domain.wording import day_text
from fleet.errors import NotAllowed, NotFound, UsageProblem
from fleet.queries.receipts import TextRow
from fleet.queries.tenants import batches

_WORDS = {"other": "other accessory", "pencil": "Apple Pencil", "sim": "SIM card"}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What a label on a device says."""

    device_id: int
    asset_tag: str | None
    serial: str | None
    model: str | None
    organisation: str
    """Its name."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Assignments of one holder and one organisation: what one receipt may be for."""

    organisation_id: int
    organisation: str
    person_id: int | None
    holder: str
    upn: str | None
    assignments: tuple[Any, ...]
    """Assignment, device and model of each, in the order of issue."""


def bundle_of(session: Session, assignment_ids: Sequence[int]) -> Bundle:
    """The bundle that these assignments are; raises `NotFound` for an unknown one and `UsageProblem` when they are not
    of one holder and one organisation."""
    rows = _assignments(session, assignment_ids)
    if not rows or len(rows) != len(set(assignment_ids)):
        raise NotFound("One of those items is not in the register, or belongs to another organisation.")
    owners = {row.Assignment.organisation_id for row in rows}
    holders = {(row.Assignment.person_id, row.Assignment.site_id, row.Assignment.team_id) for row in rows}
    if len(owners) > 1:
        raise UsageProblem("The items belong to several organisations: make one receipt for each.")
    if len(holders) > 1:
        names = sorted({_holder(session, row.Assignment)[0] for row in rows})
        raise UsageProblem(f"The items are not all of one holder ({', '.join(names)}): make one receipt for each.")
    first = rows[0].Assignment
    holder, upn = _holder(session, first)
    owner = session.execute(select(Organisation.name).where(Organisation.id == first.organisation_id)).scalar_one()
    return Bundle(first.organisation_id, owner, first.person_id, holder, upn, tuple(rows))


def content_of(
    session: Session, bundle: Bundle, kind: Kind, *, number: int, text: TextRow, data_removed: bool | None
) -> Content:
    """Everything the receipt is rendered from, as the register has it now."""
    ids = [row.Assignment.id for row in bundle.assignments]
    extras = _extras(session, ids, [row.Device.id for row in bundle.assignments])
    items = tuple(_item(kind, row, extras[row.Assignment.id]) for row in bundle.assignments)
    lost = [
        f"{row.Device.asset_tag or row.Device.serial or 'item'}: {', '.join(missing)}"
        for row in bundle.assignments
        if (missing := extras[row.Assignment.id].missing)
    ]
    return Content(
        kind=kind,
        number=number,
        organisation=bundle.organisation,
        holder=bundle.holder,
        upn=bundle.upn,
        shared=bundle.person_id is None,
        day=_days(row.Assignment.issued_on if kind == "issue" else row.Assignment.returned_on for row in bundle.assignments),
        items=items,
        missing="; ".join(lost) or "nothing",
        data_removed=data_removed if kind == "return" else None,
        version=text.version,
        text=text.body,
    )  # fmt: skip


def assignments_of_devices(session: Session, device_ids: Sequence[int], kind: Kind) -> list[int]:
    """The assignment a receipt of this kind is about, per device: the open one, or the one that ended last.

    Raises `NotAllowed` naming every device that has none.
    """
    found: dict[int, int] = {}
    for batch in batches(device_ids):
        statement = select(Assignment.device_id, Assignment.id).where(Assignment.device_id.in_(batch))
        ended = Assignment.returned_on.is_not(None)
        statement = statement.where(~ended if kind == "issue" else ended)
        found |= {row[0]: row[1] for row in session.execute(statement.order_by(Assignment.returned_on, Assignment.id))}
    if missing := [one for one in device_ids if one not in found]:
        names = ", ".join(
            row.asset_tag or row.serial or f"device {row.device_id}" for row in label_rows(session, missing)
        )
        what = "not issued to anybody" if kind == "issue" else "not returned by anybody"
        other = "For a return add --return." if kind == "issue" else "Record the return first."
        raise NotAllowed(f"No receipt for {names}: {what}. {other}")
    return [found[one] for one in device_ids]


def assignments_of_event(session: Session, event_id: int) -> dict[tuple[Kind, Any], list[int]]:
    """What an event issued and took back: (kind, holder and organisation) -> assignments, one receipt each."""
    issued: list[int] = []
    returned: list[int] = []
    statement = select(Change.subject_id, Change.kind, Change.after).where(
        Change.event_id == event_id, Change.subject == "assignment"
    )
    for assignment_id, kind, after in session.execute(statement.order_by(Change.id)):
        if kind == "insert":
            issued.append(assignment_id)
        elif (after or {}).get("returned_on"):
            returned.append(assignment_id)
    found: dict[tuple[Kind, Any], list[int]] = {}
    for kind_of, ids in (("return", returned), ("issue", issued)):
        for row in _assignments(session, ids):
            one = row.Assignment
            if kind_of == "return" and one.returned_on is None:
                continue  # It was taken back since.
            key: tuple[Kind, Any] = (
                "issue" if kind_of == "issue" else "return",
                (one.person_id, one.site_id, one.team_id, one.organisation_id),
            )
            found.setdefault(key, []).append(one.id)
    if not found:
        raise NotFound(f"Event {event_id} issued nothing and took nothing back that a receipt could be for.")
    return found


def assignments_of_receipt(session: Session, receipt_id: int, kind: str) -> list[int]:
    """The assignments a receipt is for."""
    column = Assignment.receipt_id if kind == "issue" else Assignment.return_receipt_id
    return list(session.execute(select(Assignment.id).where(column == receipt_id).order_by(Assignment.id)).scalars())


def label_rows(session: Session, device_ids: Sequence[int]) -> list[LabelRow]:
    """What the labels of devices say, in the order asked for."""
    found: dict[int, LabelRow] = {}
    for batch in batches(device_ids):
        rows = session.execute(
            select(Device.id, Device.asset_tag, Device.serial, DeviceModel.name, Organisation.name)
            .join(Organisation, Organisation.id == Device.organisation_id)
            .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
            .where(Device.id.in_(batch))
        )
        found |= {row[0]: LabelRow(*row) for row in rows}
    return [found[one] for one in device_ids if one in found]


@dataclass(slots=True)
class _Extras:
    """What went out with a device."""

    numbers: list[str]
    with_it: list[str]
    missing: list[str]


def _assignments(session: Session, ids: Sequence[int]) -> list[Any]:
    rows: list[Any] = []
    for batch in batches(dict.fromkeys(ids)):
        rows += session.execute(
            select(Assignment, Device, DeviceModel.name.label("model"))
            .join(Device, Device.id == Assignment.device_id)
            .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
            .where(Assignment.id.in_(batch))
        ).all()
    return sorted(rows, key=lambda row: row.Assignment.id)


def _holder(session: Session, assignment: Assignment) -> tuple[str, str | None]:
    if assignment.person_id is not None:
        person = session.execute(
            select(Person.display_name, Person.upn).where(Person.id == assignment.person_id, Person.erased_at.is_(None))
        ).one_or_none()
        if person is None:
            raise NotAllowed("The person was erased, or belongs to an organisation outside your access: no receipt.")
        return person.display_name, person.upn
    site = select(Site.name).where(Site.id == assignment.site_id)
    team = select(Team.name).where(Team.id == assignment.team_id)
    name = session.execute(site if assignment.site_id is not None else team).scalar_one_or_none()
    return name or "shared equipment", None


def _extras(session: Session, assignment_ids: Sequence[int], device_ids: Sequence[int]) -> dict[int, _Extras]:
    """Accessories and SIMs of the bundle. Where no SIM was named, the ones in the device count."""
    found = {one: _Extras([], [], []) for one in assignment_ids}
    for batch in batches(assignment_ids):
        rows = session.execute(
            select(AssignmentItem.assignment_id, AssignmentItem.kind, AssignmentItem.missing, Sim.iccid, Line.number)
            .outerjoin(Sim, Sim.id == AssignmentItem.sim_id)
            .outerjoin(Line, Line.id == Sim.line_id)
            .where(AssignmentItem.assignment_id.in_(batch))
            .order_by(AssignmentItem.id)
        )
        for assignment_id, kind, missing, iccid, number in rows:
            extras = found[assignment_id]
            word = _WORDS.get(kind, kind)
            if missing:
                extras.missing.append(f"{word} {iccid}" if iccid else word)
            elif kind == "sim":
                extras.numbers.append(_sim(iccid, number))
            else:
                extras.with_it.append(word)
    inside = _inside(session, device_ids)
    for assignment_id, device_id in zip(assignment_ids, device_ids, strict=True):
        if not found[assignment_id].numbers and not any("SIM" in one for one in found[assignment_id].missing):
            found[assignment_id].numbers += inside.get(device_id, [])
    return found


def _inside(session: Session, device_ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for batch in batches(device_ids):
        rows = session.execute(
            select(Sim.device_id, Sim.iccid, Line.number)
            .outerjoin(Line, Line.id == Sim.line_id)
            .where(Sim.device_id.in_(batch), Sim.state == "active")
            .order_by(Sim.id)
        )
        for device_id, iccid, number in rows:
            if device_id is not None:
                found.setdefault(device_id, []).append(_sim(iccid, number))
    return found


def _sim(iccid: str | None, number: str | None) -> str:
    return ", ".join(part for part in (f"Number {number}" if number else "", f"SIM {iccid}" if iccid else "") if part)


def _item(kind: Kind, row: Any, extras: _Extras) -> Item:
    assignment, device = row.Assignment, row.Device
    details = list(extras.numbers)
    went_out = extras.with_it + extras.missing if kind == "issue" else extras.with_it
    if went_out:
        details.append(f"With it: {', '.join(went_out)}")
    if kind == "return":
        details.append(f"Condition: {assignment.condition or 'not recorded'}")
        if extras.missing:
            details.append(f"Missing: {', '.join(extras.missing)}")
    elif assignment.kind == "loan":
        details.append(f"On loan, due back {day_text(assignment.due_on)}" if assignment.due_on else "On loan")
    model = row.model or DEVICE_KINDS.get(device.kind, device.kind)
    return Item(device.asset_tag, model, device.serial, device.imei, tuple(details))


def _days(days: Any) -> str:
    found = sorted({day for day in days if isinstance(day, date)})
    if not found:
        return "–"
    return day_text(found[0]) if len(found) == 1 else f"{day_text(found[0])} to {day_text(found[-1])}"
