"""Apple's records as ours: the only file with the names of Apple's fields.

https://developer.apple.com/documentation/applebusinessapi/orgdevice/attributes-data.dictionary and
.../applecarecoverage/attributes-data.dictionary
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from fleet.clock import london_date
from fleet.domain.sources import ObservedCoverage, ObservedListing

LONGEST = 1024


class Unusable(ValueError):
    """A row that makes no sense."""


def listing(row: Any) -> ObservedListing:
    """A device of /v1/orgDevices. Raises `Unusable` for one without a serial."""
    attributes = row.get("attributes") if isinstance(row, dict) else None
    if not isinstance(attributes, dict):
        raise Unusable("it has no attributes")
    serial = _text(attributes.get("serialNumber")) or _text(row.get("id"))
    if serial is None:
        raise Unusable("it has no serial number")
    return ObservedListing(
        serial=serial.upper(),
        model=_text(attributes.get("deviceModel")),
        family=_text(attributes.get("productFamily")),
        order_number=_text(attributes.get("orderNumber")),
        ordered_on=day_of(attributes.get("orderDateTime")),
        added_on=day_of(attributes.get("addedToOrgDateTime")),
        status=_text(attributes.get("status")),
    )


def is_released(row: Any) -> bool:
    """Whether the organisation gave the device up; Apple may list it for a while."""
    attributes = row.get("attributes") if isinstance(row, dict) else None
    return isinstance(attributes, dict) and bool(attributes.get("releasedFromOrgDateTime"))


def linked_id(row: Any) -> str | None:
    """The id of a row of a relationship, or of a list."""
    return _text(row.get("id")) if isinstance(row, dict) else None


def server_name(row: Any) -> str | None:
    """What a device management service of /v1/mdmServers is called."""
    attributes = row.get("attributes") if isinstance(row, dict) else None
    return _text(attributes.get("serverName")) if isinstance(attributes, dict) else None


def coverage(serial: str, rows: Iterable[Any]) -> ObservedCoverage:
    """Of the agreements of /v1/orgDevices/{id}/appleCareCoverage the one that ends last, cancelled ones apart."""
    found: list[tuple[date, str | None]] = []
    for row in rows:
        attributes = row.get("attributes") if isinstance(row, dict) else None
        if not isinstance(attributes, dict) or attributes.get("isCanceled") is True:
            continue
        until = day_of(attributes.get("endDateTime"))
        if until is not None:
            found.append((until, _text(attributes.get("description"))))
    if not found:
        return ObservedCoverage(serial)
    until, what = max(found, key=lambda one: one[0])
    return ObservedCoverage(serial, until, what)


def day_of(value: Any) -> date | None:
    """The London day of a moment; None for what is none."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if not 1 < moment.year < 9999:
        return None
    return london_date(moment) if moment.tzinfo is not None else moment.date()


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    return "".join(char for char in value if char.isprintable()).strip() or None
