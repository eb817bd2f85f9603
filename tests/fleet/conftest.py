"""What tests of the whole program share: a finished demonstration, a bare environment, and the program in this process."""

import io
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.program import main
from fleet.demo.build import Demonstration, build
from fleet.demo.service import Service
from tests.conftest import PostgresqlServer, made_once
from tests.fleet.dripping import Serve, serving
from tests.fleet.town import TENANTS, Town, first_night, load_first_night, open_town

DEMO_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""The third night of every demonstration here."""
DEMO_DEVICES = 200
_RESULT = "result.pickle"
OPERATOR = "asha.penrose"
_MEDDLING = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
)


@dataclass(frozen=True)
class Built:
    """A finished demonstration: its folder, its register, and what the builder said of it."""

    home: Path
    url: str
    result: Demonstration


@pytest.fixture(scope="session")
def sqlite_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A small demonstration on SQLite; look, but do not touch."""

    def make(folder: Path) -> None:
        result = build(folder, now=DEMO_NOW, devices=DEMO_DEVICES)
        (folder / _RESULT).write_bytes(pickle.dumps(result))

    home = made_once(tmp_path_factory, "demonstration", make)
    result = pickle.loads((home / _RESULT).read_bytes())
    (home / _RESULT).unlink()
    return Built(home, f"sqlite:///{home / 'fleet.db'}", replace(result, home=home))


@pytest.fixture(scope="session")
def postgresql_demonstration(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: PostgresqlServer
) -> Iterator[Built]:
    """The same on PostgreSQL."""
    home = tmp_path_factory.mktemp("demonstration-postgresql") / "home"
    name = postgresql_server.create()
    url = postgresql_server.address(name)
    yield Built(home, url, build(home, now=DEMO_NOW, devices=DEMO_DEVICES, database_url=url))
    postgresql_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def demonstration(request: pytest.FixtureRequest) -> Built:
    """Both demonstrations, one after the other; look, but do not touch."""
    found: Built = request.getfixturevalue(f"{request.param}_demonstration")
    return found


@pytest.fixture
def own_register(request: pytest.FixtureRequest, demonstration: Built, tmp_path: Path) -> Iterator[str]:
    """A copy of the demonstration's register that the test may change; its URL."""
    if demonstration.url.startswith("sqlite"):
        copy = tmp_path / "own.db"
        shutil.copyfile(demonstration.url.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name = server.create(demonstration.url.rpartition("/")[2].partition("?")[0])
    yield server.address(name)
    server.drop(name)


@dataclass(frozen=True)
class Outcome:
    """What one call of the program left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Program = Callable[..., Outcome]


@pytest.fixture
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine that runs the tests: no proxy, no home, no register of its own; a fixed night."""
    for name in (*_MEDDLING, *map(str.lower, _MEDDLING), "FLEET_HOME", "FLEET_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nobody" / "data"))
    monkeypatch.setenv("FLEET_NOW", DEMO_NOW.isoformat())
    monkeypatch.setenv("FLEET_OPERATOR", OPERATOR)


@pytest.fixture
def program(
    bare_environment: None, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Program:
    """`program("devices", "--json", stdin="...")` calls `fleet` in this process."""

    def call(*arguments: str, stdin: str | bytes = b"") -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, out.decode(), err.decode())

    return call


@pytest.fixture
def home(tmp_path: Path, sqlite_demonstration: Built, bare_environment: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demonstration of the test's own, as FLEET_HOME."""
    copy = tmp_path / "home"
    shutil.copytree(sqlite_demonstration.home, copy)
    monkeypatch.setenv("FLEET_HOME", str(copy))
    return copy


# --- a town: a small service and a register one night behind it ------------------------------------------------


@pytest.fixture(scope="module")
def town_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The service with its configuration; the register comes from `town`."""
    home = tmp_path_factory.mktemp("town")
    with Service([first_night(key) for key in TENANTS], folder=home) as service:
        town = open_town(service, home)
        yield town
        for url in town.registers:
            town.let_go(url)


@pytest.fixture(scope="module")
def sqlite_town(town_service: Town, sqlite_template: Path) -> Path:
    """A SQLite register that knows the first night; to be copied."""
    path = town_service.home / "night-1.db"
    shutil.copyfile(sqlite_template, path)
    load_first_night(town_service, f"sqlite:///{path}")
    town_service.let_go(f"sqlite:///{path}")  # All of it is in the one file then.
    return path


@pytest.fixture(scope="module")
def postgresql_town(town_service: Town, postgresql_server: PostgresqlServer) -> Iterator[str]:
    """A PostgreSQL register that knows the first night; the name of its database, to be copied."""
    name = postgresql_server.create(postgresql_server.template)
    load_first_night(town_service, postgresql_server.address(name))
    town_service.let_go(postgresql_server.address(name))
    yield name
    postgresql_server.drop(name)


@pytest.fixture
def town_on_sqlite(town_service: Town, sqlite_town: Path) -> Town:
    """The service on its second night, and a SQLite register that knows the first."""
    path = sqlite_town.with_name("night-2.db")
    town_service.let_go(f"sqlite:///{path}")
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copyfile(sqlite_town, path)
    town_service.night(2)
    return replace(town_service, url=f"sqlite:///{path}", waits=[])


@pytest.fixture(scope="module")
def night_2_on_postgresql(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The name of the database that every test of the module is given, made anew for each."""
    name = postgresql_server.create()
    yield name
    postgresql_server.drop(name)


@pytest.fixture
def town_on_postgresql(
    town_service: Town, postgresql_town: str, night_2_on_postgresql: str, postgresql_server: PostgresqlServer
) -> Town:
    """The same with its register on PostgreSQL."""
    url = postgresql_server.address(night_2_on_postgresql)
    town_service.let_go(url)
    postgresql_server.drop(night_2_on_postgresql)
    postgresql_server.run(f'CREATE DATABASE "{night_2_on_postgresql}" TEMPLATE "{postgresql_town}"')
    town_service.night(2)
    return replace(town_service, url=url, waits=[])


@pytest.fixture
def town(town_on_sqlite: Town) -> Town:
    """A town for tests to which the kind of database is all the same."""
    return town_on_sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def either_town(request: pytest.FixtureRequest) -> Town:
    """A town on both databases, one after the other."""
    found: Town = request.getfixturevalue(f"town_on_{request.param}")
    return found


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server whose answers are what the test writes."""
    with serving() as start:
        yield start
