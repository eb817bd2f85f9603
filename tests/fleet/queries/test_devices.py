"""Lists of devices: what is found, in which order, page by page, by how many statements."""

from datetime import date, timedelta
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Assignment, ByodRegistration, Device, Enrolment, Finding
from fleet.domain.records import DeviceRow
from fleet.domain.search import parse
from fleet.errors import UsageProblem
from fleet.queries.devices import SORTS, DeviceQuery, count_devices, device_ids, first_devices, list_devices
from tests.conftest import CountQueries
from tests.factory import (
    NOW,
    TODAY,
    a_device,
    a_model,
    a_person,
    a_sim,
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


def rows(database: Database, typed: str = "", **options: Any) -> list[DeviceRow]:
    page = {name: options.pop(name) for name in ("offset", "limit") if name in options}
    with database.read() as session:
        return list_devices(session, DeviceQuery(search=parse(typed), **options), now=NOW, **page)


def tags(database: Database, typed: str = "", **options: Any) -> list[str | None]:
    """Asset tags in order; the three ways of asking must agree."""
    found = [row.asset_tag for row in rows(database, typed, **options)]
    with database.read() as session:
        query = DeviceQuery(search=parse(typed), **options)
        assert count_devices(session, query, now=NOW) == len(found)
        assert device_ids(session, query, now=NOW) == [row.id for row in rows(database, typed, **options)]
    assert [row.asset_tag for row in rows(database, typed, limit=1_000, **options)] == found
    return found


def test_a_row_tells_everything_about_a_device_in_one_line(database: Database, owner: int) -> None:
    """Owner and holder are two facts; the tenant may be a third."""
    team, site = a_team(database, owner), a_site(database, owner)
    holder = a_person(database, owner, "Siân Vaughan", upn="sian.vaughan@northbridge.example", team_id=team)
    device = a_device(
        database, owner, status="issued", serial="DMPX1TESTF1", imei="352099001761481", asset_tag="NB-0001",
        model_id=a_model(database), site_id=site, purchased_on=date(2024, 4, 1), price_pence=41_900,
    )  # fmt: skip
    an_assignment(database, owner, device, person_id=holder, kind="loan", due_on=TODAY)
    an_enrolment(
        database, owner, a_tenant(database, owner), device, os_version="26.1", compliance="compliant", last_seen=NOW
    )
    a_sim(database, owner, "8944100000000000017", device_id=device)
    (row,) = rows(database)
    assert (row.id, row.kind, row.model, row.serial, row.imei, row.asset_tag, row.status) == (
        device, "ipad", "iPad (10th generation)", "DMPX1TESTF1", "352099001761481", "NB-0001", "issued",
    )  # fmt: skip
    assert (row.organisation, row.site, row.team, row.tenant) == (
        "northbridge",
        "Town Hall",
        "Adult Care",
        "northbridge",
    )
    assert (row.holder, row.holder_upn, row.holder_id) == ("Siân Vaughan", "sian.vaughan@northbridge.example", holder)
    assert (row.os_version, row.compliance, row.last_seen, row.iccid) == (
        "26.1",
        "compliant",
        NOW,
        "8944100000000000017",
    )
    assert (row.issued_on, row.due_on, row.purchased_on, row.price_pence) == (TODAY, TODAY, date(2024, 4, 1), 41_900)


def test_a_device_nobody_knows_much_about_is_a_row_of_blanks(database: Database, owner: int) -> None:
    """Absent is None, never an empty text."""
    a_device(database, owner, status="unrecorded")
    (row,) = rows(database)
    assert (row.site, row.team, row.holder, row.holder_id, row.tenant, row.model, row.iccid) == (None,) * 7


@pytest.mark.parametrize(("by", "holder"), [("site", "Town Hall"), ("team", "Adult Care"), ("both", "Town Hall")])
def test_shared_equipment_is_held_by_its_site_or_team(database: Database, owner: int, by: str, holder: str) -> None:
    """A place before a team where both are named."""
    site, team = a_site(database, owner), a_team(database, owner)
    device = a_device(database, owner, status="issued")
    an_assignment(
        database, owner, device, site_id=site if by != "team" else None, team_id=team if by != "site" else None
    )
    (row,) = rows(database)
    assert (row.holder, row.holder_id, row.holder_upn) == (holder, None, None)


def test_somebodys_own_device_is_held_by_whom_it_is_registered_for(database: Database, owner: int) -> None:
    """Until the registration ends."""
    person = a_person(database, owner, "Cerys Holloway")
    device = a_device(database, owner, ownership="personal", status="issued")
    registration = ByodRegistration(
        organisation_id=owner, person_id=person, device_id=device, state="enrolled", requested_on=TODAY
    )
    write(database, registration)
    assert [row.holder for row in rows(database)] == ["Cerys Holloway"]
    change(database, ByodRegistration, registration.id, state="ended")
    assert [row.holder for row in rows(database)] == [None]


def test_what_was_returned_and_what_was_closed_is_not_shown_as_now(database: Database, owner: int) -> None:
    """Old assignments and enrolments double no row."""
    device = a_device(database, owner, asset_tag="NB-0001")
    person = a_person(database, owner)
    for _ in range(2):
        issued = an_assignment(database, owner, device, person_id=person)
        change(database, Assignment, issued, returned_on=TODAY)
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), device, os_version="26.1")
    change(database, Enrolment, enrolment, closed_at=NOW, closed_because="vanished")
    (row,) = rows(database)
    assert (row.holder, row.os_version, row.tenant) == (None, None, None)


