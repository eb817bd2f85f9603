"""Who has what, leavers, stock, loans and what was not seen."""

from collections import Counter
from datetime import timedelta
from typing import Any

from tests.fleet.exports.reports.conftest import TODAY, Facts, Read, table


def test_who_has_what_is_what_was_handed_out(facts: Facts, read: Read) -> None:
    rows = {
        row["serial"]: row
        for row in read("who-has-what", unmask=True)["sheets"]["held"]
        if row["ownership"] != "personal"
    }
    assert set(rows) == set(facts.held)
    for serial, held in facts.held.items():
        row = rows[serial]
        if held.person:
            person = facts.people[held.person]
            assert row["holder"] == person.display_name
            assert row["manager"] == (facts.people[person.manager].display_name if person.manager else None)
            assert row["held_by"] == "Person"
        else:
            assert row["held_by"] == "Shared"
        assert row["issued_on"] == held.issued_on.isoformat()


def _team(facts: Facts, serial: str) -> str:
    teams = {one.key: one.name for one in facts.estate.teams}
    held = facts.held[serial]
    team = facts.people[held.person].team if held.person else held.team
    return teams[team] if team else "Not known"


def test_teams_hold_what_their_people_and_desks_have(facts: Facts, read: Read) -> None:
    names = {one.key: one.name for one in facts.estate.organisations}
    expected: Counter[Any] = Counter()
    cost: Counter[Any] = Counter()
    for serial in facts.held:
        device = facts.by_serial[serial]
        expected[_team(facts, serial), names[device.organisation]] += 1
        cost[_team(facts, serial), names[device.organisation]] += device.price_pence
    found = table(read("who-has-what"), "HeldTeams", labels=2)
    assert {
        key: row["Devices"] - row["Personal"] for key, row in found.items() if row["Devices"] > row["Personal"]
    } == expected
    assert {key: row["Cost (£)"] for key, row in found.items() if row["Cost (£)"]} == cost
    assert sum(row["Thin clients"] for row in found.values()) == sum(
        1 for serial in facts.held if facts.by_serial[serial].kind == "thin_client"
    )


def test_cost_codes_pay_for_what_they_were_charged(facts: Facts, read: Read) -> None:
    expected = Counter(facts.by_serial[serial].cost_code for serial in facts.held)
    found: Counter[str] = Counter()
    for (code, _), row in table(read("who-has-what"), "HeldCostCodes", labels=2).items():
        found[code] += row["Devices"] - row["Personal"]
    assert +found == expected


def test_two_managers_with_the_same_initials_stay_two(facts: Facts, read: Read) -> None:
    managers = {facts.people[held.person].manager for held in facts.held.values() if held.person}
    rows = table(read("who-has-what"), "HeldManagers", labels=2)
    named = {
        key for key, row in rows.items() if key[0] not in ("No manager", "Shared") and row["Devices"] > row["Personal"]
    }
    assert len(named) == len(managers - {None})
    assert not any(facts.people[one].display_name in key[0] for one in managers - {None} for key in named)


def test_leavers_are_those_who_left_with_days_and_value(facts: Facts, read: Read) -> None:
    expected = {
        serial: (TODAY - facts.people[held.person].left_on).days
        for serial, held in facts.held.items()
        if held.person and facts.people[held.person].state == "left"
    }
    assert set(expected) == facts.planted("leaver-holds")
    document = read("leavers")
    rows = document["sheets"]["leavers"]
    assert {row["device"]: row["days"] for row in rows} == {
        facts.by_serial[serial].asset_tag: days for serial, days in expected.items()
    }
    sums = table(document, "LeaversMoney").values()
    assert sum(row["Devices"] for row in sums) == len(expected)
    assert sum(row["Cost (£)"] for row in sums) == sum(facts.by_serial[one].price_pence for one in expected)
    assert sum(row["Lines a month (£)"] for row in sums) == sum(facts.monthly_pence.get(one, 0) for one in expected)
    assert {row["name_initials"] for row in rows}.isdisjoint({one.display_name for one in facts.estate.people})


def test_stock_lies_where_it_was_put(facts: Facts, read: Read) -> None:
    names = {one.key: one.name for one in facts.estate.models}
    sites = {one.key: one.name for one in facts.estate.sites}
    expected: Counter[Any] = Counter()
    for one in facts.estate.devices:
        if one.status in ("in_stock", "prepared"):
            expected[one.organisation, sites[one.site], names[one.model], one.status] += 1
    found: Counter[Any] = Counter()
    for row in read("stock-and-loans")["sheets"]["stock"]:
        for status in ("in_stock", "prepared"):
            found[row["organisation"], row["site"], row["model"], status] += row[status]
        assert row["free"] == row["in_stock"] + row["prepared"] - row["reserved"]
    assert +found == expected


def test_loans_are_due_when_they_were_promised(facts: Facts, read: Read) -> None:
    loans = {facts.by_serial[serial].asset_tag: held.due_on for serial, held in facts.held.items() if held.due_on}
    document = read("stock-and-loans")
    rows = {row["device"]: row for row in document["sheets"]["loans"]}
    assert {tag: row["due_on"] for tag, row in rows.items()} == {tag: day.isoformat() for tag, day in loans.items()}
    for tag, day in loans.items():
        state = "Overdue" if day < TODAY else "Due within 14 days" if day <= TODAY + timedelta(days=14) else "Due later"
        assert rows[tag]["due"] == state
    overdue = sum(row.get("Overdue", 0) for row in table(document, "LoansDue").values())
    assert overdue == len(facts.planted("loan-overdue")) > 0


def test_not_seen_are_those_that_were_silenced(facts: Facts, read: Read) -> None:
    rows = read("not-seen")["sheets"]["unseen"]
    bands: dict[str, set[str]] = {}
    for row in rows:
        bands.setdefault(row["seen"], set()).add(row["serial"])
    assert bands["30–59 days"] | bands.get("60–89 days", set()) == facts.planted("not-seen-30")
    assert bands["90 days or more"] == facts.planted("not-seen-90")
    there = {row["serialNumber"] for row in facts.rows}
    silent = {
        one.serial
        for one in facts.estate.devices
        if one.status == "issued" and one.kind != "thin_client" and one.serial not in there
    }
    assert bands["Not in Intune"] == silent
    assert facts.planted("vanished") | facts.planted("issued-not-enrolled") <= silent
