"""Which unknown enrolments are one piece of hardware, and where their identifiers contradict each other.

The register holds a serial or an IMEI once. What two things claim is decided here, before anything is written: a plan
that claimed it twice would be refused whole, and one bad pair would end every night's run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from fleet.domain.identifiers import imei_key
from fleet.domain.plan.recorded import RecordedDevice
from fleet.domain.records import ObservedDevice

Matched = tuple[ObservedDevice, RecordedDevice | None]
"""An unknown enrolment and the recorded device that matching found for it."""

_Key = tuple[str, str | int]


class Hardware(NamedTuple):
    """Enrolments of one thing; `clash` is the identifier and value that can't be true for all of them."""

    enrolments: list[ObservedDevice]
    known: RecordedDevice | None
    clash: tuple[str, str] | None = None


def one_by_one(matched: Sequence[Matched]) -> Iterator[Hardware]:
    """Group enrolments that share a serial, an IMEI or a recorded device; first those that share nothing."""
    serials = [device.serial or None for device, _ in matched]
    imeis = [imei_key(device.imei) if device.imei else None for device, _ in matched]
    recorded = [None if known is None else known.id for _, known in matched]
    claimed = [_more_than_once(serials), _more_than_once(imeis), _more_than_once(recorded)]
    sharing: list[Matched] = []
    for (device, known), *keys in zip(matched, serials, imeis, recorded, strict=True):
        if keys[0] not in claimed[0] and keys[1] not in claimed[1] and keys[2] not in claimed[2]:
            yield Hardware([device], known)
        else:
            sharing.append((device, known))
    yield from _grouped(sharing)


def _more_than_once(values: Iterable[Any]) -> set[Any]:
    """The values that occur more than once; None is none."""
    return {value for value, number in Counter(values).items() if number > 1} - {None}


def _grouped(matched: Sequence[Matched]) -> list[Hardware]:
    leaders: dict[_Key, _Key] = {}

    def leader(key: _Key) -> _Key:
        while (above := leaders.setdefault(key, key)) != key:
            key = above
        return key

    firsts = []
    for device, known in matched:
        first, *others = _keys(device, known)
        firsts.append(first)
        for other in others:
            leaders[leader(other)] = leader(first)
    groups: dict[_Key, list[Matched]] = {}
    for first, pair in zip(firsts, matched, strict=True):
        groups.setdefault(leader(first), []).append(pair)
    return [_hardware(group) for group in groups.values()]


def _keys(device: ObservedDevice, known: RecordedDevice | None) -> list[_Key]:
    keys: list[_Key] = []
    if known is not None:
        keys.append(("known", known.id))
    if device.serial:
        keys.append(("serial", device.serial))
    if device.imei and (key := imei_key(device.imei)):
        keys.append(("imei", key))
    return keys


def _hardware(group: list[Matched]) -> Hardware:
    enrolments = [device for device, _ in group]
    known = next((one for _, one in group if one is not None), None)
    recorded = {one.id for _, one in group if one is not None}
    serials = {device.serial for device in enrolments if device.serial}
    if known is not None and known.serial:
        serials.add(known.serial)
    if len(recorded) <= 1 and len(serials) <= 1 and _imeis_agree(enrolments, known):
        return Hardware(enrolments, known)
    return Hardware(enrolments, known if len(recorded) == 1 else None, _contradiction(enrolments, serials))


def _imeis_agree(enrolments: Sequence[ObservedDevice], known: RecordedDevice | None) -> bool:
    seen = {imei_key(device.imei) for device in enrolments if device.imei}
    held = {imei_key(imei) for imei in (known.imei, known.imei2) if imei} if known is not None else set()
    return seen <= held if held else len(seen) <= 1


def _contradiction(enrolments: Sequence[ObservedDevice], serials: set[str]) -> tuple[str, str]:
    """An IMEI under several serials is that IMEI's fault; anything else is told of the serial."""
    if len(serials) > 1:
        shared = Counter(imei_key(device.imei) for device in enrolments if device.imei)
        for device in enrolments:
            if device.imei and shared[imei_key(device.imei)] > 1:
                return "imei", device.imei
    return "serial", next((device.serial for device in enrolments if device.serial), "")
