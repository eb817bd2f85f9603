"""What stays true, whatever is done, undone and done again."""

from datetime import date
from typing import Any

from hypothesis.stateful import invariant
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands import findings
from fleet.database import verify
from fleet.database.models import (
    Assignment,
    AssignmentItem,
    Device,
    Enrolment,
    Finding,
    Incident,
    Person,
    Receipt,
)
from fleet.database.search import refresh
from fleet.domain.lifecycle import HOLDING
from fleet.domain.rules import Context
from fleet.queries.as_at import devices_as_at
from fleet.queries.devices import DeviceQuery, list_devices
from fleet.queries.receipts import verify_receipts
from tests.fleet.commands.estate import differing, replayed, rows_of
from tests.fleet.commands.machine.workbench import Workbench
from tests.fleet.queries.present import without_volatile

_OF_A_FINDING = (
    Finding.rule, Finding.identity, Finding.state, Finding.severity, Finding.subject, Finding.sentence, Finding.evidence,
    Finding.fixed_at.is_(None).label("fixed"),
)  # fmt: skip


class _TakenBack(Exception):
    """What was tried is not kept."""


class Truths(Workbench):
    """Invariants, looked at after every step."""

    @invariant()
    def everything_stays_true(self) -> None:
        self.custody_adds_up()
        self.incidents_agree_with_their_devices()
        self.intervals_of_custody_do_not_overlap()
        self.bundles_agree_with_their_devices()
        self.history_tells_the_present()
        self.pointers_lead_to_the_newest_enrolment()
        self.search_texts_are_fresh()
        self.a_night_s_look_finds_what_the_commands_found()
        self.the_present_as_at_today_is_the_present()
        self.what_was_signed_is_what_was_signed()
        self.the_chain_is_whole()

    def custody_adds_up(self) -> None:
        """One open assignment at most, only in statuses that hold, and nothing issued to nobody."""
        with self.database.read() as session:
            opened = session.execute(
                select(Device.id, Device.status, func.count(Assignment.id))
                .outerjoin(Assignment, (Assignment.device_id == Device.id) & Assignment.returned_on.is_(None))
                .group_by(Device.id, Device.status)
            ).all()
        for device, status, number in opened:
            assert number <= 1, f"device {device} is issued {number} times"
            assert not number or status in HOLDING, f"device {device} is held and {status}"
            assert number or status != "issued", f"device {device} is issued to nobody"

    def incidents_agree_with_their_devices(self) -> None:
        """At most one is open per device; what is lost or stolen has one, or somebody gave it up."""
        with self.database.read() as session:
            rows = session.execute(
                select(Incident.device_id, Incident.kind, Device.status)
                .join(Device, Device.id == Incident.device_id)
                .where(Incident.closed_at.is_(None))
            ).all()
        assert len({row[0] for row in rows}) == len(rows)
        for device, kind, status in rows:
            assert kind == "damaged" or status != "found", f"device {device} is found and still sought"

    def intervals_of_custody_do_not_overlap(self) -> None:
        with self.database.read() as session:
            rows = session.execute(select(Assignment.device_id, Assignment.issued_on, Assignment.returned_on)).all()
        for device, issued, returned in rows:
            overlapping = [
                (i, r) for d, i, r in rows
                if d == device and (i, r) != (issued, returned) and i < (returned or date.max) and issued < (r or date.max)
            ]  # fmt: skip
            assert overlapping == [], f"device {device}: {issued}-{returned} and {overlapping}"

    def bundles_agree_with_their_devices(self) -> None:
        """What is out is out with a device that is out; a SIM is out once, in the device it went out with."""
        with self.database.read() as session:
            rows = session.execute(
                select(AssignmentItem.id, AssignmentItem.sim_id, Assignment.device_id, Assignment.returned_on)
                .join(Assignment, Assignment.id == AssignmentItem.assignment_id)
                .where(AssignmentItem.returned_on.is_(None), AssignmentItem.missing.is_(False))
            ).all()
        ended = [row[0] for row in rows if row[3] is not None]
        assert ended == [], f"items {ended} are out with a device that came back"
        sims = [row[1] for row in rows if row[1] is not None]
        assert len(sims) == len(set(sims)), f"a SIM is out twice: {sims}"

    def history_tells_the_present(self) -> None:
        told = replayed(self.database)
        present = rows_of(self.database)
        for table, row_id in self.erased():
            told[table].pop(row_id, None)
            present[table].pop(row_id, None)
        amiss = differing(told, _worded_as(told, present))
        assert amiss == [], amiss

    def erased(self) -> list[tuple[str, int]]:
        """Rows whose history went with a person."""
        with self.database.read() as session:
            gone = list(session.execute(select(Person.id).where(Person.erased_at.is_not(None))).scalars())
            receipts = list(session.execute(select(Receipt.id).where(Receipt.person_id.in_(gone))).scalars())
        return [("person", one) for one in gone] + [("receipt", one) for one in receipts]

    def pointers_lead_to_the_newest_enrolment(self) -> None:
        with self.database.read() as session:
            newest: dict[int, tuple[Any, ...]] = {}
            for one in session.execute(select(Enrolment)).scalars():
                rank = (one.closed_at is None, one.enrolled_at or one.opened_at, one.id)
                newest[one.device_id] = max(newest.get(one.device_id, rank), rank)
            pointers = {row[0]: row[1] for row in session.execute(select(Device.id, Device.enrolment_id))}
        assert pointers == {device: newest[device][2] if device in newest else None for device in pointers}

    def search_texts_are_fresh(self) -> None:
        """A refresh of everything writes what is there already."""
        before = rows_of(self.database, search=True)
        everything = {"device": set(before["device"]), "person": set(before["person"])}
        with self.database.engine.execution_options(fleet_write=True).begin() as connection:
            refresh(connection, everything)
        after = rows_of(self.database, search=True)
        assert differing(before, after) == [], differing(before, after)

    def a_night_s_look_finds_what_the_commands_found(self) -> None:
        """Findings are never older than what was done last."""
        try:
            with self.database.transaction(actor="night", action="sync", now=self.estate.now) as session:
                before = _findings(session)
                findings.evaluate(session, Context.from_config({}, self.estate.now))
                after = _findings(session)
                raise _TakenBack
        except _TakenBack:
            pass
        told = {one: (before.get(one), after.get(one)) for one in before.keys() | after.keys()}
        differs = {one: pair for one, pair in told.items() if pair[0] != pair[1]}
        assert differs == {}, differs

    def the_present_as_at_today_is_the_present(self) -> None:
        now = self.estate.now
        with self.database.read() as session:
            listed = list_devices(session, DeviceQuery(), now=now)
            today = devices_as_at(session, london_date(now))
        assert without_volatile(today) == without_volatile(listed)

    def what_was_signed_is_what_was_signed(self) -> None:
        with self.database.read() as session:
            assert verify_receipts(session).mismatches == ()

    def the_chain_is_whole(self) -> None:
        with self.database.read() as session:
            assert verify.verify(session).problems == []

    def teardown(self) -> None:
        """Whatever was done, undone newest first, leaves the register as it was."""
        floor, state = self.floor
        for event in self.newest_first(floor):
            with self.unless_refused():  # Undone already.
                plan, _ = self.estate.undo(event)
                assert [one for one in plan.kept if one.subject != "finding"] == [], (event, plan.kept)
        amiss = differing(state, rows_of(self.database))
        assert amiss == [], amiss
        for event in [one for one in self.newest_first(1) if one < floor]:  # Around what is kept for good.
            with self.unless_refused():
                self.estate.undo(event)
        self.everything_stays_true()


def _findings(session: Session) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = session.connection().execute(select(*_OF_A_FINDING)).all()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _worded_as(told: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    """The present with `(erased)` wherever history says so: of what is gone the two need not agree."""
    found = {}
    for table, rows in present.items():
        found[table] = {
            row_id: {
                name: history if isinstance(history, str) and "(erased)" in history else value
                for name, value in values.items()
                for history in [told[table].get(row_id, {}).get(name)]
            }
            for row_id, values in rows.items()
        }
    return found
