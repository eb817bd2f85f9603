"""Opening the register, reading it, writing to it: what a person is told when it can't be done, and what is left."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from fleet.database import Database, register
from fleet.database.engine import open_engine
from fleet.database.history import NotInATransaction
from fleet.database.models import Device, Organisation, Site
from fleet.errors import Conflict, DatabaseUnavailable, NoAccess
from tests.conftest import Backend, CountQueries, SqliteFiles
from tests.factory import ACTOR, NOW, a_device, an_organisation, dump, value, write

NOBODY = 65534


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def set_revision(url: str, revision: str) -> None:
    driver = url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(driver)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


def allow_no_more_pages(opened: Database) -> None:
    """Let the disk be full: SQLite may not add a page to the file as it is."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(opened.engine, "connect", limit)
    opened.engine.dispose()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that an ordinary user may enter: pytest's own are closed to everybody else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@pytest.fixture
def as_ordinary_user() -> Iterator[None]:
    """Nothing is read-only for root: do as somebody else would."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# --- what is found at the address ---------------------------------------------------------------------------


def test_an_empty_database_becomes_a_register(backend: Backend) -> None:
    """The first start needs no separate step."""
    with Database(backend.empty()) as opened:
        an_organisation(opened)


def test_an_empty_database_is_left_alone_when_nobody_asked_to_make_one(backend: Backend) -> None:
    """A mistyped address must not become a second register."""
    url = backend.empty()
    with pytest.raises(DatabaseUnavailable) as caught:
        Database(url, create=False)
    assert (caught.value.code, caught.value.exit_code) == ("no-register", 4)


def test_a_register_of_a_newer_program_is_refused(backend: Backend) -> None:
    """An old program would not write what the new one relies on."""
    url = backend.migrated()
    set_revision(url, "9999")
    with pytest.raises(DatabaseUnavailable, match=r"newer Fleet.*9999.*Update Fleet") as caught:
        Database(url)
    assert (caught.value.code, caught.value.exit_code) == ("newer", 4)


def test_upgrading_a_register_of_a_newer_program_is_refused(backend: Backend) -> None:
    url = backend.migrated()
    set_revision(url, "9999")
    engine = open_engine(url)
    try:
        with pytest.raises(DatabaseUnavailable, match=r"newer Fleet.*9999.*Update Fleet") as caught:
            register.upgrade(engine)
    finally:
        engine.dispose()
    assert caught.value.code == "newer"


def test_a_register_of_an_older_program_asks_for_a_backup_and_an_upgrade(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Migrations run when a person says so, not by opening."""
    url = backend.migrated()
    monkeypatch.setattr(register, "REVISIONS", (*register.REVISIONS, "9998"))
    with pytest.raises(DatabaseUnavailable, match=r"older Fleet.*backup.*fleet db upgrade") as caught:
        Database(url)
    assert (caught.value.code, caught.value.exit_code) == ("older", 4)


def test_a_database_of_something_else_is_refused_and_left_as_it_was(backend: Backend) -> None:
    """Somebody named the wrong database."""
    url = backend.empty()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE payroll (id INTEGER)"))
    with pytest.raises(DatabaseUnavailable) as caught:
        Database(url)
    assert caught.value.code == "no-register"
    with engine.connect() as connection:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if backend.name == "sqlite"
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        assert [row[0] for row in connection.execute(text(query))] == ["payroll"]
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(sqlite: SqliteFiles) -> None:
    """A workbook named fleet.db stays a workbook."""
    path = path_of(sqlite.empty())
    path.write_bytes(b"PK\x03\x04 this is a workbook" * 200)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnavailable, match="damaged or is not a register") as caught:
        Database(f"sqlite:///{path}")
    assert (caught.value.code, caught.value.exit_code) == ("damaged", 4)
    assert path.read_bytes() == before


def test_a_file_cut_short_is_called_damaged(sqlite: SqliteFiles) -> None:
    """A copy that was interrupted."""
    path = path_of(sqlite.migrated())
    path.write_bytes(path.read_bytes()[: 4096 * 20])
    with pytest.raises(DatabaseUnavailable) as caught, Database(f"sqlite:///{path}") as opened:
        dump(opened)
        an_organisation(opened)
    assert caught.value.code == "damaged"


