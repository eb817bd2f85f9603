"""A copy made while others write is whole, checked and readable; a bad target leaves nothing behind."""

import hashlib
import threading
from pathlib import Path

import pytest

from fleet.database import Database, verify
from fleet.database.backup import back_up
from fleet.errors import DatabaseUnavailable, NotAllowed
from tests.conftest import Backend
from tests.factory import a_site, dump
from tests.fleet.commands.estate import an_estate


def test_a_copy_of_a_register_in_use_is_whole(sqlite: Backend, tmp_path: Path) -> None:
    """With another connection open and its newest commits still in the WAL; the chain of the copy holds."""
    with Database(sqlite.migrated(), create=False) as database:
        estate = an_estate(database)
        target = tmp_path / "copy.db"
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set() and number < 200:
                a_site(database, estate.organisation, f"Site {number}")
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            digest = back_up(database, target)
        finally:
            stop.set()
            writer.join(30)
        assert digest == hashlib.sha256(target.read_bytes()).hexdigest()
        assert target.stat().st_mode & 0o077 == 0
        assert not list(tmp_path.glob("*.partial*"))
        with Database(f"sqlite:///{target}", create=False) as copy, copy.read() as session:
            assert verify.verify(session).problems == []
            assert dump(copy)["device"] == dump(database)["device"]


def test_a_copy_never_goes_over_another_file_or_nowhere(sqlite: Backend, tmp_path: Path) -> None:
    """Said, and nothing left."""
    taken = tmp_path / "taken.db"
    taken.write_text("mine")
    with Database(sqlite.migrated(), create=False) as database:
        with pytest.raises(NotAllowed, match="exists"):
            back_up(database, taken)
        with pytest.raises(DatabaseUnavailable, match="could not be written"):
            back_up(database, tmp_path / "no" / "such" / "folder.db")
    assert taken.read_text() == "mine"


def test_postgresql_has_its_own_way(postgresql: Backend, tmp_path: Path) -> None:
    """pg_dump."""
    with Database(postgresql.migrated(), create=False) as database, pytest.raises(NotAllowed, match="pg_dump"):
        back_up(database, tmp_path / "copy.db")
