"""What an undo leaves alone, and says so row by row: what changed since, what others use, what is gone or taken."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import assignments, bundles, devices
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.undo import Kept, UndoPlan
from fleet.database import Database
from fleet.database.models import Assignment, AssignmentItem, Device, Enrolment, Incident, Person, Site
from fleet.domain.records import ObservedTenant
from tests.factory import ACTOR, NOW, TODAY, a_night, an_observed_device, an_observed_person, value
from tests.fleet.commands.estate import Estate, an_estate, differing, replayed, rows_of

NIGHT = a_night(devices=3, people=3)


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def kept(plan: UndoPlan) -> set[tuple[str, str, str]]:
    return {(one.subject, one.field, one.because) for one in plan.kept}


def undo(estate: Estate, event: int | None) -> UndoPlan:
    """Undo, and check that history still tells the present."""
    plan, _ = estate.undo(event)
    assert differing(replayed(estate.database), rows_of(estate.database)) == []
    return plan


def import_text(estate: Estate, text: str, **options: Any) -> int | None:
    done = apply_file(estate.database, text.encode(), "list.csv", ImportOptions(**options), actor=ACTOR, now=estate.now)
    return done.event


def status(estate: Estate, device: int) -> str:
    return str(value(estate.database, Device.status, device))


def test_a_field_that_changed_since_stays_and_the_others_go_back(estate: Estate) -> None:
    """Row by row, with the field and the value it has now."""
    device = estate.devices[0]
    event = estate.set(Device, device, notes="scratched", cost_code="X-1")
    estate.set(Device, device, notes="cracked")
    plan = undo(estate, event)
    assert plan.kept == [Kept("device", device, "notes", "notes changed since to cracked", "NO-0001")]
    assert [dict(one.before) for one in plan.reversed] == [{"cost_code": None}]
    document = plan.as_json()
    assert document["kept"] == [
        {
            "subject": f"device:{device}",
            "name": "NO-0001",
            "field": "notes",
            "because": "notes changed since to cracked",
        }
    ]
    assert plan.in_words()[-1] == "= device NO-0001: notes changed since to cracked"


def test_a_field_that_somebody_set_to_the_same_again_since_stays_too(estate: Estate) -> None:
    """Prepared, back to stock, prepared again: taking the first step back must not take the last one."""
    device = estate.devices[:1]
    first = estate.move(device, "prepared")
    estate.later().move(device, "in_stock")
    estate.later().move(device, "prepared")
    plan = undo(estate, first)
    assert plan.reversed == [] and {one.field for one in plan.kept} == {"status", "status_since"}
    assert status(estate, device[0]) == "prepared"


def test_a_change_since_that_was_undone_is_no_obstacle(estate: Estate) -> None:
    """Only what stands counts."""
    device = estate.devices[:1]
    first = estate.move(device, "prepared")
    second = estate.move(device, "in_repair")
    estate.undo(second)
    assert undo(estate, first).kept == [] and status(estate, device[0]) == "in_stock"


def test_a_status_that_stays_keeps_its_day(estate: Estate) -> None:
    """Both moves were today: the day belongs to the status, whichever is left."""
    device = estate.devices[:1]
    first = estate.move(device, "prepared")
    estate.move(device, "in_repair")
    undo(estate, first)
    assert value(estate.database, Device.status_since, device[0]) == TODAY


def test_a_return_is_not_undone_when_the_device_was_issued_again(estate: Estate) -> None:
    """Nobody is made the second holder."""
    device = estate.devices[:1]
    estate.issue(device, person_id=estate.people[0])
    returned = estate.take_back(device)
    estate.issue(device, person_id=estate.people[1])
    plan = undo(estate, returned)
    assert ("assignment", "returned_on", "the device was issued again since") in kept(plan)
    assert plan.reversed == []


def test_a_return_is_not_undone_when_the_device_is_where_nobody_can_hold_it(estate: Estate) -> None:
    """Retired since: the assignment stays closed."""
    device = estate.devices[:1]
    estate.issue(device, person_id=estate.people[0])
    returned = estate.take_back(device)
    estate.move(device, "retired")
    plan = undo(estate, returned)
    assert ("assignment", "returned_on", "the device is retired now") in kept(plan)
    assert status(estate, device[0]) == "retired" and plan.reversed == []


def test_an_issue_is_not_undone_under_a_later_one(estate: Estate) -> None:
    """Issued, returned, issued again: undo of the first issue must not take the status of the second."""
    device = estate.devices[:1]
    first = estate.issue(device, person_id=estate.people[0])
    estate.take_back(device)
    estate.issue(device, person_id=estate.people[1])
    assert undo(estate, first).reversed == [] and status(estate, device[0]) == "issued"


def test_a_loss_is_not_undone_into_issued_to_nobody(estate: Estate) -> None:
    """Issued, lost, issue undone; now undoing the loss can't make it issued again."""
    device = estate.devices[:1]
    issued = estate.issue(device, person_id=estate.people[0])
    lost = estate.move(device, "lost")
    undo(estate, issued)
    plan = undo(estate, lost)
    assert ("device", "status", "the device is lost now") in kept(plan)
    assert status(estate, device[0]) == "lost"


