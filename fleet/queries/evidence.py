"""The evidence of a finding side by side: what is recorded, what was observed, and when each was true."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.models import Assignment, Device, Enrolment, Tenant

_PAIRS: Mapping[str, str] = {
    "holder_upn": "enrolled_upn",
    "organisation": "tenant_organisation",
    "ownership": "enrolment_ownership",
    "iccid_recorded_as": "iccid_seen",
}
"""Field of the record -> the observed one that should agree with it."""
_IN_FILE = "in_file"
"""Of a conflict with a file: what its row says of the one recorded field."""
_OF_A_FILE = frozenset({_IN_FILE, "file", "row", "imported_on"})
_CUSTODY = frozenset({"holder_upn", "shared", "due_on", "also_holds"})
_LEFT = frozenset({"holder_state", "holder_left_on"})
_STATUS = frozenset({"status", "status_since"})
_OF_THE_READ = frozenset({"missing_since", "open_enrolments", "open_tenants", "tenant", "tenant_organisation"})
"""What the list of devices as a whole tells, not the device."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One fact of a finding, or two that should agree."""

    name: str
    """Of the recorded field, where there is one."""
    recorded: Any = None
    observed: Any = None
    observed_name: str | None = None
    """Of the observed field; None where nothing was observed."""
    has_record: bool = True
    recorded_since: date | None = None
    """Since when the record says so; None where that is not known."""
    observed_at: datetime | None = None
    """When the source said so: the device's last check-in, or the last whole read of its tenant."""


@dataclass(frozen=True, slots=True)
class _Times:
    issued_on: date | None = None
    status_since: date | None = None
    checked_in: datetime | None = None
    read_at: datetime | None = None
    left_on: date | None = None


def evidence_lines(
    session: Session, subject_type: str, subject_id: int | None, evidence: Mapping[str, Any]
) -> tuple[EvidenceLine, ...]:
    """The evidence of a finding as lines; what should agree shares one and comes first."""
    recorded, observed = dict(evidence.get("recorded", {})), dict(evidence.get("observed", {}))
    times = _times(session, subject_id) if subject_type == "device" and subject_id is not None else _Times()
    if left_on := recorded.get("holder_left_on"):
        times = replace(times, left_on=date.fromisoformat(str(left_on)))
    lines: list[EvidenceLine] = []
    paired: list[EvidenceLine] = []
    for name, value in recorded.items():
        partner = next((one for one in (_PAIRS.get(name), _IN_FILE) if one in observed), None)
        if partner is not None:
            paired.append(_line(name, value, partner, observed.pop(partner), times))
        else:
            lines.append(EvidenceLine(name, value, recorded_since=_since(name, times)))
    lines += [
        EvidenceLine(name, observed=value, observed_name=name, has_record=False, observed_at=_at(name, times))
        for name, value in observed.items()
    ]
    return (*paired, *lines)


def _line(name: str, value: Any, partner: str, other: Any, times: _Times) -> EvidenceLine:
    return EvidenceLine(
        name, value, other, partner, recorded_since=_since(name, times), observed_at=_at(partner, times)
    )


def _since(name: str, times: _Times) -> date | None:
    if name in _CUSTODY:
        return times.issued_on
    if name in _LEFT:
        return times.left_on
    return times.status_since if name in _STATUS else None


def _at(name: str, times: _Times) -> datetime | None:
    if name in _OF_A_FILE:
        return None
    return times.read_at if name in _OF_THE_READ else times.checked_in


def _times(session: Session, device_id: int) -> _Times:
    row = session.execute(
        select(Assignment.issued_on, Device.status_since, Enrolment.last_seen, Tenant.last_complete_at)
        .select_from(Device)
        .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
        .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
        .outerjoin(Tenant, Tenant.id == Enrolment.tenant_id)
        .where(Device.id == device_id)
    ).one_or_none()
    return _Times() if row is None else _Times(*row)
