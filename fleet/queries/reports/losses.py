"""Devices lost, stolen or damaged, with what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day, london_date
from fleet.database.models import Device, DeviceModel, Incident, Organisation
from fleet.queries.past import rows_then

_GONE = frozenset({"lost", "stolen"})
_WRITTEN_OFF = frozenset({"retired", "disposed"})


@dataclass(frozen=True, slots=True)
class LossRow:
    """One incident."""

    id: int
    device_id: int
    device: str
    organisation: str
    kind: str
    """Of the device."""
    model: str | None
    what: str
    """lost, stolen or damaged."""
    occurred_on: date
    reported_on: date
    days_to_report: int
    value_pence: int | None
    outcome: str
    """missing, recovered, written_off, or damaged."""
    reference: str | None
    open: bool


def losses(session: Session, day: date, *, past: bool) -> Iterator[LossRow]:
    """Incidents that were reported by the end of a day, oldest first, with what had become of each device by then."""
    moment = end_of_day(day)
    rows: Any = session.execute(
        select(
            Incident.id, Incident.device_id, func.coalesce(Device.asset_tag, Device.serial), Organisation.key, Device.kind,
            DeviceModel.name, Incident.kind, Incident.occurred_on, Incident.reported_at, Incident.value_pence, Device.price_pence,
            Device.status, Incident.reference, Incident.closed_at,
        )
        .join(Device, Device.id == Incident.device_id)
        .join(Organisation, Organisation.id == Incident.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .where(Incident.reported_at <= moment)
        .order_by(Incident.occurred_on, Incident.id)
    ).all()  # fmt: skip
    then = rows_then(session, moment, {Device: ("status",)})[Device].by_id("status") if past else {}
    last = {row[1]: row[0] for row in rows if row[6] in _GONE}
    for (
        number,
        device_id,
        name,
        owner,
        kind,
        model,
        what,
        occurred,
        reported,
        value,
        price,
        status,
        reference,
        closed,
    ) in rows:
        status_then = then.get(device_id, (status,))[0]
        yield LossRow(
            number, device_id, name or "own device", owner, kind, model, what, occurred, london_date(reported),
            (london_date(reported) - occurred).days, price if value is None else value,
            _outcome(what, status_then, newest=last.get(device_id) == number), reference,
            closed is None or closed > moment,
        )  # fmt: skip


def _outcome(what: str, status: str, *, newest: bool) -> str:
    """What became of it; a device that was lost again later had come back before."""
    if what not in _GONE:
        return "damaged"
    if not newest:
        return "recovered"
    return "missing" if status in _GONE else "written_off" if status in _WRITTEN_OFF else "recovered"
