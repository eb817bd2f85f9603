"""Loans, stock, starters, leavers, people and findings as at a day: what was true then, whatever became of it."""

from datetime import date, timedelta
from typing import Any

import pytest

from fleet.commands import assignments, handovers, reservations
from fleet.commands.decisions import acknowledge, snooze
from fleet.database import Database
from fleet.database.models import Enrolment, Finding, Line, Person, Sim
from fleet.queries.custody_as_at import leavers_as_at, loans_as_at, starters_as_at, stock_as_at
from fleet.queries.findings_as_at import findings_as_at
from fleet.queries.people_as_at import people_as_at, person_as_at
from tests.factory import ACTOR, NOW, TODAY, an_enrolment, write
from tests.fleet.commands.estate import Estate, an_estate


def _day(back: int) -> date:
    return TODAY - timedelta(days=back)


@pytest.fixture
def estate(database: Database) -> Estate:
    """Three iPads in stock, forty days ago."""
    return an_estate(database, 3, now=NOW - timedelta(days=40))


def _ask(estate: Estate, query: Any, *arguments: Any, **options: Any) -> Any:
    with estate.database.read() as session:
        return query(session, *arguments, **options)


def test_a_loan_was_due_when_it_was_due_then(estate: Estate) -> None:
    """Extended later, and back since: on the day it was open, overdue, and due on its first day."""
    estate.issue(estate.devices[:1], person_id=estate.people[0], due_on=_day(30))
    extended = estate.later(15).now
    estate.deed("device.extend", lambda s: handovers.extend(s, estate.devices[:1], due_on=_day(5), now=extended))
    estate.later(20).take_back(estate.devices[:1])
    before, after = (_ask(estate, loans_as_at, _day(days))[0] for days in (26, 20))
    assert (before.due_on, before.days_over, before.holder) == (_day(30), 4, "Siân O'Brien")
    assert (before.team, before.device, before.organisation) == ("Adult Care", "NO-0001", "northbridge")
    assert (after.due_on, after.days_over) == (_day(5), -15)
    assert [len(_ask(estate, loans_as_at, _day(days))) for days in (41, 40, 6, 5, 0)] == [0, 1, 1, 0, 0]
    assert _ask(estate, loans_as_at, _day(20), overdue_only=True) == []
    assert [len(_ask(estate, loans_as_at, _day(20), within=days)) for days in (14, 15)] == [0, 1]


def test_stock_was_what_lay_there_and_what_was_kept(estate: Estate) -> None:
    now = estate.now
    estate.deed("reservation.make", lambda s: reservations.reserve(
        s, estate.devices[:1], person_id=estate.people[1], actor=ACTOR, now=now, from_on=_day(-9)
    ))  # fmt: skip
    estate.later(10).move(estate.devices[1:2], "prepared")
    estate.later(10).issue(estate.devices[2:], site_id=estate.sites[0])
    estate.deed("reservation.cancel", lambda s: reservations.cancel(s, estate.devices[:1]))
    told = {
        days: [(row.site, row.in_stock, row.prepared, row.reserved) for row in _ask(estate, stock_as_at, _day(days))]
        for days in (35, 25, 0)
    }
    assert told == {
        35: [("Hafod House", 2, 0, 1), ("Town Hall", 1, 0, 0)],
        25: [("Hafod House", 2, 0, 1), ("Town Hall", 0, 1, 0)],
        0: [("Hafod House", 1, 0, 0), ("Town Hall", 0, 1, 0)],
    }


def test_a_starter_came_step_by_step(estate: Estate) -> None:
    """Nothing, reserved, issued, not enrolled after two days; and not new any more in the end."""
    now, person = estate.now, estate.people[2]
    estate.set(Person, person, state="starter", start_on=_day(30))
    estate.later(2)
    now = estate.now
    estate.deed(
        "reservation.make",
        lambda s: reservations.reserve(s, estate.devices[:1], person_id=person, actor=ACTOR, now=now),
    )
    later = estate.later(8).now

    def hand_over(session: Any) -> None:
        done = assignments.issue(session, estate.devices[:1], now=later, person_id=person)
        reservations.settle_issue(session, done, person_id=person, now=later)

    estate.deed("device.issue", hand_over)
    estate.set(Person, person, state="active")
    told = {}
    for days in (41, 40, 38, 30, 29, 26, 0):
        told[days] = [(row.name, row.device, row.stage) for row in _ask(estate, starters_as_at, _day(days))]
    assert told == {
        41: [], 40: [("Mair Pugh", None, "nothing")], 38: [("Mair Pugh", "NO-0001", "reserved")],
        30: [("Mair Pugh", "NO-0001", "issued")], 29: [("Mair Pugh", "NO-0001", "issued")],
        26: [("Mair Pugh", "NO-0001", "not enrolled")], 0: [("Mair Pugh", "NO-0001", "not enrolled")],
    }  # fmt: skip
    assert _ask(estate, starters_as_at, TODAY, since=10) == []


def test_an_enrolment_of_whoever_had_it_before_is_none_of_a_starter(estate: Estate) -> None:
    """Theirs is: by their own name, or since it was handed to them."""
    person, device = estate.people[2], estate.devices[0]
    estate.set(Person, person, start_on=_day(35))
    estate.later(5).issue([device], person_id=person)
    an_enrolment(estate.database, estate.organisation, estate.tenant, device, upn="bryn@northbridge.example",
                 opened_at=NOW - timedelta(days=39), enrolled_at=NOW - timedelta(days=39))  # fmt: skip
    assert [row.stage for row in _ask(estate, starters_as_at, TODAY, since=60)] == ["not enrolled"]
    with estate.database.engine.begin() as connection:
        connection.execute(Enrolment.__table__.update().values(upn="mair@northbridge.example"))  # type: ignore[attr-defined]
    assert [row.stage for row in _ask(estate, starters_as_at, TODAY, since=60)] == ["enrolled"]


