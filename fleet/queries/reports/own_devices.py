"""The register of personal devices: who may use one for work, since when and until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import end_of_day
from fleet.database.models import (
    AppDevice,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Organisation,
    Person,
    Team,
)
from fleet.queries.past import Then, rows_then


@dataclass(frozen=True, slots=True)
class OwnDeviceRow:
    """One registration, or a device with work apps that has none: as little as answers the question."""

    id: int
    organisation: str
    person_id: int
    person: str
    team: str | None
    kind: str | None
    model: str | None
    os_version: str | None
    state: str
    requested_on: date | None
    approved_by: str | None
    approved_on: date | None
    terms_version: str | None
    consent_on: date | None
    consent_until: date | None
    ended_on: date | None
    enrolled: bool
    device_id: int | None
    apps_only: bool = False
    """Whether work apps are on it that is not enrolled."""


UNAPPROVED = "unapproved"
_THEN = ("state", "approved_by", "approved_on", "terms_version", "consent_on", "consent_until", "ended_on")


def own_devices(session: Session, day: date, *, past: bool) -> Iterator[OwnDeviceRow]:
    """Registrations by person; of a day gone by, those asked for by then, as they were. Teams and OS versions are today's.

    Today's also have the devices with work apps that nobody approved, in the state `unapproved` and with a negative id.
    """
    apps = {} if past else _apps(session)
    rows: Any = session.execute(
        select(
            ByodRegistration.id, Organisation.key, Person.id, Person.display_name, Team.name, Device.kind, DeviceModel.name,
            Enrolment.os_version, ByodRegistration.requested_on, Enrolment.id, ByodRegistration.device_id,
            *(getattr(ByodRegistration, name) for name in _THEN),
        )
        .join(Organisation, Organisation.id == ByodRegistration.organisation_id)
        .join(Person, Person.id == ByodRegistration.person_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(Device, Device.id == ByodRegistration.device_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Enrolment, (Enrolment.id == Device.enrolment_id) & Enrolment.closed_at.is_(None))
        .where(ByodRegistration.requested_on <= day, Person.erased_at.is_(None))
        .order_by(Organisation.key, Person.display_name, ByodRegistration.id)
    ).all()  # fmt: skip
    then = _as_at(session, day) if past else None
    for number, owner, person_id, person, team, kind, model, version, requested, enrolment, device_id, *facts in rows:
        values = dict(zip(_THEN, facts, strict=True))
        if then is not None:
            if number in then.made_later:
                continue
            values = dict(zip(_THEN, then.by_id(*_THEN)[number], strict=True))
        held = apps.get(person_id) if enrolment is None and values["state"] in ("approved", "enrolled") else None
        app = held.pop(0) if held else None
        yield OwnDeviceRow(
            id=number, organisation=owner, person_id=person_id, person=person, team=team, kind=app[2] if app else kind,
            model=model, os_version=app[3] if app else version, requested_on=requested, enrolled=enrolment is not None,
            device_id=device_id, apps_only=app is not None, **values,
        )  # fmt: skip
    nothing: dict[str, Any] = dict.fromkeys(_THEN[1:])
    for person_id, rest in apps.items():
        for number, owner, kind, version, person, team in rest:
            yield OwnDeviceRow(
                id=-number, organisation=owner, person_id=person_id, person=person, team=team, kind=kind, model=None,
                os_version=version, requested_on=None, enrolled=False, device_id=None, apps_only=True, state=UNAPPROVED,
                **nothing,
            )  # fmt: skip


def _apps(session: Session) -> dict[int, list[Any]]:
    """Person -> (id, organisation, kind, OS version, name, team) of the devices that only have work apps; 0 for accounts
    that nobody knows."""
    rows: Any = session.execute(
        select(
            Person.id, AppDevice.id, Organisation.key, AppDevice.kind, AppDevice.os_version,
            func.coalesce(Person.display_name, "an account nobody knows"), Team.name,
        )
        .select_from(AppDevice)
        .join(Organisation, Organisation.id == AppDevice.organisation_id)
        .outerjoin(Person, (Person.tenant_id == AppDevice.tenant_id) & (Person.entra_id == AppDevice.user_id))
        .outerjoin(Team, Team.id == Person.team_id)
        .where(Person.erased_at.is_(None))
        .order_by(Organisation.key, Person.display_name, AppDevice.last_seen.desc(), AppDevice.id)
    ).all()  # fmt: skip
    found: dict[int, list[Any]] = {}
    for person_id, *rest in rows:
        found.setdefault(person_id or 0, []).append(rest)
    return found


def _as_at(session: Session, day: date) -> Then:
    return rows_then(session, end_of_day(day), {ByodRegistration: _THEN})[ByodRegistration]
