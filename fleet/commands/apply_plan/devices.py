"""Write a device plan: new devices and enrolments, changes, absences, and the pointer to the newest enrolment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, compress, starmap
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import Edit, insert_recorded, new_ids, update_recorded, update_silently
from fleet.database.history import open_event
from fleet.database.lean import among, lean_columns
from fleet.database.models import Device, DeviceModel, Enrolment
from fleet.database.search import settle, text_of_new
from fleet.domain.plan.devices import DevicePlan, NewDevice, kind_of
from fleet.domain.plan.recorded import OBSERVED, observed_values
from fleet.domain.records import ObservedDevice
from fleet.queries.tenants import batches

VANISHED = "vanished"
"""Why an enrolment was closed: absent from two complete reads."""

_ENROLMENT_COLUMNS = (
    "organisation_id", "tenant_id", "device_id", "intune_id", "opened_at", "missing_runs", "fingerprint",
    "last_seen", "storage_free", *OBSERVED,
)  # fmt: skip
_DEVICE_COLUMNS = (
    "organisation_id",
    "kind",
    "ownership",
    "status",
    "status_since",
    "model_id",
    "serial",
    "imei",
    "hay",
    "enrolment_id",
)


def apply_devices(
    session: Session,
    plan: DevicePlan,
    *,
    tenant_id: int,
    organisation_id: int,
    now: datetime,
    new_status: str = "unrecorded",
) -> None:
    """Apply the plan inside the caller's transaction, once: its new enrolments are let go of as soon as they are written.

    `new_status` is what a device nobody recorded becomes; own devices are `issued`: their holder is their owner.
    """
    models = _ensure_models(session, plan)
    enrolment_ids = new_ids(session, Enrolment, len(plan.new))
    newest = _newest_of_new_devices(plan, enrolment_ids, now)
    device_ids = _insert_devices(session, plan, models, newest, organisation_id, now, new_status)
    _insert_enrolments(session, plan, enrolment_ids, device_ids, tenant_id, organisation_id, now)
    ours = (one.ownership != "personal" for one in plan.new_devices)
    settle(open_event(session).touched, compress(device_ids, ours))
    touched = {one.device_id for one in plan.new if one.device_id is not None}
    plan.new.clear()  # Written: of 200,000 devices the larger part of the memory.
    _fill_blanks(session, plan, models, organisation_id)
    update_recorded(
        session,
        Enrolment,
        (Edit(one.id, one.before, one.after, {"fingerprint": one.fingerprint}) for one in plan.changed),
        organisation_id=organisation_id,
    )
    _apply_absences(session, plan, organisation_id, now)
    update_silently(session, Enrolment, ("last_seen", "storage_free"), plan.seen)
    update_silently(session, Enrolment, ("fingerprint",), plan.refreshed)
    touched |= {device_id for _, device_id in plan.closing}
    touched |= {one.device_id for one in plan.changed if "enrolled_at" in one.after}
    point_to_newest(session, touched)


def _ensure_models(session: Session, plan: DevicePlan) -> Mapping[str, int]:
    """Model name -> id, adding the names that nobody used before."""
    wanted: dict[str, tuple[str | None, str]] = {}
    for device in plan.new_devices:
        if device.model:
            wanted.setdefault(device.model, (device.manufacturer, device.kind))
    for blanks in plan.filled.values():
        if name := blanks.get("model"):
            wanted.setdefault(name, (None, kind_of(name, None)))
    return ensure_models(session, wanted)


def ensure_models(session: Session, wanted: Mapping[str, tuple[str | None, str]]) -> Mapping[str, int]:
    """Model name -> id for all of `wanted` (name -> manufacturer, kind), adding what is missing."""
    known: dict[str, int] = {}
    for batch in batches(wanted):
        found = session.execute(select(DeviceModel.name, DeviceModel.id).where(DeviceModel.name.in_(batch)))
        known |= {name: model_id for name, model_id in found}
    missing = [name for name in wanted if name not in known]
    rows = [(name, *wanted[name]) for name in missing]
    ids = insert_recorded(session, DeviceModel, ("name", "manufacturer", "kind"), rows, organisation_id=None)
    return known | dict(zip(missing, ids, strict=True))


class _Newest(NamedTuple):
    """The enrolment that a new device points to."""

    enrolled_at: datetime
    id: int
    observed: ObservedDevice


def _newest_of_new_devices(plan: DevicePlan, enrolment_ids: Sequence[int], now: datetime) -> list[_Newest]:
    """The newest enrolment of each of the plan's new devices, in their order, as `point_to_newest` ranks them."""
    best: dict[int, _Newest] = {}
    for enrolment_id, one in zip(enrolment_ids, plan.new, strict=True):
        if (place := one.new_device) is not None:
            found = _Newest(one.observed.enrolled_at or now, enrolment_id, one.observed)
            held = best.get(place)
            if held is None or found[:2] > held[:2]:
                best[place] = found
    return [best[place] for place in range(len(plan.new_devices))]


