"""Findings, sync health, the history of a period, the difference to an earlier day."""

from collections import Counter
from datetime import date

from sqlalchemy import select

from fleet.database.models import Event
from fleet.domain.rules.sources import RULES as NOT_READ
from tests.fleet.exports.conftest import Demo
from tests.fleet.exports.reports.conftest import Facts, Read, table


def test_what_waits_is_what_was_planted(facts: Facts, read: Read) -> None:
    document = read("findings")
    unread = {rule.key for rule in NOT_READ}  # These nights read devices and people alone.
    planted = Counter(one.rule for one in facts.estate.answer_key if one.rule not in unread)
    rows = document["sheets"]["findings"]
    assert Counter(row["rule"] for row in rows if row["rule"] in planted) == planted
    assert sum(sum(row.values()) for row in table(document, "FindingRules", labels=2).values()) == len(rows)
    assert sum(table(document, "FindingNights")["22 Nov 2026"].values()) == len(rows)


def test_what_was_put_right_was_there_on_an_earlier_night(facts: Facts, read: Read) -> None:
    fixed = read("findings")["sheets"]["fixed"]
    planted = {
        (one.rule, facts.by_serial[one.device].asset_tag)
        for one in facts.estate.answer_key
        if one.device in facts.by_serial
    }
    assert fixed
    assert not {(row["rule"], row["subject"]) for row in fixed} & planted


def test_every_tenant_was_read_three_times(facts: Facts, read: Read) -> None:
    document = read("sync-health")
    rows = document["sheets"]["tenants"]
    assert {row["tenant"]: (row["runs"], row["failed"], row["devices"]) for row in rows} == {
        one.key: (3, 0, sum(row["tenant"] == one.key for row in facts.rows)) for one in facts.estate.tenants
    }
    assert {row["last_state"] for row in rows} == {"complete"}
    assert len(document["sheets"]["syncs"]) == 3 * len(facts.estate.tenants)


def test_history_tells_every_event_of_the_period(demo: Demo, read: Read) -> None:
    with demo.database.read() as session:
        events = session.execute(select(Event.id)).scalars().all()
    rows = read("history")["sheets"]["events"]
    assert [row["id"] for row in rows] == sorted(events, reverse=True)
    assert read("history", since=date(2026, 11, 22))["sheets"]["events"] != rows
    assert not {"sentence", "reason"} & set(rows[0])
    assert read("history", unmask=True)["sheets"]["events"][-1]["reason"] == "The register as it was kept before Fleet"


def test_the_difference_of_a_night_is_what_happened_in_it(facts: Facts, read: Read) -> None:
    """Those that vanished were missing for two nights, so the third ends their enrolment; nobody else's ends."""
    document = read("difference", since=date(2026, 11, 22))
    rows = document["sheets"]["changes"]
    left = {row["device"] for row in rows if row["change"] == "Intune" and row["is_now"] is None}
    assert {facts.by_serial[one].asset_tag for one in facts.planted("vanished")} <= left
    updated = {row["device"] for row in rows if row["change"] == "OS version"}
    third_night = {
        facts.by_serial[one.device].asset_tag
        for one in facts.estate.enrolments
        if one.device and one.os_before and one.os_before != one.os_version and one.os_night == 3
        and facts.by_serial[one.device].status == "issued"
    }  # fmt: skip
    assert updated >= third_night
    numbers = {row["id"]: row for row in document["sheets"]["key_numbers"]}
    assert numbers["devices"]["now"] - numbers["devices"]["before"] == sum(
        (row["change"] == "New") - (row["change"] == "Gone") for row in rows
    )  # fmt: skip
    assert numbers["findings"]["now"] == len(read("findings")["sheets"]["findings"])


def test_key_numbers_are_those_of_the_generator(facts: Facts, read: Read) -> None:
    numbers = {row["id"]: row["now"] for row in read("difference")["sheets"]["key_numbers"]}
    status = Counter(one.status for one in facts.estate.devices)
    assert numbers["lost-or-stolen"] == status["lost"] + status["stolen"]
    assert numbers["in-stock"] == status["in_stock"] + status["prepared"]
    assert numbers["in-use"] - numbers["personal"] == status["issued"] + status["in_repair"]
    assert numbers["leavers"] == len(facts.planted("leaver-holds"))
    assert numbers["loans"] == sum(1 for one in facts.held.values() if one.due_on)
    assert numbers["overdue"] == len(facts.planted("loan-overdue"))
