"""The demonstration: the real sync finds exactly what was planted, and a second look at the same night changes nothing."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.commands.assignments import issue, return_devices
from fleet.commands.findings import Night, evaluate
from fleet.commands.rejudging import rejudge_touched
from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.commands.undo import apply_undo, plan_undo
from fleet.config import DEMO_MARKER, load_config
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Assignment, Change, Device, Enrolment, Event, Finding, Organisation, Person
from fleet.database.verify import verify
from fleet.demo.build import NIGHTS, build, demo_rules, details_per_night, estate_of, prepare, rules_text
from fleet.demo.graph_view import graph_view
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, write_credentials
from fleet.domain.rules import RULES, Context
from fleet.errors import NotAllowed
from fleet.intune.read import read_tenant
from tests.conftest import Backend
from tests.factory import an_organisation
from tests.fleet.conftest import DEMO_DEVICES, DEMO_NOW, Built


def found_in(database: Database) -> Counter[tuple[str, str, str]]:
    """Open findings as (rule, organisation, device), in the words of the answer key."""
    with database.read() as session:
        rows = session.execute(
            select(Finding.rule, Organisation.key, Finding.subject_type, Finding.subject_id, Finding.subject)
            .join(Organisation, Organisation.id == Finding.organisation_id)
            .where(Finding.state == "open")
        ).all()
        names = {
            device_id: serial or intune_id
            for device_id, serial, intune_id in session.execute(
                select(Device.id, Device.serial, Enrolment.intune_id).outerjoin(
                    Enrolment, Enrolment.id == Device.enrolment_id
                )
            )
        }
    return Counter(
        (rule, key, names[number] if kind == "device" else subject) for rule, key, kind, number, subject in rows
    )


def test_the_sync_finds_exactly_what_was_planted(demonstration: Built) -> None:
    estate = estate_of(demonstration.home)
    planted = Counter((one.rule, one.organisation, one.device) for one in estate.answer_key)
    with Database(demonstration.url, create=False) as database:
        found = found_in(database)
    assert found - planted == Counter(), "found, but never planted"
    assert planted - found == Counter(), "planted, but not found"
    assert {rule for rule, _, _ in found} == {rule.key for rule in RULES}, "a rule that nothing in the estate shows"


def test_the_numbers_a_script_reads_are_those_of_the_estate(demonstration: Built) -> None:
    estate, result = estate_of(demonstration.home), demonstration.result
    document = result.as_json()
    assert set(document) == {"home", "organisations", "people", "devices", "planted", "found", "seconds"}
    assert set(document["devices"]) == {"ipad", "iphone", "thin_client", "personal"}
    assert document["planted"] == document["found"] == dict(Counter(one.rule for one in estate.answer_key))
    assert document["organisations"] == len(estate.organisations) == 3
    assert document["people"] == len(estate.people)
    planted_unknown = document["planted"].get("not-recorded", 0)
    assert document["devices"]["ipad"] + document["devices"]["iphone"] == DEMO_DEVICES + planted_unknown
    assert document["devices"]["thin_client"] == sum(one.kind == "thin_client" for one in estate.devices)
    assert document["seconds"] > 0


def test_every_night_of_every_tenant_is_complete_and_adds_up(demonstration: Built) -> None:
    syncs = demonstration.result.syncs
    assert [one.tenant for one in syncs] == [one.key for one in estate_of(demonstration.home).tenants] * len(NIGHTS)
    for one in syncs:
        assert one.complete
        assert one.error is None
        devices, people = one.devices, one.people
        assert devices["read"] == devices["new"] + devices["changed"] + devices["unchanged"] + devices["problems"]
        assert people["read"] == people["new"] + people["changed"] + people["unchanged"] + people["left"]
        assert devices["problems"] == len([each for each in one.problems if each["code"] != "primary-users-unread"])


def test_the_chain_of_a_demonstration_is_whole(demonstration: Built) -> None:
    with Database(demonstration.url, create=False) as database, database.read() as session:
        found = verify(session)
    assert found.problems == []
    assert found.events >= len(demonstration.result.syncs)


def test_three_nights_ask_every_device_of_however_large_a_tenant(demonstration: Built) -> None:
    tenant = load_config(demonstration.home).tenant("northbridge")
    assert details_per_night(160, tenant) == tenant.enrich_per_night, "a small one is read as a real one is"
    for devices in (6001, 8000, 80_003):
        assert len(NIGHTS) * details_per_night(devices, tenant) >= devices


def test_a_second_sync_of_the_same_night_writes_no_history(
    demonstration: Built, own_register: str, tmp_path: Path
) -> None:
    estate = estate_of(demonstration.home)
    directories = [graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants]
    folder = tmp_path / "again"
    write_credentials(directories, folder)
    with (
        Service(directories, folder=folder) as service,
        Database(own_register, create=False) as database,
    ):
        service.export_polls = 0
        (folder / "config.toml").write_text(config_text(service, directories) + rules_text(), encoding="utf-8")
        config = load_config(folder)
        before = history_of(database)
        results: list[SyncResult] = [
            sync_tenant(database, tenant, SyncOptions("nightly sync", DEMO_NOW, rules=config.rules), read_tenant)
            for tenant in config.tenants.values()
        ]
        assert history_of(database) == before
    for one in results:
        assert (one.complete, one.error) == (True, None)
        assert (one.devices["new"], one.devices["changed"], one.devices["missing"]) == (0, 0, 0)
        assert (one.people["new"], one.people["changed"], one.people["left"]) == (0, 0, 0)
        assert (one.findings["new"], one.findings["fixed"]) == (0, 0)


def history_of(database: Database) -> tuple[int, int, Counter[tuple[str, str, str]]]:
    with database.read() as session:
        events = session.execute(select(func.count(Event.id))).scalar_one()
        changes = session.execute(select(func.count(Change.id))).scalar_one()
    return events, changes, found_in(database)


def test_commands_keep_the_findings_of_a_whole_estate_as_a_night_would(demonstration: Built, own_register: str) -> None:
    """Everything that is issued and has a finding comes back, then is handed to others, then all of it is undone."""
    rules = demo_rules()

    def deed(act: Callable[[Session], object], **more: Any) -> int | None:
        with database.transaction(actor="asha", action="test", now=DEMO_NOW, **more) as session:
            act(session)
            session.flush()
            return open_event(session).id

    def look() -> Night:
        with database.transaction(actor="night", action="sync", now=DEMO_NOW) as session:
            return evaluate(session, Context.from_config(rules, DEMO_NOW))

    def undo(event: int | None) -> None:
        deed(lambda session: apply_undo(session, plan_undo(session, [event or 0])), undoes_id=event)

    with Database(own_register, create=False) as database:
        database.before_sealing = lambda session: rejudge_touched(session, rules, None)
        planted = found_in(database)
        with database.read() as session:
            amiss = select(Finding.subject_id).where(Finding.subject_type == "device")
            held = select(Assignment.device_id).where(Assignment.returned_on.is_(None), Assignment.device_id.in_(amiss))
            ids = list(session.execute(held.order_by(Assignment.device_id)).scalars())
            person = session.execute(select(Person.id).where(Person.state == "active").limit(1)).scalar_one()
        assert len(ids) > 20
        returned = deed(lambda session: return_devices(session, ids, now=DEMO_NOW))
        issued = deed(lambda session: issue(session, ids, now=DEMO_NOW, person_id=person))
        after = look()
        assert (after.new, after.reopened, after.fixed) == (0, 0, 0)
        assert found_in(database) != planted
        undo(issued)
        undo(returned)
        assert found_in(database) == planted
        after = look()
        assert (after.new, after.reopened, after.fixed) == (0, 0, 0)


# --- where a demonstration may be made -----------------------------------------------------------------------


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(NotAllowed, match="not a demonstration"):
        build(tmp_path, now=DEMO_NOW, devices=50)
    assert (tmp_path / "thesis.odt").read_text() == "years of work"


def test_an_earlier_demonstration_is_replaced(tmp_path: Path) -> None:
    prepare(tmp_path / "demo", seed=1, devices=50, now=DEMO_NOW)
    (tmp_path / "demo" / "fleet.db").write_bytes(b"old")
    prepare(tmp_path / "demo", seed=2, devices=60, now=DEMO_NOW + timedelta(days=1))
    assert [one.name for one in (tmp_path / "demo").iterdir()] == [DEMO_MARKER]
    assert estate_of(tmp_path / "demo").seed == 2


def test_a_database_that_holds_a_register_is_refused(backend: Backend, tmp_path: Path) -> None:
    url = backend.migrated()
    with Database(url, create=False) as database:
        an_organisation(database)
    with pytest.raises(NotAllowed, match="already holds a register"):
        build(tmp_path / "demo", now=DEMO_NOW, devices=50, database_url=url)


def test_a_folder_without_a_demonstration_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="fleet demo"):
        estate_of(tmp_path)
