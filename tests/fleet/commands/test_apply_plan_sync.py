"""A tenant's night with a reader that is a plain function: what is written, what is not, and what a bad night leaves."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, func, select

from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.database import Database
from fleet.database.models import ChainHead, Change, Device, DeviceModel, Enrolment, Event, Finding, Person, Run, Tenant
from fleet.domain.records import ObservedDetail, ObservedTenant, Problem
from fleet.errors import RefusedByBrake, SourceUnavailable
from tests.conftest import Backend, CountQueries
from tests.factory import (
    ACTOR,
    NOW,
    TODAY,
    a_device,
    a_model,
    a_night,
    a_person,
    a_tenant,
    a_tenant_config,
    an_assignment,
    an_enrolment,
    an_observed_device,
    an_observed_person,
    an_organisation,
    change,
    dump,
    only_differing,
    value,
    write,
)
from tests.fleet.database.test_chain import verify

TENANT = a_tenant_config()
RUNS = frozenset({"run"})


def reader(night: ObservedTenant | Exception, meanwhile: Callable[[], object] | None = None) -> Any:
    """A source that answers with this night, or fails so; `meanwhile` happens after the register was looked at."""

    def read(tenant: Any, *, enrich: Any, **_: Any) -> tuple[ObservedTenant, Any]:
        if isinstance(night, Exception):
            raise night
        enrich(night.devices)
        if meanwhile is not None:
            meanwhile()
        return night, SimpleNamespace(requests=3, retries=1, seconds=0.5)

    return read


def sync(database: Database, night: ObservedTenant | Exception, **options: Any) -> SyncResult:
    meanwhile = options.pop("meanwhile", None)
    known: dict[str, Any] = {"actor": ACTOR, "now": NOW}
    return sync_tenant(database, TENANT, SyncOptions(**(known | options)), reader(night, meanwhile))


def later(days: int = 1) -> Any:
    return NOW + timedelta(days=days)


def rows(database: Database, *columns: Any) -> list[Any]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


def number(database: Database, kind: Any) -> int:
    with database.read() as session:
        return session.execute(select(func.count(kind.id))).scalar_one()


@pytest.fixture
def owner(database: Database) -> int:
    found = an_organisation(database)
    a_tenant(database, found)
    return found


# --- a first night -------------------------------------------------------------------------------------------


def test_the_first_night_builds_the_register_with_its_history(database: Database, owner: int) -> None:
    """One event, a Change for every row, and the chain holds."""
    result = sync(database, a_night(devices=3, people=2))
    assert (result.error, result.complete, result.exit_code) == (None, True, 0)
    assert result.devices == {"read": 3, "new": 3, "changed": 0, "unchanged": 0, "missing": 0, "problems": 0}
    assert result.people == {"read": 2, "new": 2, "changed": 0, "unchanged": 0, "left": 0, "absent": 0}
    assert rows(database, Device.serial, Device.status, Device.ownership) == [
        (f"DMPX{n:06d}", "unrecorded", "organisation") for n in (1, 2, 3)
    ]
    for kind in (Device, Enrolment, Person):
        with database.read() as session:
            changed = session.execute(
                select(func.count())
                .select_from(Change)
                .where(Change.subject == kind.__tablename__, Change.kind == "insert")
            ).scalar_one()
        assert changed == number(database, kind)
    assert verify(database) == []
    with database.read() as session:
        made = session.execute(select(Event).where(Event.action == "sync")).scalar_one()
    assert (made.id, made.run_id, made.actor) == (result.event, result.run, ACTOR)


def test_the_run_tells_what_became_of_it(database: Database, owner: int) -> None:
    """Counts, the event, the head of the chain after it."""
    result = sync(database, a_night())
    with database.read() as session:
        run = session.execute(select(Run)).scalar_one()
        head = session.execute(select(ChainHead.hash)).scalar_one()
    assert (run.state, run.event_id, run.lease_until, run.head_hash) == ("complete", result.event, None, head)
    assert run.counts["devices"] == result.devices
    assert run.counts["requests"] == 3


def test_the_time_mark_and_the_link_are_stored_with_what_they_stand_for(database: Database, owner: int) -> None:
    """Taken before the first request, kept only when all was applied."""
    sync(database, a_night(people_delta_link="https://graph.example/delta?token=7", read_at=NOW - timedelta(minutes=9)))
    assert rows(database, Tenant.people_delta_link, Tenant.last_complete_at, Tenant.last_device_count) == [
        ("https://graph.example/delta?token=7", NOW - timedelta(minutes=9), 3)
    ]


def test_each_device_points_to_its_newest_enrolment(database: Database, owner: int) -> None:
    """Open before closed, then by the day of enrolment."""
    old = an_observed_device(1, enrolled_at=NOW - timedelta(days=90))
    new = an_observed_device(1, intune_id="after-wipe", enrolled_at=NOW - timedelta(days=2))
    sync(database, replace(a_night(), devices=[new, old]))
    (pointer,) = [row[0] for row in rows(database, Device.enrolment_id)]
    assert value(database, Enrolment.intune_id, pointer) == "after-wipe"


def test_managers_are_linked_once_everybody_exists(database: Database, owner: int) -> None:
    """Whatever the order of the list."""
    people = [an_observed_person(1, manager_entra_id="user-0002"), an_observed_person(2)]
    sync(database, replace(a_night(), people=people))
    ids = {entra: one for entra, one in rows(database, Person.entra_id, Person.id)}
    assert value(database, Person.manager_id, ids["user-0001"]) == ids["user-0002"]


def test_a_model_that_is_known_is_used(database: Database, owner: int) -> None:
    """Not added a second time."""
    model = a_model(database)
    sync(database, a_night())
    assert rows(database, DeviceModel.id) == [(model,)]
    assert {row[0] for row in rows(database, Device.model_id)} == {model}


def test_a_big_night_takes_no_more_statements_than_a_small_one(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    """Bulk statements for bulk work."""
    with count_queries(database) as statements:
        assert sync(database, a_night(devices=300, people=300)).error is None
    assert len(statements) < 90


# --- the next nights -----------------------------------------------------------------------------------------


def test_a_second_night_on_the_same_data_writes_no_history(database: Database, owner: int) -> None:
    """No event, no change, the same head; only the run and the findings' own dates move."""
    night = a_night(details={"intune-0001": ObservedDetail("intune-0001", iccid="8944100000000000017")},
                    primary_users={"intune-0001": "user-0001"})  # fmt: skip
    sync(database, night)
    before = dump(database)
    result = sync(database, night, now=later())
    assert (result.complete, result.event) == (True, None)
    assert result.devices == {"read": 3, "new": 0, "changed": 0, "unchanged": 3, "missing": 0, "problems": 0}
    assert result.people == {"read": 3, "new": 0, "changed": 0, "unchanged": 3, "left": 0, "absent": 0}
    after = dump(database)
    assert only_differing(before, after) <= {"run", "tenant", "enrolment", "finding", "finding_count"}
    for table in ("event", "change", "chain_head", "device", "person"):
        assert before[table] == after[table], table


