"""What the rules look at: one flat, frozen record per device, joined once, so that 200,000 of them stay cheap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DeviceFact:
    """Everything recorded and observed about one device that a rule may need. `None` is `not known`."""

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
    """State of its BYOD registration: requested, approved, enrolled, ended; None without one."""
    byod_consent_until: date | None = None
    incident_on: date | None = None
    """Day of the open lost/stolen incident."""


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


@dataclass(frozen=True, slots=True)
class Found:
    """One discrepancy. (rule, identity) makes it the same finding from night to night."""

    rule: str
    identity: str
    organisation: str
    subject_type: str
    subject_id: int | None
    subject: str
    """What a person calls it: asset tag, serial, or `own device of a.person@...`."""
    sentence: str
    severity: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """{"recorded": {...}, "observed": {...}}: JSON-ready."""
