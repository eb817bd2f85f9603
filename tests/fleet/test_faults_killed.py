"""A sync that is killed, at any point of it: the register is as before or fully done, and the next sync knows which."""

import json
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.database import Database
from fleet.database.models import Run
from fleet.database.verify import verify
from fleet.demo.service.core import RequestLog
from tests.fleet.forking import Forking
from tests.fleet.test_faults import RANDOM, Contents, different
from tests.fleet.town import KEY, Town

KILLED = -9
ROOT = Path(__file__).parents[2]


class KillAt(list[RequestLog]):
    """The service's list of requests, that kills a process before the n-th is answered."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted = wanted
        self.process: int | None = None
        self._lock = threading.Lock()

    def append(self, request: RequestLog) -> None:
        with self._lock:
            super().append(request)
            if len(self) == self.wanted and self.process is not None:
                os.kill(self.process, 9)


class Syncing(Forking):
    """The process whose children sync."""

    def run(self, town: Town, started: Callable[[int], None] = lambda _: None, **trap: float) -> int:
        """Sync a tenant in a child; `started` is told its process number before it begins. Returns how it ended."""
        return self.obey({"arguments": ["--home", str(town.home), "sync", "--tenant", KEY], **trap}, started)


@pytest.fixture(scope="module")
def syncing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Syncing]:
    """One process for all kills of this file: starting Python costs more than a sync."""
    found = Syncing("tests.fleet.killing", tmp_path_factory.mktemp("syncing"), "nightly")
    yield found
    found.close()


@pytest.fixture
def killed_town(either_town: Town) -> Town:
    """On both databases."""
    return configured(either_town)


def configured(town: Town) -> Town:
    """The town, with config.toml naming its register: children read it from there."""
    path = town.home / "config.toml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("database =")]
    path.write_text("\n".join([f"database = {json.dumps(town.url)}", *kept]), encoding="utf-8")
    return town


@pytest.fixture(scope="module")
def good(town_service: Town, sqlite_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """The register after a good sync."""
    import shutil
    from dataclasses import replace

    path = tmp_path_factory.mktemp("good") / "fleet.db"
    shutil.copyfile(sqlite_town, path)
    town = replace(town_service, url=f"sqlite:///{path}")
    town.night(2)
    assert town.sync().complete
    return town.contents(RANDOM)


def judge(town: Town, before: Mapping[str, list[Any]], good: Contents) -> str:
    """Whole in every way, and either as before or fully done. Returns the state of the run."""
    after = town.contents()
    applied = different(before, after) != {}
    if applied:
        assert different(good, {name: rows for name, rows in after.items() if name in good}) == {}
    with Database(town.url, create=False) as database, database.read() as session:
        assert verify(session).problems == []
    run: Run = town.last_run()
    assert run.state == ("complete" if applied else "running")
    assert run.process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(run.process, 0)
    return str(run.state)


def is_buried_and_repaired(town: Town, state: str, good: Contents) -> None:
    """The next sync finds the dead run, says that it was killed, and does what was left to do."""
    dead = town.last_run().id
    town.night(2)
    again = town.sync()
    assert (again.complete, again.error) == (True, None)
    if state == "running":
        after = town.contents(RANDOM)
        if town.url.startswith("sqlite"):
            assert different(good, after) == {}
        # PostgreSQL never gives a number twice, not even one of a transaction that was rolled back.
        assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in good.items()}
    with Database(town.url, create=False) as database, database.read() as session:
        run = session.get_one(Run, dead)
        if state == "running":
            assert (run.state, run.lease_until) == ("killed", None)
            assert "stopped before it finished" in (run.error or "")
        assert verify(session).problems == []


def kill_at_request(town: Town, syncing: Syncing, good: Contents, number: int) -> None:
    before = town.contents()
    requests = KillAt(number)
    town.service.requests = requests

    def started(process: int) -> None:
        requests.process = process

    ended = syncing.run(town, started)
    town.service.requests = []
    assert ended == KILLED
    assert judge(town, before, good) == "running"
    is_buried_and_repaired(town, "running", good)


def kill_at_statement(town: Town, syncing: Syncing, good: Contents, number: int) -> str:
    before = town.contents()
    assert syncing.run(town, statement=number) == KILLED
    state = judge(town, before, good)
    is_buried_and_repaired(town, state, good)
    return state


def test_a_sync_that_nobody_kills_ends_well(killed_town: Town, syncing: Syncing, good: Contents) -> None:
    assert syncing.run(killed_town) == 0, syncing.log.read_text()
    assert different(good, killed_town.contents(RANDOM)) == {}
    assert killed_town.last_run().state == "complete"


@pytest.mark.crash
@pytest.mark.parametrize("number", [1, 3, 6, 9])
def test_killed_while_it_reads(killed_town: Town, syncing: Syncing, good: Contents, number: int) -> None:
    kill_at_request(killed_town, syncing, good, number)


@pytest.mark.crash
@pytest.mark.parametrize("number", [1, 6, 11, 16, 21])
def test_killed_while_it_applies(killed_town: Town, syncing: Syncing, good: Contents, number: int) -> None:
    assert kill_at_statement(killed_town, syncing, good, number) == "running"


def test_killed_at_the_last_moment_before_the_commit(killed_town: Town, syncing: Syncing, good: Contents) -> None:
    assert kill_at_statement(killed_town, syncing, good, 0) == "running"


def test_killed_right_after_the_commit(killed_town: Town, syncing: Syncing, good: Contents) -> None:
    assert kill_at_statement(killed_town, syncing, good, -1) == "complete"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again_at_any_moment(killed_town: Town, syncing: Syncing, good: Contents, seed: int) -> None:
    """Fifty kills each, at moments that nobody chose, one after the other on the same register."""
    town = killed_town
    chance = random.Random(seed)
    first = town.contents(RANDOM)
    ended = []
    for _ in range(50):
        town.night(2)
        ended.append(syncing.run(town, after=chance.uniform(0.01, 0.6)))
        with Database(town.url, create=False) as database, database.read() as session:
            assert verify(session).problems == []
        if 0 not in ended:
            after = town.contents(RANDOM)
            assert different(first, after) == {} or different(good, after) == {}
    assert ended.count(-signal.SIGALRM) > 10
    town.night(2)
    assert town.sync().complete
