"""Who has what: issue and return with all that goes along, moves, swaps, loans, reservations, losses."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import start_of_day
from fleet.commands import assignments, bundles, devices, handovers, incidents, reservations
from fleet.database.models import Assignment, AssignmentItem, Device, Incident, Reservation, Sim, Site, Team
from fleet.domain.incidents import KEYS
from fleet.domain.lifecycle import STATUSES
from tests.factory import ACTOR
from tests.fleet.commands.machine.workbench import ACCESSORY_SETS, Workbench, ages, picks

BACK_TO = st.sampled_from(["in_stock", "in_repair", "quarantined", "lost", "issued"])


class Custody(Workbench):
    """Rules about devices in people's hands."""

    def hand_out(self, session: Session, ids: list[int], *, age: int = 0, due: int | None = None,
                 kinds: Any = (), sims: Any = (), **to: Any) -> None:  # fmt: skip
        """As `fleet issue` does."""
        now, day, until = self.estate.now, self.day(age), None if due is None else self.day(-due)
        done = assignments.issue(session, ids, now=now, issued_on=day, due_on=until, **to)
        person = to.get("person_id")
        done = reservations.settle_issue(session, done, person_id=person, now=now, issued_on=day, due_on=until)
        bundles.add_items(session, done, kinds=kinds, sims=sims)

    @rule(device=picks, person=picks, age=ages, due=st.sampled_from([None, None, 0, 7]), kinds=ACCESSORY_SETS)
    def issue_to_a_person(self, device: int, person: int, age: int, due: int | None, kinds: Any) -> None:
        ids, to = [self.one(Device, device)], self.person(person)
        self.do(
            "device.issue", lambda s: self.hand_out(s, ids, age=age, due=due, kinds=kinds, person_id=to), self.day(age)
        )

    @rule(device=picks, person=picks, sim=picks)
    def issue_with_a_sim(self, device: int, person: int, sim: int) -> None:
        ids, to = [self.one(Device, device)], self.person(person)
        with self.database.read() as session:
            iccids = list(session.execute(select(Sim.iccid).order_by(Sim.id)).scalars())
        sims = [iccids[sim % len(iccids)]] if iccids else ["8944100000000000099"]
        self.do("device.issue", lambda s: self.hand_out(s, ids, sims=sims, kinds=("case",), person_id=to))

    @rule(device=picks, site=picks)
    def issue_two_to_a_site(self, device: int, site: int) -> None:
        ids, to = [self.one(Device, device), self.one(Device, device + 1)], self.one(Site, site)
        self.do("device.issue", lambda s: self.hand_out(s, ids, kinds=("cable",), site_id=to))

    @rule(device=picks, team=picks)
    def issue_to_a_team(self, device: int, team: int) -> None:
        ids, to = [self.one(Device, device)], self.one(Team, team)
        self.do("device.issue", lambda s: self.hand_out(s, ids, due=3, team_id=to))

    @rule(pick=picks, age=ages, to=BACK_TO, site=picks)
    def give_back(self, pick: int, age: int, to: str, site: int) -> None:
        held, day, now, where = self.held(pick), self.day(age), self.estate.now, self.one(Site, site)

        def act(session: Session) -> None:
            bundles.take_back(session, [held], now=now, on=day)
            assignments.return_devices(
                session, [held], now=now, returned_on=day, to_status=to, site_id=where, condition="worn"
            )

        self.do("device.return", act, day)

    @rule(pick=picks, item=picks)
    def give_back_with_something_missing(self, pick: int, item: int) -> None:
        held, now = self.held(pick, Assignment.id.in_(select(AssignmentItem.assignment_id))), self.estate.now
        kind = ("case", "charger", "sim", "keyboard")[item % 4]

        def act(session: Session) -> None:
            bundles.take_back(session, [held], now=now, missing=[kind])
            assignments.return_devices(session, [held], now=now)

        self.do("device.return", act)

    @rule(pick=picks, item=picks)
    def give_back_a_part(self, pick: int, item: int) -> None:
        out = select(AssignmentItem.assignment_id).where(AssignmentItem.returned_on.is_(None))
        device = self.one(Device, pick, Device.id.in_(select(Assignment.device_id).where(Assignment.id.in_(out))))
        kind = ("case", "charger", "sim", "keyboard")[item % 4]
        self.do("device.return", lambda s: bundles.take_back_part(s, [device], [kind], now=self.estate.now))

    @rule(pick=picks, person=picks)
    def hand_in_what_was_never_theirs(self, pick: int, person: int) -> None:
        device, giver, now = self.one(Device, pick), self.person(person), self.estate.now

        def act(session: Session) -> None:
            bundles.take_back(session, [device], now=now)
            assignments.return_devices(session, [device], now=now, from_person_id=giver, reason="found in a drawer")

        self.do("device.return", act)

    @rule(pick=picks, to=st.sampled_from(STATUSES), age=ages)
    def move(self, pick: int, to: str, age: int) -> None:
        day, now, device = self.day(age), self.estate.now, self.one(Device, pick)
        self.do("device.move", lambda s: devices.move(s, [device], to, now=now, on=day, reason="so they say"), day)

    @rule(pick=picks, batch=st.sampled_from([None, "B-26-1"]), certificate=st.sampled_from([None, "WX 1/26"]))
    def dispose(self, pick: int, batch: str | None, certificate: str | None) -> None:
        """Of what is retired; papers may come later."""
        device = self.one(Device, pick, Device.status.in_(("retired", "disposed")))
        self.do(
            "device.move",
            lambda s: devices.move(s, [device], "disposed", now=self.estate.now, batch=batch, certificate=certificate),
        )

    @rule(pick=picks, number=picks)
    def register(self, pick: int, number: int) -> None:
        device = self.one(Device, pick, Device.status == "unrecorded")
        tag = f"NO-{number % 12:04d}"
        self.do("device.register", lambda s: devices.register(s, [device], now=self.estate.now, tags=[tag]))

    @rule(pick=picks, new=picks, age=ages, sim=st.booleans(), items=st.booleans(), to=BACK_TO)
    def swap(self, pick: int, new: int, age: int, sim: bool, items: bool, to: str) -> None:
        old, other, day = self.held(pick), self.one(Device, new), self.day(age)
        self.do(
            "device.swap",
            lambda s: handovers.swap(
                s,
                old,
                other,
                now=self.estate.now,
                on=day,
                carry_sim=sim,
                carry_items=items,
                to_status=to,
                condition="ok",
            ),
            day,
        )

    @rule(pick=picks, person=picks, age=ages, due=st.sampled_from([None, 5]), for_good=st.booleans())
    def transfer(self, pick: int, person: int, age: int, due: int | None, for_good: bool) -> None:
        device, to, day = self.held(pick), self.person(person), self.day(age)
        until = None if due is None else self.day(-due)
        self.do(
            "device.transfer",
            lambda s: handovers.transfer(
                s, [device], person_id=to, now=self.estate.now, on=day, due_on=until, for_good=for_good
            ),
            day,
        )

    @rule(pick=picks, days=st.integers(0, 30))
    def extend(self, pick: int, days: int) -> None:
        device = self.held(pick, Assignment.kind == "loan")
        self.do("device.extend", lambda s: handovers.extend(s, [device], due_on=self.day(-days), now=self.estate.now))

    # --- reservations -------------------------------------------------------------------------------------------

    @rule(pick=picks, person=picks, first=st.integers(0, 9), days=st.sampled_from([None, 0, 4]))
    def reserve(self, pick: int, person: int, first: int, days: int | None) -> None:
        device, to, begin = self.one(Device, pick), self.person(person), self.day(-first)
        end = None if days is None else self.day(-first - days)
        self.do(
            "device.reserve",
            lambda s: reservations.reserve(
                s, [device], person_id=to, actor=ACTOR, now=self.estate.now, from_on=begin, until_on=end
            ),
        )

    @rule(pick=picks, person=picks, whose=st.booleans())
    def cancel_a_reservation(self, pick: int, person: int, whose: bool) -> None:
        device = self.one(Device, pick, Device.id.in_(select(Reservation.device_id).where(Reservation.state == "open")))
        by = self.person(person) if whose else None
        self.do("reservation.cancel", lambda s: reservations.cancel(s, [device], person_id=by))

    # --- lost, stolen, damaged ----------------------------------------------------------------------------------

    @rule(pick=picks, kind=st.sampled_from(["lost", "stolen", "damaged"]), age=ages, value=st.sampled_from([None, 100]))
    def open_an_incident(self, pick: int, kind: str, age: int, value: int | None) -> None:
        device, day = self.one(Device, pick), self.day(age)
        self.do(
            "incident.open",
            lambda s: incidents.open_incident(s, device, kind, now=self.estate.now, on=day, value_pence=value),
            day,
        )

    def in_trouble(self, pick: int) -> int:
        """A device with an open incident."""
        return self.one(Device, pick, Device.id.in_(select(Incident.device_id).where(Incident.closed_at.is_(None))))

    @rule(pick=picks, step=st.sampled_from(KEYS), age=ages)
    def take_a_step(self, pick: int, step: str, age: int) -> None:
        device, at = self.in_trouble(pick), min(start_of_day(self.day(age)), self.estate.now)
        self.do(
            "incident.step",
            lambda s: incidents.record_step(s, device, step, actor=ACTOR, now=self.estate.now, at=at, note="CR/1"),
        )

    @rule(pick=picks, found=st.booleans())
    def close_an_incident(self, pick: int, found: bool) -> None:
        device = self.in_trouble(pick)
        self.do(
            "incident.close",
            lambda s: incidents.close_incident(s, device, actor=ACTOR, now=self.estate.now, found=found, note="desk"),
        )
