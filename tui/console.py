"""What the screen of all commands shows, and the port behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a command takes."""

    name: str
    names: tuple[str, ...]
    is_argument: bool
    is_flag: bool
    required: bool
    several: bool
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the command line."""

    name: str
    """`receipt list`."""
    help: str
    in_terminal: bool
    """Whether it opens a screen itself, or goes on until it is stopped."""
    parameters: tuple[Parameter, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Its name word by word."""
        return tuple(self.name.split())

    def has(self, option: str) -> bool:
        """Whether it has an option."""
        return any(option in one.names for one in self.parameters)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    lines: Sequence[str]
    """What it printed."""
    said: Sequence[str]
    """What it said beside that: problems, notes, a question."""
    asks: str | None = None
    """The question that it stopped at; nothing was changed."""


class Console(Protocol):
    """The command line."""

    def commands(self) -> Sequence[Command]:
        """All of them, in the order of the help."""
        ...

    def run(self, arguments: Sequence[str], answers: Sequence[str]) -> Ended: ...