def test_managers_outside_the_directory_do_not_make_every_night_a_change(database: Database, owner: int) -> None:
    """They can't be linked, so nothing is announced."""
    people = [an_observed_person(1, manager_entra_id="a-guest"), an_observed_person(2, manager_entra_id="user-0002")]
    night = replace(a_night(), people=people)
    sync(database, night)
    result = sync(database, night, now=later())
    assert (result.people["changed"], result.event) == (0, None)


def test_a_check_in_is_stored_without_history(database: Database, owner: int) -> None:
    """Volatile only."""
    sync(database, a_night(devices=1))
    events = number(database, Event)
    sync(database, replace(a_night(), devices=[an_observed_device(1, last_seen=later(), storage_free=1)]), now=later())
    assert rows(database, Enrolment.last_seen, Enrolment.storage_free) == [(later(), 1)]
    assert number(database, Event) == events


def test_a_change_is_written_with_before_and_after(database: Database, owner: int) -> None:
    """Of the enrolment; the device's own fields are the register's."""
    sync(database, a_night(devices=1))
    result = sync(database, replace(a_night(), devices=[an_observed_device(1, os_version="26.2")]), now=later())
    assert result.devices["changed"] == 1
    with database.read() as session:
        kept = session.execute(
            select(Change.subject, Change.before, Change.after).where(Change.event_id == result.event)
        )
        assert [tuple(one) for one in kept] == [("enrolment", {"os_version": "26.1"}, {"os_version": "26.2"})]


