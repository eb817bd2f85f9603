"""What the rules look at, in one wide SELECT and a few small ones; never one query per device."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Incident,
    Organisation,
    Person,
    Sim,
    Tenant,
)
from fleet.domain.facts import DeviceFact

_OWNER = aliased(Organisation)
_TENANT_OWNER = aliased(Organisation)
_ENROLLER = aliased(Person)
_FACTS: Any = (
    select(
        Device.id, _OWNER.key, Device.kind, Device.ownership, Device.status, Device.status_since, Device.serial,
        Device.imei, Device.asset_tag, DeviceModel.name,
        # holder
        Assignment.person_id, Person.upn, Person.state, Person.left_on,
        (Assignment.id.is_not(None) & Assignment.person_id.is_(None)),
        Assignment.issued_on, Assignment.due_on,
        # newest enrolment
        Enrolment.intune_id, Tenant.key, _TENANT_OWNER.key, Enrolment.upn, _ENROLLER.id, Enrolment.enrolled_at,
        Enrolment.last_seen, Enrolment.ownership, Enrolment.supervised, Enrolment.encrypted, Enrolment.jailbroken,
        Enrolment.compliance, Enrolment.grace_until, Enrolment.os_version, Enrolment.management_state,
        Enrolment.enrolment_type, Enrolment.iccid, Sim.device_id,
        # how it stands
        Enrolment.closed_at, Enrolment.missing_since, Enrolment.missing_runs,
    )
    .join(_OWNER, _OWNER.id == Device.organisation_id)
    .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
    .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
    .outerjoin(Person, Person.id == Assignment.person_id)
    .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
    .outerjoin(Tenant, Tenant.id == Enrolment.tenant_id)
    .outerjoin(_TENANT_OWNER, _TENANT_OWNER.id == Tenant.organisation_id)
    .outerjoin(_ENROLLER, (_ENROLLER.tenant_id == Enrolment.tenant_id) & (_ENROLLER.entra_id == Enrolment.user_id))
    .outerjoin(Sim, Sim.iccid == Enrolment.iccid)
    .order_by(Device.id)
)  # fmt: skip

_ENROLMENT_FIRST, _ENROLMENT_LAST = 17, 34
_UPN, _ENROLLER_ID, _ICCID_IN = 20, 21, 34


def device_facts(
    session: Session, *, organisation_id: int | None = None, tenant_id: int | None = None
) -> Iterator[DeviceFact]:
    """Facts of all devices, or of those that an organisation owns or a tenant has enrolled."""
    statement = _FACTS
    if organisation_id is not None:
        concerned = [Device.organisation_id == organisation_id]
        if tenant_id is not None:
            concerned.append(Enrolment.tenant_id == tenant_id)
            guest = aliased(Enrolment)
            concerned.append(
                Device.id.in_(select(guest.device_id).where(guest.tenant_id == tenant_id, guest.closed_at.is_(None)))
            )
        statement = statement.where(or_(*concerned))
    counts = _several_open(session)
    registrations = _registrations(session)
    incidents = _incidents(session)
    by_upn = _people_without_account(session)
    for row in session.connection().execute(statement).yield_per(5_000):
        yield _fact(row, counts, registrations, incidents, by_upn)


def _fact(
    row: Any, counts: dict[int, tuple[int, int]], registrations: Any, incidents: Any, by_upn: dict[str, int]
) -> DeviceFact:
    values: tuple[Any, ...]
    device_id = row[0]
    closed_at, missing_since, missing_runs = row[35:38]
    state, consent_until = registrations.get(device_id, (None, None))
    if closed_at is not None or row[_ENROLMENT_FIRST] is None:
        values = (*row[:_ENROLMENT_FIRST], *([None] * (_ENROLMENT_LAST + 1 - _ENROLMENT_FIRST)))
        opened, tenants = counts.get(device_id, (0, 0))
    else:
        values = row[:35]
        opened, tenants = counts.get(device_id, (1, 1))
        if row[_ENROLLER_ID] is None and row[_UPN] in by_upn:
            values = (*row[:_ENROLLER_ID], by_upn[row[_UPN]], *row[_ENROLLER_ID + 1 : 35])
    ever_enrolled = row[_ENROLMENT_FIRST] is not None
    record: tuple[Any, ...] = (
        *values, opened, tenants, ever_enrolled, missing_since, missing_runs or 0, state, consent_until,
        incidents.get(device_id),
    )  # fmt: skip
    return DeviceFact(*record)


def _several_open(session: Session) -> dict[int, tuple[int, int]]:
    rows = session.connection().execute(
        select(Enrolment.device_id, func.count(), func.count(distinct(Enrolment.tenant_id)))
        .where(Enrolment.closed_at.is_(None))
        .group_by(Enrolment.device_id)
        .having(func.count() > 1)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _registrations(session: Session) -> dict[int, tuple[str, Any]]:
    rows = session.connection().execute(
        select(ByodRegistration.device_id, ByodRegistration.state, ByodRegistration.consent_until)
        .where(ByodRegistration.device_id.is_not(None))
        .order_by(ByodRegistration.requested_on, ByodRegistration.id)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def _incidents(session: Session) -> dict[int, Any]:
    rows = session.connection().execute(
        select(Incident.device_id, Incident.occurred_on).where(
            Incident.closed_at.is_(None), Incident.kind.in_(("lost", "stolen"))
        )
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _people_without_account(session: Session) -> dict[str, int]:
    """Lower-case UPN -> person, for people whom no directory linked: leavers whose account went first."""
    rows = session.connection().execute(
        select(Person.upn, Person.id).where(Person.entra_id.is_(None), Person.upn.is_not(None))
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}
