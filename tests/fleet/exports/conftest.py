"""A small shared service after three nights, and its workbook; read by many tests, written by none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from fleet.commands.sync import SyncOptions, sync_tenant
from fleet.config import TenantConfig
from fleet.database import Database
from fleet.demo.build import demo_rules
from fleet.demo.estate import Estate, generate
from fleet.demo.graph_view import graph_view
from fleet.demo.register import load_register
from fleet.domain.records import ObservedTenant
from fleet.exports import write_report
from fleet.exports.row_sheets import FIRST_ROW, HEADER_ROW
from fleet.intune import translate

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DEVICES = 330


@dataclass(frozen=True)
class Demo:
    """A filled register and the generator's own facts about it."""

    database: Database
    estate: Estate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A small estate, loaded and synced for three nights."""
    estate = generate(devices=DEVICES, now=NOW)
    path = tmp_path_factory.mktemp("exports") / "register.db"
    with Database(f"sqlite:///{path}") as database:
        load_register(database, estate)
        for night in (1, 2, 3):
            for tenant in estate.tenants:
                _sync(database, estate, tenant, night)
        yield Demo(database, estate)


def _sync(database: Database, estate: Estate, tenant: Any, night: int) -> None:
    view = graph_view(estate, tenant.key, night)
    at = NOW - timedelta(days=3 - night, hours=7)

    def read(_tenant: object, *, enrich: Any, **_: object) -> tuple[ObservedTenant, Any]:
        devices = [translate.device(raw) for raw in view.devices.values()]
        details = {one: translate.detail(view.devices[one]) for one in enrich(devices)}
        people = [translate.person(raw) for raw in view.users.values()]
        observed = ObservedTenant(tenant.key, at, devices, people, details=details, primary_users=view.primary_users)
        return observed, SimpleNamespace(requests=0, retries=0, seconds=0)

    config = TenantConfig(
        tenant.key, tenant.organisation, tenant.tenant_id, tenant.client_id, credential_until=tenant.credential_until
    )
    report = sync_tenant(database, config, SyncOptions("test", at, rules=demo_rules()), read)
    assert report.complete, report.error


@pytest.fixture(scope="session")
def masked_book(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate report as it comes."""
    return _written(demo, tmp_path_factory.mktemp("masked"), unmask=False)


@pytest.fixture(scope="session")
def full_book(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate report with names."""
    return _written(demo, tmp_path_factory.mktemp("full"), unmask=True)


def _written(demo: Demo, folder: Path, *, unmask: bool) -> Path:
    with demo.database.read() as session:
        return write_report(
            session, "estate", to="xlsx", path=folder, now=NOW, actor="asha.penrose", unmask=unmask
        ).path


def open_book(path: Path) -> Any:
    """A workbook as openpyxl reads it."""
    return openpyxl.load_workbook(path)


def records(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet's table by header."""
    rows = sheet.iter_rows(min_row=FIRST_ROW, values_only=True)
    headers = [cell.value for cell in sheet[HEADER_ROW + 1]]
    return [dict(zip(headers, row, strict=True)) for row in rows if any(value is not None for value in row)]