def test_a_leaver_had_what_they_had_not_given_back(estate: Estate) -> None:
    """With the days since they left, and what the line in it cost a month."""
    line = Line(organisation_id=estate.organisation, number="+447700900123", monthly_pence=745)
    estate.add(line)
    card = Sim(
        organisation_id=estate.organisation, iccid="8944100000000000017", line_id=line.id, device_id=estate.devices[0]
    )
    estate.add(card)
    estate.issue(estate.devices[:2], person_id=estate.people[0])
    estate.set(Person, estate.people[0], manager_id=estate.people[2])
    estate.later(10).set(Person, estate.people[0], state="left", left_on=_day(30))
    estate.later(10).take_back(estate.devices[:1])
    rows = _ask(estate, leavers_as_at, _day(25))
    assert [(row.device, row.days, row.monthly_pence, row.price_pence, row.manager) for row in rows] == [
        ("NO-0001", 5, 745, 34900, "Mair Pugh"), ("NO-0002", 5, 0, 34900, "Mair Pugh"),
    ]  # fmt: skip
    assert rows[0].organisation_name == "Northbridge Council"
    assert _ask(estate, leavers_as_at, _day(31)) == []
    assert [row.device for row in _ask(estate, leavers_as_at, TODAY)] == ["NO-0002"]


def test_people_were_who_they_were(estate: Estate) -> None:
    """Names, teams and states of then; a search finds them by them; who came later was not there."""
    estate.issue(estate.devices[:1], person_id=estate.people[1])
    estate.later(10).set(Person, estate.people[1], display_name="Bryn Pugh", team_id=estate.team, state="long_leave")
    estate.add(Person(organisation_id=estate.organisation, display_name="Late Comer"))
    estate.take_back(estate.devices[:1])
    told = {
        days: [
            (row.name, row.team, row.state, row.devices_held)
            for row in _ask(estate, people_as_at, _day(days), text="bryn")
        ]
        for days in (31, 30)
    }
    assert told == {31: [("Bryn Hale", None, "active", 1)], 30: [("Bryn Pugh", "Adult Care", "long_leave", 0)]}
    assert [len(_ask(estate, people_as_at, _day(days))) for days in (71, 31, 30)] == [0, 3, 4]
    assert [row.name for row in _ask(estate, people_as_at, TODAY, state="long_leave")] == ["Bryn Pugh"]
    row, held = _ask(estate, person_as_at, estate.people[1], _day(31))
    assert (row.name, [(one.device, one.returned_on) for one in held]) == ("Bryn Hale", [("NO-0001", None)])
    _, held = _ask(estate, person_as_at, estate.people[1], TODAY)
    assert [one.returned_on for one in held] == [_day(30)]
    assert _ask(estate, person_as_at, estate.people[1], _day(80)) == (None, [])


def test_who_was_erased_is_in_no_past(estate: Estate) -> None:
    estate.later(10).set(Person, estate.people[1], display_name="(erased) person", erased_at=estate.now)
    assert "Bryn Hale" not in {row.name for row in _ask(estate, people_as_at, _day(35))}
    assert _ask(estate, person_as_at, estate.people[1], _day(35)) == (None, [])


def test_a_finding_was_open_until_it_was_decided_or_fixed(estate: Estate) -> None:
    finding = Finding(
        organisation_id=estate.organisation, rule="lost-holder", identity="x", severity="high", state="open", subject="NO-0001",
        subject_type="device", subject_id=estate.devices[0], sentence="Gone.", evidence={}, first_seen=estate.now,
        last_seen=NOW,
    )  # fmt: skip
    write(estate.database, finding)
    estate.later(10)
    estate.deed("finding.snooze", lambda s: snooze(s, [finding.id], actor=ACTOR, until=_day(25)))
    estate.later(10)
    estate.deed("finding.acknowledge", lambda s: acknowledge(s, [finding.id], actor=ACTOR, note="known"))
    fixed = estate.later(10).now
    with estate.database.engine.begin() as connection:  # As the rules do: without history.
        connection.execute(Finding.__table__.update().values(state="fixed", fixed_at=fixed))  # type: ignore[attr-defined]
    told = {}
    for days in (41, 40, 30, 25, 24, 20, 11, 10, 0):
        rows = _ask(estate, findings_as_at, _day(days), states=("open", "acknowledged", "snoozed", "fixed"))
        told[days] = [row.state for row in rows]
    assert told == {
        41: [], 40: ["open"], 30: ["snoozed"], 25: ["snoozed"], 24: ["open"], 20: ["acknowledged"], 11: ["acknowledged"],
        10: ["fixed"], 0: ["fixed"],
    }  # fmt: skip
    assert [row.last_seen for row in _ask(estate, findings_as_at, _day(40))] < [NOW]
    assert _ask(estate, findings_as_at, _day(40), rule="another") == []


def test_the_past_of_lists_has_walls(estate: Estate) -> None:
    """Nothing of another council: no loan, no person, no name."""
    estate.issue(estate.devices[:1], person_id=estate.people[0], due_on=TODAY)
    other = an_estate(estate.database, 1, key="eastmoor", now=NOW - timedelta(days=40))
    other.issue(other.devices, person_id=estate.people[0], due_on=TODAY)
    with estate.database.read(frozenset({other.organisation})) as session:
        rows = loans_as_at(session, _day(10))
        assert [(row.device, row.holder) for row in rows] == [("EA-0001", "somebody")]
        assert {row.organisation for row in people_as_at(session, _day(10))} == {"eastmoor"}
        assert {row.organisation for row in stock_as_at(session, _day(41))} <= {"eastmoor"}
