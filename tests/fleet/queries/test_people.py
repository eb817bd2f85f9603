"""Lists of people, and what each has or had."""

from datetime import timedelta

from fleet.database import Database
from fleet.database.models import Person
from fleet.queries.people import count_people, find_people, holdings_of
from tests.factory import NOW, TODAY, a_person, an_organisation
from tests.fleet.commands.estate import an_estate


def test_words_of_name_upn_team_and_job_find_people(database: Database) -> None:
    """Without accents and apostrophes; all words must fit."""
    estate = an_estate(database, 0)
    estate.set(Person, estate.people[1], job_title="Social Worker")
    with database.read() as session:
        for text, names in (
            ("sian obrien", ["Siân O'Brien"]), ("social", ["Bryn Hale"]), ("adult care", ["Siân O'Brien"]),
            ("mair@northbridge", ["Mair Pugh"]), ("bryn pugh", []), ("", ["Bryn Hale", "Mair Pugh", "Siân O'Brien"]),
        ):  # fmt: skip
            assert [row.name for row in find_people(session, text=text)] == names, text
            assert count_people(session, text=text) == len(names), text


def test_people_are_narrowed_by_state_and_page_and_the_erased_are_gone(database: Database) -> None:
    estate = an_estate(database, 0)
    estate.set(Person, estate.people[0], state="left", left_on=TODAY)
    estate.set(Person, estate.people[1], erased_at=NOW)
    with database.read() as session:
        assert [(row.name, row.left_on) for row in find_people(session, state="left")] == [("Siân O'Brien", TODAY)]
        assert [row.name for row in find_people(session, offset=1, limit=1)] == ["Siân O'Brien"]
        assert [row.name for row in find_people(session, ids=estate.people[1:])] == ["Mair Pugh"]
        assert count_people(session) == 2


def test_a_person_is_told_with_team_manager_and_number_of_devices(database: Database) -> None:
    estate = an_estate(database, 3)
    estate.set(Person, estate.people[0], manager_id=estate.people[2])
    estate.issue(estate.devices[:2], person_id=estate.people[0])
    estate.take_back(estate.devices[:1])
    with database.read() as session:
        row = find_people(session, ids=[estate.people[0]])[0]
    assert (row.team, row.site, row.manager, row.devices_held) == ("Adult Care", "Town Hall", "Mair Pugh", 1)


def test_what_they_hold_comes_before_what_they_held(database: Database) -> None:
    """Both newest first."""
    estate = an_estate(database, 3, now=NOW - timedelta(days=30))
    person = estate.people[0]
    for device in estate.devices[:2]:
        estate.later().issue([device], person_id=person)
        estate.later().take_back([device])
    estate.later().issue(estate.devices[2:], person_id=person, due_on=TODAY)
    with database.read() as session:
        held = holdings_of(session, person)
        assert holdings_of(session, estate.people[1]) == []
    assert [(one.device, one.returned_on is None) for one in held] == [
        ("NO-0003", True), ("NO-0002", False), ("NO-0001", False),
    ]  # fmt: skip
    assert (held[0].due_on, held[0].model) == (TODAY, "iPad (10th generation)")


def test_others_people_are_behind_the_wall(database: Database) -> None:
    estate = an_estate(database, 0)
    other = an_estate(database, 0, key="eastmoor")
    a_person(database, other.organisation, "Nia Wynne")
    with database.read(frozenset({estate.organisation})) as session:
        assert "Nia Wynne" not in {row.name for row in find_people(session)}
        assert count_people(session, text="nia") == 0


def test_the_best_match_comes_first_when_asked_for(database: Database) -> None:
    owner = an_organisation(database)
    for name in ("Joanna Reed", "Lee Anna", "Anna Zell", "Anna"):
        a_person(database, owner, name)
    with database.read() as session:
        found = [row.name for row in find_people(session, text="anna", closest=True)]
        by_name = [row.name for row in find_people(session, text="anna")]
    assert found == ["Anna", "Anna Zell", "Lee Anna", "Joanna Reed"]
    assert by_name == sorted(by_name)
