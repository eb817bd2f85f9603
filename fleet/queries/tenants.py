"""The register's side of a tenant's sync, read lean: tuples for 200,000 enrolments, details only for what differs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from sys import intern
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.lean import lean_columns
from fleet.database.models import (
    ByodRegistration,
    ChainHead,
    Device,
    Enrolment,
    Organisation,
    Person,
    Tenant,
)
from fleet.domain.drafts import records_of
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

_OWNERSHIP, _KIND = 2, 3
"""Where a `RecordedDevice` has them."""
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
            Tenant.audit_read_to,
        )
        .join(Organisation, Organisation.id == Tenant.organisation_id)
        .where(Tenant.key == key)
    ).one_or_none()
    if row is None:
        raise ConfigurationProblem(f"The register does not know a tenant called {key}. Add it to config.toml.")
    return row


def history_head(session: Session, *, lock: bool = False) -> str:
    """Hash of the newest event: the same as before means that nobody wrote in between. With `lock`, nobody will until
    the transaction ends."""
    statement = select(ChainHead.hash)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one()


def recorded_tenant(session: Session, tenant_id: int, organisation_id: int) -> RecordedTenant:
    """Open enrolments of a tenant, and how many people it has; `add_people` fills those in."""
    fleet_size = session.execute(
        select(func.count()).select_from(Enrolment).where(Enrolment.closed_at.is_(None))
    ).scalar_one()
    statement = (
        select(
            Enrolment.intune_id, Enrolment.id, Enrolment.device_id, Enrolment.fingerprint, Enrolment.last_seen,
            Enrolment.storage_free, Enrolment.missing_runs, Enrolment.missing_since, Device.ownership == "personal",
            Enrolment.enriched_at,
        )
        .join(Device, Device.id == Enrolment.device_id)
        .where(Enrolment.tenant_id == tenant_id, Enrolment.closed_at.is_(None))
    )  # fmt: skip
    enrolments: dict[str, RecordedEnrolment] = {}
    for intune_ids, *columns in lean_columns(session.connection(), statement):
        enrolments.update(zip(intune_ids, records_of(RecordedEnrolment, columns), strict=True))
    return RecordedTenant(
        organisation_id=organisation_id,
        open_enrolments=enrolments,
        fleet_size=fleet_size,
        organisation_size=len(enrolments),
        people_size=_people_size(session, tenant_id),
    )


def add_people(session: Session, recorded: RecordedTenant, tenant_id: int, only: Collection[str] | None = None) -> None:
    """Fill in the people of a tenant: everybody, or those with these Entra ids and whoever has no account yet."""
    recorded.people, recorded.unlinked_people = {}, []
    if only is None:
        _add_people(session, recorded, and_(Person.tenant_id == tenant_id, Person.entra_id.is_not(None)))
    for batch in batches(only or ()):
        _add_people(session, recorded, and_(Person.tenant_id == tenant_id, Person.entra_id.in_(batch)))
    if only is None or only:
        here = or_(Person.tenant_id == tenant_id, Person.organisation_id == recorded.organisation_id)
        _add_people(session, recorded, and_(here, Person.entra_id.is_(None)))


def _people_size(session: Session, tenant_id: int) -> int:
    return session.execute(
        select(func.count()).select_from(Person).where(
            Person.tenant_id == tenant_id, Person.entra_id.is_not(None), Person.state != "left", Person.erased_at.is_(None)
        )
    ).scalar_one()  # fmt: skip


def _add_people(session: Session, recorded: RecordedTenant, wanted: ColumnElement[bool]) -> None:
    manager = aliased(Person)
    rows = session.execute(
        select(
            Person.id, Person.entra_id, Person.upn, Person.employee_id, Person.state, Person.left_on, manager.entra_id,
            *(getattr(Person, name) for name in SYNCED),
        )
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(Person.erased_at.is_(None), wanted)
    )  # fmt: skip
    row: Any
    for row in rows:
        record: tuple[Any, ...] = (*row[:7], dict(zip(SYNCED, row[7:], strict=True)))
        person = RecordedPerson(*record)
        if person.entra_id is not None:
            recorded.people[person.entra_id] = person
        else:
            recorded.unlinked_people.append(person)


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
        .select_from(Device)
        .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
    )  # fmt: skip
    connection = session.connection()
    many = len(unknown) > _BATCH  # Then reading everything costs less than asking for each.
    registrations = _registrations(session, None if many else [one.intune_id for one in unknown])
    if many:
        return DeviceIndex(_records(lean_columns(connection, statement)), registrations)
    devices: dict[int, RecordedDevice] = {}
    serials = [one.serial for one in unknown if one.serial]
    keys = [key for one in unknown if one.imei and (key := imei_key(one.imei))]
    names = [one.device_name.upper() for one in unknown if one.device_name]
    for condition in (
        Device.serial.in_(serials),
        func.substr(Device.imei, 1, 14).in_(keys),
        func.substr(Device.imei2, 1, 14).in_(keys),
        func.upper(Device.asset_tag).in_(names),
        Device.id.in_(list(registrations.values())),
    ):
        devices |= {row[0]: RecordedDevice(*row) for row in connection.execute(statement.where(condition))}
    return DeviceIndex(devices.values(), registrations)


def _records(chunks: Iterable[list[Sequence[Any]]]) -> Iterator[RecordedDevice]:
    """The devices of all, in which words that all share are kept once."""
    for columns in chunks:
        for at in (_OWNERSHIP, _KIND):
            columns[at] = list(map(intern, columns[at]))
        yield from records_of(RecordedDevice, columns)


def _registrations(session: Session, intune_ids: Sequence[str] | None) -> dict[str, int]:
    """Intune id -> own device, by its registration; None for all there are."""
    statement = select(ByodRegistration.intune_id, ByodRegistration.device_id).where(
        ByodRegistration.intune_id.is_not(None), ByodRegistration.device_id.is_not(None)
    )
    if intune_ids is None:
        return {row[0]: row[1] for row in session.execute(statement)}  # type: ignore[misc]
    found: dict[str, int] = {}
    for batch in batches(intune_ids):
        found |= {row[0]: row[1] for row in session.execute(statement.where(ByodRegistration.intune_id.in_(batch)))}  # type: ignore[misc]
    return found


def names_of_enrolments(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """What people call the devices of enrolments."""
    found: dict[int, str] = {}
    for batch in batches(ids):
        rows = session.execute(
            select(Enrolment.id, func.coalesce(Device.asset_tag, Device.serial, "own device"))
            .join(Device, Device.id == Enrolment.device_id)
            .where(Enrolment.id.in_(batch))
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def recorded_details(session: Session, tenant_id: int, intune_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Intune id -> (enrolment id, *DETAIL, primary_user_id) of open enrolments, but for people's own devices: what their
    details say is not ours to keep, whatever Intune calls them."""
    columns = [getattr(Enrolment, name) for name in DETAIL]
    found: dict[str, tuple[Any, ...]] = {}
    for batch in batches(intune_ids):
        rows = session.connection().execute(
            select(Enrolment.intune_id, Enrolment.id, *columns, Enrolment.primary_user_id)
            .join(Device, Device.id == Enrolment.device_id)
            .where(
                Enrolment.tenant_id == tenant_id,
                Enrolment.closed_at.is_(None),
                Enrolment.intune_id.in_(batch),
                Device.ownership == "organisation",
            )
        )
        found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def batches(values: Iterable[_T], size: int = _BATCH) -> Iterable[list[_T]]:
    """Lists of at most `size`: databases limit the number of parameters."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
