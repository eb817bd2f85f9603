"""Reading very many rows gives the very values that the statement itself gives."""

from datetime import timedelta
from typing import Any

from sqlalchemy import literal, null, select

from fleet.database import Database
from fleet.database.lean import lean_columns
from fleet.database.models import Device, Enrolment
from tests.factory import NOW, TODAY, a_device, a_tenant, an_enrolment, an_organisation


def _filled(database: Database) -> Any:
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)
    for number in range(5):
        device = a_device(database, owner, serial=f"S{number}", purchased_on=TODAY if number else None)
        seen = None if number == 3 else NOW + timedelta(microseconds=number, minutes=number)
        an_enrolment(database, owner, tenant, device, last_seen=seen, supervised=number > 1, fingerprint=b"12345678")
    return (
        select(
            Device.id, Device.serial, Device.purchased_on, Enrolment.last_seen, Enrolment.opened_at, Enrolment.supervised,
            Enrolment.fingerprint, Enrolment.closed_at.is_(None), literal("x"), null(),
        )
        .join(Enrolment, Enrolment.device_id == Device.id)
        .order_by(Device.id)
    )  # fmt: skip


def test_moments_days_and_the_rest_are_those_of_the_statement(database: Database) -> None:
    statement = _filled(database)
    with database.read() as session:
        expected = [tuple(row) for row in session.connection().execute(statement)]
        chunks = list(lean_columns(session.connection(), statement, 2))
    assert [row for columns in chunks for row in zip(*columns, strict=True)] == expected
    assert [len(columns[0]) for columns in chunks] == [2, 2, 1]


def test_nothing_found_gives_no_chunks(database: Database) -> None:
    with database.read() as session:
        assert list(lean_columns(session.connection(), select(Device.id, Device.purchased_on))) == []
