"""What the plan of an undo calls things: tags, names and models, never a row's number."""

import re

import pytest

from fleet.commands.assignments import issue
from fleet.commands.bundles import add_items
from fleet.commands.undo import plan_undo
from fleet.commands.undo.plan import FEWEST, Reversal, UndoPlan
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Device, Enrolment, Line, Site
from tests.factory import (
    ACTOR,
    NOW,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_tenant,
    an_enrolment,
    an_organisation,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def told(database: Database, event: int) -> list[str]:
    with database.read() as session:
        return plan_undo(session, [event]).in_words()[1:]


def test_values_that_name_rows_are_told_by_their_names(database: Database, owner: int) -> None:
    old, new = a_model(database), a_model(database, "iPad (A16)")
    device = a_device(database, owner, asset_tag="NB-1", model_id=old, site_id=a_site(database, owner))
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        row = session.get_one(Device, device)
        row.model_id, row.site_id = new, None
        session.flush()
        event = open_event(session).id
    assert event is not None
    assert told(database, event) == [
        "- device NB-1: model iPad (A16) → iPad (10th generation), site nothing → Town Hall"
    ]


def test_what_is_kept_says_the_name_of_what_it_is_now(database: Database, owner: int) -> None:
    models = [a_model(database, name) for name in ("iPad 1", "iPad 2", "iPad 3")]
    device = a_device(database, owner, asset_tag="NB-1", model_id=models[0])
    events = []
    for model in models[1:]:
        with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
            session.get_one(Device, device).model_id = model
            session.flush()
            events.append(open_event(session).id)
    assert events[0] is not None
    assert told(database, events[0]) == ["= device NB-1: model changed since to iPad 3"]


def test_a_bundle_is_told_by_what_went_out_with_what_to_whom(database: Database, owner: int) -> None:
    person, device = (
        a_person(database, owner, "Anna Bell"),
        a_device(database, owner, status="in_stock", asset_tag="NB-7"),
    )
    with database.transaction(actor=ACTOR, action="device.issue", now=NOW) as session:
        add_items(session, issue(session, [device], person_id=person, now=NOW), kinds=["charger"])
        event = open_event(session).id
    assert event is not None
    lines = told(database, event)
    assert "- accessory charger with NB-7 to Anna Bell would be removed again" in lines
    assert "- assignment NB-7 to Anna Bell would be removed again" in lines
    assert "- device NB-7: status issued → in stock" in lines


def test_a_sim_that_moved_is_told_by_its_devices_and_number(database: Database, owner: int) -> None:
    one, two = a_device(database, owner, asset_tag="ONE"), a_device(database, owner, asset_tag="TWO")
    line = a_line(database, owner)
    sim = a_sim(database, owner, device_id=one, line_id=line)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        from fleet.database.models import Sim

        row = session.get_one(Sim, sim)
        row.device_id, row.line_id = two, None
        session.flush()
        event = open_event(session).id
    assert event is not None
    assert told(database, event) == ["- SIM 8944100000000000017: device TWO → ONE, line nothing → +447700900123"]


def test_somebodys_own_device_is_told_by_who_enrolled_it(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)
    device = a_device(database, owner, ownership="personal")
    enrolment = an_enrolment(database, owner, tenant, device, upn="anna@x.example")
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.get_one(Enrolment, enrolment).os_version = "27.1"
        session.add(Line(organisation_id=owner))
        session.flush()
        event = open_event(session).id
    assert event is not None
    lines = told(database, event)
    assert [
        line for line in lines if line.startswith("- enrolment of anna@x.example in northbridge: OS version 27.1 → ")
    ], lines
    assert "- line without a number would be removed again" in lines


def test_no_line_has_a_rows_number(database: Database, owner: int) -> None:
    """Whatever names are missing, an id says nothing to people."""
    a_site(database, owner, "Depot")
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        site = Site(organisation_id=owner, name="Annexe")
        session.add(site)
        session.flush()
        session.add(Device(organisation_id=owner, kind="ipad", status="in_stock", site_id=site.id))
        session.flush()
        event = open_event(session).id
    assert event is not None
    assert told(database, event) == [
        "- device without tag or serial would be removed again",
        "- site Annexe would be removed again",
    ]
    assert not [line for line in told(database, event) if re.search(r"\d", line)]


def test_a_flood_of_one_kind_hides_no_other() -> None:
    flood = [Reversal("stocktake_expected", n, 1, "insert", {}, {}, f"NB-{n}") for n in range(500)]
    plan = UndoPlan((1,), [*flood, Reversal("stocktake", 1, 1, "insert", {}, {}, "Autumn")])
    lines = plan.in_words(limit=FEWEST)
    assert lines[:2] == ["501 changes would be taken back, 0 kept.", "- stocktake Autumn would be removed again"]
    assert lines[-1] == "  … and 496 more expected devices would be removed again"
    assert len(plan.in_words(limit=501)) == 502
