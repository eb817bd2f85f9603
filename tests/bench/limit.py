"""The limit program: the least that a program in Python must do to get the devices of a tenant into SQLite.

It reads the same pages over one kept-alive connection with requests, parses them with orjson, and writes the same
rows with one executemany in one transaction, the database opened as the register is (WAL, synchronous=FULL).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson
import requests

from fleet.config import load_config
from fleet.intune.auth import token_source
from fleet.intune.read import UNKNOWN_MEMBERS
from fleet.intune.translate import SELECT_DEVICE

COLUMNS = SELECT_DEVICE.split(",")


def addresses_read(home: Path, token: str | None = None) -> Iterator[list[dict[str, Any]]]:
    """The rows of every page."""
    tenant = next(iter(load_config(home).tenants.values()))
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(tenant.ca_bundle)
        session.headers["Authorization"] = f"Bearer {token or sign_in(home)}"
        session.headers.update(UNKNOWN_MEMBERS)
        address: str | None = f"{tenant.graph}/v1.0/deviceManagement/managedDevices?$select={SELECT_DEVICE}"
        while address:
            body = orjson.loads(session.get(address, timeout=600).content)
            yield body["value"]
            address = body.get("@odata.nextLink")


REGISTER = ("device", "enrolment", "change", "finding")
"""What a first sync writes most of."""


def read_and_write_rows(home: Path, token: str, target: Path, rows: dict[str, list[Any]]) -> int:
    """The limit program once more, writing the register's own rows into its own tables with their constraints."""
    connection = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    for _ in addresses_read(home, token):
        pass
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA defer_foreign_keys=ON")
    written = 0
    for table, found in rows.items():
        marks = ", ".join("?" * len(found[0])) if found else ""
        written += connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found).rowcount if found else 0
    connection.execute("COMMIT")
    connection.close()
    return written


def rows_written(before: Path, after: Path) -> dict[str, list[Any]]:
    """The rows of the register's large tables that are in one file and not yet in the other, and the event they belong to."""
    with closing(sqlite3.connect(after)) as connection:
        connection.execute("ATTACH ? AS held", (str(before),))
        return {
            table: connection.execute(
                f"SELECT * FROM {table} WHERE id > (SELECT coalesce(max(id), 0) FROM held.{table}) ORDER BY id"
            ).fetchall()
            for table in ("run", "event", "device_model", *REGISTER)
        }


def sign_in(home: Path) -> str:
    """A token for the tenant."""
    return token_source(next(iter(load_config(home).tenants.values()))).token()


def read_and_write(home: Path, token: str, target: Path) -> int:
    """The whole limit program; returns how many rows it wrote."""
    connection = sqlite3.connect(target, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE device ({', '.join(COLUMNS)}, PRIMARY KEY (id))")
    pick = itemgetter(*COLUMNS)
    connection.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(COLUMNS))
    rows = (pick(row) for page in addresses_read(home, token) for row in page)
    written = connection.executemany(f"INSERT INTO device VALUES ({marks})", rows).rowcount
    connection.execute("COMMIT")
    connection.close()
    return written
