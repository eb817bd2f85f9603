"""Lost, stolen, damaged: the run sheet."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.clock import london_date
from fleet.commands import incidents
from fleet.commands.devices import move
from fleet.commands.undo import UndoPlan, apply_undo, plan_undo
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Assignment, Device, Finding, Incident
from fleet.domain.incidents import KEYS, clock_said, clock_text, due_steps
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.incidents import list_incidents, open_of, run_sheet, state_in_words
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
    assert [*(one.key for one in sheet.to_do), "given-up"] == list(KEYS)


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


def opened(database: Database, device: int, kind: str = "lost", **values: Any) -> None:
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, device, kind, now=NOW, **values)


def noted(database: Database, device: int, step: str, now: datetime, **values: Any) -> int:
    """Note a step; gives back its event."""
    with database.transaction(actor="asha", action="incident.step", now=now) as session:
        incidents.record_step(session, device, step, actor="asha", now=now, **values)
        session.flush()
        return open_event(session).id


def undone(database: Database, event: int) -> UndoPlan:
    with database.transaction(actor="dee", action="undo", now=NOW + timedelta(days=2), undoes_id=event) as session:
        plan = plan_undo(session, [event])
        apply_undo(session, plan)
    return plan


MORNING = NOW + timedelta(hours=12)


def test_found_is_a_step_that_ends_the_incident_at_its_time(database: Database, held: int) -> None:
    opened(database, held)
    noted(database, held, "found", MORNING, at=MORNING - timedelta(hours=1), note="in the car")
    assert (value(database, Device.status, held), value(database, Device.status_since, held)) == (
        "found",
        london_date(MORNING),
    )
    with database.read() as session:
        sheet = run_sheet(session, held)
        assert list_incidents(session) == []
    assert sheet.row.closed_at == MORNING - timedelta(hours=1)
    assert [(one.key, one.by, one.note) for one in sheet.done] == [("found", "asha", "in the car")]


def test_given_up_is_a_step_too(database: Database, held: int) -> None:
    opened(database, held)
    noted(database, held, "given-up", MORNING)
    assert value(database, Device.status, held) == "lost"
    with database.read() as session:
        assert list_incidents(session) == []


def test_findings_that_wondered_about_it_are_fixed_when_it_is_found(database: Database, owner: int, held: int) -> None:
    with database.transaction(actor="night", action="findings", now=NOW) as session:
        session.add_all(
            Finding(
                organisation_id=owner, rule=rule, identity=f"{rule}|{held}", severity="high", state="open",
                subject_type="device", subject_id=held, subject="NB", sentence="?", evidence={}, first_seen=NOW,
                last_seen=NOW,
            )
            for rule in ("lost-checking-in", "stocktake-missing", "os-unsupported")
        )  # fmt: skip
    opened(database, held)
    noted(database, held, "found", MORNING)
    with database.read() as session:
        states = dict(session.execute(select(Finding.rule, Finding.state)).all())  # type: ignore[arg-type]
    assert states == {"lost-checking-in": "fixed", "stocktake-missing": "fixed", "os-unsupported": "open"}


def test_what_the_police_say_becomes_the_reference_once(database: Database, held: int) -> None:
    opened(database, held, "stolen")
    noted(database, held, "police", MORNING, note="CR/1234/26")
    noted(database, held, "police", MORNING, note="rang again")
    with database.read() as session:
        assert run_sheet(session, held).row.reference == "CR/1234/26"


def test_the_value_at_loss_may_be_another_than_the_price(database: Database, held: int) -> None:
    opened(database, held, value_pence=25_000)
    with database.read() as session:
        assert run_sheet(session, held).row.value_pence == 25_000


def test_the_clock_stops_when_the_officer_is_told(database: Database, held: int) -> None:
    opened(database, held)
    noted(database, held, "dpo-told", MORNING)
    with database.read() as session:
        row = run_sheet(session, held).row
    assert clock_said(row.kind, row.reported_at, row.dpo_told_at, MORNING) == "officer told after 12 h 00 min"
    late = clock_said("lost", NOW, NOW + timedelta(hours=73), MORNING)
    assert late == "officer told after 73 h 00 min, too late"


def test_damage_has_no_clock_and_is_settled_not_found(database: Database, held: int) -> None:
    opened(database, held, "damaged")
    assert clock_said("damaged", NOW, None, MORNING) == "no clock: nothing left our hands"
    with pytest.raises(NotAllowed, match="It is damaged, not lost"):
        noted(database, held, "found", MORNING)
    with database.transaction(actor="dee", action="incident.close", now=MORNING) as session:
        incidents.close_incident(session, held, actor="dee", now=MORNING, found=True)
    with database.read() as session:
        assert [one.key for one in run_sheet(session, held).done] == ["settled"]
    assert value(database, Device.status, held) == "issued"


def test_nothing_is_found_before_it_was_lost(database: Database, held: int) -> None:
    opened(database, held)
    with pytest.raises(UsageProblem, match="can't have ended before"):
        noted(database, held, "found", MORNING, at=NOW - timedelta(days=1))


def test_the_sheet_says_what_else_the_holder_has(database: Database, owner: int, held: int) -> None:
    with database.read() as session:
        person = session.execute(select(Assignment.person_id).where(Assignment.device_id == held)).scalar_one()
    other = a_device(database, owner, status="in_repair", asset_tag="NB-2")
    an_assignment(database, owner, other, person_id=person)
    opened(database, held)
    with database.read() as session:
        assert run_sheet(session, held).also == ("NB-2 (in repair)",)
        assert open_of(session, [held, other]) == [held]
        assert state_in_words(session, other) == "NB-2 (ipad; in repair, not in Intune)"
        assert ", supervised, encrypted, never checked in)" in state_in_words(session, held)


def test_undoing_the_end_opens_the_incident_again(database: Database, held: int) -> None:
    opened(database, held)
    event = noted(database, held, "found", MORNING)
    plan = undone(database, event)
    assert plan.kept == [] and len(plan.reversed) == 3
    assert value(database, Device.status, held) == "lost"
    with database.read() as session:
        assert run_sheet(session, held).done == ()


def test_a_report_with_steps_is_not_taken_back_by_halves(database: Database, held: int) -> None:
    """The device would be issued again while its run sheet says lost."""
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "lost", now=NOW)
        event = open_event(session).id
    step = noted(database, held, "manager-told", MORNING)
    plan = undone(database, event)
    assert plan.reversed == []
    assert {(one.subject, one.because) for one in plan.kept} == {
        ("incident", "steps were noted since: take those back first"), ("device", "its incident stays"),
    }  # fmt: skip
    undone(database, step)
    with database.read() as session:
        assert plan_undo(session, [event]).kept == []


def test_an_end_is_not_taken_back_once_the_device_went_on(database: Database, held: int) -> None:
    """The incident would be open again for a device that its holder has back."""
    opened(database, held)
    event = noted(database, held, "found", MORNING)
    with database.transaction(actor="dee", action="device.move", now=MORNING) as session:
        move(session, [held], "issued", now=MORNING)
    plan = undone(database, event)
    assert plan.reversed == []
    assert {one.subject for one in plan.kept} == {"device", "incident", "incident_step"}
    assert value(database, Device.status, held) == "issued"


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
    assert clock_text(NOW, NOW + timedelta(hours=72 + 24 * 40)) == "72 h passed 40 days ago"


def test_steps_that_can_not_be_taken_are_not_asked_for() -> None:
    keys = [one.key for one in due_steps("lost", managed=False, has_sim=False, done={"dpo-told"})]
    assert keys == ["manager-told", "replacement", "insurance", "found"]
    damaged = [one.key for one in due_steps("damaged", managed=True, has_sim=True, done=set())]
    assert damaged == ["manager-told", "replacement", "insurance"]


def test_damage_of_a_past_day_is_its_holder_s_of_that_day(database: Database, owner: int, held: int) -> None:
    """Not of whoever has it now."""
    earlier = a_person(database, owner, "Dilys Pugh")
    past = {"issued_on": TODAY - timedelta(days=900), "returned_on": TODAY - timedelta(days=800)}
    an_assignment(database, owner, held, person_id=earlier, **past)
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "damaged", now=NOW, on=TODAY - timedelta(days=850))
    with database.read() as session:
        assert session.execute(select(Incident.person_id)).scalar_one() == earlier


def test_steps_are_told_in_the_order_they_were_taken(database: Database, held: int) -> None:
    """What was done by hand is often noted after what came later."""
    with database.transaction(actor="dee", action="incident.open", now=NOW) as session:
        incidents.open_incident(session, held, "stolen", now=NOW)
        incidents.record_step(session, held, "police", actor="dee", now=NOW)
        incidents.record_step(session, held, "lost-mode", actor="dee", now=NOW, at=NOW - timedelta(minutes=20))
    with database.read() as session:
        assert [one.key for one in run_sheet(session, held).done] == ["lost-mode", "police"]
