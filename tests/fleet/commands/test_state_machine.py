"""Months of work in random order: whatever is done, undone and done again, the same few things stay true.

Each rule is one command as the command line runs it. A command may refuse (`FleetError`); it may not half happen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands import assignments, devices, findings, handovers
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.operators import set_operator
from fleet.commands.people import move_team
from fleet.database import Database, verify
from fleet.database.models import Assignment, Device, Enrolment, Event, Finding, Incident, Line, Person, Sim, Site, Team
from fleet.database.search import refresh
from fleet.domain.lifecycle import HOLDING, STATUSES
from fleet.domain.records import ObservedDevice, ObservedTenant
from fleet.errors import FleetError
from fleet.queries.as_at import devices_as_at
from fleet.queries.devices import DeviceQuery, list_devices
from tests.conftest import Backend
from tests.factory import ACTOR, an_observed_device, an_observed_person
from tests.fleet.commands.estate import an_estate, differing, replayed, rows_of
from tests.fleet.queries.present import without_volatile

DEVICES = 5
picks = st.integers(0, 200)
"""Which of what there is: taken modulo its number."""
ages = st.sampled_from([0, 0, 0, 1, 3, 20])
"""Days between when it happened and when we were told."""


class Register(RuleBasedStateMachine):
    """One council's register, worked on by somebody without mercy."""

    backend: Backend
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.estate = an_estate(self.database, DEVICES)
        self.start = rows_of(self.database)
        self.random = Random(7)
        self.seen: list[ObservedDevice] = []
        self.done: list[int] = []
        self.files = 0

    # --- what the rules have in common ------------------------------------------------------------------------

    @contextmanager
    def unless_refused(self) -> Iterator[None]:
        """A refusal is an answer; it must leave everything as it was, which the invariants see."""
        try:
            yield
        except FleetError as error:
            assert error.code not in ("internal", "error") and error.message, error

    def do(self, action: str, act: Callable[[Session], Any], on: date | None = None, **more: Any) -> None:
        with self.unless_refused():
            self.note(self.estate.deed(action, act, on=on, **more))

    def note(self, event: int | None) -> None:
        if event is not None:
            self.done.append(event)

    def day(self, age: int) -> date:
        return london_date(self.estate.now) - timedelta(days=age)

    def ids(self, kind: Any, *where: Any) -> list[int]:
        with self.database.read() as session:
            return list(session.execute(select(kind.id).where(*where).order_by(kind.id)).scalars())

    def one(self, kind: Any, pick: int, *where: Any) -> int | None:
        found = self.ids(kind, *where)
        return found[pick % len(found)] if found else None

    # --- custody ----------------------------------------------------------------------------------------------

    @rule(device=picks, person=picks, age=ages, loan=st.booleans())
    def issue_to_a_person(self, device: int, person: int, age: int, loan: bool) -> None:
        day, now = self.day(age), self.estate.now
        ids, to = [self.one(Device, device)], self.one(Person, person)
        due = self.day(-7) if loan else None
        self.do(
            "device.issue", lambda s: assignments.issue(s, ids, now=now, person_id=to, issued_on=day, due_on=due), day
        )  # type: ignore[arg-type]

    @rule(device=picks, site=picks)
    def issue_to_a_site(self, device: int, site: int) -> None:
        ids, to = [self.one(Device, device), self.one(Device, device + 1)], self.one(Site, site)
        self.do("device.issue", lambda s: assignments.issue(s, ids, now=self.estate.now, site_id=to))  # type: ignore[arg-type]

    @rule(device=picks, team=picks)
    def issue_to_a_team(self, device: int, team: int) -> None:
        ids, to = [self.one(Device, device)], self.one(Team, team)
        self.do("device.issue", lambda s: assignments.issue(s, ids, now=self.estate.now, team_id=to))  # type: ignore[arg-type]

    @rule(
        pick=picks, age=ages, to=st.sampled_from(["in_stock", "in_repair", "quarantined", "lost", "issued"]), site=picks
    )
    def give_back(self, pick: int, age: int, to: str, site: int) -> None:
        held = self.one(
            Device, pick, Device.id.in_(select(Assignment.device_id).where(Assignment.returned_on.is_(None)))
        )
        day, now, where = self.day(age), self.estate.now, self.one(Site, site)
        self.do(
            "device.return",
            lambda s: assignments.return_devices(
                s, [held] if held else [], now=now, returned_on=day, to_status=to, site_id=where
            ),
            day,
        )

    @rule(pick=picks, to=st.sampled_from(STATUSES), age=ages)
    def move(self, pick: int, to: str, age: int) -> None:
        day, now, device = self.day(age), self.estate.now, self.one(Device, pick)
        self.do("device.move", lambda s: devices.move(s, [device], to, now=now, on=day, reason="so they say"), day)  # type: ignore[list-item]

    @rule(pick=picks, number=picks)
    def register(self, pick: int, number: int) -> None:
        device = self.one(Device, pick, Device.status == "unrecorded")
        if device is not None:
            tag = f"NO-{number % 12:04d}"
            self.do("device.register", lambda s: devices.register(s, [device], now=self.estate.now, tags=[tag]))

    @rule(old=picks, new=picks)
    def swap(self, old: int, new: int) -> None:
        ids = (self.one(Device, old), self.one(Device, new))
        self.do("device.swap", lambda s: handovers.swap(s, *ids, now=self.estate.now))  # type: ignore[arg-type]

    @rule(pick=picks, person=picks)
    def transfer(self, pick: int, person: int) -> None:
        device, to = self.one(Device, pick), self.one(Person, person)
        self.do("device.transfer", lambda s: handovers.transfer(s, [device], person_id=to, now=self.estate.now))  # type: ignore[list-item,arg-type]

    @rule(pick=picks)
    def extend(self, pick: int) -> None:
        device = self.one(Device, pick)
        self.do("device.extend", lambda s: handovers.extend(s, [device], due_on=self.day(-30), now=self.estate.now))  # type: ignore[list-item]

    # --- people, places, SIMs -----------------------------------------------------------------------------------

    @rule(pick=picks, state=st.sampled_from(["active", "left", "long_leave"]))
    def person_changes(self, pick: int, state: str) -> None:
        person = self.one(Person, pick)
        left = self.day(0) if state == "left" else None
        self.note_set(Person, person, state=state, left_on=left)

    @rule(pick=picks, team=picks)
    def person_moves_team(self, pick: int, team: int) -> None:
        person, to = self.one(Person, pick), self.one(Team, team)
        self.do("person.team", lambda s: move_team(s, person, to))  # type: ignore[arg-type]

    @rule(number=picks)
    def a_team_is_made(self, number: int) -> None:
        self.do("team.add", lambda s: s.add(Team(organisation_id=self.estate.organisation, name=f"Team {number % 4}")))

    @rule(pick=picks, name=st.sampled_from(["Tŷ Mawr", "Town Hall", "O’Hara Court"]))
    def a_site_is_renamed(self, pick: int, name: str) -> None:
        self.note_set(Site, self.one(Site, pick), name=name)

    @rule(number=picks, device=picks)
    def a_sim_is_put_in(self, number: int, device: int) -> None:
        iccid, into = f"89441000000000000{number % 5:02d}", self.one(Device, device)
        sim = self.one(Sim, 0, Sim.iccid == iccid)
        if sim is not None:
            self.note_set(Sim, sim, device_id=into)
            return
        owner = self.estate.organisation
        line = Line(organisation_id=owner, number=f"+4477009000{number % 5:02d}")

        def act(session: Session) -> None:
            session.add(line)
            session.flush()
            session.add(Sim(organisation_id=owner, iccid=iccid, device_id=into, line_id=line.id))

        self.do("sim.add", act)

    @rule(pick=picks, tag=st.sampled_from([None, "NO-0003", "NO-0011"]), notes=st.sampled_from([None, "cracked"]))
    def a_device_is_edited(self, pick: int, tag: str | None, notes: str | None) -> None:
        self.note_set(Device, self.one(Device, pick), asset_tag=tag, notes=notes)

    def note_set(self, kind: Any, row_id: int | None, **values: Any) -> None:
        def act(session: Session) -> None:
            row = session.get_one(kind, row_id)
            for name, value in values.items():
                setattr(row, name, value)

        if row_id is not None:
            self.do("test.change", act)

    @rule(role=st.sampled_from(["administrator", "technician", "auditor"]), everything=st.booleans())
    def an_operator_is_named(self, role: str, everything: bool) -> None:
        keys = () if everything else ("northbridge",)
        self.do(
            "operator",
            lambda s: set_operator(s, "gwen", role=role, organisations=keys, all_organisations=everything),
        )

    # --- sources ------------------------------------------------------------------------------------------------

    @rule(
        present=st.sets(st.integers(1, 7), max_size=7),
        version=st.sampled_from(["26.1", "26.2"]),
        life=st.integers(0, 1),
        people=st.integers(0, 3),
    )
    def sync(self, present: set[int], version: str, life: int, people: int) -> None:
        """Some of what there is, some unknown; now and then under a new id, as after a wipe."""
        seen = [
            an_observed_device(
                number, intune_id=f"intune-{life}-{number}", os_version=version,
                serial=f"NORX{number:06d}" if number < 4 else f"DMPX{number:06d}",
                upn=f"person{(number + life) % 3}@northbridge.example",
            )
            for number in sorted(present)
        ]  # fmt: skip
        staff = [
            an_observed_person(number, manager_entra_id=f"user-{number % 3 + 1:04d}", job_title=version)
            for number in range(1, people + 1)
        ]
        night = ObservedTenant("northbridge", self.estate.now, seen, staff, people_complete=False)
        result = self.estate.sync(night)
        assert result.error is None or result.exit_code == 3, result.error
        self.note(result.event)

    @rule(rows=st.lists(st.tuples(st.integers(1, 9), picks, picks, picks, picks), min_size=1, max_size=4))
    def import_a_file(self, rows: list[tuple[int, int, int, int, int]]) -> None:
        """Known and unknown serials, tags, places, holders, statuses, SIMs and numbers, in any mixture."""
        lines = ["Serial number,Asset tag,Location,Status,Email,ICCID,Mobile number,Notes"]
        for serial, tag, site, status, extra in rows:
            cells = [
                f"NORX{serial:06d}",
                ("", f"NO-{tag % 12:04d}")[tag % 2],
                ("", "Annex", "Town Hall", "Depot")[site % 4],
                ("", "in stock", "issued", "lost", "in repair", "retired", "disposed", "prepared")[status % 8],
                ("", "", "bryn@northbridge.example", "mair@northbridge.example", "nobody@x.example")[extra % 5],
                ("", "", f"89441000000000000{extra % 5:02d}")[extra % 3],
                ("", f"+4477009000{extra % 5:02d}")[extra % 2],
                ("", "seen")[status % 2],
            ]
            lines.append(",".join(cells))
        self.files += 1
        with self.unless_refused():
            seen = apply_file(
                self.database, "\n".join(lines).encode(), f"file-{self.files}.csv", ImportOptions(create=True), actor=ACTOR,
                now=self.estate.now,
            )  # fmt: skip
            counts = dict(seen.counts)
            assert counts.pop("read") == sum(counts.values())
            self.note(seen.event)

    # --- findings -----------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def acknowledge(self, pick: int) -> None:
        found = self.one(Finding, pick)
        if found is not None:
            self.do("finding.acknowledge", lambda s: findings.acknowledge(s, [found], actor=ACTOR, note="known"))

    @rule(pick=picks)
    def snooze(self, pick: int) -> None:
        found = self.one(Finding, pick)
        if found is not None:
            self.do("finding.snooze", lambda s: findings.snooze(s, [found], actor=ACTOR, until=self.day(-7)))

    # --- time and undo ------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.estate.later(days)

    @precondition(lambda self: self.done)
    @rule(pick=picks)
    def undo_anything(self, pick: int) -> None:
        """Old or new, undone already or not, an undo or not."""
        with self.unless_refused():
            plan, event = self.estate.undo(self.done[pick % len(self.done)])
            assert bool(plan.reversed) == (event is not None)
            self.note(event)

    @precondition(lambda self: self.done)
    @rule()
    def undo_the_newest(self) -> None:
        with self.unless_refused():
            plan, event = self.estate.undo(self.done[-1])
            assert plan.kept == [] or any(one.subject == "finding" for one in plan.kept)
            self.note(event)

    # --- what stays true ----------------------------------------------------------------------------------------

    @invariant()
    def custody_adds_up(self) -> None:
        """One open assignment at most, only in statuses that hold, and nothing issued to nobody."""
        with self.database.read() as session:
            opened = session.execute(
                select(Device.id, Device.status, func.count(Assignment.id))
                .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
                .group_by(Device.id, Device.status)
            ).all()
            several = session.execute(
                select(Incident.device_id)
                .where(Incident.closed_at.is_(None))
                .group_by(Incident.device_id)
                .having(func.count() > 1)
            ).all()
        for device, status, number in opened:
            assert number <= 1, f"device {device} is issued {number} times"
            assert not number or status in HOLDING, f"device {device} is held and {status}"
            assert number or status != "issued", f"device {device} is issued to nobody"
        assert several == []

    @invariant()
    def intervals_of_custody_do_not_overlap(self) -> None:
        with self.database.read() as session:
            rows = session.execute(select(Assignment.device_id, Assignment.issued_on, Assignment.returned_on)).all()
        for device, issued, returned in rows:
            overlapping = [
                (i, r) for d, i, r in rows
                if d == device and (i, r) != (issued, returned) and i < (returned or date.max) and issued < (r or date.max)
            ]  # fmt: skip
            assert overlapping == [], f"device {device}: {issued}-{returned} and {overlapping}"

    @invariant()
    def history_tells_the_present(self) -> None:
        assert differing(replayed(self.database), rows_of(self.database)) == []

    @invariant()
    def pointers_lead_to_the_newest_enrolment(self) -> None:
        with self.database.read() as session:
            newest: dict[int, tuple[Any, ...]] = {}
            for one in session.execute(select(Enrolment)).scalars():
                rank = (one.closed_at is None, one.enrolled_at or one.opened_at, one.id)
                newest[one.device_id] = max(newest.get(one.device_id, rank), rank)
            pointers = {row[0]: row[1] for row in session.execute(select(Device.id, Device.enrolment_id))}
        assert pointers == {device: newest[device][2] if device in newest else None for device in pointers}

    @invariant()
    def search_texts_are_fresh(self) -> None:
        """A refresh of everything writes what is there already."""
        before = rows_of(self.database, search=True)
        everything = {"device": set(before["device"]), "person": set(before["person"])}
        with self.database.engine.execution_options(fleet_write=True).begin() as connection:
            refresh(connection, everything)
        after = rows_of(self.database, search=True)
        assert differing(before, after) == []

    @invariant()
    def the_present_as_at_today_is_the_present(self) -> None:
        now = self.estate.now
        with self.database.read() as session:
            listed = list_devices(session, DeviceQuery(), now=now)
            today = devices_as_at(session, london_date(now))
        assert without_volatile(today) == without_volatile(listed)

    def teardown(self) -> None:
        """The chain is whole; and whatever was done, undone newest first, leaves the register as it was."""
        self.the_chain_is_whole()
        with self.database.read() as session:
            newest_first = list(
                session.execute(select(Event.id).where(Event.id > 1).order_by(Event.id.desc())).scalars()
            )
        for event in newest_first:
            with self.unless_refused():  # Undone already.
                plan, _ = self.estate.undo(event)
                assert [one for one in plan.kept if one.subject != "finding"] == []
        assert differing(self.start, rows_of(self.database)) == []
        assert differing(replayed(self.database), rows_of(self.database)) == []
        self.the_chain_is_whole()

    def the_chain_is_whole(self) -> None:
        with self.database.read() as session:
            assert verify.verify(session).problems == []


def work(backend: Backend, examples: int, steps: int) -> None:
    """Let the machine run on fresh registers of a kind."""
    opened: list[Database] = []

    class OnThis(Register):
        def __init__(self) -> None:
            if opened:
                opened.pop().close()
            opened.append(Database(backend.migrated(), create=False))
            self.database = opened[0]
            super().__init__()

    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            OnThis,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=False, database=None,
                suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=True,
            ),
        )  # fmt: skip
    finally:
        for one in opened:
            one.close()


def test_a_short_month_on_sqlite(sqlite: Backend) -> None:
    """In every run of the suite."""
    work(sqlite, examples=4, steps=18)


def test_a_shorter_month_on_postgresql(postgresql: Backend) -> None:
    """The same rules on the other database."""
    work(postgresql, examples=2, steps=12)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_years_of_work(backend: Backend) -> None:
    """Thousands of steps on each database."""
    work(backend, examples=150, steps=50)
