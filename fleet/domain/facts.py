"""What the rules look at: one flat, frozen record per device, joined once, so that 200,000 of them stay cheap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from fleet.domain.sources import TOKEN_NAMES

OWN_DEVICE = "own device"
"""What a personal device is called: of its identifiers nothing is kept, and its Intune id says nothing to people."""


@dataclass(frozen=True, slots=True)
class AppleFact:
    """What Apple's lists of its organisation say about a device; there is one where there is a complete list."""

    listed: bool
    """Whether it is on any of them."""
    status: str | None = None
    server: str | None = None
    """The management service it is assigned to in Apple Business Manager."""
    right_servers: tuple[str, ...] = ()
    """Where devices belong; empty: anywhere."""
    tells_server: bool = False
    """Whether the list is one that tells: Intune's list from Apple does not."""
    order_number: str | None = None
    added_on: date | None = None
    coverage_until: date | None = None
    coverage: str | None = None


class DeviceFact(NamedTuple):
    """Everything recorded and observed about one device that a rule may need. `None` is `not known`.

    A named tuple, where all others are dataclasses: one is made of each device every night, at a third of the cost.
    """

    id: int
    organisation: str
    kind: str
    ownership: str
    """organisation or personal."""
    status: str
    status_since: date | None = None
    serial: str | None = None
    imei: str | None = None
    asset_tag: str | None = None
    model: str | None = None
    warranty_until: date | None = None
    # The open assignment.
    holder_id: int | None = None
    """Person; None for stock and for shared equipment."""
    holder_upn: str | None = None
    holder_state: str | None = None
    holder_left_on: date | None = None
    shared: bool = False
    """Assigned to a site or team instead of a person."""
    issued_on: date | None = None
    due_on: date | None = None
    # The newest open enrolment.
    intune_id: str | None = None
    tenant: str | None = None
    tenant_organisation: str | None = None
    enrolled_upn: str | None = None
    enrolled_person_id: int | None = None
    """Person of the register whom the enrolling user is; None when userless or unknown."""
    enrolled_at: datetime | None = None
    last_seen: datetime | None = None
    enrolment_ownership: str | None = None
    """company, personal, unknown: as Intune says."""
    supervised: bool | None = None
    encrypted: bool | None = None
    jailbroken: bool | None = None
    compliance: str | None = None
    grace_until: datetime | None = None
    os_version: str | None = None
    management_state: str | None = None
    enrolment_type: str | None = None
    device_name: str | None = None
    category: str | None = None
    enrolled_user_id: str | None = None
    """Entra id of the enrolling user."""
    primary_user_id: str | None = None
    """Entra id of the user for whom Intune keeps it; None where the report was not read."""
    iccid_seen: str | None = None
    iccid_recorded_in: int | None = None
    """Device in which the register has the SIM that Intune sees here; None when unknown or none seen."""
    # Other enrolments.
    open_enrolments: int = 0
    open_tenants: int = 0
    ever_enrolled: bool = False
    missing_since: datetime | None = None
    """First complete read without any enrolment of a device that had one."""
    missing_runs: int = 0
    # Own devices.
    byod_state: str | None = None
    """State of its BYOD registration: requested, approved, enrolled, ended, refused; None without one."""
    byod_consent_until: date | None = None
    incident_on: date | None = None
    """Day of the open lost/stolen incident."""
    iccid_recorded_as: str | None = None
    """Asset tag or serial of that other device in which the register has the SIM."""
    primary_upn: str | None = None
    """The primary user where that is somebody else than who enrolled it; None when the register does not know them."""
    also_holds: str | None = None
    """What else of its kind its holder has had for longer, on no loan: asset tags or serials."""
    apple: AppleFact | None = None
    """None where its organisation has no list from Apple, or it is nothing that Apple makes."""

    @property
    def apple_server(self) -> str | None:
        """The management service it is assigned to in Apple Business Manager."""
        return self.apple.server if self.apple else None

    @property
    def apple_status(self) -> str | None:
        """ASSIGNED or UNASSIGNED, as Apple says."""
        return self.apple.status if self.apple else None

    @property
    def coverage_until(self) -> date | None:
        """Last day of what covers it, as Apple says."""
        return self.apple.coverage_until if self.apple else None

    @property
    def coverage(self) -> str | None:
        """What covers it, as Apple calls it."""
        return self.apple.coverage if self.apple else None

    @property
    def called(self) -> str:
        """What a person calls it; of a personal device nothing is kept that tells it from others."""
        if self.ownership == "personal":
            return self.asset_tag or self.serial or OWN_DEVICE
        return self.asset_tag or self.serial or self.intune_id or "a device without tag and serial"


