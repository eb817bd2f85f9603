"""What was bought with which order, and what a device of a kind costs these days."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, DeviceModel, Organisation, Purchase

PRICES_FROM = timedelta(days=730)
"""A new device is reckoned at the average price of the last two years."""


class Order(NamedTuple):
    """The order that a device came with."""

    number: str
    supplier: str | None


def orders(session: Session) -> Mapping[int, Order]:
    """Device -> its order."""
    rows: Any = session.execute(
        select(Device.id, Purchase.order_number, Purchase.supplier).join(Purchase, Purchase.id == Device.purchase_id)
    )
    return {row[0]: Order(row[1], row[2]) for row in rows}


def makers(session: Session) -> Mapping[str, str]:
    """Model -> who makes it."""
    rows: Any = session.execute(select(DeviceModel.name, DeviceModel.manufacturer))
    return {row[0]: row[1] for row in rows if row[1]}


def prices(session: Session, day: date) -> Mapping[tuple[str, str], int]:
    """(organisation, kind) -> what one cost on average in the two years before a day, in pence."""
    rows: Any = session.execute(
        select(Organisation.key, Device.kind, func.sum(Device.price_pence), func.count(Device.price_pence))
        .join(Organisation, Organisation.id == Device.organisation_id)
        .where(Device.price_pence.is_not(None), Device.purchased_on > day - PRICES_FROM, Device.purchased_on <= day)
        .group_by(Organisation.key, Device.kind)
    )
    return {(row[0], row[1]): round(int(row[2]) / row[3]) for row in rows}
