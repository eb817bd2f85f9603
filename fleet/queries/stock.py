"""Stock and loans: what is there, what is free when, what is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import Assignment, Device, DeviceModel, Organisation, Person, Reservation, Site, Team
from fleet.domain.letters import Digest, gathered

FREE = ("in_stock", "prepared")


@dataclass(frozen=True, slots=True)
class StockRow:
    """How many of a model lie at a site."""

    organisation: str
    site: str | None
    model: str | None
    kind: str
    in_stock: int
    prepared: int
    reserved: int


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A device that is due back."""

    device_id: int
    device: str
    model: str | None
    holder: str
    holder_upn: str | None
    manager: str | None
    manager_upn: str | None
    team: str | None
    organisation: str
    issued_on: date
    due_on: date
    days_over: int
    """Days past the due day; negative before it."""
    holder_id: int | None = None
    """The person; None for a site or team."""
    manager_id: int | None = None


Days = tuple[date, date]
"""From the first to the last of them."""


@dataclass(frozen=True, slots=True)
class FreeRow:
    """A device that can be had on the asked days."""

    device_id: int
    device: str
    model: str | None
    site: str | None
    organisation: str
    days: tuple[Days, ...] = ()
    """On which of the asked days, when it is not all of them."""


def stock(session: Session) -> list[StockRow]:
    """What is in stock by organisation, site and model."""
    reserved = select(Reservation.device_id).where(Reservation.state == "open")
    rows: Any = session.execute(
        select(
            Organisation.key, Site.name, DeviceModel.name, Device.kind,
            func.sum(_one(Device.status == "in_stock")), func.sum(_one(Device.status == "prepared")),
            func.sum(_one(Device.id.in_(reserved))),
        )
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(Site, Site.id == Device.site_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .where(Device.status.in_(FREE), Device.ownership == "organisation")
        .group_by(Organisation.key, Site.name, DeviceModel.name, Device.kind)
        .order_by(Organisation.key, Site.name, DeviceModel.name)
    )  # fmt: skip
    return [StockRow(row[0], row[1], row[2], row[3], *(int(number) for number in row[4:])) for row in rows]


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def loans(session: Session, *, today: date, within: int | None = None, overdue_only: bool = False) -> list[LoanRow]:
    """Open loans by due day: all, those due within so many days, or those overdue."""
    manager = aliased(Person)
    statement: Any = (
        select(
            Device.id, func.coalesce(Device.asset_tag, Device.serial), DeviceModel.name,
            func.coalesce(Person.display_name, Site.name, Team.name), Person.upn, manager.display_name, manager.upn, Team.name,
            Organisation.key, Assignment.issued_on, Assignment.due_on, Person.id, manager.id,
        )
        .join(Device, Device.id == Assignment.device_id)
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .outerjoin(Site, Site.id == Assignment.site_id)
        .outerjoin(Team, Team.id == func.coalesce(Assignment.team_id, Person.team_id))
        .where(Assignment.returned_on.is_(None), Assignment.due_on.is_not(None))
        .order_by(Assignment.due_on, Device.id)
    )  # fmt: skip
    if overdue_only:
        statement = statement.where(Assignment.due_on < today)
    elif within is not None:
        statement = statement.where(Assignment.due_on <= today + timedelta(days=within))
    found: list[tuple[Any, ...]] = [
        (*row[:11], (today - row[10]).days, *row[11:]) for row in session.execute(statement)
    ]
    return [LoanRow(*values) for values in found]


def free_devices(session: Session, *, first: date, last: date, kind: str | None = None) -> list[FreeRow]:
    """Devices in stock that nobody has reserved for any of the days from `first` to `last`."""
    taken = select(Reservation.device_id).where(
        Reservation.state == "open",
        Reservation.from_on <= last,
        (Reservation.until_on.is_(None)) | (Reservation.until_on >= first),
    )
    statement: Any = (
        select(Device.id, func.coalesce(Device.asset_tag, Device.serial), DeviceModel.name, Site.name, Organisation.key)
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Site, Site.id == Device.site_id)
        .where(Device.status.in_(FREE), Device.ownership == "organisation", Device.id.not_in(taken))
        .order_by(Organisation.key, Site.name, DeviceModel.name, Device.asset_tag)
    )
    if kind is not None:
        statement = statement.where(Device.kind == kind)
    return [FreeRow(*row) for row in session.execute(statement)]


def partly_free(session: Session, *, first: date, last: date, today: date, kind: str | None = None) -> list[FreeRow]:
    """Devices that can be had on some of the days from `first` to `last`, with those days.

    What is on loan is free from the day after it is due back; what is overdue is not to be counted on.
    """
    statement: Any = (
        select(
            Device.id, func.coalesce(Device.asset_tag, Device.serial), DeviceModel.name, Site.name, Organisation.key,
            Assignment.due_on,
        )
        .join(Organisation, Organisation.id == Device.organisation_id)
        .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
        .outerjoin(Assignment, and_(Assignment.device_id == Device.id, Assignment.returned_on.is_(None)))
        .outerjoin(Site, Site.id == Device.site_id)
        .where(
            Device.ownership == "organisation",
            or_(Device.status.in_(FREE), and_(Device.status == "issued", Assignment.due_on.between(today, last))),
        )
        .order_by(Organisation.key, Site.name, DeviceModel.name, Device.asset_tag)
    )  # fmt: skip
    if kind is not None:
        statement = statement.where(Device.kind == kind)
    rows: Any = session.execute(statement).all()
    taken = _taken(session, first, last)
    found = []
    for row in rows:
        away = [*taken.get(row[0], ()), *([(date.min, row[5])] if row[5] is not None else [])]
        if days := free_days(first, last, away):
            found.append(FreeRow(row[0], row[1], row[2], row[3], row[4], days))
    return found


def _taken(session: Session, first: date, last: date) -> dict[int, list[Days]]:
    """Device -> the days on which it is kept for somebody, of those asked for."""
    found: dict[int, list[Days]] = {}
    rows = session.execute(
        select(Reservation.device_id, Reservation.from_on, Reservation.until_on).where(
            Reservation.state == "open",
            Reservation.from_on <= last,
            (Reservation.until_on.is_(None)) | (Reservation.until_on >= first),
        )
    )
    for device_id, start, end in rows:
        found.setdefault(device_id, []).append((start, end or date.max))
    return found


def free_days(first: date, last: date, taken: Iterable[Days]) -> tuple[Days, ...]:
    """What is left of the days from `first` to `last` when others are taken, as stretches."""
    free, day = [], first
    for start, end in sorted(taken):
        if start > last:
            break
        if start > day:
            free.append((day, start - _DAY))
        if end >= last:
            return tuple(free)
        day = max(day, end + _DAY)
    return (*free, (day, last))


_DAY = timedelta(days=1)


def digest(rows: Iterable[LoanRow], of: str = "holder") -> list[Digest[LoanRow]]:
    """One digest per `holder` or `manager` instead of a mail per item; loans without a manager come last."""
    if of == "manager":
        return gathered(rows, lambda row: (row.manager_id, row.manager, row.manager_upn))
    return gathered(rows, lambda row: (row.holder_id, row.holder, row.holder_upn))
