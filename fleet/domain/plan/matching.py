"""Which device of the register an observed enrolment belongs to.

The serial is the device; the Intune id is an enrolment. Order: open enrolment id (the caller), the enrolment a BYOD
registration names, serial, IMEI (first 14 digits, either slot), asset tag. More than one match, or a match that another
identifier contradicts: nothing is touched.
"""

from collections.abc import Sequence
from typing import NamedTuple

from fleet.domain.identifiers import imei_key
from fleet.domain.plan.recorded import DeviceIndex, RecordedDevice
from fleet.domain.records import ObservedDevice


class Match(NamedTuple):
    """What matching found: a device, nothing (`device` None), or a clash on an identifier."""

    device: RecordedDevice | None = None
    clash: str | None = None
    """serial or imei: the identifier that can't be true for both."""


NO_MATCH = Match()


def match(observed: ObservedDevice, index: DeviceIndex) -> Match:
    """Find the device of an enrolment that the register does not know yet."""
    if index.registrations and (registered := index.registered(observed.intune_id)) is not None:
        return Match(registered)
    by_serial = index.by_serial.get(observed.serial) if observed.serial else None
    by_imei = index.by_imei.get(key) if observed.imei and (key := imei_key(observed.imei)) else None
    if by_serial is not None:
        return Match(clash="serial") if len(by_serial) > 1 else _by_serial(observed, by_serial[0], by_imei)
    if by_imei is not None:
        return _by_imei(observed, by_imei)
    return _by_tag(observed, index) if index.by_tag else NO_MATCH


def compatible_imei(observed: ObservedDevice, imei: str | None, imei2: str | None = None) -> bool:
    """Whether two records may be the same hardware: an absent IMEI contradicts nothing."""
    if not observed.imei or not (imei or imei2) or observed.imei == imei:
        return True
    key = imei_key(observed.imei)
    known = {imei_key(one) for one in (imei, imei2) if one}
    return key is None or not known or key in known


def _by_serial(observed: ObservedDevice, device: RecordedDevice, by_imei: Sequence[RecordedDevice] | None) -> Match:
    if by_imei is not None and any(other.id != device.id for other in by_imei):
        return Match(device, clash="imei")
    if not compatible_imei(observed, device.imei, device.imei2):
        return Match(device, clash="serial")
    return Match(device)


def _by_imei(observed: ObservedDevice, by_imei: Sequence[RecordedDevice]) -> Match:
    ids = {device.id for device in by_imei}
    if len(ids) > 1:
        return Match(clash="imei")
    device = by_imei[0]
    if observed.serial and device.serial and observed.serial != device.serial:
        return Match(device, clash="imei")
    return Match(device)


def _by_tag(observed: ObservedDevice, index: DeviceIndex) -> Match:
    """A device name that is an asset tag counts only for a device whose serial we do not know: the index has no others."""
    if not observed.device_name or observed.ownership == "personal":
        return NO_MATCH
    devices = index.by_tag.get(observed.device_name.upper(), ())
    return Match(devices[0]) if len(devices) == 1 else NO_MATCH
