"""The refresh plan, spend and depreciation."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from fleet.domain.os_support import SupportTable, model_key
from fleet.exports import planning
from fleet.exports.planning import Plan
from tests.fleet.exports.reports.conftest import TODAY, Facts, Read, financial_year, table

YEARS = {"ipad": 5, "iphone": 4, "thin_client": 7}
TERM = date(2027, 5, 6)


def months(first: date, last: date) -> int:
    """Whole months, counted one by one."""
    count = 0
    while True:
        number = first.month + count + 1
        year, month = first.year + (number - 1) // 12, (number - 1) % 12 + 1
        if (year, month, first.day) > (last.year, last.month, last.day):
            return count
        count += 1


def test_spend_is_what_the_orders_say(facts: Facts, read: Read) -> None:
    kinds = {"ipad": "iPad", "iphone": "iPhone", "thin_client": "Thin client"}
    expected: Counter[Any] = Counter()
    for one in facts.estate.devices:
        expected[financial_year(one.purchased_on), kinds[one.kind]] += one.price_pence
    found = {
        (year, kind): number
        for year, row in table(read("spend"), "SpendYears").items()
        for kind, number in row.items()
        if number
    }
    assert found == expected
    bought = sum(one.quantity * one.unit_price_pence for one in facts.estate.purchases)
    assert sum(found.values()) == bought


def test_suppliers_got_what_they_were_ordered_from(facts: Facts, read: Read) -> None:
    expected: Counter[str] = Counter()
    for one in facts.estate.purchases:
        expected[one.supplier] += one.quantity * one.unit_price_pence
    found = table(read("spend"), "SpendSuppliers")
    assert {name: row["Cost (£)"] for name, row in found.items() if name != "Not known"} == expected


def test_cost_codes_bear_what_was_charged_to_them(facts: Facts, read: Read) -> None:
    expected: Counter[str] = Counter()
    for one in facts.estate.devices:
        expected[one.cost_code] += one.price_pence
    found = {key[0]: row["Cost (£)"] for key, row in table(read("spend"), "SpendCodes", labels=2).items()}
    assert {code: number for code, number in found.items() if code != "Not known"} == expected


def test_book_value_is_what_is_left_after_equal_months(facts: Facts, read: Read) -> None:
    expected: Counter[str] = Counter()
    names = {one.key: one.name for one in facts.estate.organisations}
    for one in facts.estate.devices:
        if one.status not in ("disposed", "retired", "lost", "stolen"):
            whole = YEARS[one.kind] * 12
            left = max(0, whole - months(one.purchased_on, TODAY))
            expected[names[one.organisation]] += one.price_pence * left // whole
    document = read("spend")
    found = table(document, "SpendOrganisations")
    assert {name: row["Book value (£)"] for name, row in found.items()} == expected
    for row in found.values():
        assert row["Written off (£)"] + row["Book value (£)"] == row["Cost (£)"]


def test_the_plan_replaces_what_is_old_or_unpatched_first(facts: Facts, read: Read) -> None:
    support = SupportTable.load()
    models = {one.key: one.name for one in facts.estate.models}
    councillors = {one.entra_id for one in facts.estate.people if one.role == "councillor"}
    expected = {}
    for one in facts.estate.devices:
        if one.status in ("lost", "stolen", "retired", "disposed"):
            continue
        due = date(one.purchased_on.year + YEARS[one.kind], one.purchased_on.month, min(one.purchased_on.day, 28))
        family, highest = support.highest.get(model_key(models[one.model]), (None, None))
        if family and not any(major <= highest for major in support.branches[family]):
            due = min(due, TODAY)
        held = facts.held.get(one.serial)
        in_term = held is not None and held.person in councillors and one.organisation == "northbridge"
        if in_term and due > TODAY and abs(TERM - due).days <= 365:
            due = TERM
        expected[one.serial] = due
    rows = {
        row["serial"]: row for row in read("refresh", plan=Plan(terms_end={"northbridge": TERM}))["sheets"]["plan"]
        if row["status"] != "unrecorded"
    }  # fmt: skip
    assert set(rows) == set(expected)
    different = {
        serial: (rows[serial]["replace_on"], day)
        for serial, day in expected.items()
        if rows[serial]["replace_on"][:8] != day.isoformat()[:8]
    }
    assert different == {}
    assert any(row["replace_because"] == "Term of office ends" for row in rows.values())


def test_the_years_of_the_plan_add_up_in_numbers_and_money(facts: Facts, read: Read) -> None:
    document = read("refresh")
    years = table(document, "RefreshYears")
    rows = document["sheets"]["plan"]
    assert set(years) <= {"Overdue", "2026/27", "2027/28", "2028/29", "Later", "Not known"}
    assert next(iter(years)) == "Overdue"
    assert sum(row["Devices"] for row in years.values()) == len(rows)
    costs = table(document, "RefreshCosts").values()
    assert sum(sum(row.values()) for row in costs) == sum(row["Cost (£)"] for row in years.values())


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 3, 31), "2025/26"), (date(2026, 4, 1), "2026/27"), (date(2099, 12, 31), "2099/00"), (date(2000, 1, 1), "1999/00")],
)  # fmt: skip
def test_a_councils_year_begins_in_april(day: date, year: str) -> None:
    assert planning.financial_year(day) == year


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 31), date(2026, 3, 31), 2),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 5, 1), date(2026, 1, 1), 0),
    ],
)
def test_months_count_when_they_are_whole(first: date, last: date, number: int) -> None:
    assert planning.months_between(first, last) == number


def test_a_leap_day_is_a_year_later_the_day_before() -> None:
    assert planning.years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)


def test_without_any_date_nothing_is_planned() -> None:
    assert planning.replacement(None, 5, None, TERM, TODAY) == (None, "No purchase date")
    assert planning.replacement(None, 5, TODAY, None, TODAY) == (TODAY, "Apple's support ends")
    assert planning.year_of_replacement(None, TODAY) == "Not known"
