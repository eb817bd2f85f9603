"""Findings follow every command at once: the night after one finds nothing to add and nothing to fix."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import decisions, devices, findings, handovers, incidents
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Change,
    Device,
    DeviceModel,
    Enrolment,
    Event,
    Finding,
    Person,
    Sim,
)
from fleet.domain.facts import Clash
from fleet.domain.rules import Context
from fleet.domain.stocktake import MISSING_RULE
from fleet.errors import ConfigurationProblem, NotAllowed
from tests.conftest import CountQueries
from tests.factory import ACTOR, NOW, TODAY, a_device, a_night, a_sim, an_enrolment, an_observed_device, value
from tests.fleet.commands.estate import Estate, an_estate

Found = set[tuple[str, str]]


@pytest.fixture
def estate(database: Database) -> Iterator[Estate]:
    """A register that judges what its commands touch. Its first device is enrolled by Bryn, who has it."""
    made = an_estate(database)
    enrol(made, made.devices[0])
    made.issue(made.devices[:1], person_id=bryn(made), on=TODAY - timedelta(days=10))
    database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    yield made
    database.before_sealing = None


def bryn(estate: Estate) -> int:
    return estate.people[1]


def mair(estate: Estate) -> int:
    return estate.people[2]


def enrol(estate: Estate, device: int, upn: str | None = "bryn@northbridge.example", **values: Any) -> int:
    known = {
        "upn": upn, "ownership": "company", "supervised": True, "encrypted": True, "os_version": "26.7.1",
        "enrolled_at": NOW - timedelta(days=20), "last_seen": NOW - timedelta(hours=3), **values,
    }  # fmt: skip
    return an_enrolment(estate.database, estate.organisation, estate.tenant, device, **known)


def found_now(estate: Estate, state: str = "open") -> Found:
    """(rule, subject) of the findings in a state."""
    with estate.database.read() as session:
        rows = session.execute(select(Finding.rule, Finding.subject).where(Finding.state == state)).all()
    return {(row[0], row[1]) for row in rows}


def night(estate: Estate, rules: Mapping[str, Any] | None = None, **options: Any) -> findings.Night:
    context = Context.from_config(rules or {}, estate.now)
    with estate.database.transaction(actor="night", action="sync", now=estate.now) as session:
        return findings.evaluate(session, context, **options)


def agrees(estate: Estate) -> None:
    """A look at everything is of the same opinion as the looks at what was touched."""
    before = found_now(estate)
    seen = night(estate)
    assert (seen.new, seen.reopened, seen.fixed) == (0, 0, 0), found_now(estate) ^ before


def deed(estate: Estate, act: Callable[[Session], Any]) -> int:
    return Estate._certain(estate.deed("test.deed", act))


# --- every command -------------------------------------------------------------------------------------------

COMMANDS: dict[str, tuple[Callable[[Estate], Any], Found, Found]] = {
    "return": (
        lambda one: one.take_back(one.devices[:1]),
        {("returned-still-enrolled", "NO-0001")},
        set(),
    ),
    "issue to another": (
        lambda one: (one.take_back(one.devices[:1]), one.issue(one.devices[:1], person_id=mair(one))),
        {("holder-differs", "NO-0001")},
        {("returned-still-enrolled", "NO-0001")},
    ),
    "issue days ago without an enrolment": (
        lambda one: one.issue(one.devices[1:2], person_id=mair(one), on=TODAY - timedelta(days=5)),
        {("issued-not-enrolled", "NO-0002")},
        set(),
    ),
    "swap": (
        lambda one: deed(one, lambda s: handovers.swap(s, one.devices[0], one.devices[1], now=one.now)),
        {("returned-still-enrolled", "NO-0001")},
        set(),
    ),
    "transfer": (
        lambda one: deed(one, lambda s: handovers.transfer(s, one.devices[:1], person_id=mair(one), now=one.now)),
        {("holder-differs", "NO-0001")},
        set(),
    ),
    "retire": (
        lambda one: (one.take_back(one.devices[:1]), one.move(one.devices[:1], "retired")),
        {("retired-still-enrolled", "NO-0001")},
        {("returned-still-enrolled", "NO-0001")},
    ),
    "lose": (
        lambda one: deed(
            one,
            lambda s: incidents.open_incident(s, one.devices[0], "lost", now=one.now, on=TODAY - timedelta(days=4)),
        ),
        {("lost-checking-in", "NO-0001")},
        set(),
    ),
    "find again": (
        lambda one: (
            deed(
                one,
                lambda s: incidents.open_incident(s, one.devices[0], "lost", now=one.now, on=TODAY - timedelta(days=4)),
            ),
            deed(
                one, lambda s: incidents.close_incident(s, one.devices[0], actor=ACTOR, now=one.now, found=True)
            ),
        ),
        set(),
        {("lost-checking-in", "NO-0001")},
    ),
    "close the enrolment": (
        lambda one: one.set(Enrolment, enrolment_of(one, 0), closed_at=one.now, closed_because="vanished", missing_runs=2),
        {("vanished", "NO-0001")},
        set(),
    ),
    "a leaver": (
        lambda one: one.set(Person, bryn(one), state="left", left_on=date(2026, 11, 1)),
        {("leaver-holds", "NO-0001")},
        set(),
    ),
    "a new sign-in name": (
        lambda one: one.set(Person, bryn(one), upn="bryn.hale@northbridge.example"),
        {("unknown-person", "NO-0001")},
        set(),
    ),
    "a model": (
        lambda one: (
            one.set(DeviceModel, model_of(one), name="Tablet"),
            one.set(Enrolment, enrolment_of(one, 0), os_version="16.7"),
            one.set(DeviceModel, model_of(one), name="iPad (9th generation)"),
        ),
        {("os-unsupported", "NO-0001")},
        set(),
    ),
    "a SIM in another device": (
        lambda one: (
            one.set(Enrolment, enrolment_of(one, 0), iccid="8944100000000000017"),
            a_sim(one.database, one.organisation, device_id=one.devices[3]),
        ),
        {("sim-moved", "NO-0001")},
        set(),
    ),
    "a SIM back in its place": (
        lambda one: (
            one.set(Enrolment, enrolment_of(one, 0), iccid="8944100000000000017"),
            one.set(Sim, a_sim(one.database, one.organisation, device_id=one.devices[3]), device_id=one.devices[0]),
        ),
        set(),
        {("sim-moved", "NO-0001")},
    ),
    "an own device": (
        lambda one: own_device(one, "requested"),
        {("byod-unapproved", "own device")},
        set(),
    ),
    "an own device approved": (
        lambda one: one.set(
            ByodRegistration, own_device(one, "requested"), state="enrolled", consent_until=TODAY + timedelta(days=365)
        ),
        set(),
        {("byod-unapproved", "own device")},
    ),
    "register": (
        lambda one: deed(
            one, lambda s: devices.register(s, [unrecorded(one)], now=one.now, tags=["NO-0900"])
        ),
        {("returned-still-enrolled", "NO-0900")},
        {("not-recorded", "DMPX000900")},
    ),
    "import": (
        lambda one: apply_file(
            one.database, b"Serial number,Asset tag,Email\nNORX000003,NO-0003,mair@northbridge.example\n", "register.csv",
            ImportOptions(), actor=ACTOR, now=one.later(5).now,
        ),
        set(),
        set(),
    ),
}  # fmt: skip
"""What is done -> the findings that are open after it, and those that are fixed by it."""


def enrolment_of(estate: Estate, number: int) -> int:
    found = value(estate.database, Device.enrolment_id, estate.devices[number])
    assert isinstance(found, int)
    return found


def model_of(estate: Estate) -> int:
    found = value(estate.database, Device.model_id, estate.devices[0])
    assert isinstance(found, int)
    return found


def own_device(estate: Estate, state: str) -> int:
    device = a_device(estate.database, estate.organisation, kind="iphone", ownership="personal", status="issued")
    enrol(estate, device, ownership="personal", supervised=False)
    row = ByodRegistration(
        organisation_id=estate.organisation, person_id=bryn(estate), device_id=device, state=state, requested_on=TODAY
    )
    estate.add(row)
    return row.id


def unrecorded(estate: Estate) -> int:
    device = a_device(estate.database, estate.organisation, serial="DMPX000900", status="unrecorded")
    enrol(estate, device)
    return device


@pytest.mark.parametrize("name", COMMANDS)
def test_findings_are_right_after_a_command_without_a_night(estate: Estate, name: str) -> None:
    do, opened, fixed = COMMANDS[name]
    assert found_now(estate) == set()
    do(estate)
    assert (found_now(estate), {rule for rule, _ in found_now(estate, "fixed")}) == (
        opened,
        {rule for rule, _ in fixed},
    )
    agrees(estate)


def test_undo_takes_the_findings_of_a_command_back(estate: Estate) -> None:
    """What it opened is fixed, what it fixed is open again."""
    estate.set(Person, bryn(estate), state="left", left_on=date(2026, 11, 1))
    event = estate.take_back(estate.devices[:1])
    assert found_now(estate) == {("returned-still-enrolled", "NO-0001")}
    plan, undone = estate.undo(event)
    assert plan.kept == []
    assert found_now(estate) == {("leaver-holds", "NO-0001")}
    agrees(estate)
    estate.undo(undone)
    assert found_now(estate) == {("returned-still-enrolled", "NO-0001")}
    agrees(estate)


def test_a_command_that_fails_leaves_the_findings_alone(estate: Estate) -> None:
    with pytest.raises(NotAllowed), estate.database.transaction(actor=ACTOR, action="x", now=NOW) as session:
        devices.move(session, estate.devices[1:2], "retired", now=NOW, reason="worn")
        session.get_one(Person, bryn(estate)).state = "left"
        session.flush()
        raise NotAllowed("no")
    assert found_now(estate) == set()


def test_only_what_was_touched_is_judged(estate: Estate) -> None:
    """The other device is amiss as well, but nobody touched it since."""
    estate.database.before_sealing = None
    other = enrol(estate, estate.devices[4], encrypted=False)
    estate.database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    estate.take_back(estate.devices[:1])
    assert found_now(estate) == {("returned-still-enrolled", "NO-0001")}
    estate.set(Enrolment, other, os_version="26.7.2")
    assert ("not-encrypted", "NO-0005") in found_now(estate)


# --- what people decided, and what only a night can find ------------------------------------------------------


def test_undo_gives_a_finding_back_as_a_person_had_decided_it(estate: Estate) -> None:
    """The command that ended their decision says so in history; what the rules opened and fixed makes none."""
    estate.set(Person, bryn(estate), state="left", left_on=date(2026, 11, 1))
    with estate.database.read() as session:
        (finding,) = session.execute(select(Finding.id)).scalars()
    deed(estate, lambda s: decisions.acknowledge(s, [finding], actor="asha", note="on the ward"))
    event = estate.take_back(estate.devices[:1])
    assert found_now(estate, "fixed") == {("leaver-holds", "NO-0001")}
    with estate.database.read() as session:
        kept = session.execute(
            select(Change.before, Change.after).where(Change.subject == "finding", Change.event_id == event)
        ).all()
    assert [tuple(one) for one in kept] == [({"state": "acknowledged"}, {"state": "fixed"})]
    estate.undo(event)
    assert found_now(estate, "acknowledged") == {("leaver-holds", "NO-0001")}
    assert value(estate.database, Finding.note, finding) == "on the ward"
    assert value(estate.database, Finding.fixed_at, finding) is None
    agrees(estate)


def test_a_clash_is_over_when_the_register_no_longer_has_the_identifier(estate: Estate) -> None:
    estate.set(Device, estate.devices[1], imei="352099001761481")
    clash = Clash(
        "imei", "352099001761481", ("a",), ("northbridge",), "northbridge", estate.devices[2], ("NORX000003",)
    )
    night(estate, clashes=[clash], organisation_id=estate.organisation)
    assert found_now(estate) == {("duplicate-imei", "NO-0003")}
    estate.set(Device, estate.devices[1], notes="seen")
    assert found_now(estate) == {("duplicate-imei", "NO-0003")}, "it has it still"
    event = estate.set(Device, estate.devices[1], imei=None)
    assert found_now(estate, "fixed") == {("duplicate-imei", "NO-0003")}
    _, undone = estate.undo(event)
    assert found_now(estate) == {("duplicate-imei", "NO-0003")}
    estate.later().undo(undone)
    with estate.database.read() as session:
        rows = session.execute(select(Finding.state, Finding.fixed_at)).all()
    assert rows == [("fixed", estate.now)], "on the day on which it was fixed at last"


def test_a_device_missing_at_a_stocktake_and_disposed_of_is_no_finding_any_more(estate: Estate) -> None:
    estate.add(
        *(
            Finding(
                organisation_id=estate.organisation, rule=MISSING_RULE.key, identity=f"1|{one}", severity="medium",
                state="open", subject_type="device", subject_id=one, subject=f"NO-000{number}", sentence="Missing.",
                evidence={}, first_seen=NOW, last_seen=NOW,
            )
            for number, one in ((2, estate.devices[1]), (3, estate.devices[2]))
        )
    )  # fmt: skip
    assert {one for _, one in found_now(estate)} == {"NO-0002", "NO-0003"}
    estate.later()
    event = estate.move(estate.devices[1:2], "lost")
    assert found_now(estate) == {("stocktake-missing", "NO-0003")}
    estate.undo(event)
    assert {one for _, one in found_now(estate)} == {"NO-0002", "NO-0003"}


# --- configuration, cost, the sync ----------------------------------------------------------------------------


def test_commands_judge_by_the_parameters_of_the_configuration(estate: Estate) -> None:
    rules = {"issued-not-enrolled": {"days": 30}, "returned-still-enrolled": {"severity": "high"}}
    estate.database.before_sealing = lambda session: rejudge_touched(session, rules, None)
    estate.issue(estate.devices[1:2], person_id=mair(estate), on=TODAY - timedelta(days=20))
    estate.take_back(estate.devices[:1])
    with estate.database.read() as session:
        rows = session.execute(select(Finding.rule, Finding.severity)).all()
    assert [tuple(one) for one in rows] == [("returned-still-enrolled", "high")]


def test_wrong_parameters_are_said_and_nothing_is_half_done(estate: Estate) -> None:
    estate.database.before_sealing = lambda session: rejudge_touched(session, {"vanished": {"runs": "two"}}, None)
    with pytest.raises(ConfigurationProblem, match=r"vanished\.runs must be a whole number"):
        estate.take_back(estate.devices[:1])
    assert value(estate.database, Device.status, estate.devices[0]) == "issued"


def test_forty_devices_take_as_many_statements_as_two(estate: Estate, count_queries: CountQueries) -> None:
    ids = [a_device(estate.database, estate.organisation, status="issued") for _ in range(40)]
    estate.add(
        *(
            Assignment(
                organisation_id=estate.organisation, device_id=one, person_id=mair(estate),
                issued_on=TODAY - timedelta(days=9), kind="loan",
            )
            for one in ids
        )
    )  # fmt: skip
    with estate.database.transaction(actor=ACTOR, action="x", now=NOW) as session:
        session.connection().execute(Finding.__table__.delete())  # type: ignore[attr-defined]
    counts = []
    for some in (ids[:2], ids[2:]):
        with (
            count_queries(estate.database) as statements,
            estate.database.transaction(actor=ACTOR, action="x", now=NOW) as session,
        ):
            assert findings.rejudge(session, some, Context.from_config({}, NOW)).new == len(some)
        counts.append(len(statements))
    assert counts[1] <= counts[0] < 20


def test_a_command_about_no_device_asks_nothing(estate: Estate, count_queries: CountQueries) -> None:
    with (
        count_queries(estate.database) as statements,
        estate.database.transaction(actor=ACTOR, action="x", now=NOW) as session,
    ):
        rejudge_touched(session, {}, None)
    assert statements == []


def test_a_sync_is_judged_by_its_own_look_and_not_once_more(estate: Estate) -> None:
    """The sync was told that the rule is off; the configuration of commands, that it is on."""
    rules = {"not-encrypted": {"enabled": False}}
    seen = replace(a_night(0, 0), devices=[an_observed_device(encrypted=False)])
    assert estate.sync(seen, rules=rules).error is None
    assert ("not-encrypted", "DMPX000001") not in found_now(estate)
    assert ("not-recorded", "DMPX000001") in found_now(estate)


def test_what_the_rules_write_after_a_command_makes_no_history(estate: Estate) -> None:
    event = estate.take_back(estate.devices[:1])
    assert found_now(estate) != set()
    with estate.database.read() as session:
        subjects = session.execute(select(Change.subject).where(Change.event_id == event)).scalars().all()
        (newest,) = session.execute(select(Event.id).order_by(Event.id.desc()).limit(1)).scalars()
    assert set(subjects) == {"assignment", "device"}
    assert newest == event
