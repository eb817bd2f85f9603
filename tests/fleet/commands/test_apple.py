"""An Apple account's night: the list as it was told, the brake, runs, AppleCare by rotation, findings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.apple import AppleResult, coverage_to_ask, sync_apple
from fleet.commands.apply_plan.listings import held_list
from fleet.commands.runs import start_run
from fleet.commands.sync import SyncOptions
from fleet.config.apple import AppleConfig
from fleet.database import Database
from fleet.database.models import AppleListing, AppleSource, Event, Finding, Run, Tenant
from fleet.domain.sources import ObservedAppleAccount, ObservedCoverage, ObservedListing
from fleet.errors import SourceUnavailable
from fleet.http.retry import Stats
from fleet.queries.facts import device_facts
from tests.factory import NOW, a_device, a_tenant, an_enrolment, an_organisation, change, count_rows

ACCOUNT = AppleConfig(
    "northbridge", "northbridge", "BUSINESSAPI.1", "key-1", Path("key.pem"), mdm_servers="Intune", coverage_per_night=3
)
OPTIONS = SyncOptions("night", NOW)


def listed(number: int, **changes: Any) -> ObservedListing:
    known: dict[str, Any] = {
        "model": "iPad (10th generation)", "family": "iPad", "order_number": "PO-1", "ordered_on": date(2026, 1, 5),
        "added_on": date(2026, 1, 7), "status": "ASSIGNED", "server": "Intune",
    }  # fmt: skip
    return ObservedListing(f"C0TEST{number:04d}", **{**known, **changes})


class Apple:
    """What Apple would tell."""

    def __init__(self, *devices: ObservedListing) -> None:
        self.devices: Sequence[ObservedListing] = devices
        self.until: date | None = None
        self.asked: list[str] = []
        self.fails: Exception | None = None

    def read(self, account: AppleConfig, *, coverage_of: Any, now: datetime, on_cost: Any, **_: Any) -> Any:
        if self.fails is not None:
            on_cost(Stats(requests=3))
            raise self.fails
        self.asked = list(coverage_of(self.devices))
        told = [ObservedCoverage(one, self.until, "AppleCare+") for one in self.asked]
        cost = Stats(requests=4 + len(told))
        on_cost(cost)
        return ObservedAppleAccount(account.key, now, self.devices, ("Intune", "Old"), told), cost


def night(database: Database, apple: Apple, number: int = 0, **changes: Any) -> AppleResult:
    options = replace(OPTIONS, now=NOW + timedelta(days=number), **changes)
    return sync_apple(database, ACCOUNT, options, apple.read)


@pytest.fixture
def organisation(database: Database) -> int:
    return an_organisation(database)


def rows(database: Database) -> dict[str, tuple[Any, ...]]:
    with database.read() as session:
        found = session.execute(
            select(AppleListing.serial, AppleListing.server, AppleListing.missing_runs, AppleListing.gone_at)
        )
        return {row[0]: tuple(row[1:]) for row in found}


def test_a_list_is_kept_as_it_was_told_and_an_unchanged_one_costs_no_history(
    database: Database, organisation: int
) -> None:
    apple = Apple(*(listed(number) for number in range(4)))
    first = night(database, apple)
    assert (first.error, first.complete) == (None, True)
    assert first.devices == {"read": 4, "new": 4, "changed": 0, "unchanged": 0, "missing": 0, "gone": 0}
    with database.read() as session:
        events = count_rows(session, "event")
    apple.devices = [listed(0, server="Old"), *apple.devices[1:]]
    second = night(database, apple, 1)
    assert (second.devices["changed"], second.devices["unchanged"]) == (1, 3)
    assert rows(database)["C0TEST0000"][0] == "Old"
    with database.read() as session:
        source = session.execute(select(AppleSource)).scalar_one()
        assert (source.servers, source.right_servers, source.last_count) == (["Intune", "Old"], ["Intune"], 4)
        runs = session.execute(select(Run.state, Run.source, Run.counts)).all()
        assert [(row[0], row[1]) for row in runs] == [("complete", "apple:northbridge")] * 2
        assert runs[1][2]["requests"] == second.requests
        assert not session.execute(select(Event.id).where(Event.action == "sync")).all()
        assert count_rows(session, "event") == events


def test_a_device_absent_twice_is_given_up_and_one_that_is_back_is_there(database: Database, organisation: int) -> None:
    all_of_them = [listed(number) for number in range(12)]
    apple = Apple(*all_of_them)
    night(database, apple)
    apple.devices = all_of_them[2:]
    assert night(database, apple, 1).devices["missing"] == 2
    apple.devices = all_of_them[1:]
    third = night(database, apple, 2)
    assert (third.devices["gone"], third.devices["changed"]) == (1, 1)
    held = rows(database)
    assert held["C0TEST0000"][2] is not None
    assert held["C0TEST0001"][1:] == (0, None)
    apple.devices = all_of_them
    assert night(database, apple, 3).devices["changed"] == 1
    assert rows(database)["C0TEST0000"][1:] == (0, None)


def test_a_shrunken_list_is_refused_until_somebody_confirms_the_number(database: Database, organisation: int) -> None:
    apple = Apple(*(listed(number) for number in range(40)))
    night(database, apple)
    apple.devices = apple.devices[:20]
    refused = night(database, apple, 1)
    assert (refused.exit_code, refused.complete) == (3, False)
    assert "20 of 40 devices of Apple Business Manager are absent" in (refused.error or "")
    assert {one[1] for one in rows(database).values()} == {0}
    assert night(database, apple, 1, confirm=19, reason="typing").exit_code == 3
    assert night(database, apple, 1, confirm=20, reason="school left").complete
    apple.devices = []
    assert night(database, apple, 2).exit_code == 3
    with database.read() as session:
        states = session.execute(select(Run.state).order_by(Run.id)).scalars().all()
    assert states == ["complete", "refused", "refused", "complete", "refused"]


def test_a_plan_writes_nothing_and_names_what_is_absent(database: Database, organisation: int) -> None:
    apple = Apple(*(listed(number) for number in range(12)))
    night(database, apple)
    apple.devices = apple.devices[1:]
    planned = night(database, apple, 1, dry=True)
    assert (planned.run, apple.asked) == (None, [])
    assert planned.plan[0].startswith("0 devices new on Apple's list, 0 changed, 1 absent for the first time")
    assert planned.plan[1] == "? C0TEST0000: absent for the first time"
    assert rows(database)["C0TEST0000"][1] == 0


def test_a_failure_is_its_own_and_says_what_it_cost(database: Database, organisation: int) -> None:
    apple = Apple(listed(1))
    apple.fails = SourceUnavailable("Apple account northbridge: Apple is unavailable (503). Try again later.")
    failed = night(database, apple)
    assert (failed.exit_code, failed.requests, failed.complete) == (4, 3, False)
    with database.read() as session:
        run = session.execute(select(Run)).scalar_one()
        assert (run.state, run.error) == ("failed", failed.error)


def test_two_reads_of_one_account_never_run_at_once(database: Database, organisation: int) -> None:
    start_run(
        database, kind="sync", source="apple:northbridge", actor="other", now=NOW, lease=timedelta(minutes=5),
        organisation_id=organisation,
    )  # fmt: skip
    refused = night(database, Apple(listed(1)))
    assert "has been running since" in (refused.error or "")
    assert rows(database) == {}


def test_an_account_of_an_organisation_that_nobody_knows_is_named(database: Database) -> None:
    result = night(database, Apple(listed(1)))
    assert (result.exit_code, result.run) == (2, None)


# --- AppleCare --------------------------------------------------------------------------------------------------


def test_applecare_is_asked_for_by_rotation_within_the_budget(database: Database, organisation: int) -> None:
    apple = Apple(*(listed(number) for number in range(5)))
    asked = []
    for number in range(3):
        night(database, apple, number)
        asked.append(apple.asked)
    assert asked == [["C0TEST0000", "C0TEST0001", "C0TEST0002"], ["C0TEST0003", "C0TEST0004"], []]
    night(database, apple, 30)
    assert apple.asked == ["C0TEST0000", "C0TEST0001", "C0TEST0002"]
    night(database, apple, 31, since=NOW + timedelta(days=20))
    assert apple.asked == ["C0TEST0003", "C0TEST0004"]


def test_no_budget_asks_for_nothing(database: Database) -> None:
    assert coverage_to_ask([listed(1)], None, NOW, 0) == []
    with database.read() as session:
        assert held_list(session, "business", "northbridge") is None


# --- findings ---------------------------------------------------------------------------------------------------


def found(database: Database) -> set[tuple[str, str]]:
    with database.read() as session:
        return {
            (row[0], row[1])
            for row in session.execute(select(Finding.rule, Finding.subject).where(Finding.state == "open"))
        }


def test_what_apple_says_becomes_findings_and_goes_with_its_reason(database: Database, organisation: int) -> None:
    tenant = a_tenant(database, organisation)
    for number, tag in enumerate(("NB-0", "NB-1", "NB-2")):
        device = a_device(database, organisation, serial=f"C0TEST{number:04d}", asset_tag=tag, status="prepared")
        an_enrolment(
            database, organisation, tenant, device, serial=f"C0TEST{number:04d}", supervised=True, encrypted=True
        )
    change(database, Tenant, tenant, last_complete_at=NOW)
    apple = Apple(listed(0), listed(1, server="Old"), listed(9), listed(8, added_on=NOW.date(), ordered_on=None))
    apple.until = NOW.date() + timedelta(days=12)
    night(database, apple)
    night(database, apple, 1)
    assert found(database) == {
        ("not-on-apple-list", "NB-2"), ("wrong-mdm-server", "NB-1"), ("bought-never-enrolled", "C0TEST0009"),
        ("applecare-ending", "NB-0"), ("applecare-ending", "NB-1"),
    }  # fmt: skip
    apple.devices = [listed(0), listed(1), listed(2), listed(8, added_on=NOW.date(), ordered_on=None)]
    night(database, apple, 2)
    assert ("bought-never-enrolled", "C0TEST0009") in found(database), "absent once is not given up"
    night(database, apple, 3)
    assert {rule for rule, _ in found(database)} == {"applecare-ending"}
    night(database, apple, 20)
    assert found(database) == set()


def test_a_register_without_lists_knows_nothing_of_apple(database: Database, organisation: int) -> None:
    tenant = a_tenant(database, organisation)
    device = a_device(database, organisation, serial="C0TEST0001", status="prepared")
    an_enrolment(database, organisation, tenant, device, serial="C0TEST0001")
    with database.read() as session:
        assert [one.apple for one in device_facts(session)] == [None]