@dataclass(frozen=True, slots=True)
class SimFact:
    """Everything recorded about one SIM that a rule may need."""

    id: int
    organisation: str
    iccid: str
    state: str
    in_device: bool
    number: str | None = None
    carrier: str | None = None
    monthly_pence: int | None = None
    line_state: str | None = None

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.iccid


@dataclass(frozen=True, slots=True)
class TenantFact:
    """What is known of one Microsoft tenant's access."""

    id: int
    organisation: str
    key: str
    credential_until: date | None = None
    """Last day of the certificate, or of the client secret, that the nightly sync signs in with."""

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.key


@dataclass(frozen=True, slots=True)
class ListingFact:
    """A device on Apple's list that the register does not have in use and that never enrolled."""

    id: int
    organisation: str
    serial: str
    source: str
    """business or ade: which list says so."""
    model: str | None = None
    order_number: str | None = None
    ordered_on: date | None = None
    added_on: date | None = None
    status: str | None = None
    server: str | None = None
    recorded_as: str | None = None
    """Its status in the register: ordered or delivered; None where nobody recorded it."""

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.serial


@dataclass(frozen=True, slots=True)
class TokenFact:
    """What a tenant's Intune speaks with Apple by, and until when it may."""

    id: int
    organisation: str
    tenant: str
    kind: str
    graph_id: str
    name: str | None = None
    expires_on: date | None = None
    state: str | None = None
    synced_at: datetime | None = None
    error: str | None = None

    @property
    def called(self) -> str:
        """What a person calls it."""
        return f"{self.tenant}: {TOKEN_NAMES.get(self.kind, self.kind)}{f' {self.name}' if self.name else ''}"


@dataclass(frozen=True, slots=True)
class AppDeviceFact:
    """Somebody's device that is not enrolled and has council data in managed apps."""

    id: int
    organisation: str
    tenant: str
    user_id: str
    kind: str
    upn: str | None = None
    """None for an account that the register does not know."""
    person_state: str | None = None
    os_version: str | None = None
    last_seen: datetime | None = None
    devices: int = 1
    """How many of the kind the person has so."""
    approved: bool = False
    """Whether a registration allows it."""

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.upn or "an account nobody knows"


Fact = DeviceFact | SimFact | TenantFact | ListingFact | TokenFact | AppDeviceFact
BesideFact = SimFact | TenantFact | ListingFact | TokenFact | AppDeviceFact


@dataclass(frozen=True, slots=True)
class Clash:
    """Several enrolments that claim one identifier and can't all be true; nothing of them was touched."""

    identifier: str
    """serial or imei."""
    value: str
    intune_ids: tuple[str, ...]
    tenants: tuple[str, ...]
    organisation: str
    device_id: int | None = None
    claimants: tuple[str, ...] = ()
    """What tells the enrolments apart, in the order of `intune_ids`: another serial, an IMEI, or what else there is."""
    recorded_for: tuple[str, ...] = ()
    """Asset tags or serials of the devices that the register has under the identifier."""
    device: str | None = None
    """Asset tag or serial of `device_id`."""


@dataclass(frozen=True, slots=True)
class Found:
    """One discrepancy. (rule, identity) makes it the same finding from night to night."""

    rule: str
    identity: str
    organisation: str
    subject_type: str
    subject_id: int | None
    subject: str
    """What a person calls it: asset tag, serial, or `own device`."""
    sentence: str
    severity: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """{"recorded": {...}, "observed": {...}}: JSON-ready."""
