"""The small real estate, for screens that are tested on commands and queries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.database import Database
from tests.conftest import SqliteFiles
from tests.tui.real_register import Estate


@pytest.fixture
def estate(sqlite: SqliteFiles, tmp_path: Path) -> Iterator[Estate]:
    """A register in a file; the port's own tests run on both databases."""
    database = Database(sqlite.migrated())
    yield Estate(database, tmp_path)
    database.close()