def test_a_folder_in_place_of_the_file_is_refused(sqlite: SqliteFiles) -> None:
    """FLEET_DATABASE_URL names the folder instead of the file."""
    with pytest.raises(DatabaseUnavailable) as caught:
        Database(f"sqlite:///{sqlite.folder}")
    assert (caught.value.code, caught.value.exit_code) == ("unwritable", 4)


def test_a_folder_that_cant_be_made_is_named(sqlite: SqliteFiles) -> None:
    """Part of the path is a file."""
    (sqlite.folder / "file").write_text("x")
    with pytest.raises(DatabaseUnavailable, match="can't be made"):
        Database(f"sqlite:///{sqlite.folder / 'file' / 'deeper' / 'fleet.db'}")


def test_a_postgresql_server_that_is_not_there_is_a_source_that_does_not_answer(tmp_path: Path) -> None:
    """One line, no traceback, exit code 4."""
    with pytest.raises(DatabaseUnavailable, match="FLEET_DATABASE_URL") as caught:
        Database(f"postgresql://nobody@/fleet?host={tmp_path}")
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.message


def test_a_postgresql_database_that_is_not_there_says_so(backend: Backend) -> None:
    """The server is there, the name is wrong."""
    if backend.name == "sqlite":
        return
    url = backend.empty()
    with pytest.raises(DatabaseUnavailable, match="does not exist") as caught:
        Database(url.replace("fleet_test_", "no_such_"))
    assert "\n" not in caught.value.message


# --- writing that can't be done ------------------------------------------------------------------------------


