"""Undo beside what people signed: it stays, and nothing else has to stay with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import assignments, bundles, receipts
from fleet.database import Database
from fleet.database.models import AssignmentItem, Receipt
from tests.fleet.commands.estate import Estate, an_estate


def handed_out(estate: Estate) -> int:
    """A device with a case at Bryn, who signed for both."""
    device, now = estate.devices[0], estate.now

    def act(session: Session) -> None:
        done = assignments.issue(session, [device], now=now, person_id=estate.people[1])
        bundles.add_items(session, done, kinds=["case"])

    estate.deed("device.issue", act)
    estate.deed("receipt.make", lambda s: receipts.make_for_devices(s, [device], now=now))
    (receipt,) = receipt_ids(estate)
    estate.deed("receipt.accept", lambda s: receipts.accept(s, receipt, now=now, typed_name="Bryn Hale"))
    return device


def receipt_ids(estate: Estate) -> list[int]:
    with estate.database.read() as session:
        return list(session.execute(select(Receipt.id).order_by(Receipt.id)).scalars())


def brought_back(estate: Estate, device: int) -> int | None:
    def act(session: Session) -> None:
        bundles.take_back(session, [device], now=estate.now)
        assignments.return_devices(session, [device], now=estate.now)

    return estate.deed("device.return", act)


def is_back(database: Database) -> list[bool]:
    with database.read() as session:
        return [one is not None for one in session.execute(select(AssignmentItem.returned_on)).scalars()]


def test_a_return_is_undone_with_its_case_though_the_issue_was_signed(database: Database) -> None:
    estate = an_estate(database)
    event = brought_back(estate, handed_out(estate))
    assert is_back(database) == [True]
    plan, _ = estate.undo(event)
    assert plan.kept == []
    assert is_back(database) == [False]


def test_a_case_that_was_signed_for_at_its_return_stays_returned(database: Database) -> None:
    estate = an_estate(database)
    device = handed_out(estate)
    event = brought_back(estate, device)
    estate.deed(
        "receipt.make",
        lambda s: receipts.make_for_devices(s, [device], now=estate.now, kind="return", data_removed=True),
    )
    receipt = receipt_ids(estate)[-1]
    estate.deed("receipt.accept", lambda s: receipts.accept(s, receipt, now=estate.now, typed_name="Bryn Hale"))
    plan, _ = estate.undo(event)
    assert f"receipt {receipt} was accepted for its return" in {
        one.because for one in plan.kept if one.subject == "assignment_item"
    }
    assert is_back(database) == [True]
