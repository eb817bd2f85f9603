"""What the rules look at, in one wide SELECT and a few small ones; never one query per device."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.lean import lean_columns
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
from fleet.queries.apple import AppleLists
from fleet.queries.tenants import batches

_ENROLLER = aliased(Person)
_FACTS: Any = (
    select(
        Device.id, Device.organisation_id, Device.kind, Device.ownership, Device.status, Device.status_since, Device.serial,
        Device.imei, Device.asset_tag, Device.model_id, Device.warranty_until,
        # holder
        Assignment.person_id, Person.upn, Person.state, Person.left_on,
        (Assignment.id.is_not(None) & Assignment.person_id.is_(None)),
        Assignment.issued_on, Assignment.due_on,
        # newest enrolment
        Enrolment.intune_id, Enrolment.tenant_id, Enrolment.tenant_id.label("tenant_owner"), Enrolment.upn,
        _ENROLLER.id, Enrolment.enrolled_at,
        Enrolment.last_seen, Enrolment.ownership, Enrolment.supervised, Enrolment.encrypted, Enrolment.jailbroken,
        Enrolment.compliance, Enrolment.grace_until, Enrolment.os_version, Enrolment.management_state,
        Enrolment.enrolment_type, Enrolment.device_name, Enrolment.category, Enrolment.user_id,
        Enrolment.primary_user_id, Enrolment.iccid, Sim.device_id,
        # how it stands
        Enrolment.closed_at, Enrolment.missing_since, Enrolment.missing_runs,
    )
    .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
    .outerjoin(Person, Person.id == Assignment.person_id)
    .outerjoin(Enrolment, Enrolment.id == Device.enrolment_id)
    .outerjoin(_ENROLLER, (_ENROLLER.tenant_id == Enrolment.tenant_id) & (_ENROLLER.entra_id == Enrolment.user_id))
    .outerjoin(Sim, Sim.iccid == Enrolment.iccid)
    .order_by(Device.id)
)  # fmt: skip

_FIELDS = DeviceFact._fields
_SIM_IN = _FIELDS.index("iccid_recorded_in")
_SELECTED = _SIM_IN + 1
"""So many fields of a fact come straight from the statement; then come closed_at, missing_since and missing_runs."""
_INTUNE_ID, _TENANT = _FIELDS.index("intune_id"), _FIELDS.index("tenant")
_USERS = _FIELDS.index("enrolled_user_id"), _FIELDS.index("primary_user_id")
_UPN, _PERSON = _FIELDS.index("enrolled_upn"), _FIELDS.index("enrolled_person_id")
_CHUNK = 500
"""Rows whose facts are made at once: more do not stay in the processor's cache from one column to the next."""
_FEW = 1_000
"""So many devices are asked for by id at a time."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is known of few devices and is looked up beside the wide SELECT, by device id or UPN."""

    names: Mapping[int, Mapping[int, str]]
    """Position in the statement -> what the ids in that column stand for: of few things, so not joined."""
    several_open: dict[int, tuple[int, int]]
    registrations: dict[int, tuple[str, Any]]
    incidents: dict[int, Any]
    people_by_upn: dict[str, int]
    several_held: dict[int, str]


def device_facts(
    session: Session, *, organisation_id: int | None = None, tenant_id: int | None = None
) -> Iterator[DeviceFact]:
    """Facts of all devices, or of those that an organisation owns or a tenant has enrolled."""
    statement: Any = _FACTS
    if organisation_id is not None:
        concerned = [Device.organisation_id == organisation_id]
        if tenant_id is not None:
            concerned.append(Enrolment.tenant_id == tenant_id)
            guest = aliased(Enrolment)
            concerned.append(
                Device.id.in_(select(guest.device_id).where(guest.tenant_id == tenant_id, guest.closed_at.is_(None)))
            )
        statement = statement.where(or_(*concerned))
    facts = _read(session, statement, _beside(session, _names(session), None))
    lists = AppleLists.read(session)
    yield from facts if lists is None else lists.tell(facts, organisation_id)


def facts_of(session: Session, device_ids: Collection[int]) -> Iterator[DeviceFact]:
    """Facts of a few devices, without a look at the others: what a person's command needs."""
    names, lists = _names(session), AppleLists.read(session)
    for batch in batches(sorted(device_ids), _FEW):
        facts = _read(session, _FACTS.where(Device.id.in_(batch)), _beside(session, names, batch))
        yield from facts if lists is None else lists.tell_few(facts)


