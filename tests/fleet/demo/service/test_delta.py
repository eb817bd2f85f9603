"""Delta queries: what a token's owner has not yet seen, and nothing else."""

import pytest

from tests.fleet.demo.service.factory import guid, make_user

SELECT = "id,displayName,jobTitle,manager"
BOSS, FIRST, SECOND = (guid("northbridge", "user", number) for number in range(3))


def read(caller, address):
    """All rows of an answer and the address for the next time."""
    rows = []
    while True:
        page = caller.get(address).json()
        rows += page["value"]
        if "@odata.deltaLink" in page:
            return rows, page["@odata.deltaLink"]
        address = page["@odata.nextLink"]


@pytest.fixture
def link(caller, service):
    """The address that follows a complete first read."""
    service.delta_page_size = 4
    rows, address = read(caller, f"users/delta?$select={SELECT}")
    assert len(rows) == 10
    return address


def test_the_first_read_has_everybody_in_pages_with_managers(caller, service):
    service.delta_page_size = 4
    first = caller.get(f"users/delta?$select={SELECT}").json()
    assert len(first["value"]) == 4
    assert "$skiptoken=" in first["@odata.nextLink"]
    assert first["value"][1]["manager@delta"] == [{"@odata.type": "#microsoft.graph.user", "id": BOSS}]
    assert "manager@delta" not in first["value"][0]


def test_nothing_changed_is_an_empty_answer_with_a_token(caller, link):
    rows, again = read(caller, link)
    assert rows == []
    assert "$deltatoken=" in again


def test_changes_arrivals_and_departures_come_once(caller, directory, link):
    directory.users[FIRST]["jobTitle"] = "Team Manager"
    directory.users[SECOND]["deletedDateTime"] = "2026-11-22T01:00:00Z"
    starter = make_user(77)
    directory.users[starter["id"]] = starter
    del directory.users[BOSS]
    rows, again = read(caller, link)
    found = {row["id"]: row for row in rows}
    assert found[FIRST]["jobTitle"] == "Team Manager"
    assert found[FIRST]["displayName"] == "Person 1"
    assert found[SECOND] == {"id": SECOND, "@removed": {"reason": "changed"}}
    assert found[BOSS] == {"id": BOSS, "@removed": {"reason": "deleted"}}
    assert found[starter["id"]]["displayName"] == "Person 77"
    assert read(caller, again)[0] == []


def test_a_user_who_is_purged_after_deletion_is_reported_again(caller, directory, link):
    directory.users[FIRST]["deletedDateTime"] = "2026-11-22T01:00:00Z"
    _, link = read(caller, link)
    del directory.users[FIRST]
    assert read(caller, link)[0] == [{"id": FIRST, "@removed": {"reason": "deleted"}}]


def test_a_new_manager_comes_as_a_removal_and_an_addition(caller, directory, link):
    directory.users[SECOND]["manager"] = {"id": FIRST}
    (row,) = read(caller, link)[0]
    assert row["manager@delta"] == [
        {"@odata.type": "#microsoft.graph.user", "id": BOSS, "@removed": {"reason": "deleted"}},
        {"@odata.type": "#microsoft.graph.user", "id": FIRST},
    ]


def test_a_minimal_answer_holds_only_what_changed(caller, directory, link):
    directory.users[FIRST]["jobTitle"] = "Team Manager"
    page = caller.get(link, headers={"Prefer": "return=minimal"}).json()
    assert page["value"] == [{"id": FIRST, "jobTitle": "Team Manager"}]


def test_properties_that_were_not_selected_make_no_change(caller, directory, link):
    directory.users[FIRST]["officeLocation"] = "Elsewhere"
    assert read(caller, link)[0] == []


def test_the_same_token_answers_the_same_again(caller, directory, link):
    directory.users[FIRST]["jobTitle"] = "Team Manager"
    assert read(caller, link)[0] == read(caller, link)[0] != []


def test_latest_starts_from_now(caller, directory):
    rows, link = read(caller, f"users/delta?$select={SELECT}&$deltatoken=latest")
    assert rows == []
    directory.users[FIRST]["jobTitle"] = "Team Manager"
    assert [row["id"] for row in read(caller, link)[0]] == [FIRST]


def test_a_token_lives_seven_days_and_then_says_where_to_start_over(caller, clock, link):
    clock.pass_by(days=7, minutes=1)
    caller.token = caller.new_token()
    gone = caller.get(link)
    assert gone.status_code == 410
    assert gone.headers["Location"].endswith("$deltatoken=")
    assert len(read(caller, gone.headers["Location"])[0]) == 10


def test_a_change_between_two_pages_is_not_lost(caller, directory, service):
    service.delta_page_size = 4
    first = caller.get(f"users/delta?$select={SELECT}").json()
    directory.users[FIRST]["jobTitle"] = "Team Manager"
    _, link = read(caller, first["@odata.nextLink"])
    assert [row["id"] for row in read(caller, link)[0]] == [FIRST]


def test_options_that_deltas_do_not_take_are_refused(caller):
    for option in ("$top=5", "$orderby=id", "$expand=manager"):
        assert caller.get(f"users/delta?{option}").status_code == 400


def test_only_the_asked_users_come_with_an_id_filter(caller):
    text = f"id eq '{FIRST}' or id eq '{SECOND}'"
    rows, _ = read(caller, f"users/delta?$select=id&$filter={text}")
    assert {row["id"] for row in rows} == {FIRST, SECOND}
