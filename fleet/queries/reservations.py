"""Reservations: which devices are kept for whom, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, DeviceModel, Organisation, Person, Reservation
from fleet.queries.tenants import batches

_HIDDEN = "somebody of another organisation"
"""A person behind a wall: the device is taken all the same."""


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """A device that is kept for somebody."""

    id: int
    device_id: int
    device: str
    model: str | None
    person_id: int
    person: str
    upn: str | None
    organisation: str
    from_on: date
    until_on: date | None
    state: str
    made_by: str

    def overlaps(self, first: date, last: date | None) -> bool:
        """Whether it takes a day from `first` to `last`; None is without an end."""
        return (last is None or self.from_on <= last) and (self.until_on is None or self.until_on >= first)


def list_reservations(
    session: Session, *, open_only: bool = True, person_id: int | None = None
) -> list[ReservationRow]:
    """Reservations by their first day."""
    statement = _reservations()
    if open_only:
        statement = statement.where(Reservation.state == "open")
    if person_id is not None:
        statement = statement.where(Reservation.person_id == person_id)
    return [_row(one) for one in session.execute(statement)]


def open_reservations(session: Session, device_ids: Sequence[int]) -> dict[int, list[ReservationRow]]:
    """Device -> its open reservations by their first day."""
    found: dict[int, list[ReservationRow]] = {}
    for batch in batches(device_ids):
        statement = _reservations().where(Reservation.state == "open", Reservation.device_id.in_(batch))
        for one in session.execute(statement):
            found.setdefault(one[1], []).append(_row(one))
    return found


def _reservations() -> Select[Any]:
    statement: Any = (
        select(
            Reservation.id, Device.id, func.coalesce(Device.asset_tag, Device.serial, "device"), DeviceModel.name,
            Reservation.person_id, func.coalesce(Person.display_name, _HIDDEN), Person.upn, Organisation.key,
            Reservation.from_on, Reservation.until_on, Reservation.state, Reservation.made_by,
        )
        .join(Device, Device.id == Reservation.device_id)
        .outerjoin(Person, Person.id == Reservation.person_id)
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .order_by(Reservation.from_on, Reservation.id)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _row(one: Any) -> ReservationRow:
    return ReservationRow(*one)
