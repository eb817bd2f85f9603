"""A device that only Apple's list knows is recorded in stock, with what Apple tells of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.commands.listings import take_into_stock
from fleet.database import Database
from fleet.database.models import AppleListing, AppleSource, Device, DeviceModel, Tenant
from fleet.errors import NotAllowed
from fleet.queries.apple import listing_facts
from tests.factory import NOW, TODAY, a_device, a_tenant, an_organisation, change, value, write


@pytest.fixture
def organisation(database: Database) -> int:
    return an_organisation(database)


def listed(database: Database, organisation: int, kind: str, serial: str = "C0TEST0001", **changes: object) -> int:
    """A row of a list of that kind; returns its id."""
    with database.read() as session:
        known = session.execute(select(AppleSource.id).where(AppleSource.kind == kind)).scalar_one_or_none()
    if known is None:
        source = AppleSource(kind=kind, key="northbridge", organisation_id=organisation, last_complete_at=NOW)
        write(database, source)
        known = source.id
    row = AppleListing(source_id=known, organisation_id=organisation, serial=serial, **changes)
    write(database, row)
    return row.id


def take(database: Database, *ids: int) -> list[str]:
    with database.transaction(actor="asha", action="finding.fix", now=NOW) as session:
        return [one.sentence for one in take_into_stock(session, ids, now=NOW, reason="found in a cupboard")]


def test_apples_own_row_is_believed_before_the_one_that_intune_brought_in(
    database: Database, organisation: int
) -> None:
    poor = listed(database, organisation, "ade", model="iPad", family="ios")
    listed(
        database, organisation, "business", model="iPad Air (M3)", family="iPad", order_number="PO-7",
        ordered_on=date(2026, 5, 4),
    )  # fmt: skip
    assert take(database, poor) == ["C0TEST0001 is in stock."]
    with database.read() as session:
        device, model = session.execute(select(Device, DeviceModel.name).join(DeviceModel)).one()
    assert (device.status, device.kind, device.purchased_on, model) == (
        "in_stock",
        "ipad",
        date(2026, 5, 4),
        "iPad Air (M3)",
    )
    assert device.notes == "Order PO-7, by Apple's list"
    assert device.organisation_id == organisation


def test_one_that_is_on_its_way_moves_and_keeps_what_is_recorded(database: Database, organisation: int) -> None:
    known = a_device(database, organisation, serial="C0TEST0001", asset_tag="NB-9", status="delivered")
    take(database, listed(database, organisation, "business"))
    assert (value(database, Device.status, known), value(database, Device.asset_tag, known)) == ("in_stock", "NB-9")


def test_another_organisations_device_is_not_taken(database: Database, organisation: int) -> None:
    a_device(database, an_organisation(database, "eastmere"), serial="C0TEST0001", status="ordered")
    with pytest.raises(NotAllowed, match="belongs to Eastmere Council"):
        take(database, listed(database, organisation, "business"))


def test_nothing_counts_as_never_seen_before_intune_was_read(database: Database, organisation: int) -> None:
    listed(database, organisation, "business", added_on=TODAY - timedelta(days=90))
    tenant = a_tenant(database, organisation)
    with database.read() as session:
        assert list(listing_facts(session)) == []
    change(database, Tenant, tenant, last_complete_at=NOW)
    with database.read() as session:
        assert [one.serial for one in listing_facts(session)] == ["C0TEST0001"]
    a_device(database, organisation, serial="C0TEST0001", status="in_stock")
    with database.read() as session:
        assert list(listing_facts(session)) == []
