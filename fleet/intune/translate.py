"""Graph's JSON into what was observed. The only file that knows the field names of Graph.

Graph writes "absent" in many ways, and in the list differently from GET by id: "", null, `Unknown`, a zero GUID, the
years 0001 and 9999. All become None here, or every night would show changes that are none.

Hundreds of thousands of rows pass through here, so `devices_of` converts a page column by column; `device` is the same
for one row, and finds out which field of a bad row was to blame.
"""

import dataclasses
import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from sys import intern
from typing import Any, NamedTuple

import orjson

from fleet.domain.drafts import records_of
from fleet.domain.records import ObservedDetail, ObservedDevice, ObservedPerson, SeenDevice
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

FINGERPRINT_VERSION = b"device-1"
"""Grows with every change of what a record of a device becomes here: the next sync then looks at all of them."""
_MOVING = ("last_seen", "storage_free")
_MOVING_NAMES = [_DEVICE[field][0] for field in _MOVING]
_MOVING_COLUMNS = [column_of(_DEVICE[field][1]) for field in _MOVING]
_ids_of = column_of(required_id)
_KEPT_NAMES = [_DEVICE[field][0] for field in _FIELDS if field not in _MOVING]
_OWN_NAMES = [_DEVICE[field][0] for field in _FIELDS if field not in (*_MOVING, *NEVER_KEPT_OF_PERSONAL_DEVICES)]
_kept = operator.itemgetter(*_KEPT_NAMES)
_OWNER_NAME = _DEVICE["ownership"][0]


def device(raw: Any) -> ObservedDevice:
    """One row of the list, or one GET by id. Raises `TranslationProblem` for a row with a wrong type or no id."""
    try:
        values = list(map(operator.call, _CONVERTERS, _pick(raw)))
    except (Wrong, KeyError, TypeError):
        values = _slowly(raw)
    if values[_OWNERSHIP] == "personal":
        for index in _PRIVATE:
            values[index] = None
    return ObservedDevice(*values)


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
    return records_of(ObservedDevice, columns)


class SortedPage(NamedTuple):
    """A page of the list, parted into what is as the register holds it and what must be looked at."""

    unchanged: list[SeenDevice]
    rest: list[Any]
    marks: dict[str, bytes]
    """Intune id -> fingerprint of the rows of `rest`."""


def sort_page(rows: list[Any], known: Mapping[str, bytes | None]) -> SortedPage | None:
    """Part a page by the fingerprints that the register holds; None when any row of it is odd.

    A night changes a few rows in a hundred: the others need no translation, at a fifth of the cost.
    """
    try:
        ids = _ids_of([row["id"] for row in rows])
        marks = list(map(_fingerprint, rows))
        same = [known.get(one, b"") == mark for one, mark in zip(ids, marks, strict=True)]
        stay = [row for row, is_same in zip(rows, same, strict=True) if is_same]
        moving = [
            convert([row[name] for row in stay]) if stay else []
            for convert, name in zip(_MOVING_COLUMNS, _MOVING_NAMES, strict=True)
        ]
    except (Wrong, KeyError, TypeError, ValueError):
        return None
    staying = [one for one, is_same in zip(ids, same, strict=True) if is_same]
    return SortedPage(
        list(map(SeenDevice, staying, *moving)),
        [row for row, is_same in zip(rows, same, strict=True) if not is_same],
        {one: mark for one, mark, is_same in zip(ids, marks, same, strict=True) if not is_same},
    )


def _fingerprint(raw: Any) -> bytes:
    """Eight bytes that differ when anything does that the register keeps and that does not move every day.

    What is dropped here of personal devices is not looked at either.
    """
    values = _kept(raw) if raw[_OWNER_NAME] != "personal" else [raw[name] for name in _OWN_NAMES]
    return hashlib.blake2b(orjson.dumps(values), digest_size=8, person=FINGERPRINT_VERSION).digest()


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
    for field in _TOLD_OF_MANY:
        if isinstance(text := values.get(field), str):
            values[field] = intern(text)
    return ObservedPerson(entra_id=entra_id, sent=_one_set(tuple(values)), **values)


_TOLD_OF_MANY = ("job_title", "department", "office", "employee_type", "manager_entra_id")
"""Fields that many people share: kept once for all of them."""


@cache
def _one_set(names: tuple[str, ...]) -> frozenset[str]:
    """The names of fields that were sent: the same set for the same names, a thousand bytes less a person."""
    return frozenset(names)


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
