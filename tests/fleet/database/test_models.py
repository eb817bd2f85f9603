"""Facts live in constraints: what the tables themselves refuse, on both databases, whatever the code above forgot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Device,
    DeviceModel,
    Enrolment,
    Finding,
    FindingCount,
    Incident,
    Line,
    Model,
    Operator,
    OperatorOrganisation,
    Organisation,
    Person,
    Purchase,
    Receipt,
    Run,
    Sim,
    Site,
    Team,
    Tenant,
)
from fleet.errors import Conflict
from tests.factory import ACTOR, NOW, TODAY, an_organisation, change, count_rows, write


@dataclass(frozen=True)
class Council:
    """Ids of one organisation's things."""

    id: int
    tenant: int
    site: int
    team: int
    person: int
    device: int
    other_device: int


@pytest.fixture
def council(database: Database) -> Council:
    with database.transaction(actor=ACTOR, action="test.build", now=NOW) as session:

        def put(row: Any) -> int:
            session.add(row)
            session.flush()
            return int(row.id)

        owner = put(Organisation(key="northbridge", name="Northbridge Council"))
        return Council(
            owner,
            put(Tenant(key="northbridge", organisation_id=owner, tenant_guid="guid")),
            put(Site(organisation_id=owner, name="Town Hall")),
            put(Team(organisation_id=owner, name="Adult Care")),
            put(Person(organisation_id=owner, display_name="Bryn Hale")),
            put(Device(organisation_id=owner, kind="ipad", status="issued")),
            put(Device(organisation_id=owner, kind="ipad", status="issued")),
        )


def rows_in(database: Database, tables: set[str]) -> dict[str, int]:
    with database.read() as session:
        return {table: count_rows(session, table) for table in (*tables, "event", "change")}


Rows = Callable[[Council], list[Model]]


def assignment(c: Council, **values: Any) -> Assignment:
    known = {"organisation_id": c.id, "device_id": c.device, "person_id": c.person, "issued_on": TODAY}
    return Assignment(**(known | values))


def device(c: Council, **values: Any) -> Device:
    return Device(**{"organisation_id": c.id, "kind": "ipad", "status": "in_stock", **values})


def enrolment(c: Council, **values: Any) -> Enrolment:
    known = {
        "organisation_id": c.id, "tenant_id": c.tenant, "device_id": c.device, "intune_id": "one", "opened_at": NOW,
    }  # fmt: skip
    return Enrolment(**(known | values))


def run(c: Council, **values: Any) -> Run:
    known = {
        "kind": "sync", "source": "intune", "state": "running", "actor": ACTOR, "started_at": NOW, "counts": {},
        "problems": [], "tenant_id": c.tenant, "organisation_id": c.id,
    }  # fmt: skip
    return Run(**(known | values))


def incident(c: Council, **values: Any) -> Incident:
    known = {"organisation_id": c.id, "device_id": c.device, "kind": "lost", "occurred_on": TODAY, "reported_at": NOW}
    return Incident(**(known | values))


def finding(c: Council, **values: Any) -> Finding:
    known = {
        "organisation_id": c.id, "rule": "vanished", "identity": "1", "severity": "low", "state": "open",
        "subject_type": "device", "subject": "NB-1", "sentence": "Gone.", "evidence": {}, "first_seen": NOW,
        "last_seen": NOW,
    }  # fmt: skip
    return Finding(**(known | values))


