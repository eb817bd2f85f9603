"""Issue and return: all or none, never two holders on a day, and every refusal says what to do."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands import assignments
from fleet.database import Database
from fleet.database.models import Assignment, Device
from fleet.errors import Conflict, FleetError, NotAllowed, NotFound, UsageProblem
from tests.conftest import CountQueries
from tests.factory import NOW, TODAY, value
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database, 3)


def test_a_device_goes_out_and_comes_back(estate: Estate) -> None:
    """Status, day, holder, condition and place are kept; the sentences name them."""
    with estate.database.transaction(actor="asha", action="device.issue", now=NOW) as session:
        (done,) = assignments.issue(session, estate.devices[:1], now=NOW, person_id=estate.people[0])
    assert done.sentence == "NO-0001 issued to Siân O'Brien." and "It is not enrolled in Intune." in done.warnings
    assert value(estate.database, Device.status, estate.devices[0]) == "issued"
    estate.take_back(estate.devices[:1], condition="scratched", site_id=estate.sites[1])
    with estate.database.read() as session:
        held = session.execute(select(Assignment)).scalar_one()
        device = session.get_one(Device, estate.devices[0])
    assert (held.returned_on, held.condition, device.status, device.site_id) == (
        TODAY, "scratched", "in_stock", estate.sites[1],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("how", "error", "told"),
    [
        ({"issued_on": TODAY + timedelta(days=1)}, UsageProblem, "in the future"),
        ({"issued_on": TODAY - timedelta(days=101)}, UsageProblem, "was bought on"),
        ({"due_on": TODAY - timedelta(days=1)}, UsageProblem, "can't be due"),
        ({"site_id": 1}, UsageProblem, "exactly one of"),
        ({"person_id": 999}, NotFound, "person is not in the register"),
        ({"person_id": None}, UsageProblem, "exactly one of"),
        ({"person_id": None, "team_id": 999}, NotFound, "site or team is not in the register"),
    ],
)
def test_an_impossible_issue_is_refused_whole(estate: Estate, how: dict[str, Any], error: Any, told: str) -> None:
    """And leaves no trace."""
    before = rows_of(estate.database)
    with pytest.raises(error, match=told):
        to = {"person_id": estate.people[0], **{name: value for name, value in how.items() if name != "issued_on"}}
        estate.issue(estate.devices[:1], on=how.get("issued_on"), **to)
    assert differing(before, rows_of(estate.database)) == []


def test_one_of_several_that_is_taken_keeps_all_of_them_back(estate: Estate) -> None:
    """The holder and since when is said."""
    estate.issue(estate.devices[2:], person_id=estate.people[1])
    before = rows_of(estate.database)
    with pytest.raises(Conflict, match=r"NO-0003 is already issued to Bryn Hale since 22 Nov 2026"):
        estate.issue(estate.devices, person_id=estate.people[0])
    assert differing(before, rows_of(estate.database)) == []


def test_a_late_entry_does_not_give_a_device_two_holders(estate: Estate) -> None:
    """Somebody had it until the tenth: from the tenth on it may be another's, not before."""
    day = TODAY - timedelta(days=10)
    estate.issue(estate.devices[:1], person_id=estate.people[0], on=day - timedelta(days=10))
    estate.take_back(estate.devices[:1], on=day)
    with pytest.raises(UsageProblem, match="Siân O'Brien had NO-0001 until 12 Nov 2026"):
        estate.issue(estate.devices[:1], person_id=estate.people[1], on=day - timedelta(days=1))
    estate.issue(estate.devices[:1], person_id=estate.people[1], on=day)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"on": TODAY + timedelta(days=1)}, "in the future"),
        ({"on": TODAY - timedelta(days=3)}, "can't come back on"),
        ({"to_status": "issued"}, "is issued to nobody"),
        ({"to_status": "disposed"}, "record its return first"),
        ({"to_status": "lost"}, "does not come back. Say it with: fleet move lost NO-0001"),
        ({"to_status": "quarantined"}, "Say why NO-0001 goes from issued to quarantined"),
    ],
)
def test_an_impossible_return_is_refused(estate: Estate, how: dict[str, Any], told: str) -> None:
    """The device stays with its holder."""
    estate.issue(estate.devices[:1], person_id=estate.people[0], on=TODAY - timedelta(days=2))
    with pytest.raises(FleetError, match=told):
        estate.take_back(estate.devices[:1], **how)
    assert value(estate.database, Device.status, estate.devices[0]) == "issued"


def test_what_nobody_has_does_not_come_back(estate: Estate) -> None:
    """Nor what is not there, nor nothing at all."""
    with pytest.raises(NotAllowed, match="is not issued to anybody; its status is in stock"):
        estate.take_back(estate.devices[:1])
    with pytest.raises(NotFound):
        estate.take_back([999])
    with pytest.raises(UsageProblem, match="at least one"):
        estate.take_back([])


