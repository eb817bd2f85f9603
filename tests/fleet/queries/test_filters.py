"""The list's filters, asked of the database and of every row by itself: the answers must be the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from fleet.clock import london_date
from fleet.database import Database
from fleet.database.models import Finding
from fleet.demo.estate import generate
from fleet.demo.register import load_register
from fleet.domain.records import DeviceRow, ObservedTenant
from fleet.domain.search import Filter, Search, parse, row_matches
from fleet.queries.devices import DeviceQuery, count_devices, device_ids, list_devices
from tests.conftest import Backend
from tests.factory import NOW, an_observed_device
from tests.fleet.commands.estate import Estate

_VALUES = {
    "status": ["issued", "in_stock", "In stock", "in-repair", "lost", "nothing"],
    "kind": ["ipad", "iphone", "thin_client", "Thin Client", "other"],
    "org": ["northbridge", "NORTHBRIDGE", "x"],
    "site": ["hub", "Civic", "e", "depot"],
    "team": ["care", "Adult", "s"],
    "held": ["nobody", "none", "a", "non", "example", "hub", "civic"],
    "model": ["ipad", "iPhone", "gen"],
    "own": ["organisation", "personal"],
    "compliance": ["compliant", "noncompliant", "COMPLIANT"],
    "tenant": ["northbridge", "x"],
    "os": ["26", "26.1", "17.7"],
    "seen": ["never", "7d", "30"],
    "due": ["overdue", "any", "30d", "0"],
    "finding": ["any", "not-seen", "unsupported-os"],
}


def _filters() -> st.SearchStrategy[Filter]:
    def of(name: str) -> st.SearchStrategy[Filter]:
        operators = ["=", "<", "<=", ">", ">="] if name in ("os", "seen", "due") else ["="]
        return st.builds(
            Filter, st.just(name), st.sampled_from(operators), st.sampled_from(_VALUES[name]), st.booleans()
        )

    return st.sampled_from(sorted(_VALUES)).flatmap(of)


@pytest.fixture
def filled(backend: Backend) -> Iterator[Database]:
    """A demonstration's register after a night on a few of its devices."""
    with Database(backend.migrated(), create=False) as database:
        load_register(database, generate(seed=5, devices=90, now=NOW))
        with database.read() as session:
            rows = list_devices(session, DeviceQuery(parse("own:organisation -kind:thin_client")), now=NOW, limit=30)
        seen = [
            an_observed_device(
                number, serial=row.serial, imei=row.imei, os_version=("26.1", "17.7.2", "26.0")[number % 3],
                compliance=("compliant", "noncompliant")[number % 2],
                last_seen=NOW - timedelta(days=number * 3) if number % 5 else None,
            )
            for number, row in enumerate(rows, 1)
        ]  # fmt: skip
        Estate(database).sync(ObservedTenant("northbridge", NOW, seen, [], people_complete=False))
        yield database


def expected(rows: list[DeviceRow], search: Search, findings: dict[str, set[int]]) -> set[int]:
    """Asked of every row: what `row_matches` says, and by hand what the past does not keep."""
    plain = Search((), tuple(one for one in search.filters if one.name not in ("seen", "finding")))
    rest = [one for one in search.filters if one.name in ("seen", "finding")]
    return {
        row.id for row in rows
        if row_matches(row, plain, london_date(NOW)) and all(_fits(row, one, findings) is not one.negative for one in rest)
    }  # fmt: skip


def _fits(row: DeviceRow, one: Filter, findings: dict[str, set[int]]) -> bool:
    if one.name == "finding":
        return row.id in findings.get(one.value, set())
    if one.value == "never":
        return row.last_seen is None
    moment = NOW - timedelta(days=int(one.value.rstrip("d")))
    if row.last_seen is None:
        return False
    return row.last_seen < moment if one.operator in (">", ">=") else row.last_seen >= moment


def test_every_filter_and_mixture_of_filters_answers_as_each_row_would(filled: Database) -> None:
    """Lists, counts and ids agree with brute force over all rows."""
    with filled.read() as session:
        rows = list_devices(session, DeviceQuery(), now=NOW)
        findings: dict[str, set[int]] = {}
        for rule, device in session.execute(
            select(Finding.rule, Finding.subject_id).where(Finding.subject_type == "device", Finding.state == "open")
        ):
            findings.setdefault(rule, set()).add(device or 0)
            findings.setdefault("any", set()).add(device or 0)
        assert len(rows) > 90 and findings

        @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(_filters(), min_size=1, max_size=3))
        def answers_alike(filters: list[Filter]) -> None:
            query = DeviceQuery(Search((), tuple(filters)))
            wanted = expected(rows, query.search, findings)
            assert {row.id for row in list_devices(session, query, now=NOW)} == wanted
            assert count_devices(session, query, now=NOW) == len(wanted)
            assert set(device_ids(session, query, now=NOW)) == wanted

        answers_alike()


def test_words_find_what_a_row_shows(filled: Database) -> None:
    """Tag, serial, holder, place, number: typed as shown, or in capitals, the row is among the answers."""
    with filled.read() as session:
        rows = list_devices(session, DeviceQuery(), now=NOW)
        for row in rows[::7]:
            for shown in (row.asset_tag, row.serial, row.holder, row.holder_upn, row.site, row.team, row.status):
                if shown:
                    query = DeviceQuery(parse(f'"{shown.upper()}"'))
                    assert row.id in device_ids(session, query, now=NOW), shown
