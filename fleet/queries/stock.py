"""Stock and loans: what is there, what is free when, what is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from fleet.database.models import Assignment, Device, DeviceModel, Organisation, Person, Reservation, Site, Team

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


@dataclass(frozen=True, slots=True)
class FreeRow:
    """A device that can be had on the asked days."""

    device_id: int
    device: str
    model: str | None
    site: str | None
    organisation: str


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
            Organisation.key, Assignment.issued_on, Assignment.due_on,
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
    found: list[tuple[Any, ...]] = [(*row, (today - row[10]).days) for row in session.execute(statement)]
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


def digest(rows: list[LoanRow]) -> list[tuple[str, str | None, list[LoanRow]]]:
    """One letter per holder instead of one per item: (name, UPN, their loans)."""
    letters: dict[tuple[str, str | None], list[LoanRow]] = {}
    for row in rows:
        letters.setdefault((row.holder, row.holder_upn), []).append(row)
    return [(name, upn, items) for (name, upn), items in sorted(letters.items(), key=lambda item: item[0][0])]
