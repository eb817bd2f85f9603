"""Lists of people from HR and from Entra: matched by number and address, never by name; a directory knows better."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Person, Site, Team
from fleet.errors import RefusedByBrake
from tests.factory import TODAY
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.commands.test_imports import codes, preview, take_in

HR = "Person Ref.,Forename,Surname,Joining Date,Leaving Date,Position,Reporting Unit,Location,Email,Line Manager\n"
ENTRA = "userPrincipalName,displayName,givenName,surname,mail,id,userType,jobTitle,department,accountEnabled,officeLocation\n"


@pytest.fixture
def estate(database: Database) -> Estate:
    """Three people; Siân and Bryn have employee numbers."""
    made = an_estate(database)
    made.set(Person, made.people[0], employee_id="000417")
    made.set(Person, made.people[1], employee_id="000418")
    return made


def person(estate: Estate, person_id: int) -> Person:
    with estate.database.read() as session:
        return session.get_one(Person, person_id)


def named(estate: Estate, name: str) -> Person:
    with estate.database.read() as session:
        return session.execute(select(Person).where(Person.display_name == name)).scalar_one()


def test_starters_and_leavers_from_preview_to_undo(estate: Estate) -> None:
    """One leaves today, one later, one is new; the same file again is nothing to do; then it never was."""
    before = rows_of(estate.database)
    text = HR + (
        "000417,Siân,O'Brien,01/09/2019,21/11/2026,Social Worker,Adult Care,Town Hall,,\n"
        "000418,Bryn,Hale,03/02/2020,31/12/2026,Team Manager,,Hafod House,,\n"
        "000500,Awen,Tudor,07/12/2026,,Social Worker,Adult Care,Town Hall,,Bryn Hale\n"
    )
    done = take_in(estate, text, "hr.csv")
    assert done.counts == {"read": 3, "new": 1, "changed": 2, "unchanged": 0, "skipped": 0, "rejected": 0}
    gone, going, new = person(estate, estate.people[0]), person(estate, estate.people[1]), named(estate, "Awen Tudor")
    assert (gone.state, gone.left_on, gone.job_title) == ("left", date(2026, 11, 21), "Social Worker")
    assert (going.state, going.left_on, going.site_id) == ("active", date(2026, 12, 31), estate.sites[1])
    assert (new.state, new.start_on, new.employee_id) == ("starter", date(2026, 12, 7), "000500")
    assert (new.team_id, new.manager_id) == (estate.team, estate.people[1])
    again = preview(estate, text, "hr.csv")
    assert (again.counts["new"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 3)
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_blank_leaving_date_is_no_leaver_and_a_blank_erases_nothing(estate: Estate) -> None:
    before = rows_of(estate.database)
    done = take_in(estate, HR + "000417,,,,,,,,,\n000418,,,,,,,,,\n", "hr.csv")
    assert done.counts["unchanged"] == 2
    assert differing(before, rows_of(estate.database)) == []


def test_nobody_is_found_by_name_alone_and_nobody_without_a_number_is_added(estate: Estate) -> None:
    """A namesake with another number is somebody else, and said; a name alone is rejected; a past leaver is not added."""
    text = HR + "000900,Mair,Pugh,01/09/2019,,,,,,\n,Nia,Wyn,01/09/2019,,,,,,\n000901,Old,Timer,,01/02/2020,,,,,\n"
    seen = preview(estate, text, "hr.csv")
    assert (seen.counts["new"], seen.counts["rejected"], seen.counts["unchanged"]) == (1, 1, 1)
    assert {"namesake", "unknown-leaver"} <= set(codes(seen))


def test_numbers_and_addresses_that_contradict_each_other_are_rejected(estate: Estate) -> None:
    """Another number under a known address; a number of one and the address of another; the same person twice."""
    text = HR + (
        "000999,Bryn,Hale,,,,,,bryn@northbridge.example,\n"
        "000417,Siân,O'Brien,,,,,,bryn@northbridge.example,\n"
        "000418,Bryn,Hale,,,Lead,,,,\n"
    )
    seen = preview(estate, text + ",,,,,Chief,,,bryn@northbridge.example,\n", "hr.csv")
    assert codes(seen) == ["other-employee-number", "several-people", "same-person"]
    assert seen.counts["rejected"] == 3
    assert "bryn@northbridge.example" in (seen.rejected_file() or "")


def test_places_are_proposed_and_an_unknown_manager_is_left(estate: Estate) -> None:
    text = HR + "000417,Siân,O'Brien,,,,Night Team,Annex,,Nobody Known\n"
    seen = preview(estate, text, "hr.csv")
    assert seen.plan.proposals == {"team": {"Night Team"}, "site": {"Annex"}}
    assert codes(seen) == ["unknown-team", "unknown-site", "unknown-manager"]
    take_in(estate, text, "hr.csv", create=True)
    with estate.database.read() as session:
        assert session.execute(select(Site.name).where(Site.name == "Annex")).scalar_one()
        team = session.execute(select(Team.id).where(Team.name == "Night Team")).scalar_one()
    assert person(estate, estate.people[0]).team_id == team


def test_entras_list_adds_people_and_finds_them_by_their_user_name(estate: Estate) -> None:
    """Its ids are the sync's to write: the next night finds these people by their user name."""
    text = ENTRA + (
        "BRYN@northbridge.example,Bryn Hale,Bryn,Hale,,3c0ffee0-0000-4000-8000-000000000051,Member,Lead,Adult Care,True,Hall\n"
        "awen@northbridge.example,Awen Tudor,Awen,Tudor,,3c0ffee0-0000-4000-8000-000000000052,Member,,,True,\n"
    )
    done = take_in(estate, text, "users.csv")
    assert (done.counts["new"], done.counts["changed"]) == (1, 1)
    bryn = person(estate, estate.people[1])
    assert (bryn.upn, bryn.job_title, bryn.department, bryn.office) == (
        "bryn@northbridge.example",
        "Lead",
        "Adult Care",
        "Hall",
    )
    assert (named(estate, "Awen Tudor").entra_id, named(estate, "Awen Tudor").state) == (None, "active")