def test_a_device_with_two_sims_is_one_row(database: Database, owner: int) -> None:
    """A card and an eSIM."""
    device = a_device(database, owner)
    a_sim(database, owner, "8944100000000000017", device_id=device)
    a_sim(database, owner, "8944100000000000025", device_id=device)
    assert [row.iccid for row in rows(database)] == ["8944100000000000017"]


@pytest.fixture
def estate(database: Database, owner: int) -> None:
    """Four devices that differ in everything a filter asks about."""
    site, team, tenant = (
        a_site(database, owner, "Llys Hall"),
        a_team(database, owner, "Fostering"),
        a_tenant(database, owner),
    )
    other = an_organisation(database, "southmere")
    held = a_device(
        database, owner, asset_tag="A", status="issued", model_id=a_model(database, "iPad Air"), site_id=site
    )
    person = a_person(database, owner, "Siân Vaughan", upn="sian@northbridge.example", team_id=team)
    an_assignment(database, owner, held, person_id=person, kind="loan", due_on=TODAY - timedelta(days=1))
    an_enrolment(
        database, owner, tenant, held, os_version="26.1", compliance="compliant", last_seen=NOW - timedelta(days=2)
    )
    phone = a_device(
        database,
        owner,
        asset_tag="B",
        kind="iphone",
        status="issued",
        model_id=a_model(database, "iPhone 15", "iphone"),
    )
    an_assignment(database, owner, phone, team_id=team, kind="loan", due_on=TODAY + timedelta(days=20))
    an_enrolment(
        database,
        owner,
        tenant,
        phone,
        os_version="17.6.1",
        compliance="NonCompliant",
        last_seen=NOW - timedelta(days=40),
    )
    a_device(database, other, asset_tag="C", kind="thin_client", status="in_stock")
    own = a_device(database, owner, asset_tag="D", ownership="personal", kind="iphone", status="issued")
    an_enrolment(database, owner, tenant, own, os_version="26.0")
    write(
        database,
        Finding(organisation_id=owner, rule="vanished", identity="x", severity="low", state="open", subject_type="device",
                subject_id=phone, subject="B", sentence="Gone.", evidence={}, first_seen=NOW, last_seen=NOW),
        Finding(organisation_id=owner, rule="late", identity="x", severity="low", state="fixed", subject_type="device",
                subject_id=held, subject="A", sentence="Late.", evidence={}, first_seen=NOW, last_seen=NOW),
    )  # fmt: skip


