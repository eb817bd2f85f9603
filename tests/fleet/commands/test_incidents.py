"""Lost, stolen, damaged: the run sheet."""

from datetime import timedelta

import pytest

from fleet.commands import incidents
from fleet.database import Database
from fleet.database.models import Device, Incident
from fleet.domain.incidents import KEYS, clock_text, due_steps
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.incidents import list_incidents, run_sheet
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_line,
    a_person,
    a_sim,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    value,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


@pytest.fixture
def held(database: Database, owner: int) -> int:
    """An issued iPhone with a SIM, enrolled."""
    manager = a_person(database, owner, "Mair Bowen")
    person = a_person(database, owner, "Bryn Hale", manager_id=manager)
    device = a_device(database, owner, status="issued", kind="iphone", price_pence=52_900)
    an_assignment(database, owner, device, person_id=person)
    a_sim(database, owner, device_id=device, line_id=a_line(database, owner))
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), device, supervised=True, encrypted=True)
    change(database, Device, device, enrolment_id=enrolment)
    return device


def test_a_report_moves_the_device_and_shows_all_one_needs(database: Database, held: int) -> None:
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "stolen", now=NOW, reference="CRN 1/26")
    assert value(database, Device.status, held) == "stolen"
    with database.read() as session:
        sheet = run_sheet(session, held)
        (row,) = list_incidents(session)
    assert (row.kind, row.holder, row.value_pence, row.reference) == ("stolen", "Bryn Hale", 52_900, "CRN 1/26")
    assert (sheet.manager, sheet.supervised, sheet.encrypted) == ("Mair Bowen", True, True)
    assert sheet.numbers == ("+447700900123",)
    assert [one.key for one in sheet.to_do] == list(KEYS)


def test_each_step_is_kept_with_its_time_and_who_did_it(database: Database, held: int) -> None:
    done_at = NOW - timedelta(minutes=20)
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "lost", now=NOW)
    with database.transaction(actor="dee", action="incident.step", now=NOW) as session:
        incidents.record_step(
            session, held, "lost-mode", actor="dee", now=NOW, at=done_at, note="by hand in the portal"
        )
    with database.read() as session:
        sheet = run_sheet(session, held)
    (step,) = sheet.done
    assert (step.key, step.at, step.by, step.note) == ("lost-mode", done_at, "dee", "by hand in the portal")
    assert "lost-mode" not in [one.key for one in sheet.to_do]
    assert "police" not in [one.key for one in sheet.to_do], "that is for thefts"


def test_found_again_closes_it_and_the_device_is_found(database: Database, held: int) -> None:
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "lost", now=NOW)
    later = NOW + timedelta(hours=9)
    with database.transaction(actor="asha", action="incident.close", now=later) as session:
        incidents.close_incident(session, held, actor="asha", now=later, found=True, note="under the seat")
    assert value(database, Device.status, held) == "found"
    with database.read() as session:
        assert list_incidents(session) == []
        sheet = run_sheet(session, held)
    assert (sheet.row.closed_at, sheet.done[-1].key, sheet.to_do) == (later, "found", ())


def test_given_up_it_stays_lost(database: Database, held: int) -> None:
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incident = incidents.open_incident(session, held, "lost", now=NOW)
    with database.transaction(actor="dee", action="incident.close", now=NOW) as session:
        incidents.close_incident(session, held, actor="dee", now=NOW, found=False)
    assert value(database, Device.status, held) == "lost"
    assert value(database, Incident.closed_at, incident.id) == NOW


def test_a_damaged_device_stays_where_it_is(database: Database, held: int) -> None:
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "damaged", now=NOW)
    assert value(database, Device.status, held) == "issued"


def test_what_makes_no_sense_is_refused(database: Database, owner: int, held: int) -> None:
    free = a_device(database, owner, status="disposed", disposed_on=TODAY)
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "lost", now=NOW)
    for call, error in (
        (lambda s: incidents.open_incident(s, held, "stolen", now=NOW), Conflict),
        (lambda s: incidents.open_incident(s, free, "lost", now=NOW), NotAllowed),
        (lambda s: incidents.open_incident(s, 10_000, "lost", now=NOW), NotFound),
        (lambda s: incidents.open_incident(s, held, "lost", now=NOW, on=TODAY + timedelta(days=1)), UsageProblem),
        (lambda s: incidents.record_step(s, held, "dance", actor="dee", now=NOW), UsageProblem),
        (
            lambda s: incidents.record_step(s, held, "police", actor="dee", now=NOW, at=NOW + timedelta(hours=1)),
            UsageProblem,
        ),
        (lambda s: incidents.record_step(s, free, "police", actor="dee", now=NOW), NotAllowed),
    ):
        with pytest.raises(error), database.transaction(actor="dee", action="x", now=NOW) as session:
            call(session)


def test_the_clock_runs_for_72_hours_and_says_when_it_is_over() -> None:
    assert clock_text(NOW, NOW + timedelta(hours=10, minutes=40)) == "61 h 20 min left of 72 h"
    assert clock_text(NOW, NOW + timedelta(hours=75)) == "72 h passed 3 h 00 min ago"


def test_steps_that_can_not_be_taken_are_not_asked_for() -> None:
    keys = [one.key for one in due_steps("lost", managed=False, has_sim=False, done={"dpo-told"})]
    assert keys == ["manager-told", "replacement", "insurance"]
