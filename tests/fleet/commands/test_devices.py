"""Moves of a device through its life: the allowed ones, with reason and incident, and nothing else."""

import pytest
from sqlalchemy import select

from fleet.commands import devices
from fleet.database import Database
from fleet.database.models import Device, Incident
from fleet.domain.lifecycle import HOLDING, MOVES, STATUSES
from fleet.errors import FleetError, NotAllowed, NotFound, UsageProblem
from tests.conftest import Backend
from tests.factory import NOW, TODAY, value
from tests.fleet.commands.estate import Estate, an_estate


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database, 2)


def test_every_move_of_the_table_is_possible_and_no_other(sqlite: Backend) -> None:
    """Unheld, from every status to every status; to issued nobody's device never goes."""
    with Database(sqlite.migrated(), create=False) as database:
        estate = an_estate(database, 1)
        device = estate.devices[0]
        for now_status in STATUSES:
            for to in STATUSES:
                disposed = TODAY if now_status == "disposed" else None
                estate.set(Device, device, status=now_status, disposed_on=disposed, notes=f"{now_status} {to}")
                allowed = to in MOVES[now_status] and to != "issued"
                try:
                    estate.move([device], to)
                    moved = True
                except FleetError:
                    moved = False
                assert moved is allowed, (now_status, to)


def test_a_held_device_moves_only_where_its_holder_answers_for_it_and_comes_back_to_them(estate: Estate) -> None:
    """Issued, in repair, issued again; retired only after its return."""
    device = estate.devices[:1]
    estate.issue(device, person_id=estate.people[0])
    estate.move(device, "in_repair")
    with pytest.raises(NotAllowed, match="still issued"):
        estate.move(device, "in_stock")
    estate.move(device, "issued")
    assert value(estate.database, Device.status, device[0]) == "issued"
    assert {"issued", "in_repair"} <= HOLDING


def test_a_loss_opens_an_incident_of_its_holder_and_finding_it_closes_it(estate: Estate) -> None:
    """With the value it had."""
    estate.issue(estate.devices[:1], person_id=estate.people[0])
    estate.move(estate.devices[:1], "lost")
    with estate.database.read() as session:
        incident = session.execute(select(Incident)).scalar_one()
    assert (incident.person_id, incident.kind, incident.value_pence, incident.closed_at) == (
        estate.people[0], "lost", 34900, None,
    )  # fmt: skip
    estate.move(estate.devices[:1], "found")
    assert value(estate.database, Incident.closed_at, incident.id) == NOW


def test_a_grave_move_says_why(estate: Estate) -> None:
    """And what is not there can't be moved; nor tomorrow."""
    with pytest.raises(UsageProblem, match="Say why NO-0001 goes from in stock to retired"):
        estate.move(estate.devices[:1], "retired", reason="")
    with pytest.raises(NotFound):
        estate.move([999], "prepared")
    with pytest.raises(NotAllowed, match="no status of a device"):
        estate.move(estate.devices[:1], "eaten")


def test_registering_gives_tags_in_order(estate: Estate) -> None:
    """What Intune knew first becomes stock."""
    for one in estate.devices:
        estate.set(Device, one, status="unrecorded", asset_tag=None)
    estate.deed("device.register", lambda s: devices.register(s, estate.devices, now=NOW, tags=["T-1", "T-2"]))
    tags = [value(estate.database, Device.asset_tag, one) for one in estate.devices]
    assert tags == ["T-1", "T-2"] and value(estate.database, Device.status, estate.devices[1]) == "in_stock"
