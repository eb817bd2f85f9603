"""The frozen shapes that cross borders.

`Observed*`: a source said so. `Recorded*`: the register holds it. `*Row`: we show it. A record moves one way
(source -> observed -> plan -> recorded -> row) and is never converted back.

Absent is None, never "". Moments are aware UTC; purchase and warranty are dates; money is whole pence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from fleet.domain.sources import ObservedBeside

Kind = Literal["ipad", "iphone", "thin_client", "other"]
Ownership = Literal["organisation", "personal"]
Severity = Literal["high", "medium", "low"]
FindingState = Literal["open", "acknowledged", "snoozed", "fixed"]
RunState = Literal["running", "complete", "failed", "refused", "killed", "planned"]


# --- what a source said -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ObservedDevice:
    """One device as one tenant's Intune describes it: an enrolment, not the physical thing.

    Texts are stripped; "", "Unknown", zero GUIDs and the years 0001 and 9999 have become None. Enumerations stay
    text, so an unknown value of tomorrow is kept. Identifiers are normalised (upper-case serial, digits-only IMEI).
    """

    intune_id: str
    serial: str | None = None
    imei: str | None = None
    meid: str | None = None
    device_name: str | None = None
    model: str | None = None
    manufacturer: str | None = None
    platform: str | None = None
    """`operatingSystem` as sent: iOS, iPadOS, ..."""
    os_version: str | None = None
    ownership: str | None = None
    """`managedDeviceOwnerType` as sent: company, personal, unknown."""
    enrolment_type: str | None = None
    management_state: str | None = None
    registration_state: str | None = None
    compliance: str | None = None
    grace_until: datetime | None = None
    supervised: bool | None = None
    encrypted: bool | None = None
    jailbroken: bool | None = None
    enrolled_at: datetime | None = None
    """To the second: list and GET disagree about the rest."""
    entra_device_id: str | None = None
    user_id: str | None = None
    """Entra id of the ENROLLING user (not the primary user)."""
    upn: str | None = None
    phone_number: str | None = None
    carrier: str | None = None
    category: str | None = None
    wifi_mac: str | None = None
    certificate_expires_at: datetime | None = None
    storage_total: int | None = None
    """Bytes."""
    # Volatile: stored, never history.
    last_seen: datetime | None = None
    storage_free: int | None = None


class SeenDevice(NamedTuple):
    """A device whose record is the one the register holds, by its fingerprint: only what moves daily was looked at."""

    intune_id: str
    last_seen: datetime | None
    storage_free: int | None


@dataclass(frozen=True, slots=True)
class ObservedDetail:
    """What only GET by id tells about a device."""

    intune_id: str
    iccid: str | None = None
    udid: str | None = None
    ethernet_mac: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedPerson:
    """One user of a tenant's Entra directory, or its removal. None in a delta may mean `not sent`: see `sent`."""

    entra_id: str
    removed: str | None = None
    """`changed` (deleted less than 30 days ago) or `deleted`; None for a living account."""
    upn: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    surname: str | None = None
    email: str | None = None
    job_title: str | None = None
    department: str | None = None
    office: str | None = None
    employee_id: str | None = None
    employee_type: str | None = None
    account_enabled: bool | None = None
    left_at: datetime | None = None
    manager_entra_id: str | None = None
    sent: frozenset[str] = frozenset()
    """Names of the fields above which the answer really held; a delta sends only what changed."""


@dataclass(frozen=True, slots=True)
class ObservedTenant:
    """Everything one complete read of a tenant returned. There is no partial one: reading raises instead."""

    tenant: str
    read_at: datetime
    """Taken before the first request."""
    devices: list[ObservedDevice]
    people: list[ObservedPerson] = field(default_factory=list)
    people_complete: bool = True
    """False when `people` is a delta."""
    people_delta_link: str | None = None
    details: Mapping[str, ObservedDetail] = field(default_factory=dict)
    primary_users: Mapping[str, str | None] | None = None
    """Intune id -> Entra id of the primary user; None when the export job was not run."""
    overview_count: int | None = None
    problems: tuple["Problem", ...] = ()
    unchanged: Sequence[SeenDevice] = ()
    """Devices beyond `devices` that are as the register holds them: the caller told their fingerprints beforehand."""
    fingerprints: Mapping[str, bytes] = field(default_factory=dict)
    """Intune id -> fingerprint of what was sent, for `devices`; where there is none, that of the record is used."""
    beside: "ObservedBeside | None" = None
    """What it told beside people and devices; None where nobody asked."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that could not be read or believed; the run went on without it."""

    code: str
    where: str
    """An id, a row number or a field name: never a person's name."""
    reason: str
    value: str | None = None
    remedy: str | None = None
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One row of a file that an importer could read, as fields of the register (docs/IMPORTING.md lists the keys)."""

    row: int
    """As a spreadsheet program numbers it."""
    values: Mapping[str, object]
    """Field key -> normalised value; a field without a believable value is not in it."""
    blank: frozenset[str] = frozenset()
    """Fields that the file has a column for and that are blank here: they erase nothing unless a person asks."""
    warnings: tuple[str, ...] = ()
    """Codes of the problems of this row that did not keep it out."""


# --- what we show -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A line of any device list: one SELECT with joins."""

    id: int
    kind: str
    model: str | None
    serial: str | None
    imei: str | None
    asset_tag: str | None
    status: str
    organisation: str
    """Key of the owning organisation."""
    site: str | None
    team: str | None
    holder: str | None
    """Display name of the person, or the site/team that holds it as shared equipment."""
    holder_upn: str | None
    holder_id: int | None
    os_version: str | None
    compliance: str | None
    last_seen: datetime | None
    ownership: str
    """organisation or personal."""
    device_name: str | None = None
    phone_number: str | None = None
    iccid: str | None = None
    supervised: bool | None = None
    encrypted: bool | None = None
    enrolled_at: datetime | None = None
    enrolled_upn: str | None = None
    tenant: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    purchased_on: date | None = None
    price_pence: int | None = None
    warranty_until: date | None = None
    cost_code: str | None = None
    open_findings: int = 0
    version: int = 1
    ethernet_mac: str | None = None
    """Of a thin client."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of any list of people."""

    id: int
    name: str
    upn: str | None
    organisation: str
    job_title: str | None
    team: str | None
    site: str | None
    state: str
    """starter, active, long_leave or left."""
    manager: str | None
    devices_held: int = 0
    left_on: date | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A line of the drift desk."""

    id: int
    rule: str
    title: str
    severity: str
    state: str
    organisation: str
    subject: str
    """What a person calls the thing: asset tag, serial or UPN."""
    subject_type: str
    subject_id: int | None
    sentence: str
    first_seen: datetime
    last_seen: datetime
    times_seen: int = 1
    assigned_to: str | None = None
    """The operator who looks after it."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A line of history: one thing that was done, by whom, why, to how much."""

    id: int
    recorded_at: datetime
    effective_at: datetime
    actor: str
    action: str
    reason: str | None
    organisation: str | None
    changes: int
    sentence: str
    """The event told in words."""
    undone_by: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A line of the runs list: one sync or import."""

    id: int
    kind: str
    source: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    actor: str
    counts: Mapping[str, Any]
    problems: int
    error: str | None
    event_id: int | None
    files: Sequence[Mapping[str, Any]] = ()
    """Of an import, how each file was read: file, sha256, format, encoding, sheet, header_row, columns (header -> field)."""
