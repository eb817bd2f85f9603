"""What the screen of joining councils shows, and the port behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.files import FileChoice, FileProblem


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that waits; what is known of its quality once it was scored."""

    name: str
    sheet: str | None = None
    is_past: bool = False
    """Whether it is read for its past holders."""
    mapping: Mapping[str, str] | None = None
    title: str = ""
    """What it was recognised as."""
    score: int | None = None
    """Good rows in percent; None before it was scored."""
    rows: int = 0
    good: int = 0
    wrong: Sequence[tuple[int, str]] = ()
    """How many rows, and what is wrong with them."""
    counts: Mapping[str, int] | None = None
    problems: Sequence[FileProblem] = ()
    columns: Sequence[tuple[str, str]] = ()
    """Header, and what it means: "?" for not known, "" for not read."""
    proposals: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """One joining council and its files."""

    name: str
    organisation: str
    begun: str
    event: int | None = None
    """The event that applied it."""
    files: Sequence[StagedFile] = ()
    score: int | None = None
    rows: int = 0
    create: bool = False
    """Whether it was scored as if unknown sites, teams and models were made."""


class Onboardings(Protocol):
    """Joining councils."""

    def all(self) -> Sequence[Joining]:
        """Those that are staged or applied, by name; nothing is scored."""
        ...

    def organisations(self) -> Sequence[str]:
        """Keys of the organisations that rows may be of."""
        ...

    def begin(self, name: str, organisation: str) -> None: ...

    def add(self, name: str, choice: FileChoice) -> str:
        """Stage a copy of a file; returns what it was recognised as."""
        ...

    def score(self, name: str, *, create: bool) -> Joining:
        """Do the whole work and take it back: what applying would do, and how good the files are."""
        ...

    def say(self, name: str, file: StagedFile, said: Mapping[str, str]) -> None:
        """Say what columns of a staged file mean."""
        ...

    def write_rejected(self, name: str, folder: str, *, create: bool) -> str:
        """Write each file's rejected rows into a folder; returns what was written."""
        ...

    def drop(self, name: str, file: str | None = None) -> None:
        """Take a file out, or the whole staging."""
        ...

    def apply(self, name: str, *, create: bool, confirm: int | None, reason: str | None) -> tuple[str, int]:
        """All of it as one step, or nothing; returns what was done, and the event."""
        ...
