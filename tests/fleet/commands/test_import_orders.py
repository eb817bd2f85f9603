"""A delivery note says with which order and on which day devices came; both are recorded with them, and undone."""

from typing import Any

import pytest
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Delivery, Device, Purchase
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.commands.test_imports import codes, preview, take_in

HEAD = "PO Number,Supplier,Serial Number,Despatch Date\n"


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def bought(estate: Estate) -> list[tuple[Any, ...]]:
    """(serial, order, supplier, day it came) of devices with an order."""
    with estate.database.read() as session:
        rows = session.execute(
            select(Device.serial, Purchase.order_number, Purchase.supplier, Delivery.delivered_on)
            .join(Purchase, Purchase.id == Device.purchase_id)
            .outerjoin(Delivery, Delivery.id == Device.delivery_id)
            .order_by(Device.serial)
        )
        return [(row[0], row[1], row[2], str(row[3])) for row in rows]


def test_devices_get_their_order_and_delivery_and_keep_those_they_have(estate: Estate) -> None:
    """One order for several, one delivery for those of a day; the same note again is nothing to do."""
    before = rows_of(estate.database)
    text = HEAD + (
        "45001,Larkwave,DMPX000801,05/03/2026\n45001,Larkwave,DMPX000802,05/03/2026\n45002,Larkwave,NORX000001,06/03/2026\n"
    )
    done = take_in(estate, text, "note.csv")
    assert (done.interpretation.layout.key, done.counts["new"], done.counts["changed"]) == ("delivery-note", 2, 1)
    assert done.as_json()["changes"][0]["fields"]["purchase_id"] == [None, "45001 (new order)"]
    assert bought(estate) == [
        ("DMPX000801", "45001", "Larkwave", "2026-03-05"), ("DMPX000802", "45001", "Larkwave", "2026-03-05"),
        ("NORX000001", "45002", "Larkwave", "2026-03-06"),
    ]  # fmt: skip
    with estate.database.read() as session:
        assert len(session.execute(select(Delivery.id)).all()) == 2
    assert preview(estate, text, "note.csv").to_do == 0
    later = take_in(estate, HEAD + "45009,Larkwave,DMPX000801,07/03/2026\n45001,,DMPX000803,05/03/2026\n", "second.csv")
    assert (codes(later), later.counts["new"], later.counts["unchanged"]) == (["other-order"], 1, 1)
    assert bought(estate)[2] == ("DMPX000803", "45001", "Larkwave", "2026-03-05")
    estate.undo(later.event)
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []
