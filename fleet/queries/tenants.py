"""The register's side of a tenant's sync, read lean: tuples for 200,000 enrolments, details only for what differs."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import (
    ByodRegistration,
    ChainHead,
    Device,
    Enrolment,
    Organisation,
    Person,
    Tenant,
)
from fleet.domain.identifiers import imei_key
from fleet.domain.plan.people import SYNCED
from fleet.domain.plan.recorded import (
    DETAIL,
    OBSERVED,
    DeviceIndex,
    RecordedDevice,
    RecordedEnrolment,
    RecordedPerson,
    RecordedTenant,
)
from fleet.domain.records import ObservedDevice
from fleet.errors import ConfigurationProblem

_BATCH = 5_000
_T = TypeVar("_T")


def tenant_row(session: Session, key: str) -> Any:
    """id, organisation_id, organisation (key), people_delta_link, last_complete_at of a tenant; raises when unknown."""
    row: Any = session.execute(
        select(
            Tenant.id,
            Tenant.organisation_id,
            Organisation.key.label("organisation"),
            Tenant.people_delta_link,
            Tenant.last_complete_at,
        )
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .where(Tenant.key == key)
    ).one_or_none()
    if row is None:
        raise ConfigurationProblem(f"The register does not know a tenant called {key}. Add it to config.toml.")
    return row


def history_head(session: Session) -> str:
    """Hash of the newest event: the same as before means that nobody wrote in between."""
    return session.execute(select(ChainHead.hash)).scalar_one()


def recorded_tenant(session: Session, tenant_id: int, organisation_id: int) -> RecordedTenant:
    """Open enrolments and people of a tenant."""
    fleet_size = session.execute(
        select(func.count()).select_from(Enrolment).where(Enrolment.closed_at.is_(None))
    ).scalar_one()
    rows = session.connection().execute(
        select(
            Enrolment.intune_id, Enrolment.id, Enrolment.device_id, Enrolment.fingerprint, Enrolment.last_seen,
            Enrolment.storage_free, Enrolment.missing_runs, Enrolment.missing_since, Device.ownership == "personal",
        )
        .join(Device, Device.id == Enrolment.device_id)
        .where(Enrolment.tenant_id == tenant_id, Enrolment.closed_at.is_(None))
    )  # fmt: skip
    enrolments = {row[0]: RecordedEnrolment(*row[1:]) for row in rows}
    people, unlinked = _people(session, tenant_id, organisation_id)
    return RecordedTenant(
        organisation_id=organisation_id,
        open_enrolments=enrolments,
        fleet_size=fleet_size,
        organisation_size=len(enrolments),
        people=people,
        unlinked_people=unlinked,
    )


def _people(
    session: Session, tenant_id: int, organisation_id: int
) -> tuple[dict[str, RecordedPerson], list[RecordedPerson]]:
    manager = aliased(Person)
    rows = session.execute(
        select(
            Person.id, Person.entra_id, Person.upn, Person.employee_id, Person.state, Person.left_on, manager.entra_id,
            *(getattr(Person, name) for name in SYNCED),
        )
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(
            Person.erased_at.is_(None),
            or_(Person.tenant_id == tenant_id, and_(Person.organisation_id == organisation_id, Person.entra_id.is_(None))),
        )
    )  # fmt: skip
    people: dict[str, RecordedPerson] = {}
    unlinked: list[RecordedPerson] = []
    row: Any
    for row in rows:
        record: tuple[Any, ...] = (*row[:7], dict(zip(SYNCED, row[7:], strict=True)))
        person = RecordedPerson(*record)
        if person.entra_id is None:
            unlinked.append(person)
        else:
            people[person.entra_id] = person
    return people, unlinked


def full_enrolments(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[Any, ...]]:
    """Recorded values of enrolments in the order of `OBSERVED`."""
    columns = [getattr(Enrolment, name) for name in OBSERVED]
    found: dict[int, tuple[Any, ...]] = {}
    for batch in batches(ids):
        rows = session.connection().execute(select(Enrolment.id, *columns).where(Enrolment.id.in_(batch)))
        found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def device_index(session: Session, unknown: Sequence[ObservedDevice]) -> DeviceIndex:
    """Devices that any of the unknown enrolments might be. Of all organisations: a device may be in the wrong tenant."""
    statement = (
        select(
            Device.id, Device.organisation_id, Device.ownership, Device.kind, Device.serial, Device.imei, Device.imei2,
            Device.asset_tag, Device.model_id, Device.enrolment_id,
            (Enrolment.id.is_not(None) & Enrolment.closed_at.is_(None)), Enrolment.enrolled_at,
        )
        .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
    )  # fmt: skip
    connection = session.connection()
    registrations = _registrations(session, [one.intune_id for one in unknown])
    devices: dict[int, RecordedDevice] = {}
    if len(unknown) > _BATCH:
        devices = {row[0]: RecordedDevice(*row) for row in connection.execute(statement)}
    else:
        serials = [one.serial for one in unknown if one.serial]
        keys = [key for one in unknown if one.imei and (key := imei_key(one.imei))]
        names = [one.device_name for one in unknown if one.device_name]
        for condition in (
            Device.serial.in_(serials),
            func.substr(Device.imei, 1, 14).in_(keys),
            func.substr(Device.imei2, 1, 14).in_(keys),
            Device.asset_tag.in_(names),
            Device.id.in_(list(registrations.values())),
        ):
            devices |= {row[0]: RecordedDevice(*row) for row in connection.execute(statement.where(condition))}
    return DeviceIndex(devices.values(), registrations)


def _registrations(session: Session, intune_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in batches(intune_ids):
        rows = session.execute(
            select(ByodRegistration.intune_id, ByodRegistration.device_id).where(
                ByodRegistration.intune_id.in_(batch), ByodRegistration.device_id.is_not(None)
            )
        )
        found |= {row[0]: row[1] for row in rows if row[0] and row[1]}
    return found


def recorded_details(session: Session, tenant_id: int, intune_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Intune id -> (enrolment id, *DETAIL, primary_user_id) of open enrolments."""
    columns = [getattr(Enrolment, name) for name in DETAIL]
    found: dict[str, tuple[Any, ...]] = {}
    for batch in batches(intune_ids):
        rows = session.connection().execute(
            select(Enrolment.intune_id, Enrolment.id, *columns, Enrolment.primary_user_id).where(
                Enrolment.tenant_id == tenant_id, Enrolment.closed_at.is_(None), Enrolment.intune_id.in_(batch)
            )
        )
        found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def last_details(session: Session, tenant_id: int) -> dict[str, tuple[Any, Any]]:
    """Intune id -> (when its details were last read, fingerprint of the list record then stored)."""
    rows = session.connection().execute(
        select(Enrolment.intune_id, Enrolment.enriched_at, Enrolment.fingerprint).where(
            Enrolment.tenant_id == tenant_id, Enrolment.closed_at.is_(None)
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def batches(values: Iterable[_T], size: int = _BATCH) -> Iterable[list[_T]]:
    """Lists of at most `size`: databases limit the number of parameters."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
