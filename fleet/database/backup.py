"""A copy of a SQLite register that is a good one: copying a live WAL file was a bad backup 15 of 15 times."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from fleet.database.register import Database
from fleet.errors import DatabaseUnavailable, NotAllowed


def back_up(database: Database, target: Path) -> str:
    """Copy through SQLite's backup interface, check the copy, put it in place whole; returns its SHA-256.

    Raises `NotAllowed` for PostgreSQL (pg_dump does that) and for a target that exists.
    """
    url = make_url(database.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise NotAllowed("A PostgreSQL register is backed up with pg_dump (docs/OPERATIONS.md).")
    if target.exists():
        raise NotAllowed(f"{target} exists. Name another file.")
    partial = target.with_name(target.name + ".partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise DatabaseUnavailable(
                f"The copy is damaged ({verdict}). The register itself may be: fleet db verify", code="damaged"
            )
        digest = hashlib.sha256(partial.read_bytes()).hexdigest()
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnavailable(f"{target} could not be written: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return digest
