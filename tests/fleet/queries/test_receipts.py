"""Verifying receipts: whoever changes what was signed behind the program's back is found out."""

import pytest
from sqlalchemy import update

from fleet.database import Database
from fleet.database.models import Receipt
from fleet.domain.receipts import body_hash
from fleet.queries.receipts import list_receipts, verify_receipts
from tests.conftest import CountQueries
from tests.factory import a_device, a_person
from tests.fleet.commands.bundle import a_bundle, accepted, issued, made


def meddle(database: Database, **values: object) -> None:
    """Change every receipt past history, as somebody with the file could."""
    with database.engine.execution_options(fleet_write=True).begin() as connection:
        connection.execute(update(Receipt.__table__).values(**values))  # type: ignore[arg-type]


def an_accepted_receipt(database: Database) -> int:
    """A receipt that was signed; its number."""
    receipt = made(database, a_bundle(database, 1).devices)
    accepted(database, receipt.id)
    return receipt.id


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"body": "I owe nothing.\n"}, "its text does not have the hash"),
        ({"body_hash": "0" * 64}, "its text does not have the hash"),
        ({"body": "I owe nothing.\n", "body_hash": body_hash("I owe nothing.\n")}, "another value for its text"),
        ({"accepted_as": "Somebody Else"}, "another value for who accepted it"),
        ({"accepted_how": None}, "not by whom"),
    ],
)
def test_a_forged_receipt_is_found(database: Database, values: dict[str, object], reason: str) -> None:
    number = an_accepted_receipt(database)
    with database.read() as session:
        assert verify_receipts(session).mismatches == ()
    meddle(database, **values)
    with database.read() as session:
        (found,) = verify_receipts(session).mismatches
    assert found.receipt_id == number
    assert reason in found.reason


def test_receipts_of_a_person_are_listed_newest_first_with_few_queries(
    database: Database, count_queries: CountQueries
) -> None:
    bundle = a_bundle(database)
    first, second = (made(database, (one,)) for one in bundle.devices)
    accepted(database, first.id)
    other = a_person(database, bundle.organisation, "Bryn Hale")
    device = a_device(database, bundle.organisation, asset_tag="NB-9")
    issued(database, (device,), person_id=other)
    made(database, (device,))
    with database.read() as session, count_queries(database) as statements:
        rows = list_receipts(session, person_id=bundle.person)
    assert [(row.id, row.state, row.items) for row in rows] == [(second.id, "draft", 1), (first.id, "accepted", 1)]
    assert len(statements) == 3, "receipts, and the items of issues and of returns"
    with database.read() as session:
        assert [row.id for row in list_receipts(session, state="accepted")] == [first.id]
        assert len(list_receipts(session, limit=2)) == 2
