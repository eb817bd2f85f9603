"""The morning's digest: new, worse, fixed, oldest."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Run
from fleet.errors import NotFound
from fleet.queries.digest import DeskDigest, desk_digest, last_sync
from tests.factory import NOW, a_tenant, an_organisation, write
from tests.fleet.queries.test_findings import a_finding

SINCE = NOW - timedelta(days=1)
LONG_AGO = NOW - timedelta(days=30)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def told(database: Database, **options: Any) -> DeskDigest:
    with database.read() as session:
        return desk_digest(session, since=SINCE, until=NOW, **options)


def names(digest: DeskDigest) -> dict[str, list[str]]:
    parts = ("new", "worse", "fixed", "oldest")
    return {part: [row.subject for row in getattr(digest, part)] for part in parts}


def test_every_finding_is_in_the_part_it_belongs_to(database: Database, owner: int) -> None:
    old = {"first_seen": LONG_AGO}
    a_finding(database, owner, "vanished", "new", first_seen=NOW)
    a_finding(database, owner, "vanished", "new-and-worse", first_seen=NOW, worse_at=NOW, severity="high")
    a_finding(database, owner, "vanished", "worse", worse_at=NOW, **old)
    a_finding(database, owner, "vanished", "worse-before", worse_at=SINCE - timedelta(seconds=1), **old)
    a_finding(database, owner, "vanished", "fixed", state="fixed", fixed_at=NOW, **old)
    a_finding(database, owner, "vanished", "fixed-before", state="fixed", fixed_at=LONG_AGO, **old)
    a_finding(database, owner, "vanished", "put-away", state="snoozed", first_seen=NOW)
    a_finding(database, owner, "vanished", "oldest", first_seen=LONG_AGO - timedelta(days=1), assigned_to="bryn")
    found = told(database)
    assert names(found) == {
        "new": ["new-and-worse", "new"], "worse": ["worse"], "fixed": ["fixed"],
        "oldest": ["oldest", "worse", "worse-before", "new-and-worse", "new"],
    }  # fmt: skip
    assert (dict(found.open), found.unassigned) == ({"high": 1, "medium": 4, "low": 0}, 4)
    assert [row.subject for row in told(database, oldest=1).oldest] == ["oldest"]


def test_a_digest_of_one_organisation_tells_nothing_of_others(database: Database, owner: int) -> None:
    other = an_organisation(database, "eastmere")
    a_tenant(database, owner)
    a_tenant(database, other, "eastmere")
    a_finding(database, owner, "vanished", "mine", first_seen=NOW)
    a_finding(database, other, "jailbroken", "theirs", first_seen=NOW, severity="high")
    found = told(database, organisation="northbridge")
    assert (names(found)["new"], found.open["high"], found.unassigned) == (["mine"], 0, 1)
    assert [one.tenant for one in found.tenants] == ["northbridge"]
    assert len(told(database).tenants) == 2
    with pytest.raises(NotFound, match="There is no organisation called elsewhere"):
        told(database, organisation="elsewhere")


def test_behind_the_wall_a_digest_is_of_what_may_be_seen(database: Database, owner: int) -> None:
    other = an_organisation(database, "eastmere")
    a_finding(database, owner, "vanished", "mine", first_seen=NOW)
    a_finding(database, other, "jailbroken", "theirs", first_seen=NOW)
    with database.read(frozenset({owner})) as session:
        found = desk_digest(session, since=SINCE, until=NOW)
    assert (names(found)["new"], sum(found.open.values())) == (["mine"], 1)


def test_the_last_round_began_with_the_earliest_of_the_newest_complete_syncs(database: Database, owner: int) -> None:
    one, other = a_tenant(database, owner), a_tenant(database, owner, "second")
    with database.read() as session:
        assert last_sync(session) is None
    known = {"kind": "sync", "source": "x", "actor": "night", "organisation_id": owner, "counts": {}, "problems": []}
    for tenant, hours, state in (
        (one, 30, "complete"),
        (one, 5, "complete"),
        (other, 6, "complete"),
        (other, 1, "failed"),
    ):
        started = NOW - timedelta(hours=hours)
        write(database, Run(tenant_id=tenant, started_at=started, finished_at=started, state=state, **known))
    with database.read() as session:
        assert last_sync(session) == NOW - timedelta(hours=6)
