"""Registers to measure on: what a council had recorded before its first sync, and a past with many changes."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from fleet.commands.apply_plan.devices import ensure_models
from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded
from fleet.database import Database
from fleet.database.models import Assignment, Device, Enrolment, Organisation, Person, Site
from fleet.domain.plan.devices import kind_of
from tests.bench.limit import addresses_read
from tests.bench.tenant import NOW

ISSUED_ON = date(2026, 3, 2)
_DEVICE = ("organisation_id", "kind", "ownership", "status", "status_since", "model_id", "serial", "asset_tag", "hay")
_ASSIGNMENT = ("organisation_id", "device_id", "person_id", "kind", "issued_on")


def record_devices(database: Database, home: Path) -> None:
    """Every device of the tenant with a serial, with tag and model, issued to whoever enrolled it, else in stock."""
    listed = [row for page in addresses_read(home) for row in page]
    ours = [row for row in listed if row["serialNumber"] and row["managedDeviceOwnerType"] != "personal"]
    with database.transaction(actor="bench", action="bench.record", now=NOW - timedelta(days=1)) as session:
        owner = session.execute(select(Organisation.id)).scalar_one()
        people: dict[Any, int] = {
            row[0]: row[1] for row in session.execute(select(Person.entra_id, Person.id)) if row[0] is not None
        }
        models = ensure_models(session, {row["model"]: ("Apple", kind_of(row["model"], None)) for row in ours})
        holders = [people.get(row["userId"]) for row in ours]
        rows = [
            (owner, kind_of(row["model"], None), "organisation", "issued" if holder else "in_stock", ISSUED_ON,
             models[row["model"]], row["serialNumber"], f"NB{number:07d}", "")
            for number, (row, holder) in enumerate(zip(ours, holders, strict=True))
        ]  # fmt: skip
        ids = insert_recorded(session, Device, _DEVICE, rows, organisation_id=owner)
        issued = [
            (owner, one, holder, "permanent", ISSUED_ON) for one, holder in zip(ids, holders, strict=True) if holder
        ]
        insert_recorded(session, Assignment, _ASSIGNMENT, issued, organisation_id=owner)


def change_everything(database: Database, now: datetime, version: str) -> None:
    """One event that gives every open enrolment another OS version."""
    with database.transaction(actor="bench", action="bench.age", now=now) as session:
        owner = session.execute(select(Organisation.id)).scalar_one()
        held = session.execute(select(Enrolment.id, Enrolment.os_version).where(Enrolment.closed_at.is_(None)))
        edits = [Edit(one, {"os_version": before}, {"os_version": version}) for one, before in held]
        update_recorded(session, Enrolment, edits, organisation_id=owner)


def scanned_stock(home: Path, number: int, place: str) -> list[str]:
    """Serials of so many devices in stock, as a scanner gives them; the register gets a site of that name."""
    with (
        Database(f"sqlite:///{home / 'fleet.db'}") as database,
        database.transaction(actor="bench", action="bench.record", now=NOW) as session,
    ):
        owner = session.execute(select(Organisation.id)).scalar_one()
        if session.execute(select(Site.id).where(Site.name == place)).scalar_one_or_none() is None:
            session.add(Site(organisation_id=owner, name=place))
        free = select(Device.serial).where(Device.status == "in_stock", Device.serial.is_not(None)).limit(number)
        return [str(one) for one in session.execute(free).scalars()]
