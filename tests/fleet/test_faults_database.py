"""A register that can't be written: full, locked, gone, damaged, from another time. Nothing is half written, and the next
sync does it all."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from fleet.commands.sync import SyncOptions, SyncResult, sync_tenant
from fleet.database import Database, engine
from fleet.database.verify import verify
from tests.fleet.conftest import Program
from tests.fleet.test_faults import different
from tests.fleet.town import CHANGES, KEY, NIGHT_2, Town

Read = Callable[..., Any]


def sync(town: Town, database: Database, read: Read | None = None) -> SyncResult:
    """A sync with a register that was opened before."""
    return sync_tenant(database, town.config.tenant(KEY), SyncOptions("nightly", NIGHT_2), read or town.read)


def fails(result: SyncResult, says: str) -> None:
    assert (result.complete, result.exit_code) == (False, 4)
    assert says in (result.error or "")
    assert "\n" not in (result.error or "")


def is_repaired(town: Town) -> None:
    """The next sync does everything, and nothing is wrong with the register."""
    again = town.sync()
    assert {"people": again.people, "devices": again.devices} == CHANGES, again.error
    with Database(town.url, create=False) as database, database.read() as session:
        assert verify(session).problems == []


def file_of(town: Town) -> str:
    return town.url.removeprefix("sqlite:///")


@contextmanager
def impatient(town: Town, *pragmas: str) -> Iterator[Database]:
    """The register, with settings of SQLite that make it refuse soon."""
    with Database(town.url, create=False) as database:
        database.engine.dispose()

        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in ("busy_timeout=20", *pragmas):
                connection.execute(f"PRAGMA {pragma}").close()

        event.listen(database.engine, "connect", prepare)
        yield database


def pages(town: Town) -> int:
    with sqlite3.connect(file_of(town)) as connection:
        found: int = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    return found


# --- full ---------------------------------------------------------------------------------------------------


def test_a_full_disk(town: Town) -> None:
    """As SQLite would tell it; disks that are really full are in another file."""
    before = town.contents()
    with impatient(town, f"max_page_count={pages(town)}") as database:
        told = sync(town, database)
    fails(told, "The disk is full. Nothing was changed. Free some space")
    assert different(before, town.contents()) == {}
    is_repaired(town)


# --- locked -------------------------------------------------------------------------------------------------


@contextmanager
def another_writer(town: Town) -> Iterator[None]:
    other = sqlite3.connect(file_of(town), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_register_that_is_locked_from_the_start(town: Town) -> None:
    before = town.contents(frozenset())
    with impatient(town) as database, another_writer(town):
        told = sync(town, database)
    fails(told, "another program is writing")
    assert told.run is None
    assert town.contents(frozenset()) == before
    is_repaired(town)


def test_a_register_that_is_locked_when_it_comes_to_applying(town: Town) -> None:
    before = town.contents()
    with impatient(town) as database, another_writer_later(town) as read:
        told = sync(town, database, read)
    fails(told, "another program is writing")
    assert town.last_run().state == "running", "it could not be noted that it failed"
    assert different(before, town.contents()) == {}
    is_repaired(town)


@contextmanager
def another_writer_later(town: Town) -> Iterator[Read]:
    """A read after which somebody else holds the register."""
    held = []

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        lock = another_writer(town)
        lock.__enter__()
        held.append(lock)
        return told

    yield read
    for lock in held:
        lock.__exit__(None, None, None)


def held_on_postgresql(town: Town, database: Database) -> SyncResult:
    """A sync that finds the head of history held when it comes to writing, and may not wait for long."""
    held = Database(town.url, create=False)
    connection = held.engine.connect()

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        connection.execute(text("SELECT hash FROM chain_head FOR UPDATE"))
        return told

    try:
        return sync(town, database, read)
    finally:
        connection.close()
        held.close()


def test_a_register_on_postgresql_that_is_locked(town_on_postgresql: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = town_on_postgresql
    before = town.contents()
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 50)
    with Database(town.url, create=False) as database:
        told = held_on_postgresql(town, database)
    fails(told, "another program is writing")
    assert told.requests > 0
    assert different(before, town.contents()) == {}
    monkeypatch.undo()
    is_repaired(town)


def test_a_postgresql_that_takes_no_writes(town_on_postgresql: Town) -> None:
    town = town_on_postgresql
    before = town.contents(frozenset())
    town.let_go(town.url)
    name = town.url.rpartition("/")[2].partition("?")[0]
    with Database(town.url, create=False) as keeper:
        with keeper.engine.begin() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        with Database(town.url, create=False) as database:
            fails(sync(town, database), "PostgreSQL takes no writes now")
        with keeper.engine.begin() as connection:  # Its connection is from before.
            connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
    assert town.contents(frozenset()) == before
    is_repaired(town)


def test_somebody_who_reads_does_not_lock(town: Town) -> None:
    other = sqlite3.connect(file_of(town), isolation_level=None)
    other.execute("BEGIN")
    before = other.execute("SELECT count(*) FROM event").fetchone()
    with impatient(town) as database:
        told = sync(town, database)
    assert (told.complete, told.error) == (True, None)
    assert other.execute("SELECT count(*) FROM event").fetchone() == before
    other.close()


def test_what_was_written_while_we_read_is_planned_upon(either_town: Town) -> None:
    """A technician moves a device between the read and the apply: both stay."""
    town = either_town

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        with (
            Database(town.url, create=False) as other,
            other.transaction(actor="asha", action="test", now=NIGHT_2) as session,
        ):
            session.execute(text("UPDATE device SET asset_tag = 'NB-NEW-TAG' WHERE id = 1"))
            session.execute(text("UPDATE chain_head SET hash = hash"))
        return told

    with Database(town.url, create=False) as database:
        told = sync(town, database, read)
        assert {"people": told.people, "devices": told.devices} == CHANGES
        with database.read() as session:
            assert session.execute(text("SELECT asset_tag FROM device WHERE id = 1")).scalar_one() == "NB-NEW-TAG"


# --- the connection goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [1, 3, 8, 15])
def test_postgresql_ends_the_connection_while_we_write(town_on_postgresql: Town, statement: int) -> None:
    town = town_on_postgresql
    before = town.contents()
    seen = {"reading": True, "statements": 0}

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        seen["reading"] = False
        return told

    with Database(town.url, create=False) as database, Database(town.url, create=False) as killer:

        def note(connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            if seen["reading"] or not connection.get_execution_options().get("fleet_write"):
                return
            seen["statements"] += 1
            if seen["statements"] == statement:
                number = connection.connection.dbapi_connection.info.backend_pid
                with killer.engine.connect() as other:
                    other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})

        event.listen(database.engine, "before_cursor_execute", note)
        told = sync(town, database, read)
    fails(told, "PostgreSQL could not sync")
    assert town.last_run().state == "failed"
    assert different(before, town.contents()) == {}
    is_repaired(town)


def test_postgresql_ends_an_idle_connection_between_two_steps(town_on_postgresql: Town) -> None:
    town = town_on_postgresql

    def read(*arguments: Any, **options: Any) -> Any:
        told = town.read(*arguments, **options)
        with Database(town.url, create=False) as other, other.engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                     "AND pid <> pg_backend_pid()")
            )  # fmt: skip
        return told

    with Database(town.url, create=False) as database:
        told = sync(town, database, read)
    assert {"people": told.people, "devices": told.devices} == CHANGES


# --- from another time, damaged, not there ------------------------------------------------------------------

EVERY_JOB = [("devices",), ("sync",), ("issue", "X", "--to", "Y"), ("runs",), ("db", "verify"), ("doctor", "--offline")]


def at(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(home))
    (home / "config.toml").touch()
    return home / "fleet.db"


@pytest.mark.parametrize("job", EVERY_JOB, ids=" ".join)
def test_a_register_newer_than_the_program(
    program: Program, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, job: tuple[str, ...]
) -> None:
    path = at(tmp_path, monkeypatch)
    connection = sqlite3.connect(path)
    with sqlite3.connect(sqlite_template) as template:
        template.backup(connection)
    template.close()
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    if job == ("sync",):
        (tmp_path / "config.toml").write_text(
            '[organisation.a]\nname = "A"\n[tenant.a]\norganisation = "a"\ntenant_id = "t"\nclient_id = "c"\nsecret_env = "S"\n'
        )
    told = program(*job)
    assert told.code == 4
    assert "The register was made by a newer Fleet (migration 9999). Update Fleet" in told.out + told.err


@pytest.mark.parametrize("job", EVERY_JOB, ids=" ".join)
def test_a_register_on_postgresql_newer_than_the_program(
    program: Program, town_on_postgresql: Town, monkeypatch: pytest.MonkeyPatch, job: tuple[str, ...]
) -> None:
    town = town_on_postgresql
    monkeypatch.setenv("FLEET_HOME", str(town.home))
    monkeypatch.setenv("FLEET_DATABASE_URL", town.url)
    with town.register().engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = program(*job)
    assert told.code == 4
    assert "The register was made by a newer Fleet (migration 9999). Update Fleet" in told.out + told.err


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"not a database at all, but long enough to be one" * 40, "damaged or is not a register"),
     (b"SQLite format 3\0" + b"\0" * 4080, "damaged")],
    ids=["text", "zeroes"],
)  # fmt: skip
def test_a_file_that_is_no_register(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, says: str
) -> None:
    path = at(tmp_path, monkeypatch)
    path.write_bytes(content)
    told = program("devices", "--json")
    assert (told.code, told.json["error"]["code"]) == (4, "damaged")
    assert says in told.err
    assert path.read_bytes() == content


def test_a_database_of_something_else(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = at(tmp_path, monkeypatch)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    told = program("devices", "--json")
    assert (told.code, told.json["error"]["code"]) == (4, "no-register")


def test_a_folder_where_the_register_should_be(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(tmp_path, monkeypatch).mkdir()
    told = program("devices")
    assert (told.code, len(told.err.splitlines())) == (4, 1)


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("nonsense", 2, "not a URL"), ("mysql://db/fleet", 2, "SQLite or PostgreSQL, not mysql"),
        ("postgresql://fleet:hunter2@127.0.0.1:1/fleet", 4, "FLEET_DATABASE_URL"), ("sqlite:////proc/nowhere/fleet.db", 4, "can't"),
    ],
)  # fmt: skip
def test_an_address_without_a_register(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, code: int, says: str
) -> None:
    at(tmp_path, monkeypatch)
    monkeypatch.setenv("FLEET_DATABASE_URL", url)
    told = program("devices")
    assert (told.code, told.out) == (code, "")
    assert says in told.err
    assert "hunter2" not in told.err
    assert len(told.err.splitlines()) == 1
    assert program("doctor", "--offline").code == code
