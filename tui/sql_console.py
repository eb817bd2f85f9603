"""The port `Console`: Fleet's own command line in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fleet.errors import FleetError
from tui.console import Command, Ended, Parameter
from tui.own_program import run_fleet, said_by

if TYPE_CHECKING:
    from tui.sql_register import SqlRegister

ASKED = 130
"""Exit code of a command that stopped at a question."""


class SqlConsole:
    """The command line, as the operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    def commands(self) -> Sequence[Command]:
        """All commands."""
        return self._commands

    @cached_property
    def _commands(self) -> tuple[Command, ...]:
        ran = run_fleet(self._register.config, self._register.clock(), ["commands", "--json"])
        if not isinstance(ran.answer, list):
            raise FleetError(said_by(ran) or "The list of commands could not be read.", code="command")
        return tuple(_command(one) for one in ran.answer)

    def run(self, arguments: Sequence[str], answers: Sequence[str]) -> Ended:
        """Run a command to its end, or to a question."""
        ran = run_fleet(self._register.config, self._register.clock(), arguments, answers)
        said = [line.rstrip() for line in ran.err.splitlines() if line.strip()]
        asks = None
        if ran.code == ASKED:
            said = [line for line in said if not line.startswith("Stopped.")]
            asks = said.pop().rstrip(": ") if said else "It asks before it does it."
        return Ended(ran.code, ran.out.splitlines(), said, asks)


def _command(one: Mapping[str, Any]) -> Command:
    parameters = tuple(
        Parameter(
            each["name"], tuple(each["names"]), each["is_argument"], each["is_flag"], each["required"], each["several"],
            tuple(each["choices"]), each["help"],
        )
        for each in one["parameters"]
    )  # fmt: skip
    return Command(one["name"], one["help"], one["in_terminal"], parameters)
