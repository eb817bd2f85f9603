"""Months of work in random order: whatever is done, undone and done again, the same few things stay true.

Each rule is one command as the command line runs it. A command may refuse (`FleetError`); it may not half happen.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RULE_MARKER, run_state_machine_as_test

from fleet.database import Database
from tests.conftest import Backend
from tests.fleet.commands.machine.custody import Custody
from tests.fleet.commands.machine.papers import Papers
from tests.fleet.commands.machine.sources import Sources
from tests.fleet.commands.machine.truths import Truths


class Register(Custody, Papers, Sources, Truths):
    """Everything that can be done to a register, and everything that has to stay true of it."""


def work(backend: Backend, examples: int, steps: int) -> None:
    """Let the machine run on fresh registers of a kind."""
    opened: list[Database] = []

    class OnThis(Register):
        def __init__(self) -> None:
            if opened:
                opened.pop().close()
            opened.append(Database(backend.migrated(), create=False))
            self.database = opened[0]
            super().__init__()

    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            OnThis,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=False, database=None,
                suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=True,
            ),
        )  # fmt: skip
    finally:
        for one in opened:
            one.close()


def test_there_are_rules_for_at_least_twenty_kinds_of_command() -> None:
    rules = [
        name for part in (Custody, Papers, Sources) for name, one in vars(part).items() if hasattr(one, RULE_MARKER)
    ]
    assert len(rules) >= 40


@pytest.mark.long
def test_a_short_month_on_sqlite(sqlite: Backend) -> None:
    """In every run of the suite."""
    work(sqlite, examples=3, steps=18)


@pytest.mark.long
def test_a_shorter_month_on_postgresql(postgresql: Backend) -> None:
    """The same rules on the other database."""
    work(postgresql, examples=2, steps=12)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_years_of_work(backend: Backend) -> None:
    """Thousands of steps on each database."""
    work(backend, examples=150, steps=50)
