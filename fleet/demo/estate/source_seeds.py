"""What the sources beside the lists of people and devices hold: Apple's list, tokens, apps on own devices, the portal."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class AppleSeed:
    """An organisation's account in Apple Business Manager."""

    organisation: str
    client_id: str
    key_id: str
    servers: tuple[tuple[str, str], ...]
    """(id, name) of its device management services; the first is where devices belong."""


@dataclass(frozen=True, slots=True)
class ListingSeed:
    """A device that an organisation bought, as Apple lists it."""

    organisation: str
    serial: str
    kind: str
    model: str
    product_type: str
    order_number: str
    ordered_on: date
    added_on: date
    server: str | None
    """Id of the service it is assigned to."""
    covered_until: date | None = None
    in_ade: bool = True
    """Whether Intune's token brought it in."""
    enrolled: bool = True


@dataclass(frozen=True, slots=True)
class TokenSeed:
    """Push certificate, ADE token or VPP token of a tenant."""

    tenant: str
    kind: str
    """push, ade or vpp."""
    graph_id: str
    name: str
    expires_at: datetime
    synced_ago: int = 0
    """Days since it last brought something in."""
    error_code: int = 0
    state: str = "valid"


@dataclass(frozen=True, slots=True)
class AppDeviceSeed:
    """Apps with council data on somebody's device, one row for each app."""

    tenant: str
    user_id: str
    tag: str
    device_type: str
    model: str
    os_version: str
    registered_at: datetime
    last_sync: datetime
    apps: int = 2
    intune_id: str | None = None
    """The enrolment, where the device is enrolled as well."""


@dataclass(frozen=True, slots=True)
class AuditSeed:
    """A remote action that somebody sent in the portal."""

    tenant: str
    audit_id: str
    intune_id: str
    activity: str
    at: datetime
    by: str
    night: int
    """The first night on which it shows."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All of it."""

    accounts: tuple[AppleSeed, ...] = ()
    listings: tuple[ListingSeed, ...] = ()
    tokens: tuple[TokenSeed, ...] = ()
    app_devices: tuple[AppDeviceSeed, ...] = ()
    audit: tuple[AuditSeed, ...] = field(default=())
