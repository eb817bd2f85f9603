"""Workbooks: the monthly pack of one council, one sheet of devices beside other writers, memory of very many rows."""

import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from tests.bench.measured import Took, in_child, timed
from tests.bench.table import Line, compared, seconds

NOW = datetime.fromisoformat("2026-11-22T09:30:00+00:00")
WRITERS = ("xlsxwriter", "xlsxwriter-rows", "openpyxl", "openpyxl-rows")
"""Those that can do tables, charts and conditional formats; `-rows` writes them row by row and forgets them."""


_MOBILE = 0.55
"""iPads and iPhones of the council among all devices; the rest are thin clients and personal ones."""


def workbooks(sizes: list[int], rounds: int, folder: Path) -> Iterator[Line]:
    """The monthly pack, a list beside the other writers, and the memory of 200,000 rows."""
    for size in sizes:
        url = f"sqlite:///{folder / f'estate-{size}.db'}"
        in_child("estate", size, url, 3 if size < 200_000 else 0)
        if size < 200_000:
            packs = [in_child("report", url, folder, "monthly") for _ in range(rounds)]
            target = {2_000: "≤ 2 s", 20_000: "≤ 12 s"}.get(size, "")
            value = f"{seconds(median(one.seconds for one in packs))}, {seconds(median(one.cpu for one in packs))} CPU"
            yield Line("monthly pack, XLSX", f"{size:,}", "", target, value)
            peak = max(one.peak_mb for one in packs)
            yield Line("monthly pack, peak memory", f"{size:,}", "", "", f"{peak:.0f} MB")
        took = [in_child("report", url, folder, "estate") for _ in range(rounds)]
        if size == 20_000:
            for writer in WRITERS:
                others = [in_child("sheet", writer, size, folder) for _ in range(rounds)]
                yield compared(f"estate export beside {writer}", f"{size:,}", [one.seconds for one in took],
                               [one.seconds for one in others], "≤ 1×")  # fmt: skip
        peak = max(one.peak_mb for one in took)
        target = "≤ 250 MB" if size >= 200_000 else ""
        yield Line("estate export, peak memory", f"{size:,}", "", target, f"{peak:.0f} MB")


def estate(devices: str, url: str, nights: str) -> Took:
    """Make a register of one council with so many devices, and read its tenant for some nights."""
    from fleet.commands.sync import SyncOptions, sync_tenant
    from fleet.config import TenantConfig
    from fleet.database import Database
    from fleet.demo.estate import generate
    from fleet.demo.graph_view import graph_view
    from fleet.demo.register import load_register
    from fleet.domain.records import ObservedTenant
    from fleet.intune import translate

    with timed() as took, Database(url) as database:
        made = generate(devices=round(int(devices) * _MOBILE), organisations=1, now=NOW)
        load_register(database, made)
        for night in range(1, int(nights) + 1):
            (tenant,), at = made.tenants, NOW - timedelta(days=3 - night, hours=7)
            view = graph_view(made, tenant.key, night)

            def read(
                _tenant: object, *, view: Any = view, at: datetime = at, **_: object
            ) -> tuple[ObservedTenant, Any]:
                listed = [translate.device(raw) for raw in view.devices.values()]
                people = [translate.person(raw) for raw in view.users.values()]
                return ObservedTenant(made.tenants[0].key, at, listed, people), SimpleNamespace(
                    requests=0, retries=0, seconds=0.0
                )

            config = TenantConfig(tenant.key, tenant.organisation, tenant.tenant_id, tenant.client_id)
            report = sync_tenant(database, config, SyncOptions("bench", at), read)
            assert report.complete, report.error
    return took


def report(url: str, folder: str, key: str) -> Took:
    """`fleet export KEY`, from the register to the closed file."""
    from fleet.database import Database
    from fleet.exports import write_report

    with Database(url) as database, database.read() as session, timed() as took:
        written = write_report(session, key, to="xlsx", path=Path(folder), now=NOW, actor="bench", overwrite=True)
    took.notes |= {"bytes": written.path.stat().st_size, **written.counts}
    return took