def _insert_devices(
    session: Session,
    plan: DevicePlan,
    models: Mapping[str, int],
    newest: Sequence[_Newest],
    organisation_id: int,
    now: datetime,
    new_status: str,
) -> Sequence[int]:
    today = london_date(now)

    def row(one: NewDevice, last: _Newest) -> tuple[Any, ...]:
        model = models.get(one.model) if one.model else None
        if one.ownership == "personal":  # Its search text has the name of the person, whom its registration tells.
            return (
                organisation_id, one.kind, one.ownership, "issued", today, model, one.serial, one.imei, "", last.id,
            )  # fmt: skip
        hay = text_of_new(
            one.serial, one.imei, one.model, last.observed.device_name, last.observed.phone_number, new_status
        )
        return (
            organisation_id, one.kind, one.ownership, new_status, today, model, one.serial, one.imei, hay, last.id,
        )  # fmt: skip

    rows = map(row, plan.new_devices, newest)
    ids = new_ids(session, Device, len(plan.new_devices))
    return insert_recorded(session, Device, _DEVICE_COLUMNS, rows, organisation_id=organisation_id, ids=ids)


def _insert_enrolments(
    session: Session,
    plan: DevicePlan,
    enrolment_ids: Sequence[int],
    device_ids: Sequence[int],
    tenant_id: int,
    organisation_id: int,
    now: datetime,
) -> None:
    rows = (
        (
            organisation_id, tenant_id, one.device_id if one.new_device is None else device_ids[one.new_device],
            one.observed.intune_id, now, 0, one.fingerprint, one.observed.last_seen, one.observed.storage_free,
            *observed_values(one.observed),
        )
        for one in plan.new
    )  # fmt: skip
    insert_recorded(session, Enrolment, _ENROLMENT_COLUMNS, rows, organisation_id=organisation_id, ids=enrolment_ids)


def _fill_blanks(session: Session, plan: DevicePlan, models: Mapping[str, int], organisation_id: int) -> None:
    def edit(device_id: int, blanks: Mapping[str, Any]) -> Edit:
        after = {("model_id" if name == "model" else name): (models[value] if name == "model" else value)
                 for name, value in blanks.items()}  # fmt: skip
        return Edit(device_id, dict.fromkeys(after), after)

    update_recorded(session, Device, starmap(edit, plan.filled.items()), organisation_id=organisation_id)


def _apply_absences(session: Session, plan: DevicePlan, organisation_id: int, now: datetime) -> None:
    update_silently(
        session,
        Enrolment,
        ("missing_since", "missing_runs"),
        ((enrolment_id, now, 1) for enrolment_id, _ in plan.absent),
    )
    update_silently(session, Enrolment, ("missing_since", "missing_runs"), ((one, None, 0) for one in plan.back))
    update_recorded(
        session,
        Enrolment,
        (
            Edit(
                enrolment_id,
                {"closed_at": None, "closed_because": None},
                {"closed_at": now, "closed_because": VANISHED},
                {"missing_runs": 2},
            )
            for enrolment_id, _ in plan.closing
        ),
        organisation_id=organisation_id,
    )


def point_to_newest(session: Session, devices: Iterable[int]) -> None:
    """Let each device point to its newest enrolment, or to none: open before closed, then by enrolment date."""
    connection = session.connection()
    stale: list[tuple[int, int | None]] = []
    for batch in batches(devices):
        best: dict[int, tuple[Any, ...]] = {}
        pointers: dict[int, int | None] = {}
        statement = (
            select(
                Device.id, Device.enrolment_id, Enrolment.id, Enrolment.closed_at, Enrolment.enrolled_at,
                Enrolment.opened_at,
            )
            .select_from(Device)
            .outerjoin(Enrolment, Enrolment.device_id == Device.id)
            .where(among(Device.id, batch))
        )  # fmt: skip
        rows = chain.from_iterable(zip(*columns, strict=True) for columns in lean_columns(connection, statement))
        for device_id, pointer, enrolment_id, closed_at, enrolled_at, opened_at in rows:
            pointers[device_id] = pointer
            if enrolment_id is not None:
                rank = (closed_at is None, enrolled_at or opened_at, enrolment_id)
                best[device_id] = max(best.get(device_id, rank), rank)
        newest = {device_id: best[device_id][2] if device_id in best else None for device_id in pointers}
        stale += [(device_id, newest[device_id]) for device_id, at in pointers.items() if newest[device_id] != at]
    update_silently(session, Device, ("enrolment_id",), stale)
