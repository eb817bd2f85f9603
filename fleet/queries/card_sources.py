"""What Apple says of a device, for its card."""

from typing import Any

from sqlalchemy.orm import Session

from fleet.database.models import Device
from fleet.domain.rules.declaration import APPLE
from fleet.domain.sources import LIST_NAMES
from fleet.domain.wording import day_text
from fleet.queries.apple import ListedAs, has_list, listed_as

SAID = "Apple"
_STATES = {"ASSIGNED": "assigned", "UNASSIGNED": "assigned to no management service"}


def apple_lines(session: Session, device: Device, model: str | None) -> list[tuple[str, Any, bool]]:
    """(label, value, whether the register says otherwise) of each thing that the lists of its organisation tell."""
    if device.ownership != "organisation" or device.kind not in APPLE:
        return []
    listed = [one for one in listed_as(session, device.serial, device.organisation_id) if one.gone_at is None]
    if listed:
        return _lines(listed, device, model)
    if device.serial and has_list(session, device.organisation_id):
        return [("Listed", "not among the devices that Apple lists as ours", True)]
    return []


def _lines(listed: list[ListedAs], device: Device, model: str | None) -> list[tuple[str, Any, bool]]:
    first = listed[0]
    bought = bool(first.ordered_on and device.purchased_on and abs((first.ordered_on - device.purchased_on).days) > 31)
    other = bool(first.kind == "business" and first.model and model and first.model.casefold() != model.casefold())
    read = day_text(first.read_at.date()) if first.read_at else None
    return [
        ("Listed", " and ".join(LIST_NAMES[one.kind] for one in listed), False),
        ("Read", read, False),
        ("Model", first.model, other),
        ("Order", first.order_number, False),
        ("Ordered", day_text(first.ordered_on) if first.ordered_on else None, bought),
        ("Added", day_text(first.added_on) if first.added_on else None, False),
        ("MDM server", first.server or _STATES.get(first.status or ""), False),
        ("Cover", first.coverage, False),
        ("Covered until", day_text(first.coverage_until) if first.coverage_until else None, False),
    ]