def test_a_closed_incident_is_not_opened_beside_a_newer_one(estate: Estate) -> None:
    """Lost, found, lost again: undo of the finding is refused for the incident, not for the whole register."""
    device = estate.devices[:1]
    estate.move(device, "lost")
    found = estate.move(device, "found")
    estate.move(device, "in_stock")
    estate.later().move(device, "lost")
    plan = undo(estate, found)
    assert ("incident", "closed_at", "there is a newer incident since") in kept(plan)
    with estate.database.read() as session:
        assert len(session.execute(select(Incident.id).where(Incident.closed_at.is_(None))).all()) == 1


def test_rows_that_others_refer_to_since_are_kept(estate: Estate) -> None:
    """A device that a file brought and somebody was issued with; and its model and place."""
    event = import_text(estate, "Serial number,Model,Location\nDMPX000101,iPad Air,Annex\n", create=True)
    with estate.database.read() as session:
        device = session.execute(select(Device.id).where(Device.serial == "DMPX000101")).scalar_one()
        site = session.execute(select(Site.id).where(Site.name == "Annex")).scalar_one()
    issued = estate.issue([device], person_id=estate.people[0])
    plan = undo(estate, event)
    assert {one.subject for one in plan.kept} == {"device", "device_model", "site"} and plan.reversed == []
    estate.undo(issued)
    undone_again = estate.plan(event or 0)
    assert undone_again.kept == [] and site


def test_a_place_made_for_a_device_that_was_there_goes_again(estate: Estate) -> None:
    """The device is sent back first; its new place is then nobody's."""
    before = rows_of(estate.database)
    event = import_text(estate, "Serial number,Model,Location\nNORX000001,iPad Air,Annex\n", create=True)
    assert undo(estate, event).kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_value_that_names_something_gone_is_not_brought_back(estate: Estate) -> None:
    """Annex was made by a file that was undone; the device had moved on, and can't move back there."""
    device = estate.devices[0]
    imported = import_text(estate, "Serial number,Location\nNORX000001,Annex\n", create=True)
    moved = estate.set(Device, device, site_id=estate.sites[1], notes="moved")
    undo(estate, imported)
    plan = undo(estate, moved)
    assert kept(plan) == {("device", "site_id", "the site it had was removed since")}
    assert value(estate.database, Device.notes, device) is None


def test_a_number_that_another_has_now_is_not_taken_back(estate: Estate) -> None:
    """The tag was freed and given to another device."""
    first, second = estate.devices[:2]
    freed = estate.set(Device, first, asset_tag=None)
    estate.set(Device, second, asset_tag="NO-0001")
    plan = undo(estate, freed)
    assert kept(plan) == {("device", "asset_tag", "another device has this asset tag since")}


def test_rows_that_came_again_under_another_number_are_not_put_back_beside_themselves(estate: Estate) -> None:
    """A sync undone, synced again, and the undo undone: the devices are there already."""
    first = estate.sync(NIGHT)
    _, undone = estate.undo(first.event)
    estate.sync(NIGHT)
    before = rows_of(estate.database)
    plan = undo(estate, undone)
    assert ("device", "*", "another device has this IMEI since") in kept(plan)
    assert {one.subject for one in plan.reversed} == set()
    assert differing(before, rows_of(estate.database)) == []


def test_a_night_whose_rows_later_nights_changed_is_undone_around_them(estate: Estate) -> None:
    """What changed stays with all it stands on, and its device still points to it; the rest goes."""
    first = estate.sync(ObservedTenant("northbridge", NOW, [
        an_observed_device(1, serial="NORX000001"), an_observed_device(2), an_observed_device(3),
    ], NIGHT.people))  # fmt: skip
    seen = [an_observed_device(1, serial="NORX000001", os_version="26.2"), an_observed_device(2), an_observed_device(3)]
    estate.later().sync(ObservedTenant("northbridge", NOW, seen, NIGHT.people))
    plan = undo(estate, first.event)
    assert [(one.subject, one.because) for one in plan.kept] == [("enrolment", "its OS version changed since")]
    with estate.database.read() as session:
        left = session.execute(select(Enrolment.id, Enrolment.device_id)).one()
        pointer = session.execute(select(Device.enrolment_id).where(Device.id == left.device_id)).scalar_one()
        assert session.execute(select(Person.id).where(Person.entra_id.is_not(None))).all() == []
    assert pointer == left.id


