"""Graph's JSON into what was observed. The only file that knows the field names of Graph.

Graph writes "absent" in many ways, and in the list differently from GET by id: "", null, `Unknown`, a zero GUID, the
years 0001 and 9999. All become None here, or every night would show changes that are none.

Hundreds of thousands of rows pass through here, so `devices_of` converts a page column by column; `device` is the same
for one row, and finds out which field of a bad row was to blame.
"""

import dataclasses
import operator
from collections.abc import Callable, Iterable
from typing import Any, cast

from fleet.domain.records import ObservedDetail, ObservedDevice, ObservedPerson
from fleet.intune.columns import column_of
from fleet.intune.values import (
    Digits,
    Wrong,
    enumeration,
    flag,
    guid,
    jailbroken,
    mac,
    moment,
    note,
    phone,
    required_id,
    serial,
    size,
    text,
    upn,
    word,
)

Converter = Callable[[Any], Any]


class TranslationProblem(ValueError):
    """A row that can't be believed: `subject` is its id if it has one, `field` the name as sent."""

    def __init__(self, subject: str | None, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.subject = subject
        self.field = field
        self.reason = reason


_DEVICE: dict[str, tuple[str, Converter]] = {
    "intune_id": ("id", required_id),
    "serial": ("serialNumber", serial),
    "imei": ("imei", Digits(14, 16)),
    "meid": ("meid", text),
    "device_name": ("deviceName", text),
    "model": ("model", word),
    "manufacturer": ("manufacturer", word),
    "platform": ("operatingSystem", word),
    "os_version": ("osVersion", word),
    "ownership": ("managedDeviceOwnerType", enumeration),
    "enrolment_type": ("deviceEnrollmentType", enumeration),
    "management_state": ("managementState", enumeration),
    "registration_state": ("deviceRegistrationState", enumeration),
    "compliance": ("complianceState", enumeration),
    "grace_until": ("complianceGracePeriodExpirationDateTime", moment),
    "supervised": ("isSupervised", flag),
    "encrypted": ("isEncrypted", flag),
    "jailbroken": ("jailBroken", jailbroken),
    "enrolled_at": ("enrolledDateTime", moment),
    "entra_device_id": ("azureADDeviceId", guid),
    "user_id": ("userId", guid),
    "upn": ("userPrincipalName", upn),
    "phone_number": ("phoneNumber", phone),
    "carrier": ("subscriberCarrier", word),
    "category": ("deviceCategoryDisplayName", word),
    "wifi_mac": ("wiFiMacAddress", mac),
    "certificate_expires_at": ("managementCertificateExpirationDate", moment),
    "storage_total": ("totalStorageSpaceInBytes", size),
    "last_seen": ("lastSyncDateTime", moment),
    "storage_free": ("freeStorageSpaceInBytes", size),
}
_DETAIL: dict[str, tuple[str, Converter]] = {
    "intune_id": ("id", required_id),
    "iccid": ("iccid", Digits(18, 20)),
    "udid": ("udid", text),
    "ethernet_mac": ("ethernetMacAddress", mac),
    "notes": ("notes", note),
}
_PERSON: dict[str, tuple[str, Converter]] = {
    "upn": ("userPrincipalName", upn),
    "display_name": ("displayName", text),
    "given_name": ("givenName", text),
    "surname": ("surname", text),
    "email": ("mail", text),
    "job_title": ("jobTitle", text),
    "department": ("department", text),
    "office": ("officeLocation", text),
    "employee_id": ("employeeId", text),
    "employee_type": ("employeeType", text),
    "mobile": ("mobilePhone", text),
    "account_enabled": ("accountEnabled", flag),
}
_LEAVE_DATE = "employeeLeaveDateTime"


def _select(table: Iterable[tuple[str, Converter]]) -> str:
    return ",".join(name for name, _ in table)


SELECT_DEVICE = _select(_DEVICE.values())
SELECT_DETAIL = _select(_DETAIL.values())
SELECT_USER = "id," + _select(_PERSON.values()) + ",manager"
SELECT_USER_WITH_LEAVE_DATE = f"{SELECT_USER},{_LEAVE_DATE}"
"""Asks also for the leaving date, which needs a permission of its own."""

_FIELDS = [field.name for field in dataclasses.fields(ObservedDevice)]
_NAMES = [_DEVICE[field][0] for field in _FIELDS]
_CONVERTERS = [_DEVICE[field][1] for field in _FIELDS]
_COLUMNS = [column_of(convert) for convert in _CONVERTERS]
_PICKS = [operator.itemgetter(name) for name in _NAMES]
_pick = operator.itemgetter(*_NAMES)
_OWNERSHIP = _FIELDS.index("ownership")

NEVER_KEPT_OF_PERSONAL_DEVICES = ("device_name", "imei", "meid", "phone_number", "carrier", "wifi_mac")
"""What a council has no business to know about a device that is not its own: docs/GLOSSARY.md, personal device."""
_PRIVATE = [_FIELDS.index(field) for field in NEVER_KEPT_OF_PERSONAL_DEVICES]

# A frozen dataclass sets each field through object.__setattr__, six times the cost of a plain one. The draft has
# the same slots, so that a filled one may become an ObservedDevice by changing its class.
_Draft = dataclasses.make_dataclass("_Draft", _FIELDS, slots=True)


def device(raw: Any) -> ObservedDevice:
    """One row of the list, or one GET by id. Raises `TranslationProblem` for a row with a wrong type or no id."""
    try:
        values = list(map(operator.call, _CONVERTERS, _pick(raw)))
    except (Wrong, KeyError, TypeError):
        values = _slowly(raw)
    if values[_OWNERSHIP] == "personal":
        for index in _PRIVATE:
            values[index] = None
    draft = _Draft(*values)
    draft.__class__ = ObservedDevice
    return cast(ObservedDevice, draft)


def devices_of(rows: list[Any]) -> list[ObservedDevice] | None:
    """All rows of a page at once, or None when any of them is odd: then `device` tells them apart.

    The same result as `device` row by row, at half its cost.
    """
    if not rows:
        return []
    try:
        columns: list[list[Any]] = [
            convert(list(map(pick, rows))) for convert, pick in zip(_COLUMNS, _PICKS, strict=True)
        ]
    except (Wrong, KeyError, TypeError):
        return None
    ownership = columns[_OWNERSHIP]
    if "personal" in ownership:
        for index in _PRIVATE:
            column = columns[index]
            columns[index] = [
                None if owner == "personal" else value for owner, value in zip(ownership, column, strict=True)
            ]
    drafts = list(map(_Draft, *columns))
    for draft in drafts:
        draft.__class__ = ObservedDevice
    return cast(list[ObservedDevice], drafts)


def detail(raw: Any) -> ObservedDetail:
    """What GET by id tells beyond the list. Raises `TranslationProblem`."""
    sent = _object(raw)
    return ObservedDetail(**{field: _convert(sent, field, _DETAIL) for field in _DETAIL})


def person(raw: Any) -> ObservedPerson:
    """One user of a list or of a delta, or its removal. Raises `TranslationProblem`.

    `sent` names the fields that were there, because a delta leaves out what did not change.
    """
    held = _object(raw)
    entra_id = _convert(held, "id", {"id": ("id", required_id)})
    removal = held.get("@removed")
    if removal is not None:
        reason = removal.get("reason") if isinstance(removal, dict) else None
        return ObservedPerson(entra_id=entra_id, removed="deleted" if reason == "deleted" else "changed")
    values = {field: _convert(held, field, _PERSON) for field, (name, _) in _PERSON.items() if name in held}
    if _LEAVE_DATE in held:
        values["left_at"] = _convert(held, "left_at", {"left_at": (_LEAVE_DATE, moment)})
    if "manager@delta" in held or "manager" in held:
        values["manager_entra_id"] = _manager(entra_id, held)
    return ObservedPerson(entra_id=entra_id, sent=frozenset(values), **values)


def overview_count(raw: Any) -> int | None:
    """How many devices `managedDeviceOverview` says there are; Microsoft's documentation wraps it in `value`."""
    body = raw.get("value", raw) if isinstance(raw, dict) else None
    count = body.get("enrolledDeviceCount") if isinstance(body, dict) else None
    return count if type(count) is int and count >= 0 else None


def row_id(raw: Any) -> str | None:
    """The id of a row that may be bad, or None."""
    value = raw.get("id") if isinstance(raw, dict) else None
    try:
        return required_id(value)
    except Wrong:
        return None


def _slowly(raw: Any) -> list[Any]:
    """The values of a row that lacks properties; raises `TranslationProblem` naming the first wrong one."""
    sent = _object(raw)
    return [_convert(sent, field, _DEVICE) for field in _FIELDS]


def _object(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise TranslationProblem(None, "row", "is not an object")
    return raw


def _convert(sent: dict[str, Any], field: str, table: dict[str, tuple[str, Converter]]) -> Any:
    name, convert = table[field]
    try:
        return convert(sent.get(name))
    except Wrong as wrong:
        raise TranslationProblem(row_id(sent), name, wrong.reason) from None
    except TypeError:
        raise TranslationProblem(row_id(sent), name, "is of the wrong type") from None


def _manager(entra_id: str, held: dict[str, Any]) -> str | None:
    """The manager's id from `manager` or `manager@delta`; in a delta the old one may be listed as removed."""
    found = held["manager@delta"] if "manager@delta" in held else [held["manager"]]
    if not isinstance(found, list) or not all(one is None or isinstance(one, dict) for one in found):
        raise TranslationProblem(entra_id, "manager", "is of the wrong type")
    living = [one for one in found if one and "@removed" not in one]
    return _convert(living[-1], "id", {"id": ("id", guid)}) if living else None