def _read(session: Session, statement: Any, beside: _Beside) -> Iterator[DeviceFact]:
    for columns in lean_columns(session.connection(), statement, _CHUNK):
        lenders = _lenders(session, columns[0], columns[_SIM_IN])
        yield from _facts(columns, beside, lenders, _primary_users(session, columns))


def _beside(session: Session, names: Mapping[int, Mapping[int, str]], only: Sequence[int] | None) -> _Beside:
    return _Beside(
        names,
        _several_open(session, only),
        _registrations(session, only),
        _incidents(session, only),
        _people_without_account(session, only),
        several_held(session, only),
    )


def _facts(
    columns: list[Sequence[Any]], beside: _Beside, lenders: Mapping[int, str], primary: Mapping[int, str]
) -> list[DeviceFact]:
    """The facts of a chunk, built column by column: 200,000 rows a night pass through here."""
    for position, names in beside.names.items():
        columns[position] = list(map(names.get, columns[position]))
    ids, intune_ids = columns[0], columns[_INTUNE_ID]
    closed_at, missing_since, missing_runs = columns[_SELECTED:]
    here = [intune_id is not None and closed is None for intune_id, closed in zip(intune_ids, closed_at, strict=True)]
    _forget(columns, [place for place, enrolled in enumerate(here) if not enrolled])
    if unlinked := beside.people_by_upn:
        pairs = zip(columns[_PERSON], columns[_UPN], strict=True)
        columns[_PERSON] = [unlinked.get(upn) if person is None else person for person, upn in pairs]
    alone = {True: (1, 1), False: (0, 0)}
    several, registrations = beside.several_open.get, beside.registrations.get
    counts = [several(one, alone[enrolled]) for one, enrolled in zip(ids, here, strict=True)]
    own = [registrations(one, (None, None)) for one in ids]
    primary_upns = [primary.get(one) if enrolled else None for one, enrolled in zip(ids, here, strict=True)]
    made = zip(
        *columns[:_SELECTED],
        *zip(*counts, strict=True),
        [one is not None for one in intune_ids],
        missing_since,
        [one or 0 for one in missing_runs],
        *zip(*own, strict=True),
        map(beside.incidents.get, ids),
        map(lenders.get, columns[_SIM_IN]),
        primary_upns,
        map(beside.several_held.get, ids),
        repeat(None, len(ids)),
        strict=True,
    )
    return list(map(DeviceFact._make, made))


def _forget(columns: list[Sequence[Any]], places: Sequence[int]) -> None:
    """Blank what is known of an enrolment where it is not open."""
    for position in range(_INTUNE_ID, _SELECTED) if places else ():
        column = columns[position] = list(columns[position])
        for place in places:
            column[place] = None


def _names(session: Session) -> Mapping[int, Mapping[int, str]]:
    connection = session.connection()
    organisations = {row[0]: row[1] for row in connection.execute(select(Organisation.id, Organisation.key))}
    models = {row[0]: row[1] for row in connection.execute(select(DeviceModel.id, DeviceModel.name))}
    tenants = connection.execute(select(Tenant.id, Tenant.key, Tenant.organisation_id)).all()
    return {
        _FIELDS.index("organisation"): organisations,
        _FIELDS.index("model"): models,
        _TENANT: {row[0]: row[1] for row in tenants},
        _TENANT + 1: {row[0]: organisations[row[2]] for row in tenants},
    }


def _lenders(session: Session, ids: Sequence[int], recorded_in: Sequence[int | None]) -> dict[int, str]:
    """What the devices are called in which the register has SIMs that Intune sees in others; mostly there are none."""
    others = {there for here, there in zip(ids, recorded_in, strict=True) if there is not None and there != here}
    found: dict[int, str] = {}
    for batch in batches(sorted(others), _FEW):
        statement = select(Device.id, func.coalesce(Device.asset_tag, Device.serial)).where(Device.id.in_(batch))
        found |= {row[0]: row[1] for row in session.connection().execute(statement) if row[1] is not None}
    return found


