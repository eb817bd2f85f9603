"""The open enrolments of devices, and which of them are over: what is left of an earlier life, or of another tenant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Enrolment, Tenant
from fleet.queries.tenants import batches


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """An open enrolment of a device."""

    id: int
    device_id: int
    owner: int
    """Organisation of the tenant."""
    tenant_id: int
    tenant: str
    age: tuple[datetime, int]


def records_over(device: Device, found: Sequence[OpenRecord]) -> list[OpenRecord]:
    """Those of a device's open records that are not in use: of one in hand the older and those of other tenants, else all."""
    if len(found) <= 1 or device.status in ("in_stock", "retired", "disposed"):
        return list(found)
    own = [one for one in found if one.owner == device.organisation_id] or list(found)
    newest = max(own, key=lambda one: one.age)
    return [one for one in found if one is not newest]


def open_records(session: Session, devices: Iterable[int]) -> list[OpenRecord]:
    """All open enrolments of devices."""
    found: list[OpenRecord] = []
    for batch in batches(devices):
        rows = session.execute(
            select(
                Enrolment.id, Enrolment.device_id, Enrolment.organisation_id, Enrolment.tenant_id, Tenant.key,
                Enrolment.enrolled_at, Enrolment.opened_at,
            )
            .join(Tenant, Tenant.id == Enrolment.tenant_id)
            .where(Enrolment.device_id.in_(batch), Enrolment.closed_at.is_(None))
            .order_by(Enrolment.id)
        )  # fmt: skip
        found += [OpenRecord(*row[:5], (row[5] or row[6], row[0])) for row in rows]
    return found
