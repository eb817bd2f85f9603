"""What a rule suggests settles what it found: over the whole answer key of the simulated service, then one by one."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from fleet.commands.fixes import apply_fixes, fix_of
from fleet.commands.rejudging import rejudge_after_commands
from fleet.commands.sync import SyncOptions, sync_tenant
from fleet.commands.undo import apply_undo, plan_undo
from fleet.config import Config, load_config
from fleet.database import Database
from fleet.database.history import open_event
from fleet.database.models import Assignment, Device, Enrolment, Finding, Incident, IncidentStep, Person, Sim
from fleet.demo.build import NIGHTS, estate_of, rules_text
from fleet.demo.directory import TenantDirectory
from fleet.demo.estate import Estate
from fleet.demo.graph_view import graph_view
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, write_credentials
from fleet.domain.rules import RULES
from fleet.errors import NotAllowed, NotFound, UsageProblem
from fleet.intune.read import read_tenant
from tests.fleet.conftest import DEMO_NOW, Built

ACTOR = "asha.penrose"
Found = tuple[str, str]
"""(rule, subject)"""


@dataclass
class Desk:
    """A register with everything planted, and the service that it is synced from."""

    database: Database
    config: Config
    service: Service
    directories: dict[str, TenantDirectory]
    estate: Estate
    nights: int = 0
    ids: dict[Found, int] = field(default_factory=dict)

    def found(self) -> set[Found]:
        with self.database.read() as session:
            rows = session.execute(
                select(Finding.rule, Finding.subject, Finding.id).where(Finding.state != "fixed")
            ).all()
        self.ids = {(row[0], row[1]): row[2] for row in rows}
        return set(self.ids)

    def night(self) -> None:
        """Another sync of every tenant, some hours later."""
        self.nights += 1
        now = DEMO_NOW + timedelta(hours=self.nights)
        for key, tenant in self.config.tenants.items():
            self.service.replace(self.directories[key])
            result = sync_tenant(self.database, tenant, SyncOptions("night", now, rules=self.config.rules), read_tenant)
            assert result.error is None, result.error

    def settle(self, found: list[Found], wanted: str | None = None) -> int:
        with self.database.transaction(actor=ACTOR, action="finding.fix", now=DEMO_NOW) as session:
            apply_fixes(session, [self.ids[one] for one in found], now=DEMO_NOW, actor=ACTOR, wanted=wanted)
            return open_event(session).id or 0

    def undo(self, event: int) -> None:
        with self.database.transaction(actor=ACTOR, action="undo", now=DEMO_NOW, undoes_id=event) as session:
            apply_undo(session, plan_undo(session, [event]))

    def delete_in_intune(self) -> int:
        """What a person does first, in Intune: delete the records of which the register now says that they are over."""
        with self.database.read() as session:
            over = set(
                session.execute(
                    select(Enrolment.intune_id).where(Enrolment.closed_because == "closed by hand")
                ).scalars()
            )
        for directory in self.directories.values():
            for one in over & set(directory.devices):
                del directory.devices[one]
        return len(over)


@pytest.fixture
def desk(demonstration: Built, own_register: str, tmp_path: Path) -> Iterator[Desk]:
    estate = estate_of(demonstration.home)
    directories = {one.key: graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants}
    folder = tmp_path / "service"
    write_credentials(directories.values(), folder)
    with (
        Service(list(directories.values()), folder=folder) as service,
        Database(own_register, create=False) as database,
    ):
        service.export_polls = 0
        text = config_text(service, directories.values()) + rules_text()
        (folder / "config.toml").write_text(text, encoding="utf-8")
        config = load_config(folder)
        rejudge_after_commands(database, config)
        yield Desk(database, config, service, directories, estate)


def test_every_suggested_fix_settles_what_was_planted_and_stays_settled_after_the_next_sync(desk: Desk) -> None:
    planted = desk.found()
    assert Counter(rule for rule, _ in planted) == Counter(one.rule for one in desk.estate.answer_key)
    fixable = {rule.key: rule.fixes[0] for rule in RULES if rule.fixes}
    to_settle = {one for one in planted if one[0] in fixable}
    assert {rule for rule, _ in to_settle} == fixable.keys(), "every rule with a fix is tried"
    for rule in fixable:
        desk.settle(sorted(one for one in to_settle if one[0] == rule))
    assert desk.delete_in_intune() > 0
    desk.night()
    after = desk.found()
    assert after & to_settle == set(), "not settled"
    by_subject = {subject: rule for rule, subject in to_settle}
    for rule, subject in after - planted:
        assert rule in fixable[by_subject[subject]].leads_to, f"{subject}: {rule} came, which nothing explains"
    assert planted - to_settle <= after, "what nothing was done about is still there"


@pytest.mark.parametrize("rule", [rule.key for rule in RULES if rule.fixes])
def test_undo_takes_a_fix_back_and_its_finding_returns(sqlite_desk: Desk, rule: str) -> None:
    desk = sqlite_desk
    planted = desk.found()
    mine = sorted(one for one in planted if one[0] == rule)
    for fix in next(one for one in RULES if one.key == rule).fixes:
        event = desk.settle(mine, fix.key)
        assert desk.found() & set(mine) == set(), fix.key
        desk.undo(event)
        assert desk.found() == planted, fix.key


@pytest.fixture
def sqlite_desk(sqlite_demonstration: Built, tmp_path: Path) -> Iterator[Desk]:
    """Without a service: nothing is synced."""
    import shutil

    copy = tmp_path / "own"
    shutil.copytree(sqlite_demonstration.home, copy)
    config = load_config(copy)
    with Database(f"sqlite:///{copy / 'fleet.db'}", create=False) as database:
        rejudge_after_commands(database, config)
        yield Desk(database, config, None, {}, estate_of(copy))  # type: ignore[arg-type]


def one_of(desk: Desk, rule: str) -> Found:
    return min(one for one in desk.found() if one[0] == rule)


def device_id(desk: Desk, subject: str) -> int:
    with desk.database.read() as session:
        return session.execute(select(Device.id).where(Device.asset_tag == subject)).scalar_one()


def test_the_observed_holder_is_adopted_as_a_transfer(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "holder-differs")
    device = device_id(sqlite_desk, found[1])
    sqlite_desk.settle([found])
    with sqlite_desk.database.read() as session:
        rows = session.execute(
            select(Assignment.returned_on, Assignment.person_id)
            .where(Assignment.device_id == device)
            .order_by(Assignment.id)
        ).all()
        enrolled = session.execute(
            select(Person.id)
            .join(Enrolment, Enrolment.user_id == Person.entra_id)
            .where(Enrolment.device_id == device, Enrolment.closed_at.is_(None))
        ).scalar_one()
    assert rows[-2][0] == DEMO_NOW.date()
    assert tuple(rows[-1]) == (None, enrolled)


def test_an_enrolling_person_who_left_is_given_nothing(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "holder-differs")
    device = device_id(sqlite_desk, found[1])
    user = select(Enrolment.user_id).where(Enrolment.device_id == device)
    with sqlite_desk.database.transaction(actor=ACTOR, action="x", now=DEMO_NOW) as session:
        person = session.execute(select(Person).where(Person.entra_id.in_(user))).scalar_one()
        person.state, person.left_on = "left", DEMO_NOW.date()
    with pytest.raises(NotAllowed, match="has left"):
        sqlite_desk.settle([found])


def test_a_loss_opens_an_incident_and_a_find_closes_one_with_its_step(sqlite_desk: Desk) -> None:
    lost, back = one_of(sqlite_desk, "not-seen-90"), one_of(sqlite_desk, "lost-checking-in")
    sqlite_desk.settle([lost])
    sqlite_desk.settle([back])
    with sqlite_desk.database.read() as session:
        opened = session.execute(select(Incident).where(Incident.device_id == device_id(sqlite_desk, lost[1])))
        closed = session.execute(select(Incident).where(Incident.device_id == device_id(sqlite_desk, back[1])))
        one, other = opened.scalar_one(), closed.scalar_one()
        steps = session.execute(select(IncidentStep.step).where(IncidentStep.incident_id == other.id)).scalars().all()
    assert (one.kind, one.closed_at, other.closed_at) == ("lost", None, DEMO_NOW)
    assert steps == ["found"]


def test_only_the_older_record_and_that_of_the_other_tenant_are_closed(sqlite_desk: Desk) -> None:
    for rule in ("reenrolment-leftover", "two-tenants"):
        found = one_of(sqlite_desk, rule)
        device = device_id(sqlite_desk, found[1])
        with sqlite_desk.database.read() as session:
            before = session.get_one(Device, device).enrolment_id
        sqlite_desk.settle([found])
        with sqlite_desk.database.read() as session:
            still = session.execute(
                select(Enrolment).where(Enrolment.device_id == device, Enrolment.closed_at.is_(None))
            ).scalar_one()
            kept = session.get_one(Device, device)
        assert (still.id, kept.enrolment_id, still.organisation_id) == (before, before, kept.organisation_id)


def test_a_sim_is_recorded_where_intune_sees_it(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "sim-moved")
    device = device_id(sqlite_desk, found[1])
    sqlite_desk.settle([found])
    with sqlite_desk.database.read() as session:
        seen = session.execute(select(Enrolment.iccid).where(Enrolment.device_id == device)).scalar_one()
        assert session.execute(select(Sim.device_id).where(Sim.iccid == seen)).scalar_one() == device


def test_what_nobody_registered_goes_to_who_enrolled_it_or_into_stock(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "not-recorded")
    event = sqlite_desk.settle([found])
    serial = Device.serial == found[1]
    with sqlite_desk.database.read() as session:
        assert session.execute(select(Device.status).where(serial)).scalar_one() == "issued"
    sqlite_desk.undo(event)
    nobody = (
        update(Enrolment).where(Enrolment.device_id.in_(select(Device.id).where(serial))).values(user_id=None, upn=None)
    )
    with sqlite_desk.database.transaction(actor=ACTOR, action="x", now=DEMO_NOW) as session:
        session.connection().execute(nobody)
    sqlite_desk.settle([found])
    with sqlite_desk.database.read() as session:
        assert session.execute(select(Device.status).where(serial)).scalar_one() == "in_stock"


def test_a_fix_may_be_chosen_and_one_that_is_not_there_is_refused(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "not-seen-90")
    with pytest.raises(UsageProblem, match=re.escape("note-loss, record-return")):
        sqlite_desk.settle([found], "register")
    sqlite_desk.settle([found], "record-return")
    assert ("returned-still-enrolled", found[1]) in sqlite_desk.found()


def test_where_nothing_can_be_applied_it_says_what_it_takes(sqlite_desk: Desk) -> None:
    for rule in (one for one in RULES if not one.fixes):
        with pytest.raises(NotAllowed, match="Nothing to apply here") as refused:
            fix_of(rule.key)
        assert rule.elsewhere in refused.value.message
    with pytest.raises(NotAllowed, match="Nothing to apply"):
        sqlite_desk.settle([one_of(sqlite_desk, "jailbroken")])


def test_of_many_one_that_is_refused_keeps_all(sqlite_desk: Desk) -> None:
    leavers = sorted(one for one in sqlite_desk.found() if one[0] == "leaver-holds")
    assert len(leavers) > 1
    with pytest.raises(NotAllowed):
        sqlite_desk.settle([*leavers, one_of(sqlite_desk, "jailbroken")])
    assert set(leavers) <= sqlite_desk.found()


def test_what_is_fixed_or_not_there_is_refused(sqlite_desk: Desk) -> None:
    found = one_of(sqlite_desk, "leaver-holds")
    sqlite_desk.settle([found])
    with pytest.raises(NotAllowed, match="fixed already"):
        sqlite_desk.settle([found])
    sqlite_desk.ids[found] = 99_999
    with pytest.raises(NotFound):
        sqlite_desk.settle([found])


def test_a_fix_is_one_event_whatever_it_touches(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    planted = desk.found()
    mine = sorted(
        one for one in planted if one[0] in ("leaver-holds", "sim-moved", "not-seen-90", "sim-without-device")
    )
    event = desk.settle(mine)
    assert desk.found() & set(mine) == set()
    desk.undo(event)
    assert desk.found() == planted
