"""Undo of each kind of event: everything comes back, history says so, and undoing the undo brings all of it again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from fleet.commands import devices
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.operators import set_operator
from fleet.commands.organisations import adopt_configuration
from fleet.commands.undo import events_of_run
from fleet.config import Config, OrganisationConfig
from fleet.database import Database
from fleet.database.models import Device, Organisation, Person, Sim, Tenant
from fleet.demo.estate import generate
from fleet.demo.register import load_register
from fleet.domain.records import ObservedTenant
from fleet.errors import NotAllowed, NotFound
from tests.conftest import CountQueries
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_night,
    a_sim,
    an_observed_device,
    an_observed_person,
    only_differing,
    value,
)
from tests.fleet.commands.estate import Estate, an_estate, differing, replayed, rows_of
from tests.fleet.database.test_chain import verify

NIGHT = a_night(devices=3, people=3)
REGISTER = (
    b"Serial number,Asset tag,Model,Location,Email,Status\n"
    b"DMPX000101,NB-0900,iPad Air,Annex,bryn@northbridge.example,\n"
    b"NORX000001,NO-0001,iPad Air,Annex,mair@northbridge.example,\n"
    b"NORX000002,NO-0002,iPad Air,Annex,,in repair\n"
)


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def another_night() -> ObservedTenant:
    """One changed, one re-enrolled, one absent for the first time; one person changed."""
    seen = [an_observed_device(1, os_version="26.2"), an_observed_device(2, intune_id="intune-2222")]
    people = [
        an_observed_person(1, job_title="Lead", manager_entra_id="user-0002"),
        an_observed_person(2),
        an_observed_person(3),
    ]
    return ObservedTenant("northbridge", NOW, seen, people, people_delta_link="https://graph.example/delta?token=2")


def issue(estate: Estate) -> int | None:
    return estate.issue(estate.devices[:2], person_id=estate.people[0])


def loan(estate: Estate) -> int | None:
    return estate.issue(estate.devices[:1], site_id=estate.sites[0], due_on=TODAY + timedelta(days=7))


def give_back(estate: Estate) -> int | None:
    issue(estate)
    return estate.take_back(estate.devices[:2], condition="scratched", site_id=estate.sites[1])


def lost(estate: Estate) -> int | None:
    issue(estate)
    return estate.move(estate.devices[:1], "lost")


def found(estate: Estate) -> int | None:
    lost(estate)
    return estate.move(estate.devices[:1], "found")


def disposed(estate: Estate) -> int | None:
    estate.move(estate.devices[:1], "retired")
    return estate.move(estate.devices[:1], "disposed", reason="certificate 4471")


def registered(estate: Estate) -> int | None:
    estate.sync(NIGHT)
    with estate.database.read() as session:
        ids = list(session.execute(select(Device.id).where(Device.status == "unrecorded")).scalars())
    tags = ["NB-7001", "NB-7002", "NB-7003"]
    return estate.deed("device.register", lambda session: devices.register(session, ids, now=estate.now, tags=tags))


def imported(estate: Estate) -> int | None:
    options = ImportOptions(create=True)
    return apply_file(estate.database, REGISTER, "register.csv", options, actor=ACTOR, now=estate.now).event


def synced(estate: Estate) -> int | None:
    return estate.sync(NIGHT).event


def second_night(estate: Estate) -> int | None:
    estate.sync(NIGHT)
    return estate.later().sync(another_night()).event


def vanished(estate: Estate) -> int | None:
    """Absent from two complete reads: two enrolments are closed."""
    second_night(estate)
    return estate.later().sync(another_night()).event


def operator(estate: Estate) -> int | None:
    def make(name: str, **values: object) -> int | None:
        return estate.deed("operator", lambda session: set_operator(session, name, **values))  # type: ignore[arg-type]

    make("head", role="administrator", organisations=(), all_organisations=True)
    make("gwen", role="technician", organisations=("northbridge",))
    return make("gwen", role="auditor", organisations=("northbridge",))


def person(estate: Estate) -> int | None:
    return estate.set(Person, estate.people[1], state="left", left_on=TODAY, team_id=estate.team)


def sim(estate: Estate) -> int | None:
    card = a_sim(estate.database, estate.organisation, device_id=estate.devices[0])
    return estate.set(Sim, card, device_id=estate.devices[1])


DEEDS = [
    issue,
    loan,
    give_back,
    lost,
    found,
    disposed,
    registered,
    imported,
    synced,
    second_night,
    vanished,
    operator,
    person,
    sim,
]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_undo_takes_all_of_an_event_back_and_undoing_the_undo_brings_it_again(
    estate: Estate, deed: Callable[[Estate], int | None]
) -> None:
    """Whatever it was; before and after are compared row by row, and history tells each step."""
    event = deed(estate)
    after = rows_of(estate.database, search=True)
    plan, undone = estate.undo(event)
    assert plan.kept == []
    start = rows_of(estate.database, search=True)
    assert differing(start, after) != []
    _, again = estate.undo(undone)
    assert differing(after, rows_of(estate.database, search=True)) == []
    plan, _ = estate.undo(again)
    assert plan.kept == []
    assert differing(start, rows_of(estate.database, search=True)) == []
    assert differing(replayed(estate.database), rows_of(estate.database)) == []
    assert verify(estate.database) == []


def test_after_undo_of_everything_newest_first_the_register_is_as_it_was(estate: Estate) -> None:
    """But for history itself, the runs and what the rules found."""
    start = rows_of(estate.database)
    done = [imported(estate), synced(estate), issue_second(estate)]
    done += [estate.later().sync(another_night()).event, estate.move(estate.devices[1:2], "lost")]
    done.append(estate.later().move(estate.devices[1:2], "found"))
    for event in reversed(done):
        plan, _ = estate.undo(event)
        assert plan.kept == []
    assert differing(start, rows_of(estate.database)) == []
    assert differing(replayed(estate.database), rows_of(estate.database)) == []


def issue_second(estate: Estate) -> int | None:
    return estate.move(estate.devices[1:2], "in_stock")


def test_a_demonstration_s_load_is_undone_but_for_the_organisations_that_history_names(database: Database) -> None:
    """Organisations stay: events and runs refer to them, and the plan says so."""
    load_register(database, generate(seed=7, devices=60, now=NOW))
    estate = Estate(database)
    plan, undone = estate.undo(1)
    assert {one.subject for one in plan.kept} <= {"organisation"}
    left = {name for name, rows in rows_of(database).items() if rows}
    assert left <= {"organisation"}
    estate.undo(undone)
    assert differing(replayed(database), rows_of(database)) == []


def test_the_sync_after_an_undone_sync_brings_everything_again(estate: Estate) -> None:
    """Fingerprints and the place in the directory are forgotten with what they stood for."""
    first = estate.sync(NIGHT)
    once = rows_of(estate.database)
    estate.undo(first.event)
    assert value(estate.database, Tenant.people_delta_link, estate.tenant) is None
    second = estate.sync(NIGHT)
    assert (second.devices, second.people, second.error) == (first.devices, first.people, None)
    assert [len(rows) for rows in rows_of(estate.database).values()] == [len(rows) for rows in once.values()]


def test_after_an_undone_night_the_next_one_sees_its_changes_again(estate: Estate) -> None:
    """The record of Intune is the same as yesterday, and still it is compared field by field."""
    event = second_night(estate)
    after = rows_of(estate.database)
    estate.undo(event)
    again = estate.sync(another_night())
    assert (again.devices["changed"], again.people["changed"]) == (1, 1)
    now = rows_of(estate.database)
    versions = [sorted(one["os_version"] for one in state["enrolment"].values()) for state in (now, after)]
    assert versions[0] == versions[1]


def test_two_thousand_rows_go_and_come_back_in_a_bounded_number_of_statements(
    estate: Estate, count_queries: CountQueries
) -> None:
    """Ten times the rows need no more statements than a few."""
    many = a_night(devices=1_000, people=1_001)
    managed = [
        an_observed_person(number, manager_entra_id=f"user-{number % 1_000 + 1:04d}") for number in range(1, 1_001)
    ]
    event = estate.sync(ObservedTenant("northbridge", NOW, many.devices, managed)).event
    with count_queries(estate.database) as statements:
        plan, undone = estate.undo(event)
    assert len(plan.reversed) >= 3_000
    assert len(statements) < 160
    with count_queries(estate.database) as statements:
        plan, _ = estate.undo(undone)
    assert len(plan.reversed) >= 3_000 and plan.kept == []
    assert len(statements) < 160
    assert differing(replayed(estate.database), rows_of(estate.database)) == []


def test_an_event_is_undone_once(estate: Estate) -> None:
    """And says by which; after its undo was undone it may be taken back again."""
    event = issue(estate)
    _, undone = estate.undo(event)
    with pytest.raises(NotAllowed, match=f"undone already, by event {undone}"):
        estate.undo(event)
    _, again = estate.undo(undone)
    with pytest.raises(NotAllowed, match=f"undone already, by event {again}"):
        estate.undo(undone)
    estate.undo(again)
    with pytest.raises(NotAllowed, match="undone already"):
        estate.undo(event)


def test_what_is_not_there_is_not_undone(estate: Estate) -> None:
    """An unknown event, an unknown run, and a run that changed nothing."""
    with pytest.raises(NotFound, match="no event 999"):
        estate.plan(999)
    with pytest.raises(NotFound, match="no run 999"):
        estate.events_of_run(999)
    estate.sync(NIGHT)
    quiet = estate.later().sync(NIGHT)
    with pytest.raises(NotAllowed, match="changed nothing"):
        estate.events_of_run(quiet.run)


def test_a_run_is_undone_by_its_number(estate: Estate) -> None:
    """The run knows its event."""
    result = estate.sync(NIGHT)
    assert estate.events_of_run(result.run) == [result.event]


def test_a_plan_writes_nothing(estate: Estate) -> None:
    """Looking is free."""
    event = give_back(estate)
    before = rows_of(estate.database, volatile=True)
    plan = estate.plan(event or 0)
    assert plan.as_json()["reversed"] and plan.in_words()
    assert only_differing(before, rows_of(estate.database, volatile=True)) == set()


def test_the_organisation_that_history_names_stays_and_the_plan_says_why(database: Database) -> None:
    """Taking over a configuration can be undone as far as nothing refers to it."""
    config = Config(Path(), "sqlite://", organisations={"eastmoor": OrganisationConfig("eastmoor", "Eastmoor")})
    estate = Estate(database)
    event = estate.deed("configuration", lambda session: adopt_configuration(session, config))
    plan, undone = estate.undo(event)
    assert [(one.subject, one.because) for one in plan.kept] == [("organisation", "events refer to it")]
    assert undone is None
    assert value(database, Organisation.key, 1) == "eastmoor"


# --- walls ----------------------------------------------------------------------------------------------------


def test_an_operator_of_one_council_can_t_undo_what_happened_in_another(database: Database) -> None:
    """Not even see that there is such an event; and nothing is changed."""
    northbridge, eastmoor = an_estate(database), an_estate(database, key="eastmoor")
    event = eastmoor.issue(eastmoor.devices[:1], person_id=eastmoor.people[0])
    run = northbridge.sync(NIGHT)
    before = rows_of(database, volatile=True)
    with pytest.raises(NotFound):
        northbridge.undo(event, scope=frozenset({northbridge.organisation}))
    with database.read(frozenset({eastmoor.organisation})) as session, pytest.raises(NotFound):
        events_of_run(session, run.run or 0)
    assert differing(before, rows_of(database, volatile=True)) == []
    plan, _ = eastmoor.undo(event, scope=frozenset({eastmoor.organisation}))
    assert len(plan.reversed) == 2


def test_an_event_of_several_councils_is_undone_by_those_who_see_them_all(database: Database) -> None:
    """Half an undo would leave half an event."""
    northbridge, eastmoor = an_estate(database), an_estate(database, key="eastmoor")
    event = northbridge.issue([northbridge.devices[0], eastmoor.devices[0]], person_id=northbridge.people[0])
    for one in (northbridge, eastmoor):
        with pytest.raises(NotFound):
            one.undo(event, scope=frozenset({one.organisation}))
    plan, _ = northbridge.undo(event)
    assert len(plan.reversed) == 4


def test_undo_leaves_the_directory_s_bookmark_of_other_councils_alone(database: Database) -> None:
    """Only whose people went back are read anew."""
    northbridge = an_estate(database)
    eastmoor = an_estate(database, key="eastmoor")
    northbridge.sync(NIGHT)
    event = eastmoor.set(Person, eastmoor.people[0], job_title="Lead")
    eastmoor.undo(event)
    assert value(database, Tenant.people_delta_link, northbridge.tenant) == NIGHT.people_delta_link


def test_a_device_that_went_to_another_council_since_is_out_of_reach(database: Database) -> None:
    """The event was ours; the device is not any more."""
    northbridge, eastmoor = an_estate(database), an_estate(database, key="eastmoor")
    device = northbridge.devices[0]
    event = northbridge.move([device], "prepared")
    northbridge.set(Device, device, organisation_id=eastmoor.organisation, site_id=None)
    plan, undone = northbridge.undo(event, scope=frozenset({northbridge.organisation}))
    assert [one.because for one in plan.kept] == ["it belongs to an organisation outside your access"]
    assert undone is None
