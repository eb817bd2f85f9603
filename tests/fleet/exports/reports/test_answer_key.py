"""Every report's numbers against what the generator knows, never against our own queries: those that the other files leave out."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from fleet.domain.lifecycle import label
from fleet.exports import REPORTS
from tests.fleet.exports.conftest import NOW
from tests.fleet.exports.reports.conftest import Facts, Read, table

USES = {
    "issued": "In use", "in_repair": "In use", "in_stock": "In stock", "prepared": "In stock", "lost": "Lost or stolen",
    "stolen": "Lost or stolen", "retired": "Out of use", "disposed": "Out of use",
}  # fmt: skip
UNRECORDED = "Unrecorded"


def numbers(found: dict[Any, dict[str, int]]) -> dict[Any, int]:
    """A cross-table without noughts, as {(row, column): number}."""
    flat = {}
    for row, cells in found.items():
        for column, number in cells.items():
            if number:
                flat[(*row, column) if isinstance(row, tuple) else (row, column)] = number
    return flat


def test_the_estate_lies_at_the_sites_where_it_was_put(facts: Facts, read: Read) -> None:
    """Devices that nobody recorded lie nowhere, and personal ones are at nobody's site."""
    names = {one.key: one.name for one in facts.estate.organisations}
    sites = {one.key: one.name for one in facts.estate.sites}
    expected = Counter((names[one.organisation], sites[one.site], USES[one.status]) for one in facts.estate.devices)
    found = numbers(table(read("estate"), "SummarySites", labels=2))
    assert {key: number for key, number in found.items() if key[1] in sites.values()} == dict(expected)


def test_the_estate_is_of_the_models_that_were_bought(facts: Facts, read: Read) -> None:
    """Beside those there are personal devices and unrecorded ones: they are in use, or *Other*."""
    models = {one.key: one.name for one in facts.estate.models}
    expected = Counter((models[one.model], USES[one.status]) for one in facts.estate.devices)
    found: Counter[tuple[str, str]] = Counter()
    for (model, _kind, use), number in numbers(table(read("estate"), "SummaryModels", labels=2)).items():
        found[model, use] += number
    others = Counter({key: number for key, number in (found - expected).items()})
    assert not expected - found
    assert {use for _model, use in others} <= {"In use", "Other"}
    assert sum(others.values()) >= len(facts.planted("not-recorded"))


def test_the_estate_counts_each_status_of_the_generator(facts: Facts, read: Read) -> None:
    found = Counter(row["status"] for row in read("estate")["sheets"]["devices"] if row["ownership"] == "organisation")
    expected = Counter(one.status for one in facts.estate.devices)
    unrecorded = found.pop("unrecorded", 0)
    assert (found, unrecorded) == (expected, len(facts.planted("not-recorded")))
    assert label("unrecorded") == UNRECORDED


def test_history_tells_of_each_tenant_and_night_and_of_nothing_else(facts: Facts, read: Read) -> None:
    """The register was loaded once; three nights followed, a sync of each tenant in each."""
    rows = read("history", since=(NOW - timedelta(days=400)).date())["sheets"]["events"]
    syncs = Counter(
        (row["organisation"], row["recorded_at"][:10]) for row in rows if row["action"] == "Synced from Intune"
    )
    nights = [(NOW - timedelta(days=back, hours=7)).date().isoformat() for back in (2, 1, 0)]
    assert syncs == Counter((one.organisation, night) for one in facts.estate.tenants for night in nights)
    assert Counter(row["action"] for row in rows)["Loaded the register"] == 1
    assert len(rows) == len(facts.estate.tenants) * len(nights) + 1
    assert not any(row["undone"] for row in rows)


def test_history_counts_the_rows_that_a_night_changed(facts: Facts, read: Read) -> None:
    """At least one for every device whose system was updated in the third night, and for each that had vanished."""
    rows = read("history", since=NOW.date())["sheets"]["events"]
    found = {row["organisation"]: row["changes"] for row in rows if row["action"] == "Synced from Intune"}
    vanished = facts.planted("vanished")
    for tenant in facts.estate.tenants:
        least = sum(
            1 for one in facts.estate.enrolments
            if one.tenant == tenant.key and one.os_before and one.os_before != one.os_version and one.os_night == 3
        ) + sum(1 for one in facts.estate.enrolments if one.tenant == tenant.key and one.device in vanished)  # fmt: skip
        assert found[tenant.organisation] >= least, tenant.key


@pytest.mark.parametrize("organisation", ["northbridge", "eastmere", "ashmoor"])
def test_a_monthly_pack_is_its_council_as_the_generator_knows_it(facts: Facts, read: Read, organisation: str) -> None:
    """Each sheet of the pack against the facts about that council alone."""
    sheets = read("monthly", organisation=organisation)["sheets"]
    devices = {one.serial: one for one in facts.estate.devices if one.organisation == organisation}
    status = Counter(one.status for one in devices.values())
    now = {row["id"]: row["now"] for row in sheets["key_numbers"]}
    assert now["lost-or-stolen"] == status["lost"] + status["stolen"]
    assert now["in-stock"] == status["in_stock"] + status["prepared"]
    assert now["in-use"] - now["personal"] == status["issued"] + status["in_repair"]
    assert (
        now["loans"]
        == sum(1 for one in facts.held.values() if one.due_on and one.device in devices)
        == len(sheets["loans"])
    )
    assert now["leavers"] == len(facts.planted("leaver-holds") & set(devices)) == len(sheets["leavers"])
    assert now["overdue"] == len(facts.planted("loan-overdue") & set(devices))
    assert len(sheets["losses"]) == sum(one.device in devices for one in facts.estate.incidents)
    assert len(sheets["own_devices"]) == sum(one.organisation == organisation for one in facts.estate.byod)
    assert sum(row["price_pence"] or 0 for row in sheets["money"]) == sum(one.price_pence for one in devices.values())
    held = [
        row for row in sheets["held"] if row["held_by"] in ("Person", "Shared") and row["ownership"] == "organisation"
    ]
    assert {row["serial"] for row in held} == {serial for serial in facts.held if serial in devices}
    assert [row["tenant"] for row in sheets["tenants"]] == [
        one.key for one in facts.estate.tenants if one.organisation == organisation
    ]


CHECKED = {
    "estate": "here, and test_workbook",
    "who-has-what": "test_custody", "leavers": "test_custody", "stock-and-loans": "test_custody",
    "not-seen": "test_custody", "compliance": "test_security", "lost-and-stolen": "test_losses", "refresh": "test_money",
    "spend": "test_money", "byod": "test_security", "findings": "test_desk", "sync-health": "test_desk", "history": "here",
    "foi": "test_packs", "difference": "test_desk", "monthly": "here",
    "stocktakes": "test_losses, against a count made by hand: the generator counts no stock",
}  # fmt: skip
"""Report -> where its numbers meet facts that no query of ours has told."""


def test_every_report_is_checked_somewhere() -> None:
    assert set(CHECKED) == set(REPORTS)
