"""Write the file of a SQLite register anew, so that its free pages hold nothing of what was erased."""

import sqlite3
from contextlib import closing

from sqlalchemy import make_url

from fleet.database.register import Database

PATIENCE = 5.0
"""Seconds to wait for who writes."""


def scrub(database: Database, *, patience: float = PATIENCE) -> bool:
    """Leave nothing erased in the file; whether that could be done: while somebody reads or writes it can't.

    True for PostgreSQL, which writes its pages anew by itself (docs/OPERATIONS.md).
    """
    url = make_url(database.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return True
    try:
        with closing(sqlite3.connect(url.database, timeout=patience, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("VACUUM")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy
