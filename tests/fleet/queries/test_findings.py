"""The lists of the drift desk: in what order, narrowed by what, seen by whom."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Device, Finding, Tenant
from fleet.errors import NotFound
from fleet.queries.evidence import EvidenceLine
from fleet.queries.findings import (
    ANY,
    Narrowing,
    count_findings,
    finding_detail,
    finding_groups,
    list_findings,
    teams_called,
)
from tests.conftest import CountQueries
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_person,
    a_site,
    a_team,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    write,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def a_finding(database: Database, owner: int, rule: str, subject: str = "NB-0001", **values: Any) -> int:
    known = {
        "identity": f"{rule}/{subject}", "severity": "medium", "state": "open", "subject_type": "device", "subject_id": 1,
        "sentence": f"Something about {subject}.", "evidence": {"recorded": {}, "observed": {}}, "first_seen": NOW,
        "last_seen": NOW, **values,
    }  # fmt: skip
    row = Finding(organisation_id=owner, rule=rule, subject=subject, **known)
    write(database, row)
    return row.id


def subjects(database: Database, **narrowed: Any) -> list[str]:
    with database.read() as session:
        rows = list_findings(session, **narrowed)
        counted = {name: value for name, value in narrowed.items() if name not in ("offset", "limit", "subject")}
        if counted == narrowed:
            assert count_findings(session, **counted) == len(rows)
    return [row.subject for row in rows]


def test_the_worst_come_first_and_of_a_rule_the_oldest(database: Database, owner: int) -> None:
    a_finding(database, owner, "reenrolment-leftover", "low", severity="low")
    a_finding(database, owner, "not-seen-30", "young")
    a_finding(database, owner, "not-seen-30", "old", first_seen=NOW - timedelta(days=9))
    a_finding(database, owner, "vanished", "high", severity="high")
    assert subjects(database) == ["high", "old", "young", "low"]
    assert subjects(database, offset=1, limit=2) == ["old", "young"]


def test_only_open_findings_are_listed_unless_others_are_asked_for(database: Database, owner: int) -> None:
    for state in ("open", "acknowledged", "snoozed", "fixed"):
        a_finding(database, owner, "vanished", state, state=state)
    assert subjects(database) == ["open"]
    assert sorted(subjects(database, states=("fixed", "snoozed"))) == ["fixed", "snoozed"]


def test_lists_are_narrowed_by_rule_organisation_and_subject(database: Database, owner: int) -> None:
    other = an_organisation(database, "eastmere")
    a_finding(database, owner, "vanished", "mine", subject_id=7)
    a_finding(database, other, "jailbroken", "theirs", subject_id=8)
    assert subjects(database, rule="vanished") == ["mine"]
    assert subjects(database, organisation="eastmere") == ["theirs"]
    assert subjects(database, organisation="nowhere") == []
    assert subjects(database, subject=("device", 8)) == ["theirs"]
    assert subjects(database, subject=("person", 8)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"NB-0001", "NB-0002"}),
        ("nb-0002", {"NB-0002"}),
        ("gone intune", {"NB-0001"}),  # The title of the rule, in no text of the finding.
        ("vanished HIGH", {"NB-0001"}),
        ("o'hare", {"NB-0002"}),
        ("Siân", {"NB-0002"}),
        ("siân hare", {"NB-0002"}),
        ("nb-0001 hare", set()),
        ("100%", {"NB-0001"}),
        ("%", {"NB-0001"}),
        ("_", set()),
        ("' OR 1=1 --", set()),
        ("\\", set()),
    ],
)  # fmt: skip
def test_every_word_must_be_in_a_finding_as_it_is_typed(
    database: Database, owner: int, text: str, found: set[str]
) -> None:
    a_finding(database, owner, "vanished", "NB-0001", severity="high", sentence="Sure of it, 100% so.")
    a_finding(database, owner, "leaver-holds", "NB-0002", sentence="siân.o'hare@northbridge.example left.")
    assert set(subjects(database, text=text)) == found


def test_groups_are_counted_worst_first_then_most(database: Database, owner: int) -> None:
    other = an_organisation(database, "eastmere")
    for number in range(3):
        a_finding(database, owner, "not-seen-30", f"NB-{number}")
    a_finding(database, owner, "vanished", severity="high")
    a_finding(database, other, "noncompliant")
    a_finding(database, owner, "noncompliant", "fixed", state="fixed")
    a_finding(database, owner, "a-rule-of-old", severity="low")
    with database.read() as session:
        groups = finding_groups(session)
        mine = finding_groups(session, organisation="eastmere")
    assert [(one.rule, one.severity, one.open) for one in groups] == [
        ("vanished", "high", 1), ("not-seen-30", "medium", 3), ("noncompliant", "medium", 1), ("a-rule-of-old", "low", 1),
    ]  # fmt: skip
    assert [one.rule for one in mine] == ["noncompliant"]
    assert (groups[0].title, groups[0].what_to_do[:14]) == ("Gone from Intune", "Ask the holder")
    assert (groups[3].title, groups[3].meaning) == ("a-rule-of-old", ""), "a rule that the program no longer has"


def test_a_finding_is_shown_with_its_evidence_and_decision(database: Database, owner: int) -> None:
    evidence = {"recorded": {"status": "issued"}, "observed": {"tenant": "northbridge"}}
    number = a_finding(
        database, owner, "vanished", evidence=evidence, state="acknowledged", note="known", decided_by="asha"
    )
    with database.read() as session:
        detail = finding_detail(session, number)
        assert finding_detail(session, number + 1) is None
    assert detail is not None
    assert (detail.recorded, detail.observed) == (evidence["recorded"], evidence["observed"])
    assert (detail.note, detail.decided_by, detail.row.title) == ("known", "asha", "Gone from Intune")
    assert detail.meaning.endswith(".")


def test_nobody_sees_findings_of_an_organisation_outside_their_walls(database: Database, owner: int) -> None:
    other = an_organisation(database, "eastmere")
    a_finding(database, owner, "vanished", "mine")
    theirs = a_finding(database, other, "vanished", "theirs")
    with database.read(frozenset({owner})) as session:
        assert [row.subject for row in list_findings(session)] == ["mine"]
        assert count_findings(session) == 1
        assert [one.open for one in finding_groups(session)] == [1]
        assert finding_detail(session, theirs) is None


def test_a_list_is_one_statement_however_long(database: Database, owner: int, count_queries: CountQueries) -> None:
    for number in range(7):
        a_finding(database, owner, "vanished", f"NB-{number}")
    with count_queries(database) as statements, database.read() as session:
        assert len(list_findings(session, text="nb")) == 7
    assert len(statements) == 1


# --- narrowing, order and evidence -----------------------------------------------------------------------------


def test_lists_are_narrowed_by_severity_age_and_assignee(database: Database, owner: int) -> None:
    a_finding(
        database, owner, "vanished", "old", severity="high", first_seen=NOW - timedelta(days=9), assigned_to="bryn"
    )
    a_finding(database, owner, "vanished", "young")
    assert subjects(database, narrowing=Narrowing(severity="high")) == ["old"]
    assert subjects(database, narrowing=Narrowing(seen_before=NOW - timedelta(days=9))) == ["old"]
    assert subjects(database, narrowing=Narrowing(seen_before=NOW - timedelta(days=10))) == []
    assert subjects(database, narrowing=Narrowing(assigned_to="bryn")) == ["old"]
    assert subjects(database, narrowing=Narrowing(assigned_to="nobody")) == ["young"]
    assert subjects(database, narrowing=Narrowing(severity="high", assigned_to="nobody")) == []


def test_the_team_is_that_of_the_holder_else_of_the_device(database: Database, owner: int) -> None:
    care, roads = a_team(database, owner), a_team(database, owner, "Roads")
    held, shared, own = (a_device(database, owner, team_id=roads, asset_tag=f"NB-{one}") for one in range(3))
    an_assignment(database, owner, held, person_id=a_person(database, owner, team_id=care))
    an_assignment(database, owner, shared, team_id=care, site_id=a_site(database, owner))
    for device, name in ((held, "held"), (shared, "shared"), (own, "own")):
        a_finding(database, owner, "vanished", name, subject_id=device)
    a_finding(database, owner, "sim-without-device", "a SIM", subject_type="sim", subject_id=held)
    with database.read() as session:
        ids = teams_called(session, "adult CARE")
        assert ids == {care}
        with pytest.raises(NotFound, match=r"Did you mean Roads\?"):
            teams_called(session, "Road")
    assert subjects(database, narrowing=Narrowing(team_ids=ids)) == ["held", "shared"]
    assert subjects(database, narrowing=Narrowing(team_ids=frozenset({roads}))) == ["own"]


def test_the_oldest_or_the_newest_come_first_when_asked(database: Database, owner: int) -> None:
    for days, severity in ((3, "low"), (9, "medium"), (1, "high")):
        a_finding(database, owner, "vanished", f"{days}", severity=severity, first_seen=NOW - timedelta(days=days))
    assert subjects(database, narrowing=ANY) == ["1", "9", "3"]
    with database.read() as session:
        assert [row.subject for row in list_findings(session, order="oldest")] == ["9", "3", "1"]
        assert [row.subject for row in list_findings(session, order="newest")] == ["1", "3", "9"]


def test_what_should_agree_stands_side_by_side_with_when_each_was_true(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)
    change(database, Tenant, tenant, last_complete_at=NOW)
    device = a_device(database, owner, status="issued", status_since=TODAY)
    an_assignment(database, owner, device, person_id=a_person(database, owner), issued_on=TODAY - timedelta(days=5))
    seen = NOW - timedelta(hours=7)
    enrolment = an_enrolment(database, owner, tenant, device, last_seen=seen)
    change(database, Device, device, enrolment_id=enrolment)
    evidence = {
        "recorded": {"holder_upn": "bryn@x", "status": "issued", "model": "iPad"},
        "observed": {"enrolled_upn": "asha@x", "tenant": "northbridge"},
    }
    number = a_finding(database, owner, "holder-differs", subject_id=device, evidence=evidence)
    with database.read() as session:
        detail = finding_detail(session, number)
    assert detail is not None
    assert detail.lines == (
        EvidenceLine(
            "holder_upn", "bryn@x", "asha@x", "enrolled_upn", recorded_since=TODAY - timedelta(days=5), observed_at=seen
        ),
        EvidenceLine("model", "iPad"),
        EvidenceLine("status", "issued", recorded_since=TODAY),
        EvidenceLine("tenant", observed="northbridge", observed_name="tenant", has_record=False, observed_at=NOW),
    )
    assert [one.key for one in detail.fixes] == ["adopt-holder"]


def test_that_somebody_left_is_true_since_they_left(database: Database, owner: int) -> None:
    device = a_device(database, owner, status="issued", status_since=TODAY)
    an_assignment(database, owner, device, person_id=a_person(database, owner), issued_on=TODAY - timedelta(days=500))
    left = TODAY - timedelta(days=9)
    evidence = {"recorded": {"holder_state": "left", "holder_left_on": left.isoformat()}, "observed": {}}
    number = a_finding(database, owner, "leaver-holds", subject_id=device, evidence=evidence)
    with database.read() as session:
        detail = finding_detail(session, number)
    assert detail is not None
    assert {one.recorded_since for one in detail.lines} == {left}


def test_evidence_of_what_is_gone_or_no_device_has_no_times(database: Database, owner: int) -> None:
    evidence = {"recorded": {"status": "issued"}, "observed": {}}
    for about, subject in (("device", 99), ("sim", 1), ("device", None)):
        number = a_finding(
            database, owner, "vanished", f"{about}{subject}", subject_type=about, subject_id=subject, evidence=evidence
        )
        with database.read() as session:
            detail = finding_detail(session, number)
        assert detail is not None
        assert detail.lines == (EvidenceLine("status", "issued"),)
