"""Moves of a device through its life: the allowed ones, with reason and incident, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.commands import devices
from fleet.database import Database
from fleet.database.models import Device, Incident, IncidentStep
from fleet.domain.lifecycle import HOLDING, MOVES, STATUSES
from fleet.errors import FleetError, NotAllowed, NotFound, UsageProblem
from tests.conftest import Backend
from tests.factory import ACTOR, NOW, TODAY, value
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


def test_a_move_before_the_purchase_is_refused_and_all_that_is_wrong_is_named(estate: Estate) -> None:
    """Late entry is normal; before it was bought nothing happened to it."""
    with pytest.raises(UsageProblem, match="2 of 2 devices") as caught:
        estate.move(estate.devices, "prepared", on=TODAY - timedelta(days=101))
    assert all("was bought on" in str(one) for one in caught.value.facts["refused"])  # type: ignore[attr-defined]
    estate.move(estate.devices, "prepared", on=TODAY - timedelta(days=20))
    assert value(estate.database, Device.status_since, estate.devices[0]) == TODAY - timedelta(days=20)


def test_the_papers_of_a_disposal_may_come_later(estate: Estate) -> None:
    """A disposal without them says so."""
    device = estate.devices[:1]
    estate.move(device, "retired")
    with estate.database.transaction(actor="t", action="device.move", now=NOW) as session:
        (done,) = devices.move(session, device, "disposed", now=NOW, reason="old", batch="B7")
    assert "no certificate yet" in done.warnings[0]
    with estate.database.transaction(actor="t", action="device.move", now=NOW) as session:
        (done,) = devices.move(session, device, "disposed", now=NOW, certificate="C-99")
    assert (done.sentence, done.warnings) == ("NO-0001: disposed, certificate C-99 noted.", ())
    assert value(estate.database, Device.disposal_batch, device[0]) == "B7"
    assert value(estate.database, Device.disposal_reference, device[0]) == "C-99"
    with pytest.raises(NotAllowed, match="already disposed"):
        estate.move(device, "disposed")


@pytest.mark.parametrize("to", ["lost", "in_repair"])
def test_a_move_entered_late_is_not_laid_on_a_day_when_another_had_it(estate: Estate, to: str) -> None:
    """Else the holder of today would answer for a loss before their time."""
    device = estate.devices[:1]
    estate.issue(device, on=TODAY - timedelta(days=30), person_id=estate.people[0])
    estate.take_back(device, on=TODAY - timedelta(days=20))
    with pytest.raises(UsageProblem, match="had NO-0001 until"):
        estate.move(device, to, on=TODAY - timedelta(days=25))
    estate.issue(device, on=TODAY - timedelta(days=10), person_id=estate.people[1])
    with pytest.raises(UsageProblem, match=r"NO-0001 was issued to .* it can't be"):
        estate.move(device, to, on=TODAY - timedelta(days=11))
    estate.move(device, to, on=TODAY - timedelta(days=10))
    assert value(estate.database, Device.status_since, device[0]) == TODAY - timedelta(days=10)


def test_finding_a_lost_device_is_the_last_step_of_its_run_sheet(estate: Estate) -> None:
    """By a move as by the incident: one step, of who said so; and not before it was lost."""
    device = estate.devices[0]
    estate.move([device], "lost", on=TODAY - timedelta(days=3))
    with pytest.raises(UsageProblem, match=r"lost since .* it can't be found before"):
        estate.move([device], "found", on=TODAY - timedelta(days=4))
    estate.move([device], "found", on=TODAY - timedelta(days=1), reason="under the seat")
    with estate.database.read() as session:
        (step,) = session.execute(select(IncidentStep)).scalars()
        incident = session.execute(select(Incident)).scalar_one()
    assert (step.step, step.done_by, incident.closed_at) == ("found", ACTOR, estate.now)
    assert step.done_at < estate.now, "on the day that was named"


def test_a_disposal_is_not_dated_before_the_device_was_retired(estate: Estate) -> None:
    device = estate.devices[0]
    estate.move([device], "retired", on=TODAY - timedelta(days=5))
    with pytest.raises(UsageProblem, match=r"is retired since .* it can't be disposed of on"):
        estate.move([device], "disposed", on=TODAY - timedelta(days=6))
    estate.move([device], "disposed", on=TODAY - timedelta(days=5))
    assert value(estate.database, Device.disposed_on, device) == TODAY - timedelta(days=5)
