"""What the sources beside the list of devices said: Apple's list of what was bought, tokens, apps on own devices, the portal.

`Observed*` as in `fleet.domain.records`: absent is None, moments are aware UTC, identifiers normalised, enumerations
kept as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from fleet.domain.records import Problem

ListKind = Literal["business", "ade"]
"""Apple Business Manager itself, or what Intune's enrolment tokens brought in from it."""
TokenKind = Literal["push", "ade", "vpp"]
LIST_NAMES = {"business": "Apple Business Manager", "ade": "Intune's list from Apple"}
TOKEN_NAMES = {"push": "Apple push certificate", "ade": "ADE token", "vpp": "VPP token"}


@dataclass(frozen=True, slots=True)
class ObservedListing:
    """A device on a list of what was bought. The serial is its id."""

    serial: str
    model: str | None = None
    family: str | None = None
    """iPhone, iPad, Mac, ...; of Intune's list the platform."""
    order_number: str | None = None
    ordered_on: date | None = None
    added_on: date | None = None
    """When the organisation got it; of Intune's list, when that got it."""
    status: str | None = None
    """ASSIGNED or UNASSIGNED to a management service, as sent; of Intune's list the state of its enrolment."""
    server: str | None = None
    """Name of the management service it is assigned to; None for none, and where the list does not tell."""


@dataclass(frozen=True, slots=True)
class ObservedCoverage:
    """What covers a device: the agreement that ends last."""

    serial: str
    until: date | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedAppleAccount:
    """Everything one complete read of Apple Business Manager returned."""

    account: str
    read_at: datetime
    devices: Sequence[ObservedListing] = ()
    servers: Sequence[str] = ()
    """Names of its device management services."""
    coverage: Sequence[ObservedCoverage] = ()
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class ObservedToken:
    """What Intune needs to speak with Apple, and until when it may."""

    kind: TokenKind
    graph_id: str
    name: str | None = None
    expires_at: datetime | None = None
    state: str | None = None
    """As Intune words it: valid, expired, invalid, assignedToExternalMDM."""
    synced_at: datetime | None = None
    """When it last brought in what Apple has; None where it has nothing to bring, or never did."""
    error: str | None = None
    """What Intune said went wrong at the last try."""


@dataclass(frozen=True, slots=True)
class ObservedAppDevice:
    """Somebody's device that is not enrolled and has council data in managed apps. Nothing else of it is taken."""

    user_id: str
    tag: str
    """The tag by which apps on one device are told together; it says nothing about the device."""
    kind: str
    """ipad, iphone or other."""
    platform: str | None = None
    os_version: str | None = None
    model: str | None = None
    flagged: bool = False
    """Whether an app says that the device is jailbroken or rooted."""
    registered_at: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObservedPortalAction:
    """A remote action that somebody sent to a device from elsewhere, as Intune's audit tells it."""

    audit_id: str
    intune_id: str
    action: str
    """wipe, retire, remoteLock, ...: the first word of Intune's activity."""
    at: datetime
    by: str | None = None
    """UPN, or the name of an application."""
    result: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedBeside:
    """What a tenant told beside people and devices. None of a part: it was not asked, or would not say."""

    tokens: Sequence[ObservedToken] | None = None
    listed: Sequence[ObservedListing] | None = None
    app_devices: Sequence[ObservedAppDevice] | None = None
    portal_actions: Sequence[ObservedPortalAction] | None = None
    audit_read_to: datetime | None = None
    """How far the audit was read."""
    not_permitted: Sequence[str] = ()
    """What was not asked, because the token lacks the permission."""
    problems: Sequence[Problem] = field(default=())


_DONE = {
    "wipe": "wiped",
    "retire": "retired",
    "delete": "record deleted",
    "remotelock": "locked",
    "resetpasscode": "passcode reset",
    "syncdevice": "told to check in",
    "rebootnow": "restarted",
    "shutdown": "shut down",
    "enablelostmode": "put into lost mode",
    "disablelostmode": "taken out of lost mode",
    "locatedevice": "located",
    "playlostmodesound": "made to play a sound",
    "bypassactivationlock": "activation lock bypassed",
    "setdevicename": "renamed",
}


def action_words(action: str) -> str:
    """What a remote action did, as the end of a device's name: `wiped`; one of tomorrow by Intune's own word."""
    return _DONE.get(action.lower(), action)
