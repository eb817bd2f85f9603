"""The measured jobs. Arguments are texts: each job runs in a process of its own (see `measured.in_child`).

Imports come before the clock starts, unless starting is what is measured.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.measured import Took, timed
from tests.bench.tenant import NOW
from tests.bench.workbooks import estate, report, sheet

__all__ = ["estate", "report", "sheet"]
"""Jobs that are written elsewhere."""

ISSUED_AT_ONCE = 200

# --- sync ---------------------------------------------------------------------------------------------------


def limit(home: str, target: str) -> Took:
    """The limit program."""
    from tests.bench.limit import read_and_write, sign_in

    token = sign_in(Path(home))
    Path(target).unlink(missing_ok=True)
    with timed() as took:
        written = read_and_write(Path(home), token, Path(target))
    took.notes["rows"] = written
    return took


def limit_rows(home: str, before: str, after: str, target: str) -> Took:
    """The limit program that writes what the first sync between those two files has written."""
    from shutil import copyfile

    from tests.bench.limit import read_and_write_rows, rows_written, sign_in

    rows = rows_written(Path(before), Path(after))
    for beside in ("", "-wal", "-shm"):
        Path(target + beside).unlink(missing_ok=True)
    copyfile(before, target)
    token = sign_in(Path(home))
    with timed() as took:
        took.notes["rows"] = read_and_write_rows(Path(home), token, Path(target), rows)
    return took


def people(home: str, url: str) -> Took:
    """A register that knows the tenant, and the first sync of its people alone."""
    return _first(home, url, only="people")


def everything(home: str, url: str) -> Took:
    """A register that knows the tenant, and the first sync of its people and devices at once."""
    return _first(home, url)


def _first(home: str, url: str, **wishes: Any) -> Took:
    from fleet.commands.organisations import adopt_configuration
    from fleet.config import load_config
    from fleet.database import Database

    config = load_config(Path(home))
    with Database(url) as database:
        with database.transaction(actor="bench", action="configuration", now=NOW) as session:
            adopt_configuration(session, config)
        with timed() as took:
            result = _sync(database, config, 0, **wishes)
    took.notes |= result
    return took


def record(home: str, url: str) -> Took:
    """Record every device of the tenant that has a serial, issued to the person who enrolled it, as an import would."""
    from fleet.database import Database
    from tests.bench.recording import record_devices

    with Database(url) as database, timed() as took:
        record_devices(database, Path(home))
    return took


def sync(home: str, url: str, night: str, *wishes: str) -> Took:
    """One night, `sync_tenant` as a whole. Wishes: `users` (the export job), `details` (2,000 devices by $batch)."""
    import fleet.commands.sync
    import fleet.intune.read  # noqa: F401 - imported before the clock starts
    from fleet.config import load_config
    from fleet.database import Database

    config = load_config(Path(home))
    with Database(url) as database, timed() as took:
        result = _sync(database, config, int(night), wishes)
    took.notes |= result
    return took


def _sync(
    database: Any, config: Any, night: int, wishes: tuple[str, ...] = (), only: str | None = None
) -> dict[str, Any]:
    import fleet.intune.read
    from fleet.commands.sync import SyncOptions, sync_tenant

    def read(*arguments: Any, **options: Any) -> Any:
        return fleet.intune.read.read_tenant(*arguments, **options | {"want_primary_users": "users" in wishes})

    tenant = replace(next(iter(config.tenants.values())), enrich_per_night=2000 if "details" in wishes else 0)
    options = SyncOptions(actor="bench", now=NOW + timedelta(days=night), only=only)
    result = sync_tenant(database, tenant, options, read)
    if result.error:
        raise SystemExit(result.error)
    return {
        "devices": result.devices,
        "people": result.people,
        "findings": result.findings,
        "requests": result.requests,
    }


# --- the register -------------------------------------------------------------------------------------------


def rules(url: str) -> Took:
    """All rules over all devices, SIMs and tenants: facts read, rules run, nothing written."""
    from itertools import chain

    from fleet.commands.findings import rules_context
    from fleet.database import Database
    from fleet.demo.build import demo_rules
    from fleet.domain.rules import find_all, find_beside
    from fleet.queries.beside import sim_facts, tenant_facts
    from fleet.queries.facts import device_facts

    context = rules_context(demo_rules(), None, NOW + timedelta(days=1))
    with Database(url) as database, database.read() as session, timed() as took:
        beside = find_beside(chain(sim_facts(session), tenant_facts(session)), context)
        found = sum(1 for _ in chain(find_all(device_facts(session), (), context), beside))
    took.notes["found"] = found
    return took


def rules_limit(url: str) -> Took:
    """The rules' SELECT alone, by the bare driver."""
    import sqlite3

    from fleet.database import Database
    from fleet.queries import facts

    with Database(url) as database:
        statement = str(facts._FACTS.compile(database.engine, compile_kwargs={"literal_binds": True}))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with timed() as took:
        for _ in connection.execute(statement):
            pass
    return took


def as_at(url: str) -> Took:
    """The list of all devices as at a day before ten events of 20,000 changes each."""
    from fleet.database import Database
    from fleet.queries.as_at import devices_as_at

    with Database(url) as database, database.read() as session, timed() as took:
        took.notes["rows"] = len(devices_as_at(session, (NOW + timedelta(days=2)).date()))
    return took


