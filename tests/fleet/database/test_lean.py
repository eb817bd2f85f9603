"""Reading very many rows a column at a time: the same values as the statement itself gives, and nothing left behind."""

from sqlalchemy import delete, select

from fleet.database import Database
from fleet.database.lean import lean_columns
from fleet.database.models import Device, Enrolment, Finding
from tests.factory import ACTOR, NOW, TODAY, a_device, a_tenant, an_enrolment, an_organisation


def test_the_values_are_those_of_the_statement(database: Database) -> None:
    """Moments, days, booleans, blanks; in chunks, the last one short."""
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)
    for number in range(5):
        device = a_device(database, owner, purchased_on=TODAY if number % 2 else None)
        an_enrolment(database, owner, tenant, device, last_seen=NOW if number else None, supervised=bool(number % 2))
    statement = (
        select(Device.id, Device.purchased_on, Enrolment.last_seen, Enrolment.supervised, Enrolment.serial)
        .join(Enrolment, Enrolment.id == Device.enrolment_id)
        .order_by(Device.id)
    )
    with database.read() as session:
        plain = [tuple(row) for row in session.connection().execute(statement)]
        chunks = list(lean_columns(session.connection(), statement, 2))
    assert [len(chunk[0]) for chunk in chunks] == [2, 2, 1]
    assert [row for chunk in chunks for row in zip(*chunk, strict=True)] == plain


def test_nothing_is_no_chunk(database: Database) -> None:
    """An empty register."""
    with database.read() as session:
        assert list(lean_columns(session.connection(), select(Device.id, Device.purchased_on))) == []


def test_the_connection_is_as_before(database: Database) -> None:
    """What follows in the same transaction must not read by server-side cursors: PostgreSQL can't delete by one."""
    an_organisation(database)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        connection = session.connection()
        list(lean_columns(connection, select(Device.id)))
        connection.execute(delete(Finding).where(Finding.id == 0))
