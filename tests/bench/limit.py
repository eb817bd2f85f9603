"""The limit program: the least that a program in Python must do to get the devices of a tenant into SQLite.

It reads the same pages over one kept-alive connection with requests, parses them with orjson, and writes the same
rows with one executemany in one transaction, the database opened as the register is (WAL, synchronous=FULL).
"""

import sqlite3
from collections.abc import Iterator
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