def test_another_council_s_device_is_not_there(database: Database) -> None:
    """Behind the wall it can be neither issued nor returned."""
    northbridge, eastmoor = an_estate(database, 1), an_estate(database, 1, key="eastmoor")
    scope = frozenset({northbridge.organisation})
    with pytest.raises(NotFound):
        northbridge.deed(
            "device.issue",
            lambda s: assignments.issue(s, eastmoor.devices, now=NOW, person_id=northbridge.people[0]),
            scope=scope,
        )


def test_every_device_that_is_refused_is_named_at_once(estate: Estate) -> None:
    """And the others are not touched."""
    estate.issue(estate.devices[1:2], person_id=estate.people[1])
    estate.set(Device, estate.devices[2], status="lost")
    before = rows_of(estate.database)
    with pytest.raises(NotAllowed, match="2 of 3 devices are refused") as caught:
        estate.issue(estate.devices, person_id=estate.people[0])
    assert caught.value.facts["refused"] == [
        "NO-0002 is already issued to Bryn Hale since 22 Nov 2026. Return it first.",
        "NO-0003: A device that is lost can't become issued. Allowed from here: found, stolen, retired.",
    ]
    assert differing(before, rows_of(estate.database)) == []


def test_what_is_quarantined_goes_back_to_its_holder_and_to_nobody_else(estate: Estate) -> None:
    """A holder keeps it through quarantine; without one it goes to stock first."""
    held, free = estate.devices[:1], estate.devices[1:2]
    estate.issue(held, person_id=estate.people[0])
    for one in (held, free):
        estate.move(one, "quarantined")
    with pytest.raises(NotAllowed, match=r"quarantined is issued to nobody new\. Allowed from here: in stock"):
        estate.issue(free, person_id=estate.people[0])
    with pytest.raises(UsageProblem, match="Nobody has NO-0002"):
        estate.move(free, "issued")
    estate.move(held, "issued")
    assert value(estate.database, Device.status, held[0]) == "issued"


# --- handed in by somebody else ------------------------------------------------------------------------------


def test_what_somebody_else_hands_in_is_said_and_taken_in_for_a_reason(estate: Estate) -> None:
    """Its holder is free of it."""
    device, (anna, bryn) = estate.devices[:1], estate.people[:2]
    estate.issue(device, person_id=bryn)
    with pytest.raises(NotAllowed, match="NO-0001 is not issued to Siân O'Brien: Bryn Hale has it since 22 Nov 2026"):
        estate.take_back(device, from_person_id=anna)
    with estate.database.transaction(actor="t", action="device.return", now=NOW) as session:
        (done,) = assignments.return_devices(session, device, now=NOW, from_person_id=anna, reason="left on her desk")
    assert done.sentence == "NO-0001 handed in by Siân O'Brien; it was issued to Bryn Hale and no longer is."
    with estate.database.read() as session:
        row = session.execute(select(Assignment)).scalar_one()
    assert (row.person_id, row.returned_on) == (bryn, TODAY)


def test_what_nobody_had_is_noted_as_theirs_for_that_day(estate: Estate) -> None:
    """So that there is something a return slip can be for; undo takes it back."""
    device, anna = estate.devices[:1], estate.people[0]
    before = rows_of(estate.database)
    with pytest.raises(NotAllowed, match="who hands it in and why: --from, --reason"):
        estate.take_back(device, from_person_id=anna)
    event = estate.take_back(
        device, from_person_id=anna, reason="in her drawer", condition="fine", to_status="in_repair"
    )
    with estate.database.read() as session:
        row = session.execute(select(Assignment)).scalar_one()
    assert (row.person_id, row.issued_on, row.returned_on, row.condition) == (anna, TODAY, TODAY, "fine")
    assert value(estate.database, Device.status, device[0]) == "in_repair"
    estate.undo(event)
    assert differing(before, rows_of(estate.database)) == []


def test_a_holder_who_hands_in_what_is_theirs_needs_no_reason(estate: Estate) -> None:
    """Naming them is only more exact."""
    estate.issue(estate.devices[:1], person_id=estate.people[0])
    estate.take_back(estate.devices[:1], from_person_id=estate.people[0])
    assert value(estate.database, Device.status, estate.devices[0]) == "in_stock"


def test_two_hundred_devices_cost_as_many_questions_as_two(database: Database, count_queries: CountQueries) -> None:
    """Their rows are written in bulk; nothing is asked once per device."""
    estate = an_estate(database, 40)

    def asked(ids: list[int]) -> int:
        with count_queries(database) as statements:
            estate.issue(ids, person_id=estate.people[0])
        return sum(one.lstrip().upper().startswith("SELECT") for one in statements)

    assert asked(estate.devices[:2]) == asked(estate.devices[2:40])
