"""A person with a bundle: what tests of receipts speak about."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fleet.commands.assignments import issue, return_devices
from fleet.commands.receipts import Made, accept, make_for_devices
from fleet.database import Database
from fleet.database.models import Assignment, AssignmentItem
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    an_organisation,
    write,
)


@dataclass(frozen=True)
class Bundle:
    """Two iPads, the first with a SIM and accessories, at one person."""

    database: Database
    organisation: int
    person: int
    devices: tuple[int, ...]
    assignments: tuple[int, ...]
    event: int


def a_bundle(database: Database, number: int = 2, *, name: str = "Siân O'Brien", **values: Any) -> Bundle:
    """Issue so many iPads in one event to a new person of a new organisation."""
    organisation = an_organisation(database)
    person = a_person(database, organisation, name, upn="sian.obrien@northbridge.example")
    model = a_model(database)
    devices = tuple(
        a_device(
            database,
            organisation,
            model_id=model,
            asset_tag=f"NB-{n:05}",
            serial=f"DMPX{n:06}",
            imei=f"35209900{n:06}0",
        )
        for n in range(1, number + 1)
    )
    event = issued(database, devices, person_id=person, **values)
    assignments = tuple(assignment_of(database, one) for one in devices)
    sim = a_sim(database, organisation, line_id=a_line(database, organisation))
    rows = [AssignmentItem(organisation_id=organisation, assignment_id=assignments[0], kind="sim", sim_id=sim)]
    rows += [
        AssignmentItem(organisation_id=organisation, assignment_id=assignments[0], kind=kind)
        for kind in ("case", "charger")
    ]
    write(database, *rows)
    return Bundle(database, organisation, person, devices, assignments, event)


def issued(database: Database, devices: tuple[int, ...], **values: Any) -> int:
    """Issue devices in one event; returns its id."""
    with database.transaction(actor=ACTOR, action="device.issue", now=NOW) as session:
        issue(session, devices, now=NOW, **values)
        event = session.info["event"].id
    assert isinstance(event, int)
    return event


def returned(database: Database, devices: tuple[int, ...], condition: str | None = "good") -> int:
    """Take devices back in one event; returns its id."""
    with database.transaction(actor=ACTOR, action="device.return", now=NOW) as session:
        return_devices(session, devices, now=NOW, condition=condition, returned_on=TODAY)
        event = session.info["event"].id
    assert isinstance(event, int)
    return event


def made(database: Database, devices: tuple[int, ...], **values: Any) -> Made:
    """Make the receipt of devices."""
    with database.transaction(actor=ACTOR, action="receipt.make", now=NOW) as session:
        return make_for_devices(session, devices, now=NOW, **values)


def accepted(database: Database, receipt_id: int, **values: Any) -> Made:
    """Accept a receipt, by a typed name unless told otherwise."""
    known = values if {"typed_name", "paper_file"} & set(values) else {"typed_name": "Siân O'Brien", **values}
    with database.transaction(actor=ACTOR, action="receipt.accept", now=NOW) as session:
        return accept(session, receipt_id, now=NOW, **known)


def assignment_of(database: Database, device_id: int) -> int:
    """The newest assignment of a device."""
    from sqlalchemy import select

    with database.read() as session:
        statement = (
            select(Assignment.id).where(Assignment.device_id == device_id).order_by(Assignment.id.desc()).limit(1)
        )
        return session.execute(statement).scalar_one()


LATER = date(2027, 3, 1)
