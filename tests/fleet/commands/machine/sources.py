"""What comes in from Intune and from files, what people decide about findings, time, undo and redo."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from fleet.commands import decisions, findings
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.undo import events_of_run
from fleet.database.models import Event, Finding
from fleet.domain.records import ObservedDetail, ObservedTenant
from fleet.domain.rules import Context
from fleet.queries.standing import standing_events
from tests.factory import ACTOR, an_observed_device, an_observed_person
from tests.fleet.commands.estate import differing, rows_of
from tests.fleet.commands.machine.workbench import Workbench, ages, picks


class Sources(Workbench):
    """Rules about syncs, imports, findings, time and undo."""

    @rule(
        present=st.sets(st.integers(1, 7), max_size=7), version=st.sampled_from(["26.1", "26.2"]), life=st.integers(0, 1),
        people=st.integers(0, 3), sim=st.sampled_from([None, 0, 3]), seen=ages,
    )  # fmt: skip
    def sync(self, present: set[int], version: str, life: int, people: int, sim: int | None, seen: int) -> None:
        """Some of what there is, some unknown; now and then under a new id, as after a wipe."""
        observed = [
            an_observed_device(
                number, intune_id=f"intune-{life}-{number}", os_version=version,
                serial=f"NORX{number:06d}" if number < 4 else f"DMPX{number:06d}",
                upn=("bryn@northbridge.example" if number == 2 else f"person{(number + life) % 3}@northbridge.example"),
                supervised=number != 3, last_seen=self.estate.now - timedelta(days=seen, hours=2),
            )
            for number in sorted(present)
        ]  # fmt: skip
        staff = [
            an_observed_person(number, manager_entra_id=f"user-{number % 3 + 1:04d}", job_title=version)
            for number in range(1, people + 1)
        ]
        details = {
            one.intune_id: ObservedDetail(one.intune_id, iccid=f"89441000000000000{(number + sim) % 5:02d}")
            for number, one in zip(sorted(present), observed, strict=True)
            if sim is not None
        }
        night = ObservedTenant("northbridge", self.estate.now, observed, staff, people_complete=False, details=details)
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

    @rule(pick=picks, days=st.sampled_from([None, 1, 6]))
    def acknowledge(self, pick: int, days: int | None) -> None:
        found, until = self.one(Finding, pick), None if days is None else self.day(-days)
        self.do(
            "finding.acknowledge", lambda s: decisions.acknowledge(s, [found], actor=ACTOR, note="known", until=until)
        )

    @rule(pick=picks)
    def snooze(self, pick: int) -> None:
        found = self.one(Finding, pick)
        self.do("finding.snooze", lambda s: decisions.snooze(s, [found], actor=ACTOR, until=self.day(-7)))

    # --- time, undo and redo ------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        """And the rules look at everything, as they do every night."""
        self.estate.later(days)
        context = Context.from_config({}, self.estate.now)
        with self.database.transaction(actor="night", action="sync", now=self.estate.now) as session:
            findings.evaluate(session, context)

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
    def undo_the_newest_and_bring_it_back(self) -> None:
        """Undone, nothing of it is kept; done again, the register is as it was."""
        newest, before = self.done[-1], rows_of(self.database)
        if newest <= self.floor[0]:
            return
        with self.unless_refused():
            plan, event = self.estate.undo(newest)
            assert [one for one in plan.kept if one.subject != "finding"] == [], plan.kept
            self.note(event)
            if event is None:
                return
            again, redone = self.estate.undo(event)
            assert [one for one in again.kept if one.subject != "finding"] == [], again.kept
            assert differing(before, rows_of(self.database)) == []
            self.note(redone)

    @precondition(lambda self: self.done)
    @rule()
    def undo_the_newest(self) -> None:
        if self.done[-1] <= self.floor[0]:
            return
        with self.unless_refused():
            plan, event = self.estate.undo(self.done[-1])
            assert [one for one in plan.kept if one.subject != "finding"] == [], plan.kept
            self.note(event)

    @rule(pick=picks)
    def redo(self, pick: int) -> None:
        """Undo of an undo that stands."""
        with self.database.read() as session:
            standing = standing_events(session.connection())
        undos = sorted(set(standing.undoes) - set(standing.undone_by))
        if undos:
            with self.unless_refused():
                _, event = self.estate.undo(undos[pick % len(undos)])
                self.note(event)

    @rule(pick=picks)
    def undo_a_run(self, pick: int) -> None:
        with self.database.read() as session:
            runs = sorted(set(session.execute(select(Event.run_id).where(Event.run_id.is_not(None))).scalars()))
        if runs:
            with self.database.read() as session:
                (event,) = events_of_run(session, runs[pick % len(runs)] or 0)
            with self.unless_refused():
                self.note(self.estate.undo(event)[1])