def test_a_manager_stays_while_somebody_who_stays_reports_to_them(estate: Estate) -> None:
    """References within a table count as well."""
    people = [an_observed_person(1, manager_entra_id="user-0002"), an_observed_person(2), an_observed_person(3)]
    event = estate.sync(ObservedTenant("northbridge", NOW, [], people)).event
    with estate.database.read() as session:
        ids = dict(session.execute(select(Person.entra_id, Person.id).where(Person.entra_id.is_not(None))).all())
    estate.set(Person, ids["user-0001"], job_title="Lead")
    plan = undo(estate, event)
    assert {(one.subject_id, one.because) for one in plan.kept} == {
        (ids["user-0001"], "its job title changed since"), (ids["user-0002"], "people refer to it"),
    }  # fmt: skip
    assert [one.subject_id for one in plan.reversed] == [ids["user-0003"]]


def test_a_pointer_never_leads_to_an_enrolment_that_is_gone(estate: Estate) -> None:
    """Two nights, two lives of one device, undone oldest first."""

    def night(life: int) -> int | None:
        seen = [
            an_observed_device(1, serial="NORX000001", intune_id=f"life-{life}", enrolled_at=NOW + timedelta(days=life))
        ]
        return estate.later().sync(ObservedTenant("northbridge", NOW, seen, [], people_complete=False)).event

    first, second = night(1), night(2)
    undo(estate, first)
    undo(estate, second)
    assert value(estate.database, Device.enrolment_id, estate.devices[0]) is None


def test_what_was_registered_twice_over_is_told(estate: Estate) -> None:
    """Tags given since stay; the status goes back where it can."""
    estate.sync(NIGHT)
    with estate.database.read() as session:
        found = (
            session.execute(select(Device.id).where(Device.status == "unrecorded").order_by(Device.id)).scalars().all()
        )
    event = estate.deed("device.register", lambda s: devices.register(s, found[:1], now=estate.now, tags=["NB-1"]))
    estate.set(Device, found[0], asset_tag="NB-2")
    plan = undo(estate, event)
    assert {one.field for one in plan.kept} == {"asset_tag"} and status(estate, found[0]) == "unrecorded"


def test_a_plan_made_too_early_is_made_again_when_it_is_applied(estate: Estate) -> None:
    """Between looking and agreeing somebody issued the device: the undo sees it."""
    device = estate.devices[:1]
    event = estate.move(device, "prepared")
    early = estate.plan(event)
    estate.issue(device, person_id=estate.people[0])
    assert early.reversed and undo(estate, event).reversed == []
    with estate.database.read() as session:
        assert len(session.execute(select(Assignment.id)).all()) == 1


def issue_with_case(estate: Estate, device: int) -> int | None:
    def act(session: Session) -> None:
        done = assignments.issue(session, [device], now=estate.now, person_id=estate.people[0])
        bundles.add_items(session, done, kinds=["case"])

    return estate.deed("device.issue", act)


def test_a_case_is_not_out_again_with_a_device_that_stays_returned(estate: Estate) -> None:
    """The next bundle of the same device had a case of its own."""
    device = estate.devices[0]
    issue_with_case(estate, device)

    def back(session: Session) -> None:
        bundles.take_back(session, [device], now=estate.now)
        assignments.return_devices(session, [device], now=estate.now)

    event = estate.deed("device.return", back)
    issue_with_case(estate, device)
    plan = undo(estate, event)
    assert plan.reversed == []
    assert {one[0] for one in kept(plan)} == {"assignment", "assignment_item", "device"}
    assert any(
        "what it goes with stays" in because for subject, _, because in kept(plan) if subject == "assignment_item"
    )


def test_a_case_is_not_forgotten_with_a_device_that_stays_issued(estate: Estate) -> None:
    device = estate.devices[0]
    event = issue_with_case(estate, device)
    with estate.database.read() as session:
        held = session.execute(select(Assignment.id)).scalar_one()
    estate.set(Assignment, held, condition="new")
    plan = undo(estate, event)
    assert plan.reversed == [] and status(estate, device) == "issued"
    with estate.database.read() as session:
        assert session.execute(select(AssignmentItem.kind)).scalars().all() == ["case"]