def sheet(writer: str, rows: str, folder: str) -> Took:
    """The same sheet by another writer: a table of so many devices, a conditional format, a chart. No database is read."""
    path = Path(folder) / f"{writer}.xlsx"
    with timed() as took:
        _SHEETS[writer](path, list(cells(int(rows))))
    took.notes["bytes"] = path.stat().st_size
    return took


HEADERS = tuple(f"Column {number}" for number in range(1, 32))


def cells(rows: int) -> Iterator[tuple[Any, ...]]:
    """As a list of devices has them: 24 texts, most of which repeat, 4 days, 1 moment, 2 numbers."""
    bought = date(2024, 3, 1)
    words = ("iPad", "Organisation", "Compliant", "Northbridge Council", "Civic Centre", "27.0.1", "Yes", "Yes")
    for number in range(rows):
        texts = (f"NB{number:06d}", f"S{number:010d}", f"35{number:013d}", f"8944{number:015d}", f"Hospital Team {number % 90}",
                 f"B.{chr(65 + number % 26)}.", f"NB41{number % 40:03d}", f"{number}")  # fmt: skip
        day = bought + timedelta(days=number % 700)
        yield (*texts, *words, *words, day, day, day, day, datetime(2026, 11, 22, 8, number % 60), 399.5, number % 3)


def _xlsxwriter(path: Path, rows: Sequence[tuple[Any, ...]], *, constant: bool = False) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": constant}) as book:
        page = book.add_worksheet("Devices")
        days, moments = (
            book.add_format({"num_format": "dd mmm yyyy"}),
            book.add_format({"num_format": "dd mmm yyyy hh:mm"}),
        )
        for at, header in enumerate(HEADERS):
            page.write_string(0, at, header)
        for number, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, at, value)
                elif isinstance(value, datetime):
                    page.write_datetime(number, at, value, moments)
                elif isinstance(value, date):
                    page.write_datetime(number, at, value, days)
                else:
                    page.write_number(number, at, value)
        page.conditional_format(1, 30, len(rows), 30, {"type": "cell", "criteria": ">", "value": 1, "format": days})
        page.freeze_panes(1, 1)
        if not constant:
            columns = [{"header": header} for header in HEADERS]
            page.add_table(0, 0, len(rows), len(HEADERS) - 1, {"name": "Devices", "columns": columns})
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": ["Devices", 1, 30, 12, 30]})
        page.insert_chart("AG2", chart)


def _openpyxl(path: Path, rows: Sequence[tuple[Any, ...]], *, rows_only: bool = False) -> None:
    import openpyxl
    from openpyxl.chart import BarChart, Reference
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.worksheet.table import Table

    book = openpyxl.Workbook(write_only=rows_only)
    page: Any = book.create_sheet("Devices") if rows_only else book.active
    page.freeze_panes = "B2"
    for row in (HEADERS, *rows):
        page.append(row)
    last = f"AE{len(rows) + 1}"
    page.conditional_formatting.add(f"AE2:{last}", CellIsRule(operator="greaterThan", formula=["1"]))
    table = Table(displayName="Devices", ref=f"A1:{last}")
    if rows_only:
        table._initialise_columns()
        for column, header in zip(table.tableColumns, HEADERS, strict=True):
            column.name = header
    page.add_table(table)
    chart = BarChart()
    chart.add_data(Reference(page, min_col=31, min_row=2, max_row=13))
    page.add_chart(chart, "AG2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It says that columns must be added by hand, as they were.
        book.save(path)


_SHEETS: dict[str, Any] = {
    "xlsxwriter": _xlsxwriter,
    "xlsxwriter-rows": lambda path, rows: _xlsxwriter(path, rows, constant=True),
    "openpyxl": _openpyxl,
    "openpyxl-rows": lambda path, rows: _openpyxl(path, rows, rows_only=True),
}