def _primary_users(session: Session, columns: Sequence[Sequence[Any]]) -> dict[int, str]:
    """Device -> address of the primary user, where that is another account than the enrolling one; mostly there are none."""
    enrolling, primary = _USERS
    others = {
        device: user
        for device, user, by in zip(columns[0], columns[primary], columns[enrolling], strict=True)
        if user is not None and by is not None and user != by
    }
    known: dict[str, str] = {}
    for batch in batches(sorted(set(others.values())), _FEW):
        rows = session.connection().execute(select(Person.entra_id, Person.upn).where(Person.entra_id.in_(batch)))
        known |= {row[0]: row[1] for row in rows if row[0] and row[1]}
    return {device: known[user] for device, user in others.items() if user in known}


def several_held(session: Session, only: Sequence[int] | None) -> dict[int, str]:
    """Device -> what else of its kind its holder has had for longer; mostly there is none. Loans do not count."""
    for_good = (Assignment.returned_on.is_(None), Assignment.kind == "permanent", Assignment.person_id.is_not(None))
    apple = Device.kind.in_(("ipad", "iphone"))
    several = (
        select(Assignment.person_id, Device.kind)
        .join(Device, Device.id == Assignment.device_id)
        .where(*for_good, apple)
        .group_by(Assignment.person_id, Device.kind)
        .having(func.count() > 1)
    )
    if only is not None:
        holders = select(Assignment.person_id).where(Assignment.device_id.in_(only), Assignment.returned_on.is_(None))
        several = several.where(Assignment.person_id.in_(holders))
    people = {row[0] for row in session.connection().execute(several) if row[0] is not None}
    held: dict[tuple[int, str], list[Any]] = {}
    for batch in batches(sorted(people), _FEW):
        rows = session.connection().execute(
            select(Assignment.person_id, Device.kind, Device.id, func.coalesce(Device.asset_tag, Device.serial))
            .join(Device, Device.id == Assignment.device_id)
            .where(*for_good, apple, Assignment.person_id.in_(batch))
            .order_by(Assignment.issued_on, Device.id)
        )
        for person_id, kind, device_id, name in rows:
            held.setdefault((person_id or 0, kind), []).append((device_id, name or "a device without tag"))
    return {
        one[0]: ", ".join(name for _, name in mine[:place])
        for mine in held.values()
        for place, one in enumerate(mine)
        if place > 0
    }


def _of(statement: Any, column: Any, only: Sequence[int] | None) -> Any:
    return statement if only is None else statement.where(column.in_(only))


def _several_open(session: Session, only: Sequence[int] | None) -> dict[int, tuple[int, int]]:
    """Device -> its open enrolments and their tenants, where there are several; asked of those ever enrolled again."""
    number = func.count()
    repeated = select(Enrolment.device_id).group_by(Enrolment.device_id).having(number > 1)
    rows = session.connection().execute(
        select(Enrolment.device_id, number, func.count(distinct(Enrolment.tenant_id)))
        .where(Enrolment.device_id.in_(_of(repeated, Enrolment.device_id, only)), Enrolment.closed_at.is_(None))
        .group_by(Enrolment.device_id)
        .having(number > 1)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _registrations(session: Session, only: Sequence[int] | None) -> dict[int, tuple[str, Any]]:
    statement = (
        select(ByodRegistration.device_id, ByodRegistration.state, ByodRegistration.consent_until)
        .where(ByodRegistration.device_id.is_not(None))
        .order_by(ByodRegistration.requested_on, ByodRegistration.id)
    )
    rows = session.connection().execute(_of(statement, ByodRegistration.device_id, only))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def _incidents(session: Session, only: Sequence[int] | None) -> dict[int, Any]:
    statement = select(Incident.device_id, Incident.occurred_on).where(
        Incident.closed_at.is_(None), Incident.kind.in_(("lost", "stolen"))
    )
    rows = session.connection().execute(_of(statement, Incident.device_id, only))
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _people_without_account(session: Session, only: Sequence[int] | None) -> dict[str, int]:
    """Lower-case UPN -> person, for people whom no directory linked: leavers whose account went first."""
    statement = select(Person.upn, Person.id).where(Person.entra_id.is_(None), Person.upn.is_not(None))
    if only is not None:
        statement = statement.where(Person.upn.in_(select(Enrolment.upn).where(Enrolment.device_id.in_(only))))
    rows = session.connection().execute(statement)
    return {row[0]: row[1] for row in rows if row[0] is not None}
