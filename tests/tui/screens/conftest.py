"""The small real estate, for screens that are tested on commands and queries."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.database import Database
from tests.conftest import SqliteFiles
from tests.tui.real_register import Estate


@pytest.fixture(scope="session")
def made_estate(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """The estate in a file of its own; to be copied."""
    path = tmp_path_factory.mktemp("estate") / "register.db"
    shutil.copyfile(sqlite_template, path)
    with Database(f"sqlite:///{path}") as database:
        return Estate(database, path.parent)


@pytest.fixture
def estate(made_estate: Estate, sqlite: SqliteFiles, tmp_path: Path) -> Iterator[Estate]:
    """A register in a file; the port's own tests run on both databases."""
    url = sqlite.empty()
    shutil.copyfile(made_estate.register.database.url.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
    with Database(url, create=False) as database:
        yield made_estate.again(database, tmp_path)