def as_at_limit(url: str) -> Took:
    """The rows and the changes that an as-at list reads, by the bare driver, their JSON parsed."""
    import sqlite3

    import orjson

    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with timed() as took:
        for table in ("device", "enrolment"):
            connection.execute(f"SELECT * FROM {table}").fetchall()
        for (before,) in connection.execute("SELECT before FROM change WHERE kind = 'update'"):
            orjson.loads(before)
    return took


def age(url: str) -> Took:
    """Ten events that each change the OS version of every open enrolment."""
    from fleet.database import Database
    from tests.bench.recording import change_everything

    with Database(url) as database, timed() as took:
        for number in range(10):
            change_everything(database, NOW + timedelta(days=5 + number), f"26.{number + 1}")
    return took


def issue(home: str) -> Took:
    """`fleet issue --site ... --file ...` in this process: 200 scanned devices that are in stock, in one event."""
    import io
    import os
    from contextlib import redirect_stdout

    from fleet.cli import custody  # noqa: F401 - imported before the clock starts, as are the commands it uses
    from fleet.cli.program import main
    from fleet.commands import assignments, bundles, reservations  # noqa: F401
    from tests.bench.recording import scanned_stock

    scans = Path(home) / "scans.txt"
    scans.write_text("\n".join(scanned_stock(Path(home), ISSUED_AT_ONCE, "Depot")), encoding="utf-8")
    os.environ |= {"FLEET_NOW": (NOW + timedelta(days=30)).isoformat(), "FLEET_OPERATOR": "bench"}
    said = io.StringIO()
    command = ["--home", home, "issue", "--site", "Depot", "--file", str(scans), "--json"]
    with timed() as took, redirect_stdout(said):
        try:
            main(command)
        except SystemExit as end:
            took.notes["code"] = end.code
    took.notes["issued"] = said.getvalue().count('"sentence"')
    if took.notes["issued"] != ISSUED_AT_ONCE:
        raise SystemExit(said.getvalue()[:500])
    return took


def issue_limit(home: str) -> Took:
    """The same 200 looked up by serial, their status written and a row of custody each, by the bare driver."""
    import shutil
    import sqlite3

    copy = Path(home) / "copy.db"
    shutil.copyfile(Path(home) / "fleet.db", copy)
    connection = sqlite3.connect(copy)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    scans = (Path(home) / "scans.txt").read_text(encoding="utf-8").splitlines()
    (site,) = connection.execute("SELECT id FROM site WHERE name = 'Depot'").fetchone()
    custody = "INSERT INTO assignment (device_id, organisation_id, site_id, issued_on) VALUES (?, ?, ?, '2026-12-22')"
    connection.execute("DELETE FROM assignment WHERE site_id = ?", [site])
    connection.commit()
    with timed() as took:
        read = (connection.execute("SELECT id, organisation_id FROM device WHERE serial = ?", [one]) for one in scans)
        found = [row.fetchone() for row in read]
        connection.executemany("UPDATE device SET status = 'issued' WHERE id = ?", [one[:1] for one in found])
        connection.executemany(custody, [(*one, site) for one in found])
        connection.commit()
    return took


# --- files --------------------------------------------------------------------------------------------------


def preview(url: str, file: str) -> Took:
    """Preview of a file against the register: read, understood, compared; nothing written."""
    from fleet.commands.imports import ImportOptions, load, preview_file
    from fleet.database import Database

    with Database(url) as database, database.read() as session, timed() as took:
        seen = preview_file(session, load(Path(file)), Path(file).name, ImportOptions(), now=NOW)
    took.notes |= seen.counts
    return took


def refusals() -> Took:
    """Every file that must be refused, by the slowest of them."""
    from fleet.errors import BadFile
    from importers.engine import interpret
    from importers.sheets import read
    from tests.importers.bad_files import BAD

    slowest = Took()
    for name, (make, code) in BAD.items():
        if code is None:
            continue
        data = make()
        with timed() as took:
            try:
                interpret(read(data))
            except BadFile as refused:
                took.notes["code"] = refused.code
        if took.notes.get("code") != code:
            raise SystemExit(f"{name} was not refused as {code}")
        took.notes["file"] = name
        slowest = max(slowest, took, key=lambda one: one.seconds)
    return slowest


def preview_limit(file: str) -> Took:
    """The cells of the file by the fastest reader we know: csv, or python-calamine."""
    import csv

    import python_calamine

    with timed() as took:
        if file.endswith(".csv"):
            with Path(file).open(encoding="utf-8", newline="") as source:
                rows = list(csv.reader(source))
        else:
            rows = python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    took.notes["rows"] = len(rows)
    return took


def export(url: str, folder: str) -> Took:
    """`fleet export estate`: the whole workbook."""
    from fleet.database import Database
    from fleet.exports import write_report

    with Database(url) as database, database.read() as session, timed() as took:
        written = write_report(session, "estate", to="xlsx", path=Path(folder), now=NOW, actor="bench", overwrite=True)
    took.notes |= written.counts
    return took


def export_limit(devices: str, folder: str) -> Took:
    """A sheet of so many rows of 25 texts by XlsxWriter in constant memory."""
    import xlsxwriter

    with timed() as took:
        book = xlsxwriter.Workbook(str(Path(folder) / "limit.xlsx"), {"constant_memory": True})
        sheet = book.add_worksheet()
        for row in range(int(devices)):
            for column in range(25):
                sheet.write_string(row, column, "Northbridge 12345")
        book.close()
    return took
