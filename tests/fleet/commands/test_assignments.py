"""Issue and return: all or none, never two holders on a day, and every refusal says what to do."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands import assignments
from fleet.database import Database
from fleet.database.models import Assignment, Device
from fleet.errors import Conflict, FleetError, NotAllowed, NotFound, UsageProblem
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
        estate.issue(estate.devices, on=how.get("issued_on"), **to)
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