def test_what_staff_decided_is_not_overwritten(database: Database, owner: int) -> None:
    """Status, tag and holder are the register's, whatever Intune says."""
    sync(database, a_night(devices=1))
    ((device,),) = rows(database, Device.id)
    change(database, Device, device, status="lost", asset_tag="NB-0001", notes="left on a bus")
    before = dump(database)["device"]
    sync(
        database,
        replace(a_night(), devices=[an_observed_device(1, device_name="Other", ownership="personal")]),
        now=later(),
    )
    assert dump(database)["device"][0][1:3] == before[0][1:3]
    assert (value(database, Device.status, device), value(database, Device.asset_tag, device)) == ("lost", "NB-0001")


def test_absent_once_twice_and_back(database: Database, owner: int) -> None:
    """Noted, closed with its reason, and a new enrolment of the same device."""
    sync(database, a_night(devices=3))
    short = a_night(devices=2)
    once = sync(database, short, now=later(1))
    assert (once.devices["missing"], once.event) == (1, None)
    missing = select(Enrolment).where(Enrolment.intune_id == "intune-0003")
    with database.read() as session:
        noted = session.execute(missing).scalar_one()
    assert (noted.missing_runs, noted.missing_since, noted.closed_at) == (1, later(1), None)
    sync(database, short, now=later(2))
    with database.read() as session:
        closed = session.execute(missing).scalar_one()
    assert (closed.closed_at, closed.closed_because, closed.missing_since) == (later(2), "vanished", later(1))
    assert number(database, Device) == 3
    back = sync(database, a_night(devices=3), now=later(3))
    assert (back.devices["new"], number(database, Device), number(database, Enrolment)) == (1, 3, 4)
    with database.read() as session:
        device = session.execute(select(Device).where(Device.serial == "DMPX000003")).scalar_one()
        assert session.get_one(Enrolment, device.enrolment_id).closed_at is None


def test_absent_once_and_back_is_as_if_nothing_had_been(database: Database, owner: int) -> None:
    """No history of it."""
    sync(database, a_night(devices=3))
    head = rows(database, ChainHead.hash)
    sync(database, a_night(devices=2), now=later(1))
    sync(database, a_night(devices=3), now=later(2))
    assert {
        (row[1], row[2]) for row in rows(database, Enrolment.id, Enrolment.missing_runs, Enrolment.missing_since)
    } == {(0, None)}
    assert rows(database, ChainHead.hash) == head


def test_a_bad_device_is_a_problem_and_not_the_end(database: Database, owner: int) -> None:
    """Nor is it missing."""
    sync(database, a_night(devices=3))
    bad = Problem("bad-device", "intune-0003", "no such date")
    result = sync(database, a_night(devices=2, problems=(bad,)), now=later())
    assert result.complete
    assert (result.devices["read"], result.devices["problems"], result.devices["missing"]) == (3, 1, 0)
    assert result.problems == [{"code": "bad-device", "where": "intune-0003", "reason": "no such date"}]


def test_two_new_devices_with_one_imei_are_a_finding_and_not_the_end(database: Database, owner: int) -> None:
    """The register holds an IMEI once; all others of the night are written."""
    twins = [an_observed_device(n, imei="352099001761481") for n in (1, 2)]
    result = sync(database, replace(a_night(), devices=[*twins, an_observed_device(3)]))
    assert result.error is None
    assert rows(database, Device.serial) == [("DMPX000003",)]
    assert result.devices["problems"] == 2
    assert ("duplicate-imei",) in rows(database, Finding.rule)