FILTERS = [
    ("", "ABCD"),
    ("status:issued", "ABD"),
    ("status:in-stock", "C"),
    ("-status:issued", "C"),
    ("kind:iphone", "BD"),
    ("kind:thin_client", "C"),
    ("org:southmere", "C"),
    ("-org:southmere", "ABD"),
    ("own:personal", "D"),
    ("site:llys", "A"),
    ("-site:llys", "BCD"),
    ("team:foster", "AB"),
    ("model:ipad", "A"),
    ('model:"iphone 15"', "B"),
    ("held:vaughan", "A"),
    ("held:sian@", "A"),
    ("held:nobody", "CD"),
    ("-held:nobody", "AB"),
    ("os:26", "AD"),
    ("os:26.1", "A"),
    ("os:<26", "B"),
    ("os:>=26.0", "AD"),
    ("-os:26", "BC"),
    ("seen:<7d", "A"),
    ("seen:>30d", "B"),
    ("seen:never", "CD"),
    ("-seen:<7d", "BCD"),
    ("compliance:noncompliant", "B"),
    ("tenant:northbridge", "ABD"),
    ("-tenant:northbridge", "C"),
    ("finding:any", "B"),
    ("finding:vanished", "B"),
    ("finding:late", ""),
    ("-finding:any", "ACD"),
    ("due:overdue", "A"),
    ("due:any", "AB"),
    ("due:<30d", "AB"),
    ("due:>7d", "B"),
    ("fostering -kind:iphone", "A"),
    ("sian status:issued os:26", "A"),
    ("no such thing", ""),
]


@pytest.mark.usefixtures("estate")
def test_filters_find_what_they_say(database: Database) -> None:
    """Alone, negated and together; a negated filter also finds what has no such thing at all."""
    wrong = {typed: found for typed, expected in FILTERS if (found := tags(database, typed)) != list(expected)}
    assert wrong == {}


def test_blanks_sort_last_both_ways(database: Database, owner: int) -> None:
    """On both databases, which disagree about where NULL belongs."""
    for tag in ("B", None, "A"):
        a_device(database, owner, asset_tag=tag)
    assert tags(database) == ["A", "B", None]
    assert tags(database, descending=True) == ["B", "A", None]


@pytest.mark.usefixtures("estate")
def test_every_sort_key_works_and_keeps_every_device(database: Database) -> None:
    """Ties are broken by id: pages neither repeat nor omit."""
    for key in SORTS:
        for descending in (False, True):
            assert sorted(str(tag) for tag in tags(database, sort=key, descending=descending)) == [
                "A",
                "B",
                "C",
                "D",
            ], key
            pages = [
                row.id for n in (0, 3) for row in rows(database, sort=key, descending=descending, offset=n, limit=3)
            ]
            assert pages == [row.id for row in rows(database, sort=key, descending=descending)], key


def test_a_key_that_nobody_can_sort_by_is_a_usage_problem(database: Database) -> None:
    """With those that work."""
    with pytest.raises(UsageProblem, match=r"can't be sorted by colour.*asset_tag"):
        rows(database, sort="colour")


def test_marked_devices_are_asked_for_by_id(database: Database, owner: int) -> None:
    """In the order of the list, and those only."""
    ids = [a_device(database, owner, asset_tag=tag) for tag in "CBA"]
    assert tags(database, ids=[ids[0], ids[2]]) == ["A", "C"]
    assert tags(database, ids=[]) == []


