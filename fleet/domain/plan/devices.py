"""Plan what a complete read of a tenant's devices means for the register."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from fleet.domain.facts import Clash
from fleet.domain.plan.hardware import Matched, one_by_one
from fleet.domain.plan.matching import match
from fleet.domain.plan.recorded import (
    OBSERVED,
    DeviceIndex,
    RecordedDevice,
    RecordedEnrolment,
    RecordedTenant,
    fingerprint,
    observed_values,
)
from fleet.domain.records import ObservedDevice, Problem, SeenDevice

PERSONAL_KEEPS = frozenset(
    {
        "intune_id", "model", "manufacturer", "platform", "os_version", "ownership", "enrolment_type", "management_state",
        "registration_state", "compliance", "grace_until", "encrypted", "jailbroken", "enrolled_at",
        "user_id", "upn", "last_seen",
    }
)  # fmt: skip
"""All that is kept of somebody's own device: no serial, IMEI, number, carrier, name or address of it."""


class NewEnrolment(NamedTuple):
    """An enrolment to add, to a known device or to one of the plan's new ones."""

    observed: ObservedDevice
    fingerprint: bytes
    device_id: int | None
    new_device: int | None = None
    """Position in `DevicePlan.new_devices`."""


class NewDevice(NamedTuple):
    """A device to add because Intune knows it and the register does not."""

    kind: str
    ownership: str
    serial: str | None
    imei: str | None
    model: str | None
    manufacturer: str | None


@dataclass(frozen=True, slots=True)
class ChangedEnrolment:
    """An open enrolment whose observed record differs."""

    id: int
    device_id: int
    fingerprint: bytes
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True)
class DevicePlan:
    """Changes of one tenant's devices. read = new + changed + unchanged + problems."""

    read: int = 0
    new: list[NewEnrolment] = field(default_factory=list)
    new_devices: list[NewDevice] = field(default_factory=list)
    filled: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Device id -> identifiers that were blank in the register and are known now."""
    changed: list[ChangedEnrolment] = field(default_factory=list)
    refreshed: list[tuple[int, bytes]] = field(default_factory=list)
    """(enrolment id, fingerprint) where only blanks differ: nothing to write but the fingerprint."""
    seen: list[tuple[int, datetime | None, int | None]] = field(default_factory=list)
    """(enrolment id, last check-in, free storage) that moved on: volatile, no history."""
    back: list[int] = field(default_factory=list)
    """Enrolments that were absent last night and are here again."""
    absent: list[tuple[int, int]] = field(default_factory=list)
    """(enrolment id, device id) absent for the first time: noted, not concluded."""
    closing: list[tuple[int, int]] = field(default_factory=list)
    """(enrolment id, device id) absent from two complete reads: closed."""
    clashes: list[Clash] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    marks: Mapping[str, bytes] = field(default_factory=dict)
    """Intune id -> the reader's fingerprint of what was sent."""

    def mark(self, device: ObservedDevice) -> bytes:
        """The fingerprint to keep for a device."""
        return self.marks.get(device.intune_id) or fingerprint(device)

    def counts(self) -> dict[str, int]:
        """The counts as the command line reports them."""
        return {
            "read": self.read, "new": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged,
            "missing": len(self.absent) + len(self.closing), "problems": len(self.problems),
        }  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether applying it would make no history."""
        return not (self.new or self.changed or self.closing or self.filled)


Full = Callable[[Sequence[int]], Mapping[int, tuple[Any, ...]]]
"""Enrolment ids -> their recorded values in the order of `OBSERVED`."""


def plan_devices(
    observed: Iterable[ObservedDevice],
    recorded: RecordedTenant,
    *,
    tenant: str,
    organisation: str,
    full: Full,
    index: Callable[[Sequence[ObservedDevice]], DeviceIndex],
    read_problems: Sequence[Problem] = (),
    unchanged: Iterable[SeenDevice] = (),
    marks: Mapping[str, bytes] | None = None,
) -> DevicePlan:
    """Compare a complete read with the open enrolments; `full` and `index` are asked once, for what differs.

    An unchanged night touches neither: it compares fingerprints, or the reader has already (`unchanged`). `marks` are
    the reader's fingerprints of the rest; where it has none, that of the record is used.
    """
    plan = DevicePlan(problems=list(read_problems), read=len(read_problems), marks=marks or {})
    unread = {problem.where for problem in read_problems}  # There, but not readable: never absent.
    present = _note_unchanged(plan, unchanged, recorded)
    differing: list[tuple[ObservedDevice, RecordedEnrolment, bytes]] = []
    unknown: list[ObservedDevice] = []
    for device in observed:
        if device.intune_id in present:
            continue  # A repeat across pages is normal; the first one counts.
        present.add(device.intune_id)
        held = recorded.open_enrolments.get(device.intune_id)
        if held is None:
            unknown.append(device)
            continue
        if held.personal:
            device = minimise(device)  # noqa: PLW2901 - from here on nothing else may be seen of it
        mark = plan.mark(device)
        _note_seen(plan, device, held)
        if mark == held.fingerprint:
            plan.unchanged += 1
        else:
            differing.append((device, held, mark))
    plan.read += len(present)
    _compare(plan, differing, full, tenant, organisation)
    if unknown:
        _place_unknown(plan, unknown, index(unknown), tenant, organisation, recorded.organisation_id)
    if not any(_has_no_id(problem) for problem in read_problems):
        _note_absent(plan, present | unread, recorded)
    return plan


def _note_unchanged(plan: DevicePlan, unchanged: Iterable[SeenDevice], recorded: RecordedTenant) -> set[str]:
    """Take in what the reader found as it is recorded; returns the ids.

    One whose enrolment was taken out of the register in the meantime is left to the next night.
    """
    present: set[str] = set()
    held_by_id = recorded.open_enrolments
    for device in unchanged:
        present.add(device.intune_id)
        held = held_by_id.get(device.intune_id)
        if held is not None:
            _note_seen(plan, device, held)
    plan.unchanged += len(present)
    return present


def minimise(device: ObservedDevice) -> ObservedDevice:
    """Somebody's own device, with everything removed that is not ours to keep."""
    blank = {name: None for name in ObservedDevice.__dataclass_fields__ if name not in PERSONAL_KEEPS}
    return replace(device, **blank)  # type: ignore[arg-type]