def test_details_are_stored_once_and_a_blank_erases_nothing(database: Database, owner: int) -> None:
    """ICCID and notes come from a read one by one."""
    full = ObservedDetail("intune-0001", iccid="8944100000000000017", notes="Reception")
    sync(database, a_night(devices=1, details={"intune-0001": full}))
    blank = ObservedDetail("intune-0001", iccid=None, notes=None)
    result = sync(database, a_night(devices=1, details={"intune-0001": blank}), now=later())
    assert rows(database, Enrolment.iccid, Enrolment.notes, Enrolment.enriched_at) == [
        ("8944100000000000017", "Reception", later())
    ]
    assert result.event is None


def test_details_of_somebodys_own_device_are_never_kept(database: Database, owner: int) -> None:
    """Not even when Intune calls it corporate: the register knows that it is theirs."""
    sync(database, replace(a_night(), devices=[an_observed_device(1, ownership="personal")]))
    full = ObservedDetail("intune-0001", iccid="8944100000000000017", udid="00008101-000", notes="mine")
    claimed = replace(a_night(details={"intune-0001": full}), devices=[an_observed_device(1, ownership="company")])
    assert sync(database, claimed, now=later()).error is None
    assert rows(database, Enrolment.iccid, Enrolment.udid, Enrolment.notes) == [(None, None, None)]


def test_a_name_in_lower_case_finds_the_tag(database: Database, owner: int) -> None:
    """Matching folds case, so the query must: a small night and a big one must agree."""
    device = a_device(database, owner, asset_tag="NB-0001")
    sync(database, replace(a_night(), devices=[an_observed_device(1, device_name="nb-0001")]))
    assert rows(database, Device.id, Device.serial) == [(device, "DMPX000001")]


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(database: Database, owner: int) -> None:
    """Not even a run."""
    before = dump(database)
    result = sync(database, a_night(), dry=True)
    assert dump(database) == before
    assert result.devices["new"] == 3
    assert result.plan[1].startswith("3 enrolments to add (3 on devices nobody recorded)")


# --- the brake -----------------------------------------------------------------------------------------------


def test_an_unbelievable_answer_is_refused_and_the_run_says_so(database: Database, owner: int) -> None:
    """Exit code 3, the register as it was, the counts kept with the run."""
    sync(database, a_night(devices=20, people=1))
    before = dump(database, without=RUNS)
    result = sync(database, a_night(devices=10, people=1), now=later())
    assert (result.exit_code, result.complete) == (RefusedByBrake.exit_code, False)
    assert "10 of 20 devices are absent" in (result.error or "")
    assert dump(database, without=RUNS) == before
    run = rows(database, Run.id, Run.state, Run.error)[-1]
    assert run[1:] == ("refused", result.error)


def test_an_empty_answer_is_refused(database: Database, owner: int) -> None:
    """One device of one is within every limit, and still no evidence."""
    sync(database, a_night(devices=1, people=1))
    assert sync(database, a_night(devices=0, people=1), now=later()).exit_code == 3


def test_an_empty_directory_is_refused(database: Database, owner: int) -> None:
    """People have the same brake."""
    sync(database, a_night(devices=1, people=3))
    before = dump(database, without=RUNS)
    result = sync(database, a_night(devices=1, people=0), now=later())
    assert result.exit_code == 3
    assert "people are absent" in (result.error or "")
    assert dump(database, without=RUNS) == before


def test_a_confirmed_number_goes_through_with_its_reason(database: Database, owner: int) -> None:
    """Exactly that number; the next night closes them, and the reason stays in history."""
    sync(database, a_night(devices=20, people=1))
    wrong = sync(database, a_night(devices=10, people=1), now=later(), confirm=9, reason="school closed")
    assert wrong.exit_code == 3
    right = sync(database, a_night(devices=10, people=1), now=later(), confirm=10, reason="school closed")
    assert (right.error, right.devices["missing"]) == (None, 10)
    closing = sync(database, a_night(devices=10, people=1), now=later(2), reason="school closed")
    assert closing.error is None
    with database.read() as session:
        assert session.get_one(Event, closing.event).reason == "school closed"