def test_a_page_takes_three_statements_however_many_devices_there_are(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    """Ids in order, of those with a tag and without, then rows with all joins; a query per row would show here."""
    site = a_site(database, owner)
    write(database, *(Device(organisation_id=owner, kind="ipad", status="in_stock", site_id=site) for _ in range(60)))
    with database.read() as session, count_queries(database) as statements:
        assert len(list_devices(session, DeviceQuery(search=parse("status:in_stock town")), now=NOW, limit=50)) == 50
        assert count_devices(session, DeviceQuery(), now=NOW) == 60
    assert len(statements) == 4  # the page, the count


def test_the_best_match_comes_first_exact_then_a_beginning_then_a_word_then_a_part(
    database: Database, owner: int, count_queries: CountQueries
) -> None:
    for tag, name in (("AA-1", "Joanna"), ("AA-2", "Lee Anna"), ("AA-3", "Annabel Fox"), ("AA-4", None)):
        holder = a_person(database, owner, name) if name else None
        device = a_device(database, owner, asset_tag=tag, status="issued" if name else "in_stock")
        if holder:
            an_assignment(database, owner, device, person_id=holder)
    a_device(database, owner, asset_tag="ANNA")
    assert tags(database, "anna")[-1] == "ANNA"
    assert [row.asset_tag for row in rows(database, "anna", closest=True)] == ["ANNA", "AA-3", "AA-2", "AA-1"]
    assert [row.asset_tag for row in rows(database, "anna", closest=True, offset=1, limit=2)] == ["AA-3", "AA-2"]
    with count_queries(database) as queries:
        found = rows(database, "anna", closest=True, limit=100)
    assert [row.asset_tag for row in found] == ["ANNA", "AA-3", "AA-2", "AA-1"]
    assert len(queries) == 5  # three for identifiers, one for what else holds it, the rows


def test_without_words_the_columns_decide(database: Database, owner: int) -> None:
    for tag in ("B-2", "B-1"):
        a_device(database, owner, asset_tag=tag)
    assert [row.asset_tag for row in rows(database, "kind:ipad", closest=True)] == ["B-1", "B-2"]


@pytest.mark.parametrize("walked", [4, 2_000])
def test_the_pages_of_the_best_matches_go_on_without_gap_or_repetition(
    database: Database, owner: int, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    """Wherever the index ends and the look at every text begins."""
    monkeypatch.setattr("fleet.queries.device_order.MOST_RANKED", walked)
    for number in range(10):
        a_device(database, owner, asset_tag=f"{'X' if number % 2 else ''}TAG-{number}", serial=f"TAG{number}SERIAL")
    whole = [row.asset_tag for row in rows(database, "tag", closest=True)]
    assert whole[:5] == [f"TAG-{number}" for number in range(0, 10, 2)]
    assert sorted(filter(None, whole)) == sorted(filter(None, tags(database, "tag")))
    pages = [row.asset_tag for at in range(0, 12, 3) for row in rows(database, "tag", closest=True, offset=at, limit=3)]
    assert pages == whole


def test_an_identifier_comes_before_a_name_whatever_the_size(
    database: Database, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large register what an index knows is there at once, and says that more may come."""
    holder = a_person(database, owner, "Zed Alpha")
    for number in range(6):
        an_assignment(database, owner, a_device(database, owner, asset_tag=f"A{number}"), person_id=holder)
    for tag, serial in (("Z2", None), ("X9", "ZEDSERIAL9"), ("X8", "ZED"), ("ZED-1", None)):
        a_device(database, owner, asset_tag=tag, serial=serial)
    wanted = ["X8", "ZED-1", "X9", "A0", "A1", "A2", "A3", "A4", "A5"]
    assert [row.asset_tag for row in rows(database, "zed", closest=True, limit=100)] == wanted
    assert first(database, "zed") == (wanted, True)
    monkeypatch.setattr("fleet.queries.device_order.SMALL", 3)
    assert first(database, "zed") == (["X8", "ZED-1", "X9"], False)
    assert first(database, "zed", limit=2) == (["X8", "ZED-1"], True)
    assert first(database, "alpha", limit=2) == (["A0", "A1"], False)
    assert first(database, "alpha status:issued") == ([], False)
    assert first(database, "nothing") == ([], False)


def first(database: Database, text: str, limit: int = 100) -> tuple[list[str | None], bool]:
    with database.read() as session:
        found, whole = first_devices(session, DeviceQuery(parse(text), closest=True), now=NOW, limit=limit)
    return [row.asset_tag for row in found], whole


def test_a_long_list_goes_on_with_those_that_have_no_tag(database: Database, owner: int) -> None:
    """Page by page, in both directions, blanks last."""
    for tag in ("B", "A", None, "C", None, None):
        a_device(database, owner, asset_tag=tag, serial=None)
    for descending in (False, True):
        whole = [row.id for row in rows(database, descending=descending)]
        pages = [row.id for at in range(0, 8, 2) for row in rows(database, descending=descending, offset=at, limit=2)]
        assert pages == whole
    assert tags(database) == ["A", "B", "C", None, None, None]
