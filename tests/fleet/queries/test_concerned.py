"""Which devices are judged anew: also those of which only what is said changes, or whose other half is gone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import Device, Finding, Sim
from tests.factory import NOW, an_enrolment
from tests.fleet.commands.estate import Estate, an_estate

ICCID = "8944100000000000017"


@pytest.fixture
def estate(database: Database) -> Iterator[Estate]:
    """Intune sees a SIM in the first device."""
    made = an_estate(database)
    database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    an_enrolment(
        database, made.organisation, made.tenant, made.devices[0], iccid=ICCID, ownership="company", supervised=True,
        enrolled_at=NOW - timedelta(days=20), last_seen=NOW,
    )  # fmt: skip
    yield made
    database.before_sealing = None


def said(estate: Estate) -> list[tuple[str, str]]:
    """State and sentence of what is said of SIMs that moved."""
    with estate.database.read() as session:
        rows = session.execute(select(Finding.state, Finding.sentence).where(Finding.rule == "sim-moved"))
        return [(row[0], row[1]) for row in rows]


def test_a_new_tag_is_told_where_another_device_s_finding_names_it(estate: Estate) -> None:
    estate.add(Sim(organisation_id=estate.organisation, iccid=ICCID, device_id=estate.devices[3]))
    ((state, sentence),) = said(estate)
    assert state == "open" and sentence.endswith("the register has that SIM in NO-0004.")
    estate.set(Device, estate.devices[3], asset_tag="NO-9999")
    ((state, sentence),) = said(estate)
    assert state == "open" and sentence.endswith("the register has that SIM in NO-9999.")


def test_a_sim_that_is_removed_is_no_longer_wondered_about(estate: Estate) -> None:
    event = estate.add(Sim(organisation_id=estate.organisation, iccid=ICCID, device_id=estate.devices[3]))
    assert [state for state, _ in said(estate)] == ["open"]
    estate.undo(event)
    assert [state for state, _ in said(estate)] == ["fixed"]


def several(estate: Estate) -> list[tuple[str, str]]:
    """State and sentence of what is said of people who have two of a kind."""
    with estate.database.read() as session:
        rows = session.execute(select(Finding.state, Finding.sentence).where(Finding.rule == "several-of-a-kind"))
        return [(row[0], row[1]) for row in rows]


def test_an_issue_is_told_of_the_device_that_its_holder_had_before(estate: Estate) -> None:
    """Issued on one day, the one with the lower number counts as the first: here the one that came second."""
    estate.issue([estate.devices[2]], person_id=estate.people[1])
    assert several(estate) == []
    first = estate.issue([estate.devices[1]], person_id=estate.people[1])
    ((state, sentence),) = several(estate)
    assert state == "open" and sentence.endswith("who has another iPad already: NO-0002.")
    estate.set(Device, estate.devices[1], asset_tag="NO-7777")
    assert several(estate)[0][1].endswith("who has another iPad already: NO-7777.")
    estate.undo(first)  # Of the assignment nothing is left that tells whose it was.
    assert [state for state, _ in several(estate)] == ["fixed"]
