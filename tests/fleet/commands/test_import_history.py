"""Past holders from a list of periods; and lists of the network, which are only compared."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Assignment, Device
from tests.factory import TODAY, a_night
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.commands.test_imports import codes, preview, take_in

HEAD = "Asset Tag,Holder Email,Date Issued,Date Returned\n"
BRYN, MAIR = "bryn@northbridge.example", "mair@northbridge.example"


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def past(estate: Estate) -> list[tuple[Any, ...]]:
    with estate.database.read() as session:
        rows = session.execute(
            select(Assignment.device_id, Assignment.person_id, Assignment.issued_on, Assignment.returned_on).order_by(
                Assignment.issued_on
            )
        )
        return [tuple(one) for one in rows]


def test_past_holders_from_preview_to_undo(estate: Estate) -> None:
    """Two periods of one device, the second from the day on which the first ends; then nothing to do; then never."""
    before = rows_of(estate.database)
    text = HEAD + f"NO-0001,{BRYN},01/03/2021,31/05/2023\nNO-0001,{MAIR},31/05/2023,01/02/2025\n"
    done = take_in(estate, text, "history.csv")
    assert (done.interpretation.layout.key, done.counts["new"]) == ("holder-history", 2)
    assert past(estate) == [
        (estate.devices[0], estate.people[1], date(2021, 3, 1), date(2023, 5, 31)),
        (estate.devices[0], estate.people[2], date(2023, 5, 31), date(2025, 2, 1)),
    ]
    assert preview(estate, text, "history.csv").counts["unchanged"] == 2
    estate.undo(done.event)
    assert differing(before, rows_of(estate.database)) == []


def test_periods_that_can_not_be_true_are_rejected(estate: Estate) -> None:
    """Over the present holder, over each other, backwards, in the future, of nobody, of no device, since nobody knows when."""
    estate.issue(estate.devices[:1], person_id=estate.people[1], on=TODAY - timedelta(days=30))
    later = f"{TODAY + timedelta(days=1):%d/%m/%Y}"
    text = HEAD + (
        f"NO-0001,{MAIR},01/03/2021,{TODAY:%d/%m/%Y}\n"
        f"NO-0002,{MAIR},01/03/2021,01/03/2023\nNO-0002,{BRYN},01/01/2023,01/02/2024\n"
        f"NO-0003,{MAIR},01/03/2023,01/03/2021\nNO-0003,{MAIR},01/03/2021,{later}\n"
        f"NO-0004,nobody@n.example,01/03/2021,01/03/2022\nNO-9999,{MAIR},01/03/2021,01/03/2022\n"
        f"NO-0005,{MAIR},,01/03/2022\nNO-0006,{MAIR},01/03/2021,\n"
    )
    done = take_in(estate, text, "history.csv")
    assert done.counts["new"] == 1
    told = codes(done)
    assert [code for code in told if code != "unknown-person"] == [
        "overlaps", "overlaps", "days-disagree", "days-disagree", "unknown-device", "no-day", "still-held",
    ]  # fmt: skip
    assert told.count("unknown-person") == 2
    assert (done.counts["rejected"], done.counts["unchanged"]) == (7, 1)


LOG = "Date,Created By,Action,Type,Item,Serial,Model Name,Model No.,To,Notes,Login IP,User Agent,Source,Changed\n"


def entry(day: str, action: str, tag: str, to: str, kind: str = "asset", serial: str = "") -> str:
    return f"{day} 09:00:00,Admin,{action},{kind},iPad ({tag}),{serial},iPad,,{to},,,,gui,\n"


def test_snipe_its_activity_report_is_paired_into_periods_by_itself(estate: Estate) -> None:
    """Newest first as it comes; one row by tag and one by serial; who has it now, sites and other actions are left."""
    estate.set(Device, estate.devices[0], purchased_on=date(2021, 2, 1))
    estate.issue(estate.devices[:1], person_id=estate.people[0], on=date(2025, 3, 1))
    before = rows_of(estate.database)
    text = (
        LOG
        + entry("2025-03-01", "checkout", "NO-0001", "Siân O&#039;Brien")
        + entry("2025-02-01", "checkin from", "NO-0001", "Mair Pugh")
        + entry("2024-05-31", "checkout", "NO-0001", "Mair Pugh", serial="NORX000001")
        + entry("2024-01-01", "update", "NO-0001", "")
        + entry("2024-05-31", "checkin from", "NO-0001", "Bryn Hale", serial="NORX000001")
        + entry("2021-03-01", "checkout", "NO-0001", "Bryn Hale")
        + entry("2021-02-01", "checkin from", "NO-0002", "Bryn Hale")
        + entry("2021-02-01", "checkout", "NO-0003", "Town Hall")
        + entry("2021-03-01", "checkin from", "NO-0003", "Town Hall")
        + entry("2020-01-01", "checkout", "Office", "Bryn Hale", kind="license")
    )
    done = take_in(estate, text, "activity-report.csv")
    assert done.interpretation.layout.key == "snipe-it-activity"
    assert done.counts == {"read": 10, "new": 2, "changed": 0, "unchanged": 5, "skipped": 2, "rejected": 1}
    assert sorted(codes(done)) == ["at-a-site", "no-check-out"]
    assert [one for one in past(estate) if one[3]] == [
        (estate.devices[0], estate.people[1], date(2021, 3, 1), date(2024, 5, 31)),
        (estate.devices[0], estate.people[2], date(2024, 5, 31), date(2025, 2, 1)),
    ]
    assert preview(estate, text, "activity-report.csv").counts["new"] == 0
    estate.undo(done.event)
    assert differing(before, rows_of(estate.database)) == []


def test_a_device_given_on_without_coming_back_ends_the_first_period(estate: Estate) -> None:
    text = (
        LOG
        + entry("2021-03-01", "checkout", "NO-0001", "Bryn Hale")
        + entry("2021-05-01", "checkout", "NO-0001", "Bryn Hale")
        + entry("2022-03-01", "checkout", "NO-0001", "Mair Pugh")
    )
    done = take_in(estate, text, "activity-report.csv")
    assert past(estate) == [(estate.devices[0], estate.people[1], date(2021, 3, 1), date(2022, 3, 1))]
    assert codes(done) == ["still-held"]


def test_a_list_of_the_network_is_only_compared(estate: Estate) -> None:
    """What the register knows by name is fine, the rest is told; nothing is written."""
    estate.sync(a_night(devices=2, people=0))
    with estate.database.read() as session:
        from fleet.database.models import Enrolment

        name = (
            session.execute(select(Enrolment.device_name).where(Enrolment.device_name.is_not(None))).scalars().first()
        )
    before = rows_of(estate.database)
    seen = take_in(
        estate, f"Name,DNSHostName,OperatingSystem,LastLogonDate\n{name},x,iOS,\nPC-UNKNOWN,x,Windows 11,\n", "ad.csv"
    )
    assert seen.interpretation.layout.key == "ad-computers"
    assert codes(seen) == ["not-in-register"]
    assert (seen.counts["unchanged"], seen.counts["rejected"]) == (2, 0)
    assert differing(before, rows_of(estate.database)) == []
