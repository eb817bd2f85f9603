"""What the two databases' errors mean to a person: one line, the right code, never the row."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from fleet.database import Database
from fleet.database.engine import explain, open_engine, plain_errors, refuse_network_file_system
from fleet.database.models import Device, Person
from fleet.errors import ConfigurationProblem, Conflict, DatabaseUnavailable, FleetError
from tests.conftest import SqliteFiles
from tests.factory import ACTOR, NOW, a_device, a_person, an_organisation, dump, write


def sqlite_error(name: str) -> OperationalError:
    original = sqlite3.OperationalError("as SQLite words it")
    original.sqlite_errorname = name
    return OperationalError("SELECT secret", {}, original)


@pytest.mark.parametrize("url", ["", "fleet.db", "not a url", "sqlite:/x:y@:z/"])
def test_an_address_that_is_none_is_a_mistake_in_the_configuration(url: str) -> None:
    """With both forms that would be right."""
    with pytest.raises(ConfigurationProblem) as caught:
        open_engine(url)
    assert caught.value.exit_code == 2


def test_another_kind_of_database_is_named() -> None:
    """It was meant well."""
    with pytest.raises(ConfigurationProblem, match="not mysql"):
        open_engine("mysql://root@localhost/fleet")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_BUSY_SNAPSHOT", "locked"),
        ("SQLITE_LOCKED", "locked"),
        ("SQLITE_FULL", "disk-full"),
        ("SQLITE_IOERR_WRITE", "disk-full"),
        ("SQLITE_IOERR_FSYNC", "disk-full"),
        ("SQLITE_IOERR_SHMSIZE", "disk-full"),
        ("SQLITE_CORRUPT", "damaged"),
        ("SQLITE_CORRUPT_INDEX", "damaged"),
        ("SQLITE_NOTADB", "damaged"),
        ("SQLITE_READONLY", "unwritable"),
        ("SQLITE_READONLY_DBMOVED", "unwritable"),
        ("SQLITE_CANTOPEN", "unwritable"),
        ("SQLITE_PERM", "unwritable"),
        ("SQLITE_IOERR_READ", "database"),
        ("", "database"),
    ],
)
def test_every_way_sqlite_fails_has_a_code_and_one_line(name: str, code: str) -> None:
    """The name is SQLite's extended one; the statement is never quoted."""
    error = explain(sqlite_error(name), "read the register")
    assert isinstance(error, DatabaseUnavailable)
    assert (error.code, error.exit_code) == (code, 4)
    assert "\n" not in error.message
    assert "SELECT" not in error.message


