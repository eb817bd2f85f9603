"""What tests of commands say about the demonstration's register."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fleet.database import Database
from tests.factory import dump
from tests.fleet.conftest import DEMO_NOW

HOSTILE = "iPad \x1b]0;owned\x07 [red]\u202edrowssap\u200b\x9b2J 'O\u2019Brien'"
"""A device name that would steer a terminal: OSC, C1, markup, bidirectional and zero-width characters."""

Register = Callable[[], Database]


@pytest.fixture
def register(home: Path) -> Register:
    """Opens the register of the test's own demonstration."""
    return lambda: Database(f"sqlite:///{home / 'fleet.db'}", create=False)


@pytest.fixture
def contents(register: Register) -> Callable[[], dict[str, list[tuple[Any, ...]]]]:
    """Everything in the register, to be compared before and after."""

    def look() -> dict[str, list[tuple[Any, ...]]]:
        with register() as database:
            return dump(database)

    return look


@pytest.fixture
def change(register: Register) -> Callable[[Callable[[Session], Any]], Any]:
    """Writes to the register behind the program's back, as an event of its own."""

    def write(act: Callable[[Session], Any]) -> Any:
        with register() as database, database.transaction(actor="test", action="test", now=DEMO_NOW) as session:
            return act(session)

    return write