def test_the_reason_of_a_confirmation_is_kept_on_the_night_it_was_given(database: Database, owner: int) -> None:
    """Absences of the first night leave no event, so the run must hold number and reason."""
    sync(database, a_night(devices=20, people=1))
    right = sync(database, a_night(devices=10, people=1), now=later(), confirm=10, reason="school closed")
    with database.read() as session:
        run = session.get_one(Run, right.run)
        kept = f"{run.counts} {[one.reason for one in session.execute(select(Event)).scalars()]}"
    assert "school closed" in kept


# --- bad nights ----------------------------------------------------------------------------------------------


def break_at(database: Database, words: str) -> None:
    """Let the program break when it sends a statement that begins so."""

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(words):
            raise RuntimeError("a mistake in the program")

    event.listen(database.engine, "before_cursor_execute", note)


def test_a_source_that_fails_leaves_the_register_as_it_was_and_says_why(database: Database, owner: int) -> None:
    """And the next night repairs."""
    sync(database, a_night())
    before = dump(database, without=RUNS)
    result = sync(database, SourceUnavailable("Graph answers 504. Try again later."), now=later())
    assert (result.error, result.exit_code, result.complete) == ("Graph answers 504. Try again later.", 4, False)
    assert dump(database, without=RUNS) == before
    assert rows(database, Run.id, Run.state, Run.error)[-1][1:] == ("failed", "Graph answers 504. Try again later.")
    assert sync(database, a_night(devices=4), now=later()).devices["new"] == 1


@pytest.mark.parametrize("statement", ["UPDATE enrolment", "UPDATE event", "UPDATE tenant", "UPDATE chain_head"])
def test_a_mistake_at_any_point_of_the_writing_leaves_the_register_as_it_was(backend: Backend, statement: str) -> None:
    """The mistake is raised for the log, the run says that it failed."""
    url = backend.migrated()
    with Database(url) as database:
        a_tenant(database, an_organisation(database))
        sync(database, a_night())
        before = dump(database, without=RUNS)
    changed = replace(a_night(devices=6), devices=[an_observed_device(n, os_version="26.2") for n in range(1, 7)])
    with Database(url) as broken:
        break_at(broken, statement)
        with pytest.raises(RuntimeError):
            sync(broken, changed, now=later())
    with Database(url) as database:
        assert dump(database, without=RUNS) == before
        assert rows(database, Run.id, Run.state)[-1][1] == "failed"
        assert sync(database, changed, now=later()).error is None
        assert verify(database) == []


_KILLED = """
import os, sys
from sqlalchemy import event
from fleet.database import Database
from tests.factory import a_night
from tests.fleet.commands.test_apply_plan_sync import sync, later
database = Database(sys.argv[1], create=False)
def note(_connection, _cursor, statement, *_):
    if statement.startswith(sys.argv[2]):
        os._exit(9)
event.listen(database.engine, "before_cursor_execute", note)
sync(database, a_night(devices=9), now=later())
"""


@pytest.mark.crash
@pytest.mark.parametrize("statement", ["UPDATE tenant", "UPDATE chain_head"], ids=["half way", "just before the end"])
def test_a_killed_run_leaves_the_register_as_it_was_and_the_next_one_buries_it(
    backend: Backend, statement: str
) -> None:
    """A real process that ends without a word."""
    url = backend.migrated()
    with Database(url) as database:
        a_tenant(database, an_organisation(database))
        sync(database, a_night())
        before = dump(database, without=RUNS)
    here = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, url, statement],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(here)},
        check=False,
    )
    assert killed.returncode == 9
    with Database(url) as database:
        assert dump(database, without=RUNS) == before
        assert rows(database, Run.id, Run.state)[-1][1] == "running"
        result = sync(database, a_night(devices=9), now=later())
        assert (result.error, result.devices["new"]) == (None, 6)
        assert [row[1] for row in rows(database, Run.id, Run.state)] == ["complete", "killed", "complete"]
        assert verify(database) == []


