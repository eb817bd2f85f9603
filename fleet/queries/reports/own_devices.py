"""The register of personal devices: who may use one for work, since when and until when."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

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
from fleet.domain.byod import OVER, UNAPPROVED, Position
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
    refused_by: str | None = None
    refused_on: date | None = None
    ended_because: str | None = None
    upn: str | None = None
    left: bool = False
    """Whether its owner has left."""
    said_kind: str | None = None
    """What its owner said it is, and what it is wanted for."""
    said_model: str | None = None
    said_os: str | None = None
    purpose: str | None = None
    version: int = 1
    """Moves with every change of the registration."""

    @property
    def position(self) -> Position:
        """What is looked at to say what it needs next."""
        return Position(self.state, self.consent_until, self.enrolled, self.apps_only, self.left)

    @property
    def called(self) -> str:
        """What it is, as Intune knows it, else as its owner says."""
        return self.model or self.said_model or _KINDS.get(self.kind or self.said_kind or "", "own device")


_KINDS = {"ipad": "iPad", "iphone": "iPhone"}
_THEN = (
    "state", "approved_by", "approved_on", "terms_version", "consent_on", "consent_until", "ended_on", "refused_by",
    "refused_on", "ended_because",
)  # fmt: skip
_AS_NOW: tuple[Any, ...] = (
    ByodRegistration.said_kind, ByodRegistration.said_model, ByodRegistration.said_os, ByodRegistration.purpose,
    ByodRegistration.version, Person.upn, (Person.state == "left").label("left"),
)  # fmt: skip
"""What is told as it is today, whatever the day."""
_OTHER = aliased(ByodRegistration)
ANOTHERS: Any = (
    select(func.max(_OTHER.id))
    .where(_OTHER.device_id == ByodRegistration.device_id, _OTHER.id != ByodRegistration.id, _OTHER.state.not_in(OVER))
    .correlate(ByodRegistration)
    .scalar_subquery()
)
"""A running registration that has the same device: what an ended one had is not its any more."""


_ROWS: Any = (
    select(
        ByodRegistration.id, Organisation.key, Person.id, Person.display_name, Team.name, Device.kind, DeviceModel.name,
        Enrolment.os_version, ByodRegistration.requested_on, Enrolment.id, ByodRegistration.device_id, ANOTHERS,
        *_AS_NOW, *(getattr(ByodRegistration, name) for name in _THEN),
    )
    .join(Organisation, Organisation.id == ByodRegistration.organisation_id)
    .join(Person, Person.id == ByodRegistration.person_id)
    .outerjoin(Team, Team.id == Person.team_id)
    .outerjoin(Device, Device.id == ByodRegistration.device_id)
    .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
    .outerjoin(Enrolment, (Enrolment.id == Device.enrolment_id) & Enrolment.closed_at.is_(None))
    .where(Person.erased_at.is_(None))
    .order_by(Organisation.key, Person.display_name, ByodRegistration.id)
)  # fmt: skip


def own_devices(
    session: Session, day: date, *, past: bool, ids: Collection[int] | None = None
) -> Iterator[OwnDeviceRow]:
    """Registrations by person; of a day gone by, those asked for by then, as they were. Teams and OS versions are today's.

    Today's also have the devices with work apps that nobody approved, in the state `unapproved` and with a negative id.
    With `ids` there are only those registrations.
    """
    apps = {} if past else _apps(session)
    statement = _ROWS.where(ByodRegistration.requested_on <= day)
    rows = session.execute(statement if ids is None else statement.where(ByodRegistration.id.in_(ids))).all()
    then = _as_at(session, day) if past else None
    facts = then.by_id(*_THEN) if then is not None else {}
    for number, *values in rows:
        if then is None or number not in then.made_later:
            yield _row(number, values, facts.get(number), apps)
    if ids is None:
        yield from _unapproved(apps)


def _row(number: int, values: list[Any], then: tuple[Any, ...] | None, apps: dict[int, list[Any]]) -> OwnDeviceRow:
    """One registration; `then` is what it was on the day, and None for today."""
    owner, person_id, person, team, kind, model, version, requested, enrolment, device_id, others, *rest = values
    now = {column.key: value for column, value in zip(_AS_NOW, rest, strict=False)}
    facts = dict(zip(_THEN, rest[len(_AS_NOW) :] if then is None else then, strict=True))
    held = apps.get(person_id) if enrolment is None and facts["state"] in ("approved", "enrolled") else None
    app = held.pop(0) if held else None
    enrolled = enrolment is not None and (others is None or facts["state"] not in OVER)
    return OwnDeviceRow(
        id=number, organisation=owner, person_id=person_id, person=person, team=team, kind=app[2] if app else kind,
        model=model, os_version=app[3] if app else version, requested_on=requested, enrolled=enrolled,
        device_id=device_id, apps_only=app is not None, **facts, **now,
    )  # fmt: skip


def _unapproved(apps: dict[int, list[Any]]) -> Iterator[OwnDeviceRow]:
    """The devices with work apps that no registration took."""
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
