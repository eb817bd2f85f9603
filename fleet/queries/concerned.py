"""Which devices a transaction's changes concern: those of which a rule may think differently now."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, select, union
from sqlalchemy.orm import Session, aliased

from fleet.database.models import Assignment, ByodRegistration, Device, Enrolment, Finding, Incident, Person, Sim
from fleet.queries.tenants import batches

_FEW = 1_000
_OPEN = Enrolment.closed_at.is_(None)
_SAME_ACCOUNT = and_(Person.tenant_id == Enrolment.tenant_id, Person.entra_id == Enrolment.user_id)
_SEEN = select(Enrolment.device_id).join(Sim, Sim.iccid == Enrolment.iccid).where(_OPEN)
"""Devices in which Intune sees a SIM of the register."""
_ALSO = aliased(Assignment)
"""What else the holder has: a second of a kind is one only while the first is there."""
_TO_DEVICES: Mapping[str, Callable[[Sequence[int]], Any]] = {
    "assignment": lambda ids: union(
        select(Assignment.device_id).where(Assignment.id.in_(ids)),
        select(_ALSO.device_id)
        .join(Assignment, Assignment.person_id == _ALSO.person_id)
        .where(Assignment.id.in_(ids), _ALSO.returned_on.is_(None)),
    ),
    "enrolment": lambda ids: select(Enrolment.device_id).where(Enrolment.id.in_(ids)),
    "incident": lambda ids: select(Incident.device_id).where(Incident.id.in_(ids)),
    "byod_registration": lambda ids: select(ByodRegistration.device_id).where(ByodRegistration.id.in_(ids)),
    "sim": lambda ids: _SEEN.where(Sim.id.in_(ids)),
    "person": lambda ids: union(
        select(Assignment.device_id).where(Assignment.person_id.in_(ids), Assignment.returned_on.is_(None)),
        select(Enrolment.device_id).join(Person, _SAME_ACCOUNT).where(Person.id.in_(ids), _OPEN),
        select(Enrolment.device_id).join(Person, Person.upn == Enrolment.upn).where(Person.id.in_(ids), _OPEN),
    ),
    "device": lambda ids: union(
        _SEEN.where(Sim.device_id.in_(ids)),
        select(_ALSO.device_id)
        .join(Assignment, Assignment.person_id == _ALSO.person_id)
        .where(Assignment.device_id.in_(ids), Assignment.returned_on.is_(None), _ALSO.returned_on.is_(None)),
    ),
    "device_model": lambda ids: select(Device.id).where(Device.model_id.in_(ids)),
}
_GONE: Mapping[str, Any] = {"sim-moved": Sim, "several-of-a-kind": Assignment}
"""Rule -> what its findings name beside their own device. Of a row that was removed only the findings still tell."""


def devices_concerned(session: Session, touched: Mapping[str, Collection[int]]) -> set[int]:
    """The touched devices, those that touched people, SIMs, incidents and the like belong to, and those of which
    something is said that names a touched one: what its holder has besides, and in which Intune sees its SIM."""
    connection = session.connection()
    devices = set(touched.get("device", ()))
    for subject, to_devices in _TO_DEVICES.items():
        for batch in batches(sorted(touched.get(subject, ())), _FEW):
            devices.update(row[0] for row in connection.execute(to_devices(batch)) if row[0] is not None)
    for finding, of in _GONE.items():
        if _any_gone(session, of, touched.get(of.__tablename__, ())):
            standing = select(Finding.subject_id).where(Finding.rule == finding, Finding.state != "fixed")
            devices.update(one for one in connection.execute(standing).scalars() if one is not None)
    return devices


def _any_gone(session: Session, kind: Any, ids: Collection[int]) -> bool:
    """Whether one of these rows is not there any more."""
    found = 0
    for batch in batches(sorted(ids), _FEW):
        found += session.connection().execute(select(func.count()).where(kind.id.in_(batch))).scalar_one()
    return found < len(ids)


def sims_concerned(session: Session, touched: Mapping[str, Collection[int]]) -> set[int]:
    """The touched SIMs, and those on touched lines."""
    sims = set(touched.get("sim", ()))
    for batch in batches(sorted(touched.get("line", ())), _FEW):
        sims.update(row[0] for row in session.connection().execute(select(Sim.id).where(Sim.line_id.in_(batch))))
    return sims
