"""Write an import's plan: places, devices, custody, SIMs and lines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.import_people import apply_people_rows
from fleet.commands.apply_plan.places import make_places, settled
from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.database.models import Assignment, Device, Line, Sim
from fleet.domain.plan.devices import kind_of
from fleet.domain.plan.imports import Connection, ImportPlan, RowPlan, Wanted

_COLUMNS = (
    "kind", "ownership", "status", "status_since", "serial", "imei", "imei2", "eid", "ethernet_mac", "network_name", "asset_tag",
    "cost_code", "purchased_on",
    "price_pence", "warranty_until", "notes", "site_id", "team_id", "model_id", "purchase_id",
    "delivery_id", "disposed_on",
)  # fmt: skip


def apply_rows(session: Session, plan: ImportPlan, now: datetime) -> dict[int, int]:
    """Apply the plan inside the caller's transaction; returns row -> the device that it added."""
    if plan.subject == "person":
        apply_people_rows(session, plan)
    elif plan.subject == "custody":
        _record_past(session, plan)
    elif plan.subject == "line":
        for owner in sorted({one.organisation_id for one in (*plan.new, *plan.changed)}):
            rows = [one for one in (*plan.new, *plan.changed) if one.organisation_id == owner]
            _connect(session, [(one.device_id, one.connection) for one in rows], owner)
    else:
        return _apply_devices(session, plan, now)
    return {}


def _apply_devices(session: Session, plan: ImportPlan, now: datetime) -> dict[int, int]:
    added: dict[int, int] = {}
    today = london_date(now)
    made = make_places(session, [*plan.new, *plan.changed])
    by_owner: dict[int, list[RowPlan]] = {}
    for one in (*plan.new, *plan.changed):
        by_owner.setdefault(one.organisation_id, []).append(one)
    for owner, rows in by_owner.items():
        placed = _add_devices(session, [one for one in rows if one.subject_id is None], owner, made, today)
        added |= {one.row: device_id for device_id, one in placed}
        changed = [one for one in rows if one.subject_id is not None]
        update_recorded(session, Device, _edits(changed, owner, made, today), organisation_id=owner)
        placed += [(one.subject_id, one) for one in changed if one.subject_id is not None]
        _issue(session, [(device_id, one) for device_id, one in placed if one.holder], owner, today)
        _connect(session, [(device_id, one.connection) for device_id, one in placed if one.connection], owner)
    return added


def _add_devices(
    session: Session, rows: Sequence[RowPlan], owner: int, made: Mapping[tuple[str, int, str], int], today: date
) -> list[tuple[int, RowPlan]]:
    values = []
    for one in rows:
        device = {name: settled(value, owner, made) for name, value in one.after.items()}
        if device.get("kind") == "other" and (model := _model_name(one)):
            device["kind"] = kind_of(model, None)
        device |= {"ownership": "organisation", "status_since": today}
        if device["status"] == "disposed":
            device["disposed_on"] = today
        values.append((owner, "", *(device.get(name) for name in _COLUMNS)))
    ids = insert_recorded(session, Device, ("organisation_id", "hay", *_COLUMNS), values, organisation_id=owner)
    return list(zip(ids, rows, strict=True))


def _edits(rows: Sequence[RowPlan], owner: int, made: Mapping[tuple[str, int, str], int], today: date) -> list[Edit]:
    edits = []
    for one in rows:
        assert one.subject_id is not None
        before = dict(one.before)
        after = {name: settled(value, owner, made) for name, value in one.after.items()}
        if "status" in after:
            follow = {"status_since": today} | ({"disposed_on": today} if after["status"] == "disposed" else {})
            differing = {name: value for name, value in follow.items() if one.stands.get(name) != value}
            before |= {name: one.stands.get(name) for name in differing}
            after |= differing
        if after:
            edits.append(Edit(one.subject_id, before, after))
    return edits


def _record_past(session: Session, plan: ImportPlan) -> None:
    """Periods that are over."""
    columns = ("organisation_id", "device_id", "person_id", "kind", "issued_on", "returned_on")
    for owner in sorted({one.organisation_id for one in plan.new}):
        rows = [
            (owner, one.device_id, one.holder.person_id, "permanent", one.after["issued_on"], one.after["returned_on"])
            for one in plan.new
            if one.organisation_id == owner and one.holder is not None
        ]
        insert_recorded(session, Assignment, columns, rows, organisation_id=owner)


def _issue(session: Session, held: Sequence[tuple[int, RowPlan]], owner: int, today: date) -> None:
    columns = ("organisation_id", "device_id", "person_id", "kind", "issued_on", "due_on")
    rows = []
    for device_id, one in held:
        assert one.holder is not None
        issued = one.holder.issued_on or one.after.get("purchased_on") or today
        due = one.holder.due_on if one.holder.due_on and one.holder.due_on >= issued else None
        rows.append((owner, device_id, one.holder.person_id, "loan" if due else "permanent", min(issued, today), due))
    insert_recorded(session, Assignment, columns, rows, organisation_id=owner)


_LINE = ("carrier", "tariff", "cost_code", "state")


def _connect(session: Session, rows: Sequence[tuple[int | None, Connection | None]], owner: int) -> None:
    """Lines first, then the SIMs that carry them."""
    wanted = [(device_id, one) for device_id, one in rows if one is not None]
    numbered = [one for _, one in wanted if one.number]
    told = [{"state": "active", **one.line_after} for one in numbered]
    lines = insert_recorded(
        session, Line, ("organisation_id", "number", *_LINE),
        [(owner, one.number, *(said.get(name) for name in _LINE)) for one, said in zip(numbered, told, strict=True)],
        organisation_id=owner,
    )  # fmt: skip
    line_of = dict(zip([id(one) for one in numbered], lines, strict=True))
    terms = [Edit(one.line_id, one.line_before, one.line_after) for _, one in wanted if one.line_id and one.line_after]
    update_recorded(session, Line, terms, organisation_id=owner)
    sims = [
        (owner, one.iccid, line_of.get(id(one), one.line_id if one.links else None), device_id)
        for device_id, one in wanted if one.iccid
    ]  # fmt: skip
    insert_recorded(
        session, Sim, ("organisation_id", "iccid", "line_id", "device_id", "is_esim", "state"),
        [(*sim, False, "stock" if sim[2] is None and sim[3] is None else "active") for sim in sims], organisation_id=owner,
    )  # fmt: skip
    edits = []
    for device_id, one in wanted:
        if one.sim_id is None:
            continue
        after: dict[str, Any] = {"device_id": device_id, "state": "active"} if one.puts_in else {}
        if one.links:
            after["line_id"] = line_of.get(id(one), one.line_id)
        before = {name: one.sim_before.get(name) for name in after}
        after = {name: value for name, value in after.items() if value != before[name]}
        if after:
            edits.append(Edit(one.sim_id, {name: before[name] for name in after}, after))
    update_recorded(session, Sim, edits, organisation_id=owner)


def _model_name(one: RowPlan) -> str | None:
    value = one.after.get("model_id")
    return value.name if isinstance(value, Wanted) else None
