"""How tests are collected: which are left to the long runs, in what order the others come, and who compiles their files."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Of a whole run, each worker first imports another part of the tests.

    pytest rewrites and compiles every file of tests; where nothing is compiled yet, workers that go through the files side by
    side would each do all of it, and like this find what the others have done.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [Path(one).absolute() for one in session.config.args] != [TESTS]:
        return
    names = [
        ".".join(path.relative_to(TESTS.parent).with_suffix("").parts) for path in sorted(TESTS.rglob("test_*.py"))
    ]
    begin = int(worker["workerid"].removeprefix("gw")) * len(names) // worker["workercount"]
    for name in names[begin:] + names[:begin]:
        with suppress(Exception, pytest.skip.Exception):  # Collecting it raises it again, and says so.
            import_module(name)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """A crash run that stands for others runs on SQLite; on PostgreSQL it is part of the long runs. Long tests begin."""
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if item.get_closest_marker("crash") and "postgresql" in params.values():
            item.add_marker(pytest.mark.soak)
    yield
    _long_ones_first(items, getattr(config, "workerinput", {}).get("workercount", 1))


def _long_ones_first(items: list[pytest.Item], workers: int) -> None:
    """Each worker begins with its share of them, so that none is left with one when the others have nothing to do.

    pytest-xdist deals the list out in as many parts as there are workers, the rest of a division to the last ones.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    left, items[:] = len(items), []
    for number in range(workers):
        part, mine = left // (workers - number), long[number::workers]
        items += mine + others[: max(part - len(mine), 0)]
        del others[: max(part - len(mine), 0)]
        left -= part
    items += others


def pytest_collection_finish() -> None:
    """Leave what was imported and collected to itself: looking through it for cycles again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