def test_two_syncs_of_one_tenant_at_once_are_refused(database: Database, owner: int) -> None:
    """The second is told; the first goes on."""
    second: list[SyncResult] = []
    first = sync(database, a_night(), meanwhile=lambda: second.append(sync(database, a_night())))
    assert first.complete
    assert (second[0].run, second[0].complete) == (None, False)
    assert "Wait for it to finish" in (second[0].error or "")
    assert number(database, Run) == 1


def test_a_tenant_the_register_does_not_know_is_a_mistake_in_the_configuration(database: Database) -> None:
    """Said, not raised: other tenants go on."""
    result = sync(database, a_night())
    assert (result.exit_code, result.run) == (2, None)
    assert "config.toml" in (result.error or "")


# --- somebody writes meanwhile -------------------------------------------------------------------------------


def test_what_somebody_writes_while_we_read_is_planned_on(database: Database, owner: int) -> None:
    """A technician books in a new device at the very moment: one device, not a refused night."""
    booked: list[int] = []
    result = sync(
        database, a_night(devices=2),
        meanwhile=lambda: booked.append(a_device(database, owner, serial="DMPX000001", asset_tag="NB-0001")),
    )  # fmt: skip
    assert result.error is None
    assert number(database, Device) == 2
    with database.read() as session:
        first = session.execute(select(Enrolment.device_id).where(Enrolment.intune_id == "intune-0001")).scalar_one()
    assert [first] == booked
    assert value(database, Device.asset_tag, first) == "NB-0001"


def test_the_brake_looks_again_at_what_was_replanned(database: Database, owner: int) -> None:
    """Thirty enrolments appeared while we read an answer without them."""
    sync(database, a_night(devices=2))
    ((tenant,),) = rows(database, Tenant.id)

    def flood() -> None:
        for _ in range(12):
            an_enrolment(database, owner, tenant, a_device(database, owner))
        before.append(dump(database, without=RUNS))

    before: list[Any] = []
    result = sync(database, a_night(devices=2), now=later(), meanwhile=flood)
    assert result.exit_code == 3
    assert dump(database, without=RUNS) == before[0]


def test_an_issue_made_while_we_read_stands(database: Database, owner: int) -> None:
    """Holder and status are staff's, however the night ends."""
    sync(database, a_night(devices=1))
    ((device,),) = rows(database, Device.id)

    def issue() -> None:
        person = a_person(database, owner, "Bryn Hale")
        an_assignment(database, owner, device, person_id=person, issued_on=TODAY)
        change(database, Device, device, status="issued")

    changed = replace(a_night(), devices=[an_observed_device(1, os_version="26.2")])
    assert sync(database, changed, now=later(), meanwhile=issue).error is None
    assert value(database, Device.status, device) == "issued"
    assert rows(database, Enrolment.os_version) == [("26.2",)]
    assert verify(database) == []


def test_another_organisations_rows_are_not_touched(database: Database, owner: int) -> None:
    """A night concerns its own tenant."""
    other = an_organisation(database, "southmere")
    elsewhere = a_tenant(database, other, "southmere")
    an_enrolment(database, other, elsewhere, a_device(database, other, serial="DMPXSOUTH01"), intune_id="intune-0001")
    write(database, Person(organisation_id=other, tenant_id=elsewhere, entra_id="user-0001", display_name="Elin Parry"))
    before = [row for row in dump(database)["enrolment"] if row[0] is not None]
    sync(database, a_night())
    assert set(before) <= set(dump(database)["enrolment"])
    with database.read(frozenset({other})) as session:
        assert session.execute(select(func.count(Device.id))).scalar_one() == 1
        assert session.execute(select(Person.display_name)).scalars().all() == ["Elin Parry"]
