"""Lost and stolen per year; stocktakes."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.commands.stocktakes import close, open_new, scan
from fleet.database import Database
from fleet.database.models import Device, Incident
from fleet.exports import write_report
from tests.factory import a_device, a_site, an_organisation, change, write
from tests.fleet.exports.conftest import NOW
from tests.fleet.exports.reports.conftest import Facts, Read, financial_year, table


def test_losses_per_year_are_those_that_were_reported(facts: Facts, read: Read) -> None:
    document = read("lost-and-stolen")
    for key, year_of in (("LossYears", financial_year), ("LossCalendar", lambda day: str(day.year))):
        expected: Counter[Any] = Counter()
        for one in facts.estate.incidents:
            if one.kind in ("lost", "stolen"):
                year = year_of(one.happened_on)
                expected[year, one.kind.capitalize()] += 1
                expected[year, "Value lost or stolen (£)"] += facts.by_serial[one.device].price_pence
        found = {
            (year, column): number
            for year, row in table(document, key).items()
            for column, number in row.items()
            if column in ("Lost", "Stolen", "Value lost or stolen (£)") and number
        }
        assert found == expected


def test_the_time_to_report_is_averaged_over_what_was_lost_or_stolen(facts: Facts, read: Read) -> None:
    days: dict[str, list[int]] = {}
    for one in facts.estate.incidents:
        if one.kind in ("lost", "stolen"):
            days.setdefault(financial_year(one.happened_on), []).append((one.reported_on - one.happened_on).days)
    found = table(read("lost-and-stolen"), "LossYears")
    for year, numbers in days.items():
        assert found[year]["Days to report, on average"] == pytest.approx(sum(numbers) / len(numbers))


def test_every_incident_is_listed_with_its_outcome(facts: Facts, read: Read) -> None:
    rows = read("lost-and-stolen")["sheets"]["losses"]
    expected = Counter(
        (facts.by_serial[one.device].asset_tag, one.kind, "damaged" if one.kind == "damaged" else "missing")
        for one in facts.estate.incidents
    )
    assert Counter((row["device"], row["what"], row["outcome"]) for row in rows) == expected


# --- what the demonstration has none of ----------------------------------------------------------------------


def document(database: Database, report: str, path: Path, **options: Any) -> Any:
    with database.read() as session:
        write_report(session, report, to="json", path=path, now=NOW, actor="asha.penrose", **options)
    return json.loads(path.read_bytes())


def an_incident(database: Database, owner: int, device: int, day: date, kind: str = "lost", **values: Any) -> None:
    """Reported two days after it happened."""
    from fleet.clock import start_of_day

    write(database, Incident(
        organisation_id=owner, device_id=device, kind=kind, occurred_on=day, reported_at=start_of_day(day) + timedelta(days=2),
        **values,
    ), now=NOW - timedelta(days=200))  # fmt: skip


def test_what_became_of_a_lost_device_is_told_as_at_the_day(database: Database, tmp_path: Path) -> None:
    owner = an_organisation(database)
    found = a_device(database, owner, asset_tag="NB1", serial="SN1", status="lost", price_pence=30_000)
    gone = a_device(database, owner, asset_tag="NB2", serial="SN2", status="lost", price_pence=40_000)
    twice = a_device(database, owner, asset_tag="NB3", serial="SN3", status="stolen", price_pence=50_000)
    an_incident(database, owner, found, date(2026, 3, 31))
    an_incident(database, owner, gone, date(2026, 4, 1), value_pence=45_000)
    an_incident(database, owner, twice, date(2026, 5, 1), closed_at=NOW - timedelta(days=100))
    an_incident(database, owner, twice, date(2026, 6, 1), kind="stolen")
    change(database, Device, found, now=NOW - timedelta(days=10), status="in_stock")
    change(database, Device, gone, now=NOW - timedelta(days=5), status="retired")

    told = document(database, "lost-and-stolen", tmp_path / "now.json")
    outcomes = [(row["device"], row["outcome"]) for row in told["sheets"]["losses"]]
    assert outcomes == [("NB1", "recovered"), ("NB2", "written_off"), ("NB3", "recovered"), ("NB3", "missing")]
    years = table(told, "LossYears")
    assert years["2025/26"]["Value recovered (£)"] == 30_000
    assert years["2026/27"]["Value lost or stolen (£)"] == 45_000 + 50_000 + 50_000
    assert years["2026/27"]["Days to report, on average"] == 2

    then = document(database, "lost-and-stolen", tmp_path / "then.json", as_at=NOW.date() - timedelta(days=11))
    outcomes = [(row["device"], row["outcome"]) for row in then["sheets"]["losses"]]
    assert outcomes == [("NB1", "missing"), ("NB2", "missing"), ("NB3", "recovered"), ("NB3", "missing")]


def test_the_variance_of_a_stocktake_is_what_was_and_was_not_scanned(database: Database, tmp_path: Path) -> None:
    owner = an_organisation(database)
    hall, depot = a_site(database, owner), a_site(database, owner, "Depot")
    for number in (1, 2, 3):
        a_device(database, owner, asset_tag=f"NB{number}", serial=f"SN{number}", site_id=hall)
    a_device(database, owner, asset_tag="NB4", serial="SN4", site_id=depot)
    hour = NOW - timedelta(hours=1)
    with database.transaction(actor="asha", action="stocktake.open", now=hour) as session:
        opened = open_new(session, "Town Hall, autumn", actor="asha", now=hour, organisation_id=owner, site_id=hall)
    with database.transaction(actor="asha", action="stocktake.scan", now=hour) as session:
        scan(session, None, ["NB1", "NB4", "NB99"], actor="asha", now=hour, site_id=hall)
        scan(session, None, ["NB2"], actor="asha", now=hour, site_id=depot)
    with database.transaction(actor="asha", action="stocktake.close", now=NOW) as session:
        close(session, None, actor="asha", now=NOW)

    told = document(database, "stocktakes", tmp_path / "variance.json")
    rows = {row["device"]: row for row in told["sheets"]["variance"]}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "NB1": "found", "NB2": "wrong_site", "NB3": "missing", "NB4": "unexpected", "NB99": "unknown",
    }  # fmt: skip
    assert {row["state"] for row in rows.values()} == {"Closed"}
    counted = next(iter(table(told, "VarianceOutcomes", labels=2).values()))
    assert counted == {"Found": 1, "Unexpected": 1, "Wrong site": 1, "Not known": 1, "Missing": 1}
    assert opened.id == int(rows["NB1"]["id"].partition("/")[0])
    year_later = document(database, "stocktakes", tmp_path / "before.json", as_at=NOW.date() - timedelta(days=1))
    assert year_later["sheets"]["variance"] == []
