"""Team moves and erasure."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from fleet.commands import assignments, byod, incidents, people
from fleet.commands.undo import plan_undo
from fleet.database import Database
from fleet.database.models import (
    Assignment,
    ByodRegistration,
    Change,
    Device,
    Event,
    Finding,
    Model,
    Person,
    Reservation,
    Run,
)
from fleet.database.scrub import scrub
from fleet.database.verify import verify
from fleet.errors import NotAllowed, NotFound
from fleet.queries.history import list_events
from fleet.queries.people import find_people
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_person,
    a_team,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    value,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def test_a_person_moves_to_another_team_of_their_organisation(database: Database, owner: int) -> None:
    person, team = a_person(database, owner), a_team(database, owner, "Reablement")
    with database.transaction(actor="t", action="person.team", now=NOW) as session:
        assert people.move_team(session, person, team) == "Bryn Hale belongs to Reablement now."
    assert value(database, Person.team_id, person) == team
    foreign = a_team(database, an_organisation(database, "eastmere"), "Archive")
    with (
        pytest.raises(NotAllowed, match="another organisation"),
        database.transaction(actor="t", action="x", now=NOW) as session,
    ):
        people.move_team(session, person, foreign)


def test_erasure_removes_the_person_everywhere_and_keeps_the_devices_history_whole(
    database: Database, owner: int
) -> None:
    person = a_person(database, owner, "Bryn Hale", upn="bryn.hale@northbridge.gov.example", email="b@example.org")
    device = a_device(database, owner, status="issued", asset_tag="NB-7")
    an_assignment(database, owner, device, person_id=person)
    with database.transaction(actor="t", action="device.return", now=NOW) as session:
        assignments.return_devices(session, [device], now=NOW)
    with database.transaction(actor="t", action="person.erase", now=NOW, reason="asked to be forgotten") as session:
        people.erase(session, person, now=NOW)
    with database.read() as session:
        assert find_people(session, text="bryn") == []
        row = session.get_one(Person, person)
        assert (row.display_name, row.upn, row.email) == (f"(erased) {person}", None, None)
        assert "bryn" not in row.hay
        content = f"{[(one.before, one.after) for one in session.execute(select(Change)).scalars()]}".lower()
        assert "bryn" not in content
        assert verify(session).problems == []
        assert (
            session.execute(select(Assignment.device_id).where(Assignment.person_id == person)).scalar_one() == device
        )
        assert f"(erased) {person}" in " ".join(event.sentence for event in list_events(session, device_id=device))


UPN, NAME, MAIL, ENTRA = "bryn.ohale@northbridge.gov.example", "Bryn O'Hále-Jones", "b.ohale@example.org", "user-ohale"
PHONE = "+447700900999"


@pytest.fixture
def leaver(database: Database, owner: int) -> tuple[int, int]:
    """(person, device): somebody whose name stands in every corner of the register, and a device they had."""
    person = a_person(
        database, owner, NAME, upn=UPN, email=MAIL, entra_id=ENTRA, given_name="Bryn", surname="O'Hále-Jones"
    )
    device = a_device(database, owner, status="issued", asset_tag="NB-7", notes=f"{NAME} says the screen flickers")
    an_assignment(database, owner, device, person_id=person)
    tenant = a_tenant(database, owner)
    enrolment = an_enrolment(
        database, owner, tenant, device, upn=UPN, user_id=ENTRA, device_name=f"{NAME}'s iPad", phone_number=PHONE,
        closed_at=NOW, closed_because="gone",
    )  # fmt: skip
    change(database, Device, device, enrolment_id=enrolment)
    own = a_device(database, owner, status="issued", ownership="personal")
    an_enrolment(database, owner, tenant, own, upn=UPN.upper(), device_name="BRYN")
    with database.transaction(actor="t", action="incident.open", now=NOW, reason=f"{NAME.upper()} rang") as session:
        session.add(
            ByodRegistration(
                organisation_id=owner, person_id=person, device_id=own, state="approved", requested_on=TODAY
            )
        )
        session.add(
            Finding(
                organisation_id=owner, rule="holder-differs", identity="1", severity="low", state="open",
                subject_type="device", subject_id=device, subject="NB-7", sentence=f"Enrolled by {UPN}.",
                evidence={"observed": {"enrolled_upn": UPN}}, first_seen=NOW, last_seen=NOW, note=f"asked {NAME}",
            )
        )  # fmt: skip
        incidents.open_incident(session, device, "lost", now=NOW, reference=f"told by {MAIL}")
        incidents.record_step(session, device, "found", actor="t", now=NOW, note=f"{NAME} had it")
        session.add(
            Run(
                kind="import", source="list", state="complete", actor="t", started_at=NOW, counts={},
                problems=[{"code": "unknown-person", "value": UPN}],
            )
        )  # fmt: skip
    with database.transaction(actor="t", action="device.return", now=NOW) as session:
        assignments.return_devices(session, [device], now=NOW, condition=f"as {NAME} said")
    return person, device


def everywhere(database: Database, *needles: str) -> list[str]:
    """`table.column` of every text that has one of these in it, in any case."""
    found = set()
    with database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    said = f"{value}".casefold()
                    if any(needle.casefold() in said for needle in needles):
                        found.add(f"{table.name}.{name}")
    return sorted(found)


def erased(database: Database, person: int, reason: str = f"{NAME} asked on 3 November") -> str:
    with database.transaction(actor="t", action="person.erase", now=NOW, reason=reason) as session:
        return people.erase(session, person, now=NOW)


def test_no_corner_of_the_register_names_them_any_more(database: Database, leaver: tuple[int, int]) -> None:
    person, device = leaver
    assert len(everywhere(database, UPN, NAME, MAIL, ENTRA, PHONE)) > 15, "the search itself finds them"
    told = erased(database, person)
    assert everywhere(database, UPN, NAME, MAIL, ENTRA, PHONE, "O'Hále") == []
    assert "Intune still has their own device enrolled for them" in told
    with database.read() as session:
        result = verify(session)
        assert result.problems == [] and result.erased > 5
        steps = [event.sentence for event in list_events(session, device_id=device)]
        assert session.execute(select(ByodRegistration.state)).scalar_one() == "ended"
        reasons = session.execute(select(Event.reason).where(Event.reason.is_not(None))).scalars().all()
    assert any(f"to (erased) {person}" in one for one in steps) and any(
        f"from (erased) {person}" in one for one in steps
    )
    assert "(erased) rang" in reasons and "(erased) asked on 3 November" in reasons


def test_the_file_holds_nothing_of_them_either(tmp_path: Path) -> None:
    """Freed pages keep what they held until they are written again."""
    path = tmp_path / "register.db"
    with Database(f"sqlite:///{path}") as database:
        owner = an_organisation(database)
        person = a_person(database, owner, NAME, upn=UPN)
        for number in range(200):
            a_person(database, owner, f"{NAME} the {number}th")
        erased(database, person)
        with database.transaction(actor="t", action="x", now=NOW) as session:
            for row in session.execute(select(Person).where(Person.id != person)).scalars():
                row.display_name = "Somebody"
            session.flush()
            session.connection().execute(delete(Model.metadata.tables["change"]))
        assert scrub(database)
        with database.read() as session:
            assert session.execute(select(func.count(Person.id))).scalar_one() == 201
    held = b"".join(one.read_bytes() for one in tmp_path.iterdir()).lower()
    assert NAME.lower().encode() not in held and UPN.encode() not in held


def test_a_file_in_use_is_not_scrubbed_and_says_so(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'register.db'}") as database:
        with closing(sqlite3.connect(tmp_path / "register.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not scrub(database, patience=0)
        assert scrub(database, patience=0)


def test_a_namesake_is_left_alone(database: Database, owner: int, leaver: tuple[int, int]) -> None:
    """A note that gives only the name may be about the other one."""
    other = a_person(database, owner, NAME, upn="another@northbridge.gov.example")
    told = erased(database, leaver[0], "asked")
    assert "Somebody else has the same name" in told
    assert everywhere(database, UPN, MAIL, ENTRA) == []
    assert value(database, Person.display_name, other) == NAME
    assert "device.notes" in everywhere(database, NAME)


def test_an_erasure_is_not_undone(database: Database, leaver: tuple[int, int]) -> None:
    erased(database, leaver[0])
    with database.read() as session:
        event = session.execute(select(func.max(Event.id))).scalar_one()
        with pytest.raises(NotAllowed, match="what is gone can't be brought back"):
            plan_undo(session, [event])


def test_an_altered_reason_is_noticed(database: Database, owner: int) -> None:
    with database.transaction(actor="t", action="x", now=NOW, reason="left on the bus") as session:
        session.add(Person(organisation_id=owner, display_name="Anna Bell"))
    with database.engine.begin() as connection:
        connection.execute(update(Event).where(Event.reason.is_not(None)).values(reason="left at home"))
    with database.read() as session:
        [problem] = verify(session).problems
    assert "is not as it was written" in problem


def test_what_waits_for_them_ends(database: Database, owner: int) -> None:
    person, device = a_person(database, owner), a_device(database, owner, asset_tag="NB-9")
    with database.transaction(actor="t", action="reservation.make", now=NOW) as session:
        session.add(
            Reservation(
                organisation_id=owner, device_id=device, person_id=person, from_on=TODAY, made_by="t", state="open"
            )
        )
    erased(database, person)
    with database.read() as session:
        assert session.execute(select(Reservation.state)).scalar_one() == "cancelled"


def test_somebody_who_holds_something_is_not_erased(database: Database, owner: int) -> None:
    person = a_person(database, owner)
    device = a_device(database, owner, status="issued", asset_tag="NB-8")
    an_assignment(database, owner, device, person_id=person)
    with (
        pytest.raises(NotAllowed, match="NB-8"),
        database.transaction(actor="t", action="person.erase", now=NOW) as session,
    ):
        people.erase(session, person, now=NOW)
    with pytest.raises(NotFound), database.transaction(actor="t", action="person.erase", now=NOW) as session:
        people.erase(session, 99_999, now=NOW)


def test_what_they_said_of_their_own_devices_goes_with_them_and_who_decided_by_name(
    database: Database, owner: int, leaver: tuple[int, int]
) -> None:
    """Also of a registration that was over, and in history; a manager who is erased is nobody in what they decided."""
    person, _ = leaver
    other = a_person(database, owner, "Siân Rhys", upn="sian@northbridge.gov.example")
    for act in (
        lambda session: byod.request(session, other, byod.Wish(model="iPhone 3GS"), now=NOW),
        lambda session: byod.approve(session, [2], actor="t", now=NOW, by=person),
        lambda session: byod.request(
            session, person, byod.Wish("ipad", "iPad of mauve", "9.3.5", "visits to Aberdulais"), now=NOW
        ),
        lambda session: byod.end(session, [3], because="replaced", now=NOW),
    ):
        with database.transaction(actor="t", action="byod.request", now=NOW) as session:
            act(session)
    assert len(everywhere(database, "mauve", "Aberdulais", "9.3.5")) == 4
    erased(database, person)
    assert everywhere(database, "mauve", "Aberdulais", "9.3.5", NAME) == []
    assert everywhere(database, "3GS") == ["byod_registration.said_model", "change.after"]
    with database.read() as session:
        rows = session.execute(
            select(ByodRegistration.approved_by, ByodRegistration.state).order_by(ByodRegistration.id)
        ).all()
        assert [tuple(row) for row in rows][1:] == [("(erased)", "approved"), (None, "ended")]
        assert verify(session).problems == []
