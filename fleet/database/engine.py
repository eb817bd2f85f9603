"""How the two databases are opened, and what their errors mean to a person.

SQLite: WAL, synchronous=FULL, foreign keys, busy timeout, and our own BEGIN: IMMEDIATE for writers, because a
transaction that reads and then writes otherwise fails at once under load. PostgreSQL: time-outs on a dark link.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, DisconnectionError, IntegrityError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from fleet.errors import ConfigurationProblem, Conflict, DatabaseUnavailable, FleetError

BUSY_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 60_000
"""How long PostgreSQL lets us wait for another writer: a first sync may hold the head of history for a while."""
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"})
_POSTGRESQL_ARGUMENTS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "fleet",
}


def open_engine(url: str) -> Engine:
    """An engine for a database URL; raises `ConfigurationProblem` for a URL of another kind."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationProblem(
            "The database address is not a URL. Use sqlite:///path/to/fleet.db or postgresql://user@host/name."
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend == "postgresql":
        return _open_postgresql(parsed)
    raise ConfigurationProblem(f"Fleet keeps its register in SQLite or PostgreSQL, not {backend}.")


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise DatabaseUnavailable(f"The folder {path.parent} can't be made: {error.strerror}.") from error
        refuse_network_file_system(path)
        _make_private(path)
    is_file = url.database and url.database != ":memory:" and not url.query and not url.database.startswith("file:")
    file = _File(Path(url.database).absolute()) if is_file and url.database else None
    if file is not None:
        engine = create_engine(url, hide_parameters=True, creator=file.connect)
        event.listen(engine, "connect", file.has_connected)
        event.listen(engine, "checkout", file.about_to_use)
    else:
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _refuse_unstorable)
    return engine


