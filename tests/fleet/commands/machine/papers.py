"""What people sign, what is counted, who they are, and who may use the register."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import people, receipts, stocktakes
from fleet.commands.operators import set_operator
from fleet.database.models import (
    Assignment,
    Device,
    Event,
    Line,
    Person,
    Receipt,
    Sim,
    Site,
    Stocktake,
    Team,
)
from fleet.domain.receipts import body_hash
from fleet.queries.receipts import receipt_text
from tests.factory import ACTOR
from tests.fleet.commands.machine.workbench import Workbench, picks

KEYS = ("NO-{0:04d}", "NORX{0:06d}", "no such thing {0}", "DMPX{0:06d}")
"""What may be scanned: tags, serials, nonsense."""


class Papers(Workbench):
    """Rules about receipts, stocktakes, people and places."""

    # --- receipts -----------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def make_a_receipt_of_an_issue(self, pick: int) -> None:
        device = self.held(pick)
        self.do("receipt.make", lambda s: receipts.make_for_devices(s, [device], now=self.estate.now))

    @rule(pick=picks, removed=st.sampled_from([None, True, False]))
    def make_a_receipt_of_a_return(self, pick: int, removed: bool | None) -> None:
        device = self.one(
            Device, pick, Device.id.in_(select(Assignment.device_id).where(Assignment.returned_on.is_not(None)))
        )
        self.do(
            "receipt.make",
            lambda s: receipts.make_for_devices(s, [device], now=self.estate.now, kind="return", data_removed=removed),
        )

    @rule(pick=picks)
    def make_the_receipts_of_an_event(self, pick: int) -> None:
        event = self.one(Event, pick, Event.action.in_(("device.issue", "device.return", "device.swap")))
        self.do("receipt.make", lambda s: receipts.make_for_event(s, event, now=self.estate.now))

    @rule(pick=picks)
    def withdraw_a_receipt(self, pick: int) -> None:
        receipt = self.one(Receipt, pick)
        self.do("receipt.withdraw", lambda s: receipts.withdraw(s, receipt))

    @precondition(lambda self: self.irreversible)
    @rule(pick=picks, paper=st.booleans(), read=st.booleans())
    def accept_a_receipt(self, pick: int, paper: bool, read: bool) -> None:
        receipt, now = self.one(Receipt, pick, Receipt.accepted_at.is_(None)), self.estate.now
        how: dict[str, Any] = {"paper_file": "scan-7.pdf"} if paper else {"typed_name": "Siân O'Brien"}

        def act(session: Session) -> None:
            seen = body_hash(receipts.present_body(session, receipt))[:12] if read else None
            receipts.accept(session, receipt, now=now, seen=seen, **how)

        self.do_for_good("receipt.accept", act)

    @precondition(lambda self: self.irreversible)
    @rule(kind=st.sampled_from(["issue", "return"]), number=picks)
    def set_the_text_that_people_sign(self, kind: str, number: int) -> None:
        def act(session: Session) -> None:
            body = receipt_text(session, kind).body + f"\nClause {number % 3}."
            receipts.set_text(session, kind, body, now=self.estate.now)

        self.do_for_good("receipt.text", act)

    # --- stocktakes ---------------------------------------------------------------------------------------------

    @rule(of=st.sampled_from(["organisation", "site", "team", "kind"]), pick=picks)
    def open_a_stocktake(self, of: str, pick: int) -> None:
        scope: dict[str, Any] = {
            "organisation": {"organisation_id": self.estate.organisation},
            "site": {"site_id": self.one(Site, pick)},
            "team": {"team_id": self.one(Team, pick)},
            "kind": {"kind": "ipad"},
        }[of]
        self.do(
            "stocktake.open",
            lambda s: stocktakes.open_new(s, f"Count {pick % 3}", actor=ACTOR, now=self.estate.now, **scope),
        )

    @rule(
        pick=picks, what=st.lists(st.tuples(picks, st.integers(0, 8)), min_size=1, max_size=4), site=picks, person=picks,
        how=st.integers(0, 3),
    )  # fmt: skip
    def scan_into_a_stocktake(self, pick: int, what: list[tuple[int, int]], site: int, person: int, how: int) -> None:
        stocktake = self.one(Stocktake, pick, Stocktake.closed_at.is_(None))
        texts = [KEYS[form % len(KEYS)].format(number) for form, number in what]
        where = self.one(Site, site) if how % 2 else None
        met = self.person(person) if how == 2 else None
        self.do(
            "stocktake.scan",
            lambda s: stocktakes.scan(
                s, stocktake, texts, actor=ACTOR, now=self.estate.now, site_id=where, seen_with=met,
                holder_confirmed=how == 3,
            ),
        )  # fmt: skip

    @rule(pick=picks)
    def close_a_stocktake(self, pick: int) -> None:
        stocktake = self.one(Stocktake, pick, Stocktake.closed_at.is_(None))
        self.do("stocktake.close", lambda s: stocktakes.close(s, stocktake, actor=ACTOR, now=self.estate.now))

    # --- people, places, SIMs -----------------------------------------------------------------------------------

    @rule(pick=picks, state=st.sampled_from(["active", "left", "long_leave"]))
    def person_changes(self, pick: int, state: str) -> None:
        left = self.day(0) if state == "left" else None
        self.set_by_hand(Person, self.person(pick), state=state, left_on=left)

    @rule(pick=picks, team=picks)
    def person_moves_team(self, pick: int, team: int) -> None:
        person, to = self.person(pick), self.one(Team, team)
        self.do("person.team", lambda s: people.move_team(s, person, to))

    @precondition(lambda self: self.irreversible)
    @rule(pick=picks)
    def erase_a_person(self, pick: int) -> None:
        person = self.person(pick)
        self.do_for_good("person.erase", lambda s: people.erase(s, person, now=self.estate.now))

    @rule(number=picks)
    def a_team_is_made(self, number: int) -> None:
        self.do("team.add", lambda s: s.add(Team(organisation_id=self.estate.organisation, name=f"Team {number % 4}")))

    @rule(pick=picks, name=st.sampled_from(["Tŷ Mawr", "Town Hall", "O’Hara Court"]))
    def a_site_is_renamed(self, pick: int, name: str) -> None:
        self.set_by_hand(Site, self.one(Site, pick), name=name)

    @rule(number=picks, device=picks)
    def a_sim_is_put_in(self, number: int, device: int) -> None:
        iccid, into = f"89441000000000000{number % 5:02d}", self.one(Device, device)
        if found := self.ids(Sim, Sim.iccid == iccid):
            self.set_by_hand(Sim, found[0], device_id=into)
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
        self.set_by_hand(Device, self.one(Device, pick), asset_tag=tag, notes=notes)

    @rule(role=st.sampled_from(["administrator", "technician", "auditor"]), everything=st.booleans())
    def an_operator_is_named(self, role: str, everything: bool) -> None:
        keys = () if everything else ("northbridge",)
        self.do(
            "operator",
            lambda s: set_operator(s, "gwen", role=role, organisations=keys, all_organisations=everything),
        )
