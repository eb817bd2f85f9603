"""A delivery is taken in: what was ordered, what Apple lists, new boxes of a model that is said; the rest is left alone."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.commands.receiving import Consignment, Received, consignment, receive
from fleet.commands.undo import apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import AppleListing, AppleSource, Delivery, Device, DeviceModel, Organisation, Purchase
from fleet.errors import Ambiguous, NotFound, UsageProblem
from tests.factory import NOW, TODAY, a_device, a_model, a_person, a_site, an_assignment, an_organisation, value, write


@pytest.fixture
def organisation(database: Database) -> int:
    return an_organisation(database)


def take(database: Database, what: Consignment, *texts: str) -> tuple[list[Received], int]:
    with database.transaction(actor="asha", action="device.receive", now=NOW) as session:
        told = receive(session, texts, what, actor="asha", now=NOW)
        return told, open_event(session).id


def outcomes(database: Database, what: Consignment, *texts: str) -> list[str]:
    return [one.outcome for one in take(database, what, *texts)[0]]


def test_what_was_ordered_becomes_stock_with_its_order_note_and_place(database: Database, organisation: int) -> None:
    device = a_device(database, organisation, serial="DMPX00000001", asset_tag="NB-1", status="ordered")
    site = a_site(database, organisation)
    what = Consignment(organisation, site, "PO-7", "DN-1")
    told, _event = take(database, what, "SDMPX00000001", "NB-1", "dmpx00000001")
    assert [(one.outcome, one.device) for one in told] == [("received", "NB-1")] + [("repeated", "NB-1")] * 2
    with database.read() as session:
        row, delivery, order = session.execute(
            select(Device, Delivery, Purchase)
            .join(Delivery, Delivery.id == Device.delivery_id)
            .join(Purchase, Purchase.id == Device.purchase_id)
        ).one()
    assert (row.id, row.status, row.status_since, row.site_id) == (device, "in_stock", TODAY, site)
    assert (delivery.note_number, delivery.received_by, delivery.delivered_on) == ("DN-1", "asha", TODAY)
    assert (order.order_number, delivery.purchase_id) == ("PO-7", order.id)


def test_scan_after_scan_is_one_delivery(database: Database, organisation: int) -> None:
    what = Consignment(organisation, order_number="PO-7", model_id=a_model(database))
    for text in ("DMPX00000001", "DMPX00000002"):
        assert outcomes(database, what, text) == ["added"]
    assert outcomes(database, what, "DMPX00000001") == ["repeated"]
    with database.read() as session:
        assert len(session.execute(select(Delivery)).all()) == len(session.execute(select(Purchase)).all()) == 1


def test_apples_list_says_what_a_box_is_before_the_person_does(database: Database, organisation: int) -> None:
    source = AppleSource(kind="business", key="northbridge", organisation_id=organisation, last_complete_at=NOW)
    write(database, source)
    listing = AppleListing(
        source_id=source.id, organisation_id=organisation, serial="C0TEST0001", model="iPad Air (M3)", family="iPad",
        ordered_on=date(2026, 11, 2),
    )  # fmt: skip
    write(database, listing)
    what = Consignment(organisation, model_id=a_model(database, "iPhone 15", "iphone"))
    assert outcomes(database, what, "SC0TEST0001") == ["added"]
    with database.read() as session:
        device, model = session.execute(select(Device, DeviceModel.name).join(DeviceModel)).one()
    assert (device.serial, device.kind, device.purchased_on, model) == (
        "C0TEST0001",
        "ipad",
        date(2026, 11, 2),
        "iPad Air (M3)",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("359913194249323", "it is an IMEI"),
        ("5901234123457", "it is an article number"),
        ("MK2K3B/A", "it is a part number"),
        ("89049032007008882600013580131423", "it is an EID"),
        ("N/A", "Scan the serial number"),
        ("\x1b[31m", "Scan the serial number"),
        ("x" * 5000, "Scan the serial number"),
    ],
)
def test_no_other_barcode_of_a_box_becomes_a_serial(
    database: Database, organisation: int, text: str, said: str
) -> None:
    told, _event = take(database, Consignment(organisation, model_id=a_model(database)), text)
    assert (told[0].outcome, told[0].device) == ("unknown", None) and said in told[0].sentence
    with database.read() as session:
        assert session.execute(select(Device)).all() == session.execute(select(Delivery)).all() == []


def test_what_somebody_has_or_another_organisation_owns_is_left_alone(database: Database, organisation: int) -> None:
    held = a_device(database, organisation, serial="DMPX00000001", status="issued")
    an_assignment(database, organisation, held, person_id=a_person(database, organisation))
    a_device(database, organisation, serial="DMPX00000002", status="in_stock")
    a_device(database, an_organisation(database, "eastmere"), serial="DMPX00000003", status="ordered")
    told, _event = take(
        database, Consignment(organisation), "DMPX00000001", "DMPX00000002", "DMPX00000003", "DMPX00000009"
    )
    assert [one.outcome for one in told] == ["in_register", "in_register", "refused", "unknown"]
    assert "Bryn Hale has it" in told[0].sentence and "Eastmere" in told[2].sentence
    assert value(database, Device.status, held) == "issued"


def test_taking_it_back_takes_the_box_the_order_and_the_delivery_back(database: Database, organisation: int) -> None:
    what = Consignment(organisation, order_number="PO-7", model_id=a_model(database))
    _told, first = take(database, what, "DMPX00000001")
    _told, second = take(database, what, "DMPX00000002")
    for event, left in ((second, 1), (first, 0)):
        with database.transaction(actor="asha", action="undo", now=NOW, undoes_id=event) as session:
            apply_undo(session, plan_undo(session, [event]))
        with database.read() as session:
            for table in (Device, Delivery, Purchase):
                assert len(session.execute(select(table)).all()) == left


def test_names_are_looked_up_and_whose_it_is_must_be_clear(database: Database, organisation: int) -> None:
    site = a_site(database, organisation)
    model, _other = a_model(database), a_model(database, "iPad (9th generation)")
    with database.read() as session:
        what = consignment(session, organisation=None, site="town", model="10th", order="PO-7")
        assert what == Consignment(organisation, site, "PO-7", None, model)
        with pytest.raises(NotFound, match="no model called iPod"):
            consignment(session, organisation=None, model="iPod")
        with pytest.raises(Ambiguous, match="fits several models"):
            consignment(session, organisation=None, model="ipad")
    write(database, Organisation(key="eastmere", name="Eastmere Council"))
    with database.read() as session, pytest.raises(UsageProblem, match="several organisations"):
        consignment(session, organisation=None)


def test_nothing_arrives_tomorrow(database: Database, organisation: int) -> None:
    with pytest.raises(UsageProblem, match="in the future"):
        take(database, Consignment(organisation, on=TODAY + timedelta(days=1)), "DMPX00000001")
