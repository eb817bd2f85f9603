"""Which device it is, and whose: what Intune says beside what the register has, before anything is done to it.

An action is done to a `CorporateDevice` or a `PersonalDevice`, and both are made here alone, from a device that was just
read by its id. Of the calls to Intune all but one take a `CorporateDevice`: there is no way to wipe somebody's own device.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import final

from fleet.errors import Conflict, NotAllowed

COMPANY = "company"
OWNED = "organisation"
_MINT = object()


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What Intune says of an action; never what its result holds."""

    name: str
    state: str
    """none, pending, canceled, active, done, failed, notSupported, or a word not known yet."""
    started_at: datetime | None
    updated_at: datetime | None
    brings: bool = False
    """Whether there is something in it that a person asked for, such as a passcode."""


@dataclass(frozen=True, slots=True)
class ReadDevice:
    """One enrolment as Intune had it a moment ago."""

    tenant: str
    intune_id: str
    read_at: datetime
    ownership: str | None = None
    """company, personal, unknown."""
    serial: str | None = None
    model: str | None = None
    upn: str | None = None
    name: str | None = None
    category: str | None = None
    notes: str | None = None
    supervised: bool | None = None
    management_state: str | None = None
    last_seen: datetime | None = None
    results: tuple[ActionResult, ...] = ()

    def result(self, name: str | None) -> ActionResult | None:
        """What became of an action, by the name that Intune gives it."""
        wanted = (name or "").lower()
        return next((one for one in self.results if one.name.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the register has of the device an action is meant for."""

    device_id: int
    enrolment_id: int
    tenant: str
    intune_id: str
    ownership: str
    """organisation or personal."""
    name: str
    """What people call it."""
    typed: str
    """What has to be typed before something grave is done to it: its tag, else its serial, else its owner."""
    serial: str | None = None
    model: str | None = None
    holder: str | None = None
    """Sign-in name, else name, of who has it."""
    supervised: bool | None = None


class _OfDevice:
    """A device that was read just now and may be acted on."""

    __slots__ = ("read",)

    def __init__(self, read: ReadDevice, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("Such a device is made by target_of, from one that was just read.")
        self.read = read

    @property
    def intune_id(self) -> str:
        """The enrolment's id."""
        return self.read.intune_id


@final
class CorporateDevice(_OfDevice):
    """A device that the organisation owns by its register, and that Intune calls the company's."""

    __slots__ = ()


@final
class PersonalDevice(_OfDevice):
    """A device that is somebody's own, by the register or by Intune, or of which nobody knows whose it is."""

    __slots__ = ()


Target = CorporateDevice | PersonalDevice


def target_of(recorded: Recorded, read: ReadDevice) -> Target:
    """The device to act on. Raises `Conflict` when it is not the one that is meant.

    Only what the register has as owned and Intune calls the company's is a `CorporateDevice`; every doubt makes it personal.
    """
    compare(recorded, read)
    if recorded.ownership == OWNED and read.ownership == COMPANY:
        return CorporateDevice(read, _MINT)
    return PersonalDevice(read, _MINT)


@dataclass(frozen=True, slots=True)
class Side:
    """One fact on both sides."""

    what: str
    recorded: str | None
    read: str | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The register's device beside Intune's."""

    recorded: Recorded
    read: ReadDevice
    sides: tuple[Side, ...]

    @property
    def differing(self) -> tuple[str, ...]:
        """What is not the same on both sides."""
        return tuple(one.what for one in self.sides if not one.agrees)

    def as_json(self) -> list[Mapping[str, object]]:
        """For scripts."""
        return [
            {"what": one.what, "recorded": one.recorded, "read": one.read, "agrees": one.agrees} for one in self.sides
        ]


def compare(recorded: Recorded, read: ReadDevice) -> SideBySide:
    """Serial, model and holder on both sides. Raises `Conflict` when the serials say that it is another device."""
    if read.intune_id.lower() != recorded.intune_id.lower() or read.tenant != recorded.tenant:
        raise Conflict(
            f"{recorded.name}: Intune answered with another device. Nothing was sent.", code="another-device"
        )
    owned = recorded.ownership == OWNED
    serials = _folded(recorded.serial) == _folded(read.serial)
    if owned and not serials and (recorded.serial or read.ownership == COMPANY):
        raise Conflict(
            f"{recorded.name}: its serial is {recorded.serial or 'not known'} in the register and "
            f"{read.serial or 'not known'} in Intune. It is not certain that this is the device; nothing was sent. "
            "Sync, then correct the register or delete the wrong record in Intune's portal.",
            code="another-device",
        )
    sides = [
        Side("Model", recorded.model, read.model, _folded(recorded.model) == _folded(read.model)),
        Side("Holder", recorded.holder, read.upn, _folded(recorded.holder) == _folded(read.upn)),
        Side("Ownership", recorded.ownership, read.ownership, owned == (read.ownership == COMPANY)),
    ]
    if owned:
        sides.insert(0, Side("Serial", recorded.serial, read.serial, serials))
    return SideBySide(recorded, read, tuple(sides))


def refuse_personal(recorded: Recorded, title: str) -> NotAllowed:
    """Somebody's own device can only be retired."""
    return NotAllowed(
        f"{recorded.name} is somebody's own device, by the register or by Intune: it can be retired, and nothing else. "
        f"{title} is not possible.",
        code="personal-device",
    )


def _folded(text: str | None) -> str:
    return (text or "").strip().casefold()
