"""Every report as one JSON document, made once, and the generator's facts by name."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from fleet.demo.estate import Estate
from fleet.demo.graph_view import graph_view
from fleet.exports import write_report
from tests.fleet.exports.conftest import NOW, Demo

TODAY = NOW.date()


@dataclass(frozen=True)
class Facts:
    """The generator's facts, indexed in the simplest way."""

    estate: Estate

    @cached_property
    def by_tag(self) -> dict[str, Any]:
        """Asset tag -> device."""
        return {one.asset_tag: one for one in self.estate.devices}

    @cached_property
    def by_serial(self) -> dict[str, Any]:
        """Serial number -> device."""
        return {one.serial: one for one in self.estate.devices}

    @cached_property
    def people(self) -> dict[str, Any]:
        """Entra id -> person."""
        return {one.entra_id: one for one in self.estate.people}

    @cached_property
    def held(self) -> dict[str, Any]:
        """Serial number -> the open assignment."""
        return {one.device: one for one in self.estate.assignments if one.returned_on is None}

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """What Intune shows on the third night, of all tenants."""
        return [
            {**row, "tenant": tenant.key}
            for tenant in self.estate.tenants
            for row in graph_view(self.estate, tenant.key, 3).devices.values()
        ]

    @cached_property
    def monthly_pence(self) -> dict[str, int]:
        """Serial number -> what the lines in it cost a month."""
        lines = {one.key: one for one in self.estate.lines}
        found: dict[str, int] = {}
        for sim in self.estate.sims:
            if sim.device and lines[sim.line].status == "active":
                found[sim.device] = found.get(sim.device, 0) + lines[sim.line].monthly_pence
        return found

    def planted(self, rule: str) -> set[str]:
        """What was planted for a rule: serial numbers, or Intune ids."""
        return {one.device for one in self.estate.answer_key if one.rule == rule}


Read = Callable[..., Any]


@pytest.fixture(scope="session")
def facts(demo: Demo) -> Facts:
    """What the generator knows."""
    return Facts(demo.estate)


@pytest.fixture(scope="session")
def read(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """`read("spend", organisation="northbridge")` is the report as a JSON document; each is made once."""
    folder, made = tmp_path_factory.mktemp("reports"), {}

    def document(report: str, **options: Any) -> Any:
        key = (report, json.dumps(options, default=str, sort_keys=True))
        if key not in made:
            path = folder / f"{len(made)}.json"
            made[key] = write(demo, report, path, to="json", **options)
        return json.loads(made[key].read_bytes())

    return document


def write(demo: Demo, report: str, path: Path, **options: Any) -> Path:
    """Write a report; returns its file."""
    with demo.database.read() as session:
        return write_report(session, report, path=path, **{"now": NOW, "actor": "asha.penrose", **options}).path


def table(document: Any, key: str, *, labels: int = 1) -> dict[Any, dict[str, Any]]:
    """A cross-table as {row: {column: number}}; rows of several labels by tuple."""
    found = document["tables"][key]
    heads = found["columns"][labels:]
    return {
        (row[0] if labels == 1 else tuple(row[:labels])): dict(zip(heads, row[labels:], strict=True))
        for row in found["rows"]
    }  # fmt: skip


def financial_year(day: date) -> str:
    """Worked out here once more, so that the product does not check itself."""
    start = day.year if day >= date(day.year, 4, 1) else day.year - 1
    return f"{start}/{str(start + 1)[2:]}"
