"""What a file contradicts is left alone, told as a finding, and settled when file and register agree."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.commands.findings import evaluate
from fleet.commands.imports import ImportOptions, apply_file
from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import Device, Finding, Person
from fleet.domain.rules import Context
from fleet.domain.rules.raised import CONFLICT_RULE
from fleet.queries.findings import finding_detail
from tests.factory import ACTOR, TODAY, a_line, a_sim
from tests.fleet.commands.estate import Estate, an_estate
from tests.fleet.commands.test_imports import preview, take_in

HOLDER = "Serial number,Email\nNORX000002,bryn@northbridge.example\n"


@pytest.fixture
def estate(database: Database) -> Estate:
    database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    found = an_estate(database)
    found.issue(found.devices[1:2], person_id=found.people[0])
    return found


def standing(estate: Estate) -> list[tuple[str, str]]:
    """(identity, state) of the conflicts there ever were."""
    with estate.database.read() as session:
        rows = session.execute(
            select(Finding.identity, Finding.state).where(Finding.rule == CONFLICT_RULE.key).order_by(Finding.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_a_row_that_names_another_holder_becomes_a_finding_with_the_file_and_row(estate: Estate) -> None:
    seen = preview(estate, HOLDER)
    assert (seen.counts["unchanged"], seen.untold, seen.to_do) == (1, 1, 1)
    done = take_in(estate, HOLDER, "leavers.csv")
    assert standing(estate) == [(f"{estate.devices[1]}|holder|{estate.people[1]}", "open")]
    with estate.database.read() as session:
        one = session.execute(select(Finding)).scalar_one()
        told = finding_detail(session, one.id)
    assert told is not None
    assert told.row.sentence == (
        "leavers.csv, row 2, says holder bryn@northbridge.example; the register says sian@northbridge.example."
    )
    (pair, *others) = told.lines
    assert (pair.name, pair.observed_name, pair.observed) == ("holder_upn", "in_file", "bryn@northbridge.example")
    assert {one.name: one.observed for one in others}["row"] == 2
    assert (one.organisation_id, one.subject_id, one.severity) == (estate.organisation, estate.devices[1], "medium")
    assert preview(estate, HOLDER).to_do == 0, "the same file again is nothing to do"
    assert done.as_json()["new_findings"] == 1


def test_it_is_settled_when_both_agree_and_open_again_when_that_is_undone(estate: Estate) -> None:
    take_in(estate, HOLDER)
    estate.take_back(estate.devices[1:2])
    assert [state for _, state in standing(estate)] == ["open"], "in stock is not with Bryn"
    issued = estate.issue(estate.devices[1:2], person_id=estate.people[1])
    assert [state for _, state in standing(estate)] == ["fixed"]
    estate.undo(issued)
    assert [state for _, state in standing(estate)] == ["open"]


def test_undoing_the_import_takes_its_findings_away(estate: Estate) -> None:
    done = take_in(estate, HOLDER)
    plan, again = estate.undo(done.event)
    assert [one.subject for one in plan.reversed] == ["finding"]
    assert standing(estate) == []
    estate.undo(again)
    assert len(standing(estate)) == 1, "and undoing that brings them back"


def test_what_a_person_decided_stays_decided_and_a_settled_one_comes_back(estate: Estate) -> None:
    take_in(estate, HOLDER)
    with estate.database.read() as session:
        number = session.execute(select(Finding.id)).scalar_one()
    estate.set(Finding, number, state="acknowledged", decided_until=(estate.now + timedelta(days=5)).date())
    take_in(estate, HOLDER + "NORX000003,mair@northbridge.example\n", "second.csv")
    assert [state for _, state in standing(estate)] == ["acknowledged"]
    with estate.database.read() as session:
        assert session.execute(select(Finding.sentence)).scalar_one().startswith("second.csv, row 2")
    estate.later(6)
    estate.deed("sync", lambda session: evaluate(session, Context.from_config({}, estate.now)))
    assert [state for _, state in standing(estate)] == ["open"], "the day has passed until which it was put away"


def test_a_night_fixes_what_agrees_without_history(estate: Estate) -> None:
    estate.database.before_sealing = None
    take_in(estate, HOLDER)
    estate.take_back(estate.devices[1:2])
    estate.issue(estate.devices[1:2], person_id=estate.people[1])
    assert [state for _, state in standing(estate)] == ["open"]
    estate.deed("sync", lambda session: evaluate(session, Context.from_config({}, estate.now)))
    assert [state for _, state in standing(estate)] == ["fixed"]
    estate.later()
    estate.take_back(estate.devices[1:2])
    estate.issue(estate.devices[1:2], person_id=estate.people[0])
    take_in(estate, HOLDER, "again.csv")
    assert [state for _, state in standing(estate)] == ["open"]


def test_every_kind_of_contradiction_is_told(estate: Estate) -> None:
    """Serial, IMEI, status, SIM, number and identifiers of two devices; each settled by what the register then says."""
    database = estate.database
    first, second, third = estate.devices[2], estate.devices[3], estate.devices[4]
    line = a_line(database, estate.organisation, "+447700900111")
    a_sim(database, estate.organisation, "8944100000000000017", device_id=first, line_id=line)
    text = (
        "Serial number,Asset tag,Status,ICCID,Phone number\n"
        "DMPX000999,NO-0003,,,\n"  # another serial under a known tag
        "NORX000004,,issued,8944100000000000017,\n"  # a status nobody can move to, and a SIM that is elsewhere
        "NORX000003,,,,07700 900222\n"  # another number on its SIM
        "NORX000005,NO-0006,,,\n"  # two devices
    )
    done = take_in(estate, text)
    assert {one.field for one in done.plan.conflicts} == {"serial", "status", "iccid", "phone_number", "identity"}
    told = {identity.split("|")[1]: identity.split("|")[0] for identity, _ in standing(estate)}
    assert told == {
        "serial": str(first), "status": str(second), "iccid": str(second), "phone_number": str(first), "identity": str(third)
    }  # fmt: skip
    estate.set(Device, first, serial="DMPX000999")
    estate.set(Device, estate.devices[5], asset_tag="NO-0666")
    estate.set(Device, third, cost_code="touched")
    assert {identity.split("|")[1] for identity, state in standing(estate) if state == "fixed"} == {
        "serial",
        "identity",
    }


def test_an_operator_of_one_council_leaves_findings_of_that_council_alone(estate: Estate) -> None:
    other = an_estate(estate.database, key="southmere")
    done = apply_file(
        estate.database, HOLDER.encode(), "n.csv", ImportOptions(), actor=ACTOR, now=estate.now,
        scope=frozenset({estate.organisation}),
    )  # fmt: skip
    assert done.untold == 1 and len(standing(estate)) == 1
    with estate.database.read(frozenset({other.organisation})) as session:
        assert session.execute(select(Finding.id)).all() == []


def told(estate: Estate) -> list[tuple[str, str, str, str]]:
    """(kind of subject, severity, state, sentence) of the conflicts there ever were."""
    with estate.database.read() as session:
        columns = (Finding.subject_type, Finding.severity, Finding.state, Finding.sentence)
        rows = session.execute(select(*columns).where(Finding.rule == CONFLICT_RULE.key).order_by(Finding.id))
        return [tuple(row) for row in rows]  # type: ignore[misc] # four columns


def test_a_list_of_people_that_disagrees_becomes_findings_that_go_when_both_agree(estate: Estate) -> None:
    """Another number, a title that the directory has otherwise, somebody who left and comes back, two people in one row."""
    first, second, third = estate.people[:3]
    estate.set(Person, first, employee_id="000417", tenant_id=estate.tenant, entra_id="e-1", job_title="Team Manager")
    estate.set(Person, second, employee_id="000418")
    estate.set(Person, third, employee_id="000419", state="left", left_on=TODAY - timedelta(days=60))
    text = (
        "Person Ref.,Joining Date,Leaving Date,Position,Email\n"
        "000417,,,Senior Lead,\n"
        "000555,,,,bryn@northbridge.example\n"
        "000419,01/12/2026,,,\n"
        "000418,,,,sian@northbridge.example\n"
    )
    seen = preview(estate, text, "hr.csv")
    assert (seen.untold, len(seen.plan.conflicts)) == (4, 4)
    done = take_in(estate, text, "hr.csv")
    assert [row[:3] for row in told(estate)] == [
        ("person", "low", "open"), ("person", "medium", "open"), ("person", "medium", "open"), ("person", "medium", "open")
    ]  # fmt: skip
    sentences = [row[3] for row in told(estate)]
    assert sentences[0] == "hr.csv, row 2, says job title Senior Lead; the register says Team Manager."
    assert sentences[1] == "hr.csv, row 3, says employee number 000555; the register says 000418."
    assert sentences[2].startswith("hr.csv, row 4, says state active from 1 Dec 2026; the register says left on ")
    assert sentences[3].startswith("hr.csv, row 5, takes 000418, sian@northbridge.example for one person; ")
    assert preview(estate, text, "hr.csv").to_do == 0, "the same file again is nothing to do"
    estate.set(Person, first, job_title="Senior Lead")
    mended = estate.set(Person, second, employee_id="000555")
    estate.set(Person, third, state="active", left_on=None)
    assert [row[2] for row in told(estate)] == ["fixed"] * 4
    estate.undo(mended)
    assert [row[2] for row in told(estate)] == ["fixed", "open", "fixed", "open"]
    estate.deed("sync", lambda session: evaluate(session, Context.from_config({}, estate.now)))
    assert [row[2] for row in told(estate)] == ["fixed", "open", "fixed", "open"], "the night agrees"
    estate.undo(done.event)
    assert [row[2] for row in told(estate) if row[2] == "open"] == []


def test_what_contradicts_a_device_that_the_file_adds_is_a_finding_at_once(estate: Estate) -> None:
    """SIM, number, status, and an earlier row of the same file: the same file again has nothing left to do."""
    database = estate.database
    line = a_line(database, estate.organisation, "+447700900111")
    a_sim(database, estate.organisation, "8944100000000000017", device_id=estate.devices[0], line_id=line)
    text = (
        "Serial number,Kind,Status,ICCID,Phone number,MAC\n"
        "DMPX000901,iPad,in stock,8944100000000000017,,\n"  # a SIM that is elsewhere
        "DMPX000902,iPad,in stock,8944100000000000025,07700 900111,\n"  # a number that is elsewhere
        "DMPX000903,thin client,issued,,,00E0C5400B9A\n"  # to whom?
        "DMPX000904,thin client,in stock,,,00E0C5400B9A\n"  # contradicts the row before it
    )
    seen = preview(estate, text)
    done = take_in(estate, text)
    assert {one.field for one in done.plan.conflicts} == {"iccid", "phone_number", "status", "serial"}
    assert (seen.untold, done.counts["new"], done.counts["rejected"]) == (4, 3, 1)
    with estate.database.read() as session:
        subjects = (
            session.execute(select(Finding.subject).join(Device, Device.id == Finding.subject_id)).scalars().all()
        )
    assert sorted(subjects) == ["DMPX000901", "DMPX000902", "DMPX000903", "DMPX000903"]
    again = preview(estate, text)
    assert (again.to_do, len(again.plan.conflicts)) == (0, 4)
    estate.undo(done.event)
    assert standing(estate) == []
