"""Small builders in words: what a test needs to say about a register, and nothing else.

Rows go in through `Database.transaction`, as any command's do, so their history is there too.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fleet.config import TenantConfig
from fleet.database import Database
from fleet.database.models import (
    Assignment,
    Device,
    DeviceModel,
    Enrolment,
    Line,
    Model,
    Organisation,
    Person,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.domain.records import ObservedDevice, ObservedPerson, ObservedTenant

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ACTOR = "asha.penrose"
_NUMBERS = count(1)


# --- rows of the register -----------------------------------------------------------------------------------


def write(database: Database, *rows: Model, now: datetime = NOW, action: str = "test.write") -> None:
    """Put rows into the register under one event."""
    with database.transaction(actor=ACTOR, action=action, now=now) as session:
        session.add_all(rows)


def an_organisation(database: Database, key: str = "northbridge") -> int:
    """An organisation; returns its id."""
    row = Organisation(key=key, name=f"{key.title()} Council")
    write(database, row)
    return row.id


def a_tenant(database: Database, organisation_id: int, key: str = "northbridge") -> int:
    """A Microsoft tenant of an organisation; returns its id."""
    row = Tenant(key=key, organisation_id=organisation_id, tenant_guid=f"guid-of-{key}")
    write(database, row)
    return row.id


def a_site(database: Database, organisation_id: int, name: str = "Town Hall") -> int:
    """A place; returns its id."""
    row = Site(organisation_id=organisation_id, name=name)
    write(database, row)
    return row.id


def a_team(database: Database, organisation_id: int, name: str = "Adult Care") -> int:
    """A service area; returns its id."""
    row = Team(organisation_id=organisation_id, name=name)
    write(database, row)
    return row.id


def a_model(database: Database, name: str = "iPad (10th generation)", kind: str = "ipad") -> int:
    """A model by its marketing name; returns its id."""
    row = DeviceModel(name=name, kind=kind)
    write(database, row)
    return row.id


def a_person(database: Database, organisation_id: int, display_name: str = "Bryn Hale", **values: Any) -> int:
    """A member of staff; returns the id."""
    row = Person(organisation_id=organisation_id, display_name=display_name, **values)
    write(database, row)
    return row.id


def a_device(database: Database, organisation_id: int, **values: Any) -> int:
    """An iPad in stock unless told otherwise; returns its id."""
    row = Device(**{"organisation_id": organisation_id, "kind": "ipad", "status": "in_stock", **values})
    write(database, row)
    return row.id


def an_assignment(database: Database, organisation_id: int, device_id: int, **values: Any) -> int:
    """A device issued today for good unless told otherwise; returns the id of the assignment."""
    row = Assignment(**{"organisation_id": organisation_id, "device_id": device_id, "issued_on": TODAY, **values})
    write(database, row)
    return row.id


def an_enrolment(database: Database, organisation_id: int, tenant_id: int, device_id: int, **values: Any) -> int:
    """An open enrolment that the device points to; returns its id."""
    known = {"intune_id": f"intune-{next(_NUMBERS)}", "opened_at": NOW - timedelta(days=30), **values}
    row = Enrolment(organisation_id=organisation_id, tenant_id=tenant_id, device_id=device_id, **known)
    with database.transaction(actor=ACTOR, action="test.enrol", now=NOW) as session:
        session.add(row)
        session.flush()
        session.get_one(Device, device_id).enrolment_id = row.id
    return row.id


def a_line(database: Database, organisation_id: int, number: str | None = "+447700900123") -> int:
    """A phone number; returns its id."""
    row = Line(organisation_id=organisation_id, number=number)
    write(database, row)
    return row.id


def a_sim(database: Database, organisation_id: int, iccid: str = "8944100000000000017", **values: Any) -> int:
    """A SIM card; returns its id."""
    row = Sim(organisation_id=organisation_id, iccid=iccid, **values)
    write(database, row)
    return row.id


def change(database: Database, kind: type[Model], row_id: int, *, now: datetime = NOW, **values: Any) -> None:
    """Set fields of one row, as a command would."""
    with database.transaction(actor=ACTOR, action="test.change", now=now) as session:
        row = session.get_one(kind, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def remove(database: Database, kind: type[Model], row_id: int) -> None:
    """Delete one row, as an undo would."""
    with database.transaction(actor=ACTOR, action="test.remove", now=NOW) as session:
        session.delete(session.get_one(kind, row_id))


def value(database: Database, column: Any, row_id: int) -> Any:
    """One value of one row."""
    with database.read() as session:
        return session.execute(select(column).where(column.class_.id == row_id)).scalar_one()


def dump(database: Database, *, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the register, table by table, in a form that compares equal only when every byte is."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(
                map(tuple, connection.execute(select(table)).fetchall()), key=_by_primary_key[table.name]
            )
            for table in Model.metadata.sorted_tables
            if table.name not in without
        }


_by_primary_key = {
    table.name: itemgetter(*(at for at, column in enumerate(table.columns) if column.primary_key))
    for table in Model.metadata.sorted_tables
}


def count_rows(session: Session, table: str) -> int:
    """How many rows a table has, counted below the walls."""
    found: int = session.connection().execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
    return found


# --- what a source said --------------------------------------------------------------------------------------


def an_observed_device(number: int = 1, **values: Any) -> ObservedDevice:
    """An iPad as Intune describes it; `number` makes it another one."""
    known: dict[str, Any] = {
        "intune_id": f"intune-{number:04d}",
        "serial": f"DMPX{number:06d}",
        "imei": f"35209900{number:06d}0",
        "device_name": f"iPad {number}",
        "model": "iPad (10th generation)",
        "manufacturer": "Apple",
        "platform": "iPadOS",
        "os_version": "26.1",
        "ownership": "company",
        "compliance": "compliant",
        "supervised": True,
        "enrolled_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "user_id": f"user-{number:04d}",
        "upn": f"person{number}@northbridge.example",
        "last_seen": NOW - timedelta(hours=5),
        "storage_free": 20_000_000_000,
    }
    return ObservedDevice(**(known | values))


def an_observed_person(number: int = 1, **values: Any) -> ObservedPerson:
    """A member of staff as the directory describes them."""
    known: dict[str, Any] = {
        "entra_id": f"user-{number:04d}",
        "upn": f"person{number}@northbridge.example",
        "display_name": f"Person {number}",
        "employee_id": f"E{number:05d}",
        "account_enabled": True,
    }
    return ObservedPerson(**(known | values))


def a_night(devices: int = 3, people: int = 3, **values: Any) -> ObservedTenant:
    """One complete read of the tenant `northbridge`."""
    known: dict[str, Any] = {
        "tenant": "northbridge",
        "read_at": NOW,
        "devices": [an_observed_device(number) for number in range(1, devices + 1)],
        "people": [an_observed_person(number) for number in range(1, people + 1)],
        "people_delta_link": "https://graph.example/delta?token=1",
    }
    return ObservedTenant(**(known | values))


def a_tenant_config(key: str = "northbridge", organisation: str = "northbridge") -> TenantConfig:
    """A tenant as config.toml names it."""
    return TenantConfig(key=key, organisation=organisation, tenant_id=f"guid-of-{key}", client_id="client")


def only_differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Names of the tables in which two dumps differ."""
    return {name for name in before if before[name] != after[name]}