REFUSED: dict[str, Rows] = {
    "two running syncs of one source": lambda c: [run(c, tenant_id=None), run(c, tenant_id=None)],
    "two open assignments of one device": lambda c: [assignment(c), assignment(c)],
    "an assignment to nobody": lambda c: [assignment(c, person_id=None)],
    "an assignment to a person and a site": lambda c: [assignment(c, site_id=c.site)],
    "an assignment to a person and a team": lambda c: [assignment(c, team_id=c.team)],
    "an assignment of another kind": lambda c: [assignment(c, kind="gift")],
    "a due date on a permanent issue": lambda c: [assignment(c, due_on=TODAY)],
    "a return before the issue": lambda c: [assignment(c, returned_on=TODAY - timedelta(days=1))],
    "an assignment of a device that is not there": lambda c: [assignment(c, device_id=999_999)],
    "an assignment to a person who is not there": lambda c: [assignment(c, person_id=999_999)],
    "two open enrolments of one Intune id": lambda c: [enrolment(c), enrolment(c, device_id=c.other_device)],
    "an enrolment closed without saying why": lambda c: [enrolment(c, closed_at=NOW)],
    "an open enrolment that says why it was closed": lambda c: [enrolment(c, closed_because="vanished")],
    "two running runs of one tenant": lambda c: [run(c), run(c)],
    "a run in another state": lambda c: [run(c, state="asleep")],
    "a run of another kind": lambda c: [run(c, kind="guess")],
    "somebody's own device with a serial": lambda c: [device(c, ownership="personal", serial="DMPX1TESTF1")],
    "somebody's own device with an IMEI": lambda c: [device(c, ownership="personal", imei="352099001761481")],
    "somebody's own device with a second IMEI": lambda c: [device(c, ownership="personal", imei2="352099001761481")],
    "somebody's own device with an EID": lambda c: [device(c, ownership="personal", eid="8904")],
    "a device of another kind": lambda c: [device(c, kind="toaster")],
    "a device of another owner": lambda c: [device(c, ownership="rented")],
    "a device in another status": lambda c: [device(c, status="asleep")],
    "a disposed device without a date": lambda c: [device(c, status="disposed")],
    "a device of nobody": lambda c: [device(c, organisation_id=None)],
    "two devices of one serial": lambda c: [device(c, serial="DMPX1TESTF1"), device(c, serial="DMPX1TESTF1")],
    "two devices of one IMEI": lambda c: [device(c, imei="352099001761481"), device(c, imei="352099001761481")],
    "two devices of one tag in one organisation": lambda c: [device(c, asset_tag="1"), device(c, asset_tag="1")],
    "two open incidents of one device": lambda c: [incident(c), incident(c, kind="stolen")],
    "an incident of another kind": lambda c: [incident(c, kind="bored")],
    "a finding twice": lambda c: [finding(c), finding(c)],
    "a finding in another state": lambda c: [finding(c, state="gone")],
    "a finding of another severity": lambda c: [finding(c, severity="dire")],
    "two counts of one rule on one day": lambda c: [
        FindingCount(organisation_id=c.id, rule="vanished", counted_on=TODAY, open=one) for one in (1, 2)
    ],
    "two people of one account": lambda c: [
        Person(organisation_id=c.id, tenant_id=c.tenant, entra_id="user-1", display_name=name) for name in ("A", "B")
    ],
    "a person in another state": lambda c: [Person(organisation_id=c.id, display_name="A", state="on the moon")],
    "a person without a name": lambda c: [Person(organisation_id=c.id, display_name=None)],
    "a registration in another state": lambda c: [
        ByodRegistration(organisation_id=c.id, person_id=c.person, state="maybe", requested_on=TODAY)
    ],
    "two organisations of one key": lambda c: [Organisation(key="southmere", name="A"), Organisation(key="southmere", name="B")],
    "two tenants of one key": lambda c: [
        Tenant(organisation_id=c.id, key="southmere", tenant_guid=guid) for guid in ("a", "b")
    ],
    "two sites of one name in one organisation": lambda c: [Site(organisation_id=c.id, name="Town Hall")],
    "two teams of one name in one organisation": lambda c: [Team(organisation_id=c.id, name="Adult Care")],
    "two models of one name": lambda c: [DeviceModel(name="iPad", kind="ipad"), DeviceModel(name="iPad", kind="ipad")],
    "a model of another kind": lambda c: [DeviceModel(name="iPad", kind="slate")],
    "two orders of one number in one organisation": lambda c: [
        Purchase(organisation_id=c.id, order_number="PO-1"), Purchase(organisation_id=c.id, order_number="PO-1"),
    ],
    "two lines of one number": lambda c: [
        Line(organisation_id=c.id, number="+447700900123"), Line(organisation_id=c.id, number="+447700900123"),
    ],
    "a line in another state": lambda c: [Line(organisation_id=c.id, state="humming")],
    "two SIMs of one ICCID": lambda c: [Sim(organisation_id=c.id, iccid="89441"), Sim(organisation_id=c.id, iccid="89441")],
    "a SIM in another state": lambda c: [Sim(organisation_id=c.id, iccid="89441", state="bent")],
    "a receipt of another kind": lambda c: [
        Receipt(organisation_id=c.id, kind="gift", text_version="1", body="x", body_hash="y")
    ],
    "two operators of one name": lambda c: [
        Operator(name="asha", role="technician"), Operator(name="asha", role="auditor"),
    ],
    "an operator in another role": lambda c: [Operator(name="asha", role="owner")],
    "an operator's access to an organisation that is not there": lambda c: [
        Operator(id=7, name="asha", role="auditor"), OperatorOrganisation(operator_id=7, organisation_id=999_999),
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_the_tables_refuse(database: Database, council: Council, words: str) -> None:
    """One `Conflict` in one line that names the rule, and nothing is kept."""
    rows = REFUSED[words](council)
    tables = {row.__tablename__ for row in rows}
    before = rows_in(database, tables)
    with pytest.raises(Conflict, match="rules refused this") as caught:
        write(database, *rows)
    assert caught.value.exit_code == 1
    assert "\n" not in caught.value.message
    assert rows_in(database, tables) == before


ACCEPTED: dict[str, Rows] = {
    "a device issued again after its return": lambda c: [assignment(c, returned_on=TODAY), assignment(c)],
    "a return on the day of the issue": lambda c: [assignment(c, returned_on=TODAY)],
    "a loan with a due date": lambda c: [assignment(c, kind="loan", due_on=TODAY)],
    "a loan without one": lambda c: [assignment(c, kind="loan")],
    "shared equipment of a team at a site": lambda c: [
        assignment(c, person_id=None, site_id=c.site, team_id=c.team)
    ],
    "an Intune id that comes back after its enrolment closed": lambda c: [
        enrolment(c, closed_at=NOW, closed_because="vanished"), enrolment(c),
    ],
    "two open enrolments of one device": lambda c: [enrolment(c), enrolment(c, intune_id="two")],
    "runs one after the other": lambda c: [run(c, state="complete"), run(c, state="killed"), run(c)],
    "running imports of one file": lambda c: [run(c, tenant_id=None, kind="import"), run(c, tenant_id=None, kind="import")],
    "devices without identifiers": lambda c: [device(c), device(c)],
    "the second slot of one IMEI twice": lambda c: [device(c, imei2="35"), device(c, imei2="35")],
    "a disposed device with its date": lambda c: [device(c, status="disposed", disposed_on=date(2026, 1, 1))],
    "an incident after another one was closed": lambda c: [incident(c, closed_at=NOW), incident(c)],
    "people without an account": lambda c: [
        Person(organisation_id=c.id, tenant_id=c.tenant, display_name=name) for name in ("A", "A")
    ],
    "lines without a number": lambda c: [Line(organisation_id=c.id), Line(organisation_id=c.id)],
    "one finding's rule about two things": lambda c: [finding(c), finding(c, identity="2")],
}  # fmt: skip


@pytest.mark.parametrize("words", ACCEPTED)
def test_the_tables_accept(database: Database, council: Council, words: str) -> None:
    """The same rules must not stand in the way of ordinary life."""
    write(database, *ACCEPTED[words](council))


def test_an_index_of_the_open_ones_lets_the_closed_ones_go(database: Database, council: Council) -> None:
    """Returning and issuing again in one transaction, in that order."""
    row = assignment(council)
    write(database, row)
    with database.transaction(actor=ACTOR, action="swap", now=NOW) as session:
        session.get_one(Assignment, row.id).returned_on = TODAY
        session.flush()
        session.add(assignment(council))
    with pytest.raises(Conflict):
        change(database, Assignment, row.id, returned_on=None)


def test_the_same_names_and_tags_may_be_used_by_two_organisations(database: Database, council: Council) -> None:
    """Tags, sites, teams and order numbers are an organisation's own."""
    write(database, device(council, asset_tag="0001"))
    other = an_organisation(database, "southmere")
    write(
        database,
        Device(organisation_id=other, kind="ipad", status="in_stock", asset_tag="0001"),
        Site(organisation_id=other, name="Town Hall"),
        Team(organisation_id=other, name="Adult Care"),
    )


def test_what_something_refers_to_cant_be_deleted(database: Database, council: Council) -> None:
    """History speaks of rows by id: a person who ever held a device stays."""
    write(database, assignment(council, returned_on=TODAY))
    with pytest.raises(Conflict), database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.delete(session.get_one(Person, council.person))
    with pytest.raises(Conflict), database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.delete(session.get_one(Device, council.device))