def test_a_file_fills_gaps_of_a_synced_person_and_contradicts_nothing(estate: Estate) -> None:
    estate.set(Person, estate.people[1], entra_id="e-1", tenant_id=estate.tenant, job_title="Team Manager")
    done = take_in(estate, HR + "000418,Bryn,Hale,03/02/2020,,Senior Lead,,,,\n", "hr.csv")
    assert codes(done) == ["directory-knows-better"]
    bryn = person(estate, estate.people[1])
    assert (bryn.job_title, bryn.start_on) == ("Team Manager", date(2020, 2, 3))


def test_who_left_does_not_come_back_by_a_file(estate: Estate) -> None:
    estate.set(Person, estate.people[1], state="left", left_on=TODAY - timedelta(days=60))
    done = take_in(estate, HR + "000418,Bryn,Hale,01/12/2026,,,,,,\n", "hr.csv")
    assert codes(done) == ["came-back"]
    assert person(estate, estate.people[1]).state == "left"


def test_a_list_that_makes_leavers_of_too_many_is_stopped(estate: Estate) -> None:
    """Six at once are not believed of a small council; the number and a reason let them through."""
    people = [
        Person(organisation_id=estate.organisation, display_name=f"Person {n}", employee_id=f"7{n:05d}")
        for n in range(6)
    ]
    estate.add(*people)
    text = HR + "".join(f"7{n:05d},P,{n},,01/11/2026,,,,,\n" for n in range(6))
    with pytest.raises(RefusedByBrake, match="says of 6 of 9 people that they have left"):
        take_in(estate, text, "hr.csv")
    assert take_in(estate, text, "hr.csv", confirm=6, reason="The reorganisation").counts["changed"] == 6
