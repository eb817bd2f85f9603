"""Write a device plan: new devices and enrolments, changes, absences, and the pointer to the newest enrolment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.apply_plan.writing import Edit, insert_recorded, new_ids, update_recorded, update_silently
from fleet.database.models import Device, DeviceModel, Enrolment
from fleet.domain.plan.devices import DevicePlan, NewEnrolment, kind_of
from fleet.domain.plan.recorded import OBSERVED, observed_values
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
    """Apply the plan inside the caller's transaction.

    `new_status` is what a device nobody recorded becomes; own devices are `issued`: their holder is their owner.
    """
    models = _ensure_models(session, plan)
    enrolment_ids = new_ids(session, Enrolment, len(plan.new))
    newest = _newest_of_new_devices(plan, enrolment_ids, now)
    device_ids = _insert_devices(session, plan, models, newest, organisation_id, now, new_status)
    _insert_enrolments(session, plan, enrolment_ids, device_ids, tenant_id, organisation_id, now)
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
    touched = {one.device_id for one in plan.new if one.device_id is not None}
    touched |= {device_id for _, device_id in plan.closing}
    touched |= {one.device_id for one in plan.changed if "enrolled_at" in one.after}
    point_to_newest(session, touched, organisation_id)


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


def _newest_of_new_devices(plan: DevicePlan, enrolment_ids: Sequence[int], now: datetime) -> Sequence[int]:
    """The enrolment that each of the plan's new devices points to, in their order, as `point_to_newest` ranks them."""
    best: list[tuple[datetime, int]] = [(datetime.min.replace(tzinfo=UTC), 0)] * len(plan.new_devices)
    for enrolment_id, one in zip(enrolment_ids, plan.new, strict=True):
        if one.new_device is not None:
            rank = (one.observed.enrolled_at or now, enrolment_id)
            best[one.new_device] = max(best[one.new_device], rank)
    return [enrolment_id for _, enrolment_id in best]


def _insert_devices(
    session: Session,
    plan: DevicePlan,
    models: Mapping[str, int],
    newest: Sequence[int],
    organisation_id: int,
    now: datetime,
    new_status: str,
) -> Sequence[int]:
    today = london_date(now)
    rows = [
        (
            organisation_id, one.kind, one.ownership, "issued" if one.ownership == "personal" else new_status, today,
            models.get(one.model) if one.model else None, one.serial, one.imei, "", enrolment_id,
        )
        for one, enrolment_id in zip(plan.new_devices, newest, strict=True)
    ]  # fmt: skip
    return insert_recorded(session, Device, _DEVICE_COLUMNS, rows, organisation_id=organisation_id)


def _insert_enrolments(
    session: Session,
    plan: DevicePlan,
    enrolment_ids: Sequence[int],
    device_ids: Sequence[int],
    tenant_id: int,
    organisation_id: int,
    now: datetime,
) -> None:
    def device_of(one: NewEnrolment) -> int:
        if one.device_id is not None:
            return one.device_id
        assert one.new_device is not None
        return device_ids[one.new_device]

    rows = [
        (
            organisation_id, tenant_id, device_of(one), one.observed.intune_id, now, 0, one.fingerprint,
            one.observed.last_seen, one.observed.storage_free, *observed_values(one.observed),
        )
        for one in plan.new
    ]  # fmt: skip
    insert_recorded(session, Enrolment, _ENROLMENT_COLUMNS, rows, organisation_id=organisation_id, ids=enrolment_ids)


def _fill_blanks(session: Session, plan: DevicePlan, models: Mapping[str, int], organisation_id: int) -> None:
    edits = []
    for device_id, blanks in plan.filled.items():
        after = {("model_id" if name == "model" else name): (models[value] if name == "model" else value)
                 for name, value in blanks.items()}  # fmt: skip
        edits.append(Edit(device_id, dict.fromkeys(after), after))
    update_recorded(session, Device, edits, organisation_id=organisation_id)


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


def point_to_newest(session: Session, devices: Iterable[int], organisation_id: int | None) -> None:
    """Let each device point to its newest enrolment: open before closed, then by enrolment date."""
    connection = session.connection()
    edits = []
    for batch in batches(devices):
        best: dict[int, tuple[Any, ...]] = {}
        rows = connection.execute(
            select(
                Enrolment.device_id, Enrolment.id, Enrolment.closed_at, Enrolment.enrolled_at, Enrolment.opened_at,
                Device.enrolment_id,
            )
            .join(Device, Device.id == Enrolment.device_id)
            .where(Enrolment.device_id.in_(batch))
        )  # fmt: skip
        for device_id, enrolment_id, closed_at, enrolled_at, opened_at, pointer in rows:
            rank = (closed_at is None, enrolled_at or opened_at, enrolment_id, pointer)
            if device_id not in best or rank > best[device_id]:
                best[device_id] = rank
        edits += [
            Edit(device_id, {"enrolment_id": pointer}, {"enrolment_id": newest})
            for device_id, (_, _, newest, pointer) in best.items()
            if newest != pointer
        ]
    update_recorded(session, Device, edits, organisation_id=organisation_id)
