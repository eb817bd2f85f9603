"""What the register holds, as far as a plan for one tenant needs it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson

from fleet.domain.identifiers import imei_key
from fleet.domain.records import ObservedDevice

VOLATILE = ("last_seen", "storage_free")
"""Observed fields that are stored but make no history."""

OBSERVED = tuple(name for name in ObservedDevice.__dataclass_fields__ if name not in VOLATILE and name != "intune_id")
"""Observed fields of an enrolment that make history, in the order of a record."""

observed_values = attrgetter(*OBSERVED)
"""ObservedDevice -> its values in the order of `OBSERVED`."""

DETAIL = ("iccid", "udid", "ethernet_mac", "notes")
"""Fields that only GET by id returns."""


def fingerprint(observed: ObservedDevice) -> bytes:
    """Eight bytes that differ when any history-making field does: an unchanged night compares these alone."""
    return hashlib.blake2b(orjson.dumps(observed_values(observed)), digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class RecordedEnrolment:
    """An open enrolment of the tenant, light enough to hold 200,000."""

    id: int
    device_id: int
    fingerprint: bytes | None
    last_seen: datetime | None
    storage_free: int | None
    missing_runs: int
    missing_since: datetime | None
    personal: bool
    """Whether the device it belongs to is somebody's own."""
    enriched_at: datetime | None = None
    """When its details were last read one by one."""


@dataclass(frozen=True, slots=True)
class RecordedDevice:
    """A device of the register, as matching sees it."""

    id: int
    organisation_id: int
    ownership: str
    kind: str
    serial: str | None = None
    imei: str | None = None
    imei2: str | None = None
    asset_tag: str | None = None
    model_id: int | None = None
    enrolment_id: int | None = None
    enrolment_open: bool = False
    enrolment_enrolled_at: datetime | None = None


class DeviceIndex:
    """Devices by serial and IMEI, those without a serial by asset tag; own devices by the enrolment their registration names.

    Tuples, because most are of one, and a first sync of recorded devices holds 200,000.
    """

    def __init__(self, devices: Iterable[RecordedDevice], registrations: Mapping[str, int] | None = None) -> None:
        self.by_id: dict[int, RecordedDevice] = {}
        self.by_serial: dict[str, tuple[RecordedDevice, ...]] = {}
        self.by_imei: dict[str, tuple[RecordedDevice, ...]] = {}
        self.by_tag: dict[str, tuple[RecordedDevice, ...]] = {}
        for device in devices:
            self.by_id[device.id] = device
            if device.serial:
                self.by_serial[device.serial] = (*self.by_serial.get(device.serial, ()), device)
            elif device.asset_tag:
                tag = device.asset_tag.upper()
                self.by_tag[tag] = (*self.by_tag.get(tag, ()), device)
            for imei in (device.imei, device.imei2):
                if key := imei and imei_key(imei):
                    self.by_imei[key] = (*self.by_imei.get(key, ()), device)
        self.registrations = dict(registrations or {})

    def registered(self, intune_id: str) -> RecordedDevice | None:
        """The own device whose BYOD registration names this enrolment."""
        device_id = self.registrations.get(intune_id)
        return None if device_id is None else self.by_id.get(device_id)


@dataclass(frozen=True, slots=True)
class RecordedPerson:
    """A person of the tenant's organisation."""

    id: int
    entra_id: str | None
    upn: str | None
    employee_id: str | None
    state: str
    left_on: Any
    manager_entra_id: str | None
    values: Mapping[str, Any]
    """The fields of `people.SYNCED`."""


@dataclass(slots=True)
class RecordedTenant:
    """The register's side of one tenant, read in one go. `index` and `full` ask only for what a plan needs."""

    organisation_id: int
    open_enrolments: dict[str, RecordedEnrolment]
    """Intune id -> open enrolment."""
    fleet_size: int
    """Open enrolments of all tenants."""
    organisation_size: int
    people: dict[str, RecordedPerson] = field(default_factory=dict)
    """Entra id -> person."""
    people_size: int = 0
    """People with an account who have not left, whether or not they are among `people`."""
    unlinked_people: list[RecordedPerson] = field(default_factory=list)
    """People of the organisation without an Entra id yet."""