def test_a_register_that_another_program_is_writing_to_is_busy(
    sqlite: SqliteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who waits is told what to wait for, and nothing is half written."""
    monkeypatch.setattr("fleet.database.engine.BUSY_TIMEOUT_MS", 20)
    url = sqlite.migrated()
    with Database(url) as opened, closing(sqlite3.connect(path_of(url), isolation_level=None)) as other:
        before = dump(opened)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match=r"busy.*try again") as caught:
            an_organisation(opened)
        assert (caught.value.code, caught.value.exit_code) == ("locked", 4)
        with opened.read() as session:  # Who only reads does not wait.
            assert session.query(Organisation).count() == 0
        other.execute("ROLLBACK")
        assert dump(opened) == before
        an_organisation(opened)


def test_a_full_disk_changes_nothing_and_the_register_goes_on_when_there_is_space(sqlite: SqliteFiles) -> None:
    """SQLite has rolled back by itself by then: rolling back again must not be the error people read."""
    url = sqlite.migrated()
    with Database(url) as opened:
        owner = an_organisation(opened)
        before = dump(opened)
        allow_no_more_pages(opened)
        with pytest.raises(DatabaseUnavailable, match=r"disk is full\. Nothing was changed") as caught:
            write(opened, *(Site(organisation_id=owner, name=f"Site {n} {'x' * 900}") for n in range(200)))
        assert (caught.value.code, caught.value.exit_code) == ("disk-full", 4)
        assert dump(opened) == before
    with Database(url) as opened:
        assert dump(opened) == before
        write(opened, Site(organisation_id=owner, name="Depot"))


def test_a_disk_that_fills_up_while_history_is_written_changes_nothing(sqlite: SqliteFiles) -> None:
    """The rows fit, their history does not: neither is kept."""
    url = sqlite.migrated()
    with Database(url) as opened:
        owner = an_organisation(opened)
        before = dump(opened)
        allow_no_more_pages(opened)
        with (
            pytest.raises(DatabaseUnavailable, match="disk is full"),
            opened.transaction(actor=ACTOR, action="test", now=NOW, reason="r" * 200_000) as session,
        ):
            session.add(Site(organisation_id=owner, name="Depot"))
        assert dump(opened) == before


@pytest.mark.usefixtures("as_ordinary_user")
def test_a_read_only_file_can_be_read_or_refused_but_not_written(shared_folder: Path, sqlite_template: Path) -> None:
    """Somebody else's register, or a copy put away for the auditors."""
    euid = os.geteuid()
    os.seteuid(os.getuid())
    path = shared_folder / "fleet.db"
    path.write_bytes(sqlite_template.read_bytes())
    path.chmod(0o444)
    shared_folder.chmod(0o555)
    before = path.read_bytes()
    os.seteuid(euid)
    with pytest.raises(DatabaseUnavailable, match="permissions") as caught, Database(f"sqlite:///{path}") as opened:
        an_organisation(opened)
    assert (caught.value.code, caught.value.exit_code) == ("unwritable", 4)
    assert path.read_bytes() == before


# --- transactions --------------------------------------------------------------------------------------------


def test_an_error_inside_a_transaction_undoes_all_of_it(database: Database) -> None:
    """Flushed or not, with history or without."""
    before = dump(database)
    with (
        pytest.raises(ZeroDivisionError),
        database.transaction(actor=ACTOR, action="test", now=NOW) as session,
    ):
        session.add(Organisation(key="northbridge", name="Northbridge"))
        session.flush()
        raise ZeroDivisionError
    assert dump(database) == before


def test_a_reading_session_refuses_to_write(database: Database) -> None:
    """Insert, update and delete alike: all writing leaves an event."""
    owner = an_organisation(database)
    device = a_device(database, owner)
    before = dump(database)
    with pytest.raises(NotInATransaction), database.read() as session:
        session.add(Site(organisation_id=owner, name="Depot"))
        session.flush()
    with pytest.raises(NotInATransaction), database.read() as session:
        session.get_one(Device, device).status = "lost"
        session.flush()
    with pytest.raises(NotInATransaction), database.read() as session:
        session.delete(session.get_one(Device, device))
        session.commit()
    assert dump(database) == before


def test_an_operator_who_may_only_read_is_told_so_before_anything_is_touched(
    database: Database, count_queries: CountQueries
) -> None:
    """Exit code 5, and not one statement."""
    with (
        count_queries(database) as statements,
        pytest.raises(NoAccess, match="may read the register but not change it") as caught,
        database.transaction(actor="an.auditor", action="test", now=NOW, may_write=False),
    ):
        pass
    assert caught.value.exit_code == 5
    assert statements == []


def test_an_empty_transaction_leaves_no_event(database: Database) -> None:
    """Nothing was done, so nothing is told."""
    before = dump(database)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.get(Device, 1)
    assert dump(database) == before
    assert session.info["head"] is None


def test_two_people_who_edit_the_same_device_do_not_overwrite_each_other(backend: Backend) -> None:
    """Both looked at the same version: the second is told, and the first one's change stands."""
    url = backend.migrated()
    with Database(url) as first, Database(url) as second:
        owner = an_organisation(first)
        device = a_device(first, owner, notes="as bought")
        with second.read() as session:
            seen = session.get_one(Device, device)
        with first.transaction(actor=ACTOR, action="test", now=NOW) as session:
            session.get_one(Device, device).notes = "cracked screen"
        with (
            pytest.raises(Conflict, match="Somebody else changed this") as caught,
            second.transaction(actor="someone.else", action="test", now=NOW) as session,
        ):
            session.add(seen)
            seen.notes = "new battery"
        assert caught.value.code == "conflict"
        assert value(first, Device.notes, device) == "cracked screen"
        assert value(first, Device.version, device) == 2


def test_two_people_who_edit_the_same_person_do_not_overwrite_each_other(database: Database) -> None:
    """A person has a version as well."""
    from fleet.database.models import Person

    owner = an_organisation(database)
    row = Person(organisation_id=owner, display_name="Bryn Hale")
    write(database, row)
    with database.read() as session:
        seen = session.get_one(Person, row.id)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.get_one(Person, row.id).job_title = "Social worker"
    with pytest.raises(Conflict), database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        session.add(seen)
        seen.job_title = "Team manager"
    assert value(database, Person.job_title, row.id) == "Social worker"
