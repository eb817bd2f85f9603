"""What the estate generator makes: plain facts that the loader, the Graph view and the tests read.

References are natural keys: a person by Entra id, a device by serial, everything else by its `key`. The register's
side (people, devices, custody, SIMs, own devices) is as recorded just before night 1; see `fleet.demo.graph_view`
for the nights.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from fleet.demo.estate.source_seeds import Sources


@dataclass(frozen=True, slots=True)
class OrganisationSeed:
    """A sovereign council, invented."""

    key: str
    name: str
    tag_prefix: str
    """Two letters before the number on its asset tags."""
    domain: str


@dataclass(frozen=True, slots=True)
class TenantSeed:
    """The one Microsoft tenant of an organisation."""

    key: str
    organisation: str
    tenant_id: str
    client_id: str
    display_name: str
    domain: str
    credential_until: date | None = None
    """Last day of the credential that reads it, where that is soon."""


@dataclass(frozen=True, slots=True)
class SiteSeed:
    """A building."""

    key: str
    organisation: str
    name: str


@dataclass(frozen=True, slots=True)
class TeamSeed:
    """A service area's team and the cost code that pays for it."""

    key: str
    organisation: str
    name: str
    service_area: str
    cost_code: str
    site: str


@dataclass(frozen=True, slots=True)
class PersonSeed:
    """Somebody who works for, or is elected to, an organisation. `entra_id` is the key."""

    entra_id: str
    organisation: str
    tenant: str
    upn: str
    display_name: str
    given_name: str
    surname: str
    email: str
    job_title: str
    department: str
    """Service area, as the directory words it."""
    site: str
    employee_id: str
    employee_type: str
    """Permanent, Agency, Councillor, Apprentice."""
    role: str
    """social_worker, councillor, manager or staff."""
    team: str | None
    manager: str | None
    """Entra id."""
    state: str
    """starter, active, long_leave or left."""
    start_on: date
    left_on: date | None
    account_enabled: bool
    in_directory: bool
    """Whether the directory holds the account just before night 1."""
    first_night: int = 1
    """2: the account is made after night 1, so the register does not know the person yet."""
    last_night: int = 3
    """1: the account is removed after night 1."""


@dataclass(frozen=True, slots=True)
class ModelSeed:
    """A kind of hardware that can be bought."""

    key: str
    kind: str
    """ipad, iphone or thin_client."""
    name: str
    """Marketing name, as Intune shows it; cellular and Wi-Fi-only share one."""
    product_type: str
    """iPad13,18 and the like; the maker's part for thin clients."""
    manufacturer: str
    platform: str
    """iOS, iPadOS or the thin client's system."""
    newest_major: int | None
    """Highest OS major version that runs on it; None for thin clients."""
    imeis: int
    """0 for Wi-Fi only, 2 for phones with an eSIM."""
    has_eid: bool
    storage_gb: int
    released_on: date
    price_pence: int


@dataclass(frozen=True, slots=True)
class PurchaseSeed:
    """One order of one model."""

    number: str
    organisation: str
    supplier: str
    model: str
    quantity: int
    unit_price_pence: int
    ordered_on: date
    warranty_months: int
    cost_code: str


@dataclass(frozen=True, slots=True)
class DeliverySeed:
    """A consignment of an order."""

    number: str
    """The supplier's delivery note."""
    purchase: str
    organisation: str
    delivered_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class DeviceSeed:
    """A device that an organisation owns. `serial` is the key."""

    serial: str
    kind: str
    model: str
    organisation: str
    asset_tag: str
    imei: str | None
    imei2: str | None
    eid: str | None
    wifi_mac: str | None
    ethernet_mac: str | None
    status: str
    """in_stock, prepared, issued, in_repair, lost, stolen, retired or disposed."""
    status_since: date
    purchase: str
    delivery: str
    purchased_on: date
    price_pence: int
    warranty_until: date
    site: str
    cost_code: str


@dataclass(frozen=True, slots=True)
class SimSeed:
    """A SIM, on plastic or downloaded. `iccid` is the key."""

    iccid: str
    organisation: str
    form: str
    """physical or esim."""
    carrier: str
    line: str
    device: str | None
    """Serial of the device the register has it in."""
    state: str = "active"
    """active or stock."""


@dataclass(frozen=True, slots=True)
class LineSeed:
    """A contract for one number, or for data only."""

    key: str
    organisation: str
    number: str | None
    """E.164; None for data only."""
    carrier: str
    tariff: str
    monthly_pence: int
    contract_from: date
    contract_until: date
    cost_code: str
    status: str
    """active or spare."""


