"""Sites and teams are found by any words of their name, kind or organisation."""

from fleet.database import Database
from fleet.queries.places import PlaceRow, find_places
from tests.factory import a_site, a_team, an_organisation


def test_places_are_found_whatever_the_accents_and_sites_come_first(database: Database) -> None:
    owner, other = an_organisation(database), an_organisation(database, "eastmere")
    team, hall = a_team(database, owner, "Tŷ Gwyn Care"), a_site(database, owner, "Tŷ Gwyn")
    depot = a_site(database, other, "Depot")
    with database.read() as session:
        assert find_places(session, text="ty gwyn") == [
            PlaceRow("site", hall, "Tŷ Gwyn", "northbridge"),
            PlaceRow("team", team, "Tŷ Gwyn Care", "northbridge"),
        ]
        assert [row.id for row in find_places(session, text="eastmere site")] == [depot]
        assert [row.kind for row in find_places(session, limit=2)] == ["site", "site"]
        assert find_places(session, text="nowhere") == []


def test_places_of_other_organisations_are_behind_the_wall(database: Database) -> None:
    owner, other = an_organisation(database), an_organisation(database, "eastmere")
    a_site(database, owner), a_team(database, other)
    with database.read(frozenset({owner})) as session:
        assert [row.kind for row in find_places(session)] == ["site"]