class _File:
    """The register's file: no connection is used after it was moved away or replaced, for what it wrote would be lost.

    A connection keeps the file that it opened, wherever that is now; and a new one would make an empty file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def connect(self) -> sqlite3.Connection:
        """A new connection, as SQLAlchemy makes it; not to a file that was there and is gone."""
        if self._was_there:
            self._identity()
        return sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)

    def has_connected(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Remember which file that is."""
        record.info["file"] = self._identity()
        self._was_there = True

    def about_to_use(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Another file in its place: then another connection."""
        if record.info.get("file") != self._identity():
            raise DisconnectionError("another file is in its place")

    def _identity(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise DatabaseUnavailable(
                f"The register is not at {self._path} any more. Put it back, or say where it is now.", code="missing"
            ) from error
        return found.st_dev, found.st_ino


def _make_private(path: Path) -> None:
    """A register is its owner's alone from the first moment; SQLite would make a file that others can read."""
    if os.name != "posix" or path.exists():
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(f"{path} can't be made: {error.strerror}.", code="unwritable") from error


def _prepare_sqlite(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "mmap_size=268435456",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def hold_few_pages(engine: Engine) -> None:
    """Let the connections of this engine keep a megabyte of pages each; reading a large list is no slower for it."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hold_few_pages)
        engine.dispose()  # The connection that opened the register holds many.


def _hold_few_pages(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("mmap_size=0", "cache_size=-1024", "temp_store=DEFAULT"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("fleet_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _open_postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=dict(_POSTGRESQL_ARGUMENTS),
        )
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "handle_error", _refuse_unstorable)
        return engine
    except NoSuchModuleError as error:  # pragma: no cover - psycopg is a dependency
        raise ConfigurationProblem(
            "PostgreSQL needs the psycopg package, which is missing. Reinstall Fleet."
        ) from error


def _prepare_postgresql(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.autocommit = True  # In a transaction the setting would go with it.
    dbapi_connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
    dbapi_connection.autocommit = False


def refuse_network_file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raise when a SQLite file would lie on a network share, where WAL's shared memory can't work."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    target = path.resolve()
    best: tuple[int, str] = (0, "")
    for line in lines:
        fields = line.split()
        if len(fields) > 2 and target.is_relative_to(fields[1]):
            best = max(best, (len(fields[1]), fields[2]))
    if best[1] in NETWORK_FILE_SYSTEMS:
        raise ConfigurationProblem(
            f"{path} is on a network file system ({best[1]}), where SQLite can lose data. "
            "Use a local disk, or PostgreSQL through FLEET_DATABASE_URL."
        )


@contextmanager
def plain_errors(doing: str = "use the register") -> Iterator[None]:
    """Turn the driver's and SQLAlchemy's errors into ours, without the row contents they carry."""
    try:
        yield
    except StaleDataError as error:
        raise Conflict("Somebody else changed this a moment ago. Look at it again and repeat.") from error
    except DBAPIError as error:
        raise explain(error, doing) from error


_BUSY = "The register is busy: another program is writing to it. Wait for it to finish and try again."
_FULL = "The disk is full. Nothing was changed. Free some space and try again."
_FROM_POSTGRESQL = {
    "55P03": ("locked", _BUSY),
    "53100": ("disk-full", _FULL),
    "25006": (
        "read-only",
        "PostgreSQL takes no writes now: it is a standby, or its keeper made it read-only. Nothing was changed. "
        "Check FLEET_DATABASE_URL and ask who keeps the server.",
    ),
}
"""SQLSTATE -> code and sentence, where there is more to say than that it failed."""
_GAVE_WAY = frozenset({"40P01", "40001"})
"""SQLSTATEs of a transaction that the server ended for another one's sake: deadlock, serialisation failure."""


def explain(error: DBAPIError, doing: str) -> FleetError:
    """What a database error means to a person; never quotes the row (PostgreSQL's DETAIL does)."""
    if isinstance(error, IntegrityError):
        return Conflict(
            f"The register's rules refused this ({_constraint(error)}). Somebody may have been faster; look again.",
            constraint=_constraint(error),
        )
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _explain_sqlite(original, doing)
    if isinstance(error, DataError):
        return unstorable()
    state = getattr(original, "sqlstate", None) or ""
    if state in _GAVE_WAY:
        return Conflict(
            "Somebody else was changing the same at that moment. Nothing was changed: look again and repeat."
        )
    known = _FROM_POSTGRESQL.get(state)
    if known is not None:
        return DatabaseUnavailable(known[1], code=known[0])
    primary = getattr(getattr(original, "diag", None), "message_primary", None) or _why_no_connection(original)
    return DatabaseUnavailable(f"PostgreSQL could not {doing}: {primary}. Check FLEET_DATABASE_URL and the server.")


def _why_no_connection(error: BaseException | None) -> str:
    """The server's words, or libpq's: a connection that never was has no diagnosis."""
    first, *_ = str(error or "").strip().splitlines() or ["no connection"]
    return first.rpartition("FATAL:")[2].strip()


def unstorable() -> FleetError:
    """A value that no database can hold came through every check before."""
    return FleetError(
        "A value in this can't be stored: a number too large, or text with a NUL or half a character. Nothing was changed.",
        code="unstorable",
    )


def _refuse_unstorable(context: ExceptionContext) -> None:
    """Both drivers raise Python's own errors for some values, which SQLAlchemy would let through unwrapped."""
    if isinstance(context.original_exception, (OverflowError, UnicodeEncodeError)):
        raise unstorable() from context.original_exception


def _explain_sqlite(error: sqlite3.Error, doing: str) -> DatabaseUnavailable:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseUnavailable(_BUSY, code="locked")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE")):
        return DatabaseUnavailable(_FULL, code="disk-full")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseUnavailable(
            "The register's file is damaged or is not a register. Restore the last good copy (docs/OPERATIONS.md).",
            code="damaged",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return DatabaseUnavailable(
            "The register's file can't be opened for writing. Check the folder and its permissions.",
            code="unwritable",
        )
    return DatabaseUnavailable(f"SQLite could not {doing} ({name or 'unknown error'}).")


def _constraint(error: IntegrityError) -> str:
    diagnosis: Any = getattr(error.orig, "diag", None)
    if diagnosis is not None:  # Never PostgreSQL's own words: their DETAIL is the row.
        return str(diagnosis.constraint_name or f"{diagnosis.table_name}.{diagnosis.column_name}")
    return str(error.orig).split(":", 1)[-1].strip()


@contextmanager
def unmapped(session: Session) -> Iterator[None]:
    """Read through SQLite without its file being mapped into memory: for who reads all of a large register once.

    A map makes many small reads quicker; of one long read every page of it stays in memory that is never looked at again.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA mmap_size").scalar()
    connection.exec_driver_sql("PRAGMA mmap_size=0")
    yield
    connection.exec_driver_sql(f"PRAGMA mmap_size={int(before or 0)}")
