"""The life of a finding: open, put away by a person, fixed by itself, open again."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.commands import assignments, decisions, findings
from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import Device, Finding, FindingCount, Line, Operator, Person, Sim, Tenant
from fleet.domain.facts import Clash
from fleet.domain.rules import Context
from fleet.errors import NotAllowed, NotFound
from fleet.queries.findings import count_findings, finding_detail, finding_groups, list_findings
from fleet.queries.history import list_events
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_line,
    a_person,
    a_sim,
    a_tenant,
    an_assignment,
    an_organisation,
    change,
    write,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


@pytest.fixture
def leaver(database: Database, owner: int) -> int:
    """Somebody who left and still holds NB-1."""
    person = a_person(database, owner, "Gwen Pugh", state="left", left_on=date(2026, 11, 1))
    an_assignment(
        database,
        owner,
        a_device(database, owner, status="issued", kind="thin_client", asset_tag="NB-1"),
        person_id=person,
    )
    return person


def look(database: Database, days: int = 0, **options: Any) -> findings.Night:
    now = NOW + timedelta(days=days)
    with database.transaction(actor="night", action="sync", now=now) as session:
        return findings.evaluate(session, Context.from_config({}, now), **options)


def the_finding(database: Database) -> Finding:
    with database.read() as session:
        return session.execute(select(Finding)).scalar_one()


def test_a_discrepancy_is_one_finding_from_night_to_night(database: Database, leaver: int) -> None:
    assert look(database).new == 1
    second = look(database, 1)
    assert (second.new, second.still, second.fixed) == (0, 1, 0)
    found = the_finding(database)
    assert (found.rule, found.subject, found.state, found.times_seen) == ("leaver-holds", "NB-1", "open", 2)
    assert (found.first_seen, found.last_seen) == (NOW, NOW + timedelta(days=1))


def test_it_is_seen_once_a_night_however_many_tenants_and_accounts_are_synced(database: Database, leaver: int) -> None:
    for hours in (0, 1, 24, 25, 26, 48):
        now = NOW + timedelta(hours=hours)
        with database.transaction(actor="night", action="sync", now=now) as session:
            findings.evaluate(session, Context.from_config({}, now))
        with database.transaction(actor="asha", action="x", now=now + timedelta(minutes=1)) as session:
            findings.rejudge(session, [the_device(session)], Context.from_config({}, now))
    assert the_finding(database).times_seen == 3


def the_device(session: Session) -> int:
    return session.execute(select(Device.id)).scalar_one()


def test_it_is_fixed_by_itself_when_it_is_gone_and_opens_again_when_it_is_back(database: Database, leaver: int) -> None:
    look(database)
    change(database, Person, leaver, state="active", left_on=None)
    assert look(database, 1).fixed == 1
    found = the_finding(database)
    assert (found.state, found.fixed_at) == ("fixed", NOW + timedelta(days=1))
    change(database, Person, leaver, state="left", left_on=date(2026, 11, 1))
    assert look(database, 2).reopened == 1
    assert (the_finding(database).state, the_finding(database).fixed_at) == ("open", None)


def test_what_the_rules_write_makes_no_history_and_what_people_decide_does(database: Database, leaver: int) -> None:
    with database.read() as session:
        before = len(list_events(session))
    look(database)
    with database.read() as session:
        assert len(list_events(session)) == before
    with database.transaction(actor="asha", action="finding.acknowledge", now=NOW, reason="on the ward") as session:
        decisions.acknowledge(session, [the_finding(database).id], actor="asha", note="on the ward", until=TODAY)
    with database.read() as session:
        newest = list_events(session)[0]
    assert (newest.action, newest.actor, newest.reason) == ("finding.acknowledge", "asha", "on the ward")


def test_put_away_it_stays_away_until_its_day_and_comes_back_once(database: Database, leaver: int) -> None:
    look(database)
    with database.transaction(actor="asha", action="finding.snooze", now=NOW) as session:
        decisions.snooze(session, [the_finding(database).id], actor="asha", until=TODAY + timedelta(days=2))
    assert (look(database, 1).reopened, the_finding(database).state) == (0, "snoozed")
    assert (look(database, 2).reopened, the_finding(database).state) == (0, "snoozed")
    assert (look(database, 3).reopened, the_finding(database).state) == (1, "open")
    assert look(database, 4).reopened == 0


def test_acknowledged_without_a_day_it_stays_until_it_is_fixed(database: Database, leaver: int) -> None:
    look(database)
    with database.transaction(actor="asha", action="finding.acknowledge", now=NOW) as session:
        decisions.acknowledge(session, [the_finding(database).id], actor="asha", note="known")
    assert (look(database, 200).reopened, the_finding(database).state) == (0, "acknowledged")
    with database.read() as session:
        assert count_findings(session) == 0
        assert count_findings(session, states=("acknowledged",)) == 1
    with database.transaction(actor="t", action="device.return", now=NOW) as session:
        assignments.return_devices(session, [the_finding(database).subject_id or 0], now=NOW)
    assert (look(database, 201).fixed, the_finding(database).state) == (1, "fixed")


def test_what_is_fixed_is_not_put_away(database: Database, leaver: int) -> None:
    look(database)
    change(database, Person, leaver, state="active", left_on=None)
    look(database, 1)
    with (
        pytest.raises(NotAllowed, match="about NB-1 is fixed"),
        database.transaction(actor="asha", action="x", now=NOW) as session,
    ):
        decisions.snooze(session, [the_finding(database).id], actor="asha", until=TODAY + timedelta(days=9))
    assert the_finding(database).state == "fixed"


def test_a_finding_that_does_not_exist_changes_nothing(database: Database, leaver: int) -> None:
    look(database)
    with pytest.raises(NotFound), database.transaction(actor="asha", action="x", now=NOW) as session:
        decisions.acknowledge(session, [the_finding(database).id, 9_999], actor="asha", note="x")
    assert the_finding(database).state == "open"


def test_one_organisations_night_leaves_the_others_findings_alone(database: Database, owner: int, leaver: int) -> None:
    other = an_organisation(database, "eastmere")
    person = a_person(database, other, "Old Hand", state="left", left_on=date(2026, 10, 1))
    an_assignment(database, other, a_device(database, other, status="issued", kind="thin_client"), person_id=person)
    assert look(database).new == 2
    change(database, Person, person, state="active")
    night = look(database, 1, organisation_id=owner)
    assert (night.still, night.fixed) == (1, 0)


def test_a_clash_is_told_by_the_sync_that_sees_it_and_fixed_by_one_that_does_not(
    database: Database, owner: int
) -> None:
    clash = Clash("serial", "DMPX000001", ("a", "b"), ("northbridge",), "northbridge")
    assert look(database, clashes=[clash], organisation_id=owner).new == 1
    assert look(database, 1, organisation_id=owner).fixed == 0, "a look without a sync knows nothing of clashes"
    assert look(database, 2, clashes=[], organisation_id=owner).fixed == 1


def test_the_desk_shows_groups_detail_and_trend(database: Database, leaver: int) -> None:
    look(database)
    look(database, 1)
    with database.read() as session:
        (group,) = finding_groups(session)
        (row,) = list_findings(session, text="gwen nb-1") or list_findings(session)
        detail = finding_detail(session, row.id)
        counts = session.execute(
            select(FindingCount.counted_on, FindingCount.open).order_by(FindingCount.counted_on)
        ).all()
    assert (group.rule, group.severity, group.open) == ("leaver-holds", "high", 1)
    assert detail is not None
    assert detail.recorded["holder_state"] == "left"
    assert [tuple(one) for one in counts] == [(TODAY, 1), (TODAY + timedelta(days=1), 1)]


# --- worse, assigned, and what is no device --------------------------------------------------------------------


def test_it_is_worse_when_it_comes_back_and_not_when_it_only_stays(database: Database, leaver: int) -> None:
    look(database)
    look(database, 1)
    assert the_finding(database).worse_at is None
    change(database, Person, leaver, state="active", left_on=None)
    look(database, 2)
    change(database, Person, leaver, state="left", left_on=date(2026, 11, 1))
    look(database, 3)
    assert the_finding(database).worse_at == NOW + timedelta(days=3)
    look(database, 4)
    assert the_finding(database).worse_at == NOW + timedelta(days=3)


def test_it_is_worse_when_it_becomes_graver_and_not_when_it_becomes_milder(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)
    change(database, Tenant, tenant, credential_until=TODAY + timedelta(days=40))
    assert look(database).new == 1
    assert (the_finding(database).severity, the_finding(database).worse_at) == ("low", None)
    look(database, 11)
    assert (the_finding(database).severity, the_finding(database).worse_at) == ("medium", NOW + timedelta(days=11))
    look(database, 35)
    assert (the_finding(database).severity, the_finding(database).worse_at) == ("high", NOW + timedelta(days=35))


def test_a_credential_that_was_renewed_is_fixed(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)
    change(database, Tenant, tenant, credential_until=TODAY)
    assert look(database).new == 1
    change(database, Tenant, tenant, credential_until=TODAY + timedelta(days=365))
    assert (look(database, 1, organisation_id=owner).fixed, the_finding(database).state) == (1, "fixed")


def test_an_idle_sim_of_one_organisation_is_not_settled_by_the_night_of_another(database: Database, owner: int) -> None:
    a_sim(database, owner)
    other = an_organisation(database, "eastmere")
    assert look(database, organisation_id=other).new == 0
    assert look(database, organisation_id=owner).new == 1
    assert look(database, 1, organisation_id=other).fixed == 0
    assert the_finding(database).subject_type == "sim"


def test_a_command_on_a_sim_is_judged_at_once(database: Database, owner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    device, sim = a_device(database, owner), a_sim(database, owner)
    look(database)
    monkeypatch.setattr(database, "before_sealing", lambda session: rejudge_touched(session, {}, None))
    change(database, Sim, sim, device_id=device)
    assert the_finding(database).state == "fixed"
    change(database, Sim, sim, device_id=None)
    assert the_finding(database).state == "open"
    line = a_line(database, owner)
    change(database, Sim, sim, line_id=line)
    change(database, Line, line, state="ended")
    assert the_finding(database).state == "fixed"


def test_the_second_of_a_kind_is_over_when_the_first_comes_back(
    database: Database, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_person(database, owner)
    first, second = (a_device(database, owner, status="issued", asset_tag=tag) for tag in ("NB-1", "NB-2"))
    for day, device in ((20, first), (10, second)):
        an_assignment(database, owner, device, person_id=person, issued_on=TODAY - timedelta(days=day))
    rules = {"issued-not-enrolled": {"enabled": False}}
    monkeypatch.setattr(database, "before_sealing", lambda session: rejudge_touched(session, rules, None))
    with database.transaction(actor="asha", action="x", now=NOW) as session:
        findings.evaluate(session, Context.from_config(rules, NOW))
    assert (the_finding(database).rule, the_finding(database).subject) == ("several-of-a-kind", "NB-2")
    with database.transaction(actor="asha", action="device.return", now=NOW) as session:
        assignments.return_devices(session, [first], now=NOW)
    assert the_finding(database).state == "fixed"


def test_a_finding_is_given_to_an_operator_and_that_is_history(database: Database, leaver: int) -> None:
    look(database)
    with database.transaction(actor="asha", action="finding.assign", now=NOW) as session:
        assert decisions.assign(session, [the_finding(database).id], "bryn") == 1
    assert the_finding(database).assigned_to == "bryn"
    with database.read() as session:
        assert list_events(session)[0].action == "finding.assign"
        assert [row.assigned_to for row in list_findings(session)] == ["bryn"]
    with database.transaction(actor="asha", action="finding.assign", now=NOW) as session:
        decisions.assign(session, [the_finding(database).id], None)
    assert the_finding(database).assigned_to is None


def test_nobody_gets_findings_who_may_not_look_after_them(database: Database, leaver: int) -> None:
    look(database)
    write(
        database,
        Operator(name="bryn", role="technician", all_organisations=True),
        Operator(name="audit", role="auditor", all_organisations=True),
        Operator(name="gone", role="technician", all_organisations=True, active=False),
    )
    number = the_finding(database).id
    for name in ("audit", "gone", "nobody-known"):
        with (
            pytest.raises(NotFound, match="There are: bryn"),
            database.transaction(actor="bryn", action="finding.assign", now=NOW) as session,
        ):
            decisions.assign(session, [number], name)
    with database.transaction(actor="bryn", action="finding.assign", now=NOW) as session:
        decisions.assign(session, [number], "bryn")
    assert the_finding(database).assigned_to == "bryn"