def kind_of(model: str | None, platform: str | None) -> str:
    """ipad, iphone or other, from the marketing name: the platform says iOS for both in older data."""
    name = (model or "").casefold()
    if name.startswith("ipad") or (not name and (platform or "").casefold() == "ipados"):
        return "ipad"
    return "iphone" if name.startswith("iphone") else "other"


def _note_seen(plan: DevicePlan, device: ObservedDevice | SeenDevice, held: RecordedEnrolment) -> None:
    moved = device.last_seen is not None and device.last_seen != held.last_seen
    told = None if held.personal else device.storage_free  # Of an own device not even that is ours to keep.
    if moved or (told is not None and told != held.storage_free):
        free = told if told is not None else held.storage_free
        plan.seen.append((held.id, device.last_seen or held.last_seen, free))
    if held.missing_runs:
        plan.back.append(held.id)


def _compare(
    plan: DevicePlan,
    differing: list[tuple[ObservedDevice, RecordedEnrolment, bytes]],
    full: Full,
    tenant: str,
    organisation: str,
) -> None:
    if not differing:
        return
    stored = full([held.id for _, held, _ in differing])
    for device, held, mark in differing:
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, new, old in zip(OBSERVED, observed_values(device), stored[held.id], strict=True):
            if new is not None and new != old:
                before[name], after[name] = old, new
        if _identity_changed(before):
            _clash(
                plan,
                "serial",
                before.get("serial") or after.get("serial") or "",
                [device],
                tenant,
                organisation,
                held.device_id,
            )
        elif after:
            plan.changed.append(ChangedEnrolment(held.id, held.device_id, mark, before, after))
        else:
            plan.refreshed.append((held.id, mark))
            plan.unchanged += 1


def _identity_changed(before: Mapping[str, Any]) -> bool:
    """One enrolment can't become another device: a serial that changes under one Intune id is not believed."""
    return before.get("serial") is not None


def _place_unknown(
    plan: DevicePlan,
    unknown: list[ObservedDevice],
    index: DeviceIndex,
    tenant: str,
    organisation: str,
    organisation_id: int,
) -> None:
    ours: list[Matched] = []
    for device in unknown:
        found = match(device, index)
        if found.clash:
            value = (device.serial if found.clash == "serial" else device.imei) or ""
            _clash(plan, found.clash, value, [device], tenant, organisation, found.device.id if found.device else None)
        elif found.device is not None and found.device.ownership == "personal":
            _attach(plan, [minimise(device)], found.device.id)
        elif found.device is None and device.ownership == "personal":
            _add_device(plan, [minimise(device)], "personal")
        else:
            ours.append((device, found.device))
    for hardware in one_by_one(ours):
        if hardware.clash is not None:
            device_id = hardware.known.id if hardware.known is not None else None
            _clash(plan, *hardware.clash, hardware.enrolments, tenant, organisation, device_id)
        elif hardware.known is not None:
            _attach(plan, hardware.enrolments, hardware.known.id)
            if hardware.known.organisation_id == organisation_id:  # A guest's record is its own council's to fill.
                _fill_blanks(plan, hardware.enrolments, hardware.known)
        else:
            _add_device(plan, hardware.enrolments, "organisation")


def _attach(plan: DevicePlan, enrolments: Sequence[ObservedDevice], device_id: int) -> None:
    plan.new.extend(NewEnrolment(device, plan.mark(device), device_id) for device in enrolments)


def _fill_blanks(plan: DevicePlan, enrolments: Sequence[ObservedDevice], known: RecordedDevice) -> None:
    """What the register left blank and these enrolments know. An IMEI that is in the second slot is known."""
    blanks: dict[str, Any] = {}
    if known.serial is None and (serial := _first(enrolments, "serial")):
        blanks["serial"] = serial
    if known.imei is None and known.imei2 is None and (imei := _first(enrolments, "imei")):
        blanks["imei"] = imei
    if known.model_id is None and (model := _first(enrolments, "model")):
        blanks["model"] = model
    if blanks:
        plan.filled[known.id] = blanks


def _first(enrolments: Sequence[ObservedDevice], name: str) -> str | None:
    return next((value for one in enrolments if (value := getattr(one, name))), None)


def _add_device(plan: DevicePlan, enrolments: Sequence[ObservedDevice], ownership: str) -> None:
    """Devices nobody recorded. The newest enrolment tells what it is; an older one what the newest omits."""
    position = len(plan.new_devices)
    plan.new.extend(NewEnrolment(one, plan.mark(one), None, position) for one in enrolments)
    if len(enrolments) == 1:
        (one,) = enrolments
        told = [one.serial or None, one.imei or None, one.model or None, one.manufacturer or None]
        platform = one.platform
    else:
        newest = sorted(
            enrolments, key=lambda one: one.enrolled_at.timestamp() if one.enrolled_at else 0.0, reverse=True
        )
        told = [_first(newest, name) for name in ("serial", "imei", "model", "manufacturer")]
        platform = _first(newest, "platform")
    plan.new_devices.append(NewDevice(kind_of(told[2], platform), ownership, *told))


def _clash(
    plan: DevicePlan,
    identifier: str,
    value: str,
    devices: Sequence[ObservedDevice],
    tenant: str,
    organisation: str,
    device_id: int | None,
) -> None:
    """One finding per value, one problem per device: nothing of them is touched."""
    ids = tuple(one.intune_id for one in devices)
    claimants = tuple(_told_apart(one, value) for one in devices)
    for position, other in enumerate(plan.clashes):
        if (other.identifier, other.value) == (identifier, value):
            plan.clashes[position] = replace(
                other, intune_ids=(*other.intune_ids, *ids), claimants=(*other.claimants, *claimants)
            )
            break
    else:
        plan.clashes.append(Clash(identifier, value, ids, (tenant,), organisation, device_id, claimants))
    plan.problems.extend(
        Problem(
            code=f"duplicate-{identifier}",
            where=one.intune_id,
            reason=f"this {identifier} already belongs to other hardware; nothing of this enrolment was touched",
            value=value,
            remedy="Compare the devices by hand and correct the register or retire the wrong enrolment.",
        )
        for one in devices
    )


def _told_apart(device: ObservedDevice, value: str) -> str:
    """What tells an enrolment from others with that serial or IMEI; of somebody's own device its Intune id only."""
    if device.ownership != "personal":
        if device.serial and device.serial != value:
            return device.serial
        if device.imei and device.imei != value:
            return f"a record with IMEI {device.imei}"
    return f"record {device.intune_id[:8]}"


def _has_no_id(problem: Problem) -> bool:
    """Whether a row could not even be told apart: it may be any of those that seem absent, so nobody is."""
    return problem.where.startswith("page ")


def _note_absent(plan: DevicePlan, present: set[str], recorded: RecordedTenant) -> None:
    if len(present) >= len(recorded.open_enrolments) and recorded.open_enrolments.keys() <= present:
        return
    for intune_id, held in recorded.open_enrolments.items():
        if intune_id not in present:
            (plan.closing if held.missing_runs else plan.absent).append((held.id, held.device_id))