@dataclass(frozen=True, slots=True)
class AssignmentSeed:
    """A device in somebody's hands, or a site's or team's as shared equipment; open when `returned_on` is None."""

    device: str
    organisation: str
    person: str | None
    site: str | None
    team: str | None
    kind: str
    """permanent or loan."""
    issued_on: date
    due_on: date | None = None
    returned_on: date | None = None
    end_reason: str | None = None
    """returned, repair, lost, stolen, replaced."""


@dataclass(frozen=True, slots=True)
class ByodSeed:
    """A person's own device and the leave to use it for work."""

    key: str
    organisation: str
    tenant: str
    person: str
    kind: str
    model: str
    """Marketing name."""
    requested_on: date
    state: str
    """requested, approved, enrolled or ended."""
    approved_by: str | None = None
    """Entra id."""
    approved_on: date | None = None
    terms_version: str | None = None
    consent_on: date | None = None
    consent_until: date | None = None
    intune_id: str | None = None
    """The enrolment it covers."""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class IncidentSeed:
    """A device lost, stolen or damaged."""

    key: str
    organisation: str
    device: str
    kind: str
    """lost, stolen or damaged."""
    happened_on: date
    reported_on: date
    reported_by: str
    """Entra id."""
    reference: str | None
    """Crime reference, for thefts."""
    state: str
    """open or closed."""
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class EnrolmentSeed:
    """One row of a tenant's Intune, as it is on night 3. `intune_id` is the key."""

    intune_id: str
    tenant: str
    device: str | None
    """Serial of the recorded device this really is; None for own, unrecorded and foreign hardware."""
    serial: str | None
    """As Intune shows it."""
    imei: str | None
    kind: str
    model: str
    """Marketing name."""
    user_id: str | None
    """Entra id of the enrolling user."""
    upn: str | None
    user_name: str | None
    device_name: str
    enrolled_at: datetime
    last_sync: datetime
    os_version: str
    ownership: str
    enrolment_type: str
    """As beta names it; v1.0 shows values it does not know as unknownFutureValue."""
    supervised: bool
    compliance: str
    storage_gb: int
    free_bytes: int
    wifi_mac: str
    udid: str
    entra_device_id: str
    encrypted: bool = True
    jailbroken: str = "False"
    grace_until: datetime | None = None
    management_state: str = "managed"
    iccid: str | None = None
    phone_number: str | None = None
    carrier: str | None = None
    category: str | None = None
    notes: str | None = None
    os_before: str | None = None
    """OS version until the night of the update."""
    os_night: int = 1
    primary_user_id: str | None = None
    """Entra id of the primary user where that is not the enrolling one."""
    name_before: str | None = None
    """Device name until night 2, when it is renamed."""
    first_night: int = 1
    last_night: int = 3


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What the directory says of a person from one night on."""

    entra_id: str
    night: int
    job_title: str
    department: str


@dataclass(frozen=True, slots=True)
class Planted:
    """One discrepancy that the register must find at `Estate.now`: exactly these, no others."""

    rule: str
    organisation: str
    device: str
    """Serial, or the Intune id when the device has no serial."""
    intune_id: str | None = field(default=None, compare=False)
    """The enrolment it shows in, where there is one."""


@dataclass(frozen=True, slots=True)
class Estate:
    """A whole shared service."""

    seed: int
    now: datetime
    organisations: tuple[OrganisationSeed, ...]
    tenants: tuple[TenantSeed, ...]
    sites: tuple[SiteSeed, ...]
    teams: tuple[TeamSeed, ...]
    people: tuple[PersonSeed, ...]
    models: tuple[ModelSeed, ...]
    purchases: tuple[PurchaseSeed, ...]
    deliveries: tuple[DeliverySeed, ...]
    devices: tuple[DeviceSeed, ...]
    sims: tuple[SimSeed, ...]
    lines: tuple[LineSeed, ...]
    assignments: tuple[AssignmentSeed, ...]
    byod: tuple[ByodSeed, ...]
    incidents: tuple[IncidentSeed, ...]
    enrolments: tuple[EnrolmentSeed, ...]
    person_changes: tuple[PersonChange, ...]
    answer_key: tuple[Planted, ...]
    sources: Sources = field(default_factory=Sources)
    """Apple's list, tokens, apps on own devices, the portal."""