def test_sqlite_is_opened_our_way(sqlite: SqliteFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these was lost data or a stalled evening once."""
    monkeypatch.setattr("tests.conftest.spare_the_disk", lambda *_: None)
    with Database(sqlite.migrated()) as opened, opened.engine.connect() as connection:
        asked = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}


def test_a_writer_takes_the_lock_at_once(sqlite: SqliteFiles, count_queries: Any) -> None:
    """A transaction that reads and then writes would fail under load, whatever the timeout."""
    with Database(sqlite.migrated()) as opened:
        begun = []
        from sqlalchemy import event

        event.listen(opened.engine, "before_cursor_execute", lambda _c, _u, statement, *_: begun.append(statement))
        an_organisation(opened)
        with opened.read() as session:
            session.execute(text("SELECT 1"))
    assert [one for one in begun if one.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_network_share_is_refused_with_the_reason(tmp_path: Path, kind: str) -> None:
    """WAL's shared memory does not reach across machines."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/share {tmp_path} {kind} rw 0 0\nshort line\n")
    with pytest.raises(ConfigurationProblem, match=f"network file system \\({kind}\\).*PostgreSQL"):
        refuse_network_file_system(tmp_path / "deeper" / "fleet.db", mounts)


def test_a_local_disk_below_a_share_is_fine(tmp_path: Path) -> None:
    """The nearest mount decides."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/ / nfs rw 0 0\n/dev/sda1 {tmp_path} ext4 rw 0 0\n")
    refuse_network_file_system(tmp_path / "fleet.db", mounts)
    refuse_network_file_system(tmp_path / "fleet.db", tmp_path / "no such file")


def test_a_refused_row_names_the_rule_and_never_the_row(database: Database) -> None:
    """PostgreSQL's DETAIL and SQLAlchemy's parameters would put people into logs."""
    owner = an_organisation(database)
    a_person(database, owner, "Bryn Hale", tenant_id=None)
    with pytest.raises(Conflict) as caught:
        write(database, Person(organisation_id=owner, display_name="Cerys Holloway", state="on the moon"))
    shown = f"{caught.value.message} {caught.value.facts} {caught.value.__cause__}"
    assert "person_state" in caught.value.message
    with pytest.raises(Conflict) as blank:
        write(database, Person(organisation_id=owner, display_name=None, upn="cerys@northbridge.example"))
    assert "display_name" in blank.value.message
    assert "cerys" not in blank.value.message
    assert "Cerys" not in shown.split("DETAIL", maxsplit=1)[0]
    assert "Cerys" not in caught.value.message


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"price_pence": 2**70}, id="a number beyond 64 bits"),
        pytest.param({"notes": "half \ud83d a character"}, id="a lone surrogate"),
    ],
)
def test_a_value_that_neither_database_can_hold_is_refused_in_one_line(
    database: Database, values: dict[str, Any]
) -> None:
    """A file or a source slipped through every check before: the transaction must still end in words."""
    owner = an_organisation(database)
    before = dump(database)
    with pytest.raises(FleetError, match=r"can't be stored.*Nothing was changed") as caught:
        a_device(database, owner, **values)
    assert (caught.value.code, caught.value.exit_code) == ("unstorable", 1)
    assert dump(database) == before


def test_text_with_a_nul_is_refused_by_postgresql_in_one_line(postgresql: Any) -> None:
    """SQLite keeps it, PostgreSQL can't."""
    with Database(postgresql.migrated()) as opened:
        owner = an_organisation(opened)
        with pytest.raises(FleetError, match="can't be stored"):
            a_device(opened, owner, notes="before\x00after")


def test_our_own_errors_pass_through_as_they_are(database: Database) -> None:
    """A command's refusal is not a database's."""
    with pytest.raises(Conflict, match="as worded"), plain_errors():
        raise Conflict("as worded")
    with (
        pytest.raises(Conflict, match="as worded"),
        database.transaction(actor=ACTOR, action="test", now=NOW) as session,
    ):
        session.get(Device, 1)
        raise Conflict("as worded")


def test_a_file_that_was_moved_away_is_missed_and_nothing_is_written_where_it_went(
    sqlite: SqliteFiles, tmp_path: Path
) -> None:
    """A connection keeps the file it opened: what it wrote there would be lost, and a new one would make an empty file."""
    url = sqlite.migrated()
    path, away = Path(url.removeprefix("sqlite:///")), tmp_path / "away.db"
    with Database(url) as database:
        an_organisation(database)
        path.rename(away)
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="is not at") as caught, database.read() as session:
                session.execute(text("SELECT 1"))
            assert caught.value.code == "missing"
        with pytest.raises(DatabaseUnavailable, match="is not at"):
            write(database, Person(organisation_id=1, display_name="Lost", hay=""))
        assert not path.exists()
        away.rename(path)
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM organisation")).scalar() == 1


def test_a_copy_that_was_put_in_its_place_is_what_is_read(sqlite: SqliteFiles) -> None:
    """As after a restore while a screen is open."""
    url, other = sqlite.migrated(), sqlite.migrated()
    with Database(other) as database:
        an_organisation(database)
        an_organisation(database, "eastmere")
    with Database(url) as database:
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM organisation")).scalar() == 0
        path = Path(url.removeprefix("sqlite:///"))
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        Path(other.removeprefix("sqlite:///")).replace(path)
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM organisation")).scalar() == 2
