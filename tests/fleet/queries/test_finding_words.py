"""The search of the drift desk: filters are taken out of what is typed, the rest are words."""

from datetime import timedelta

from fleet.database import Database
from fleet.database.models import Team
from fleet.queries.finding_words import FindingSearch, read_search
from fleet.queries.findings import Narrowing
from tests.factory import NOW, an_organisation, write


def read(database: Database, typed: str) -> FindingSearch:
    with database.read() as session:
        return read_search(session, typed, NOW)


def test_filters_narrow_and_words_stay_words(database: Database) -> None:
    owner = an_organisation(database)
    write(database, Team(organisation_id=owner, name="Children North"))
    with database.read() as session:
        (team,) = session.query(Team.id).one()
    found = read(database, 'imei severity:High org:northbridge team:"children north" older:30d assigned:nobody wards')
    limits = Narrowing("high", frozenset({team}), NOW - timedelta(days=30), "nobody")
    assert found == FindingSearch("imei wards", "northbridge", limits)


def test_what_is_no_filter_or_not_typed_to_its_end_is_searched_for(database: Database) -> None:
    for typed in (
        "severity:hi",
        "team:Nobodys",
        "team:",
        "older:soon",
        "older:999999999",
        "00:1a:2b",
        "O'Neill's",
        'a "b c"',
    ):
        assert read(database, typed) == FindingSearch(typed)
    assert read(database, 'say "open') == FindingSearch('say "open')
