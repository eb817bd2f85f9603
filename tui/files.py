"""What the import screen and the health screen show, and the port behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file and how it is to be read."""

    path: str
    layout: str | None = None
    organisation: str | None = None
    sheet: str | None = None
    mapping: tuple[str, ...] = ()
    """`Header=field`, for columns that mean something else than they seem to."""
    create: bool = False
    """Make sites and teams that the register does not know."""
    confirm: int | None = None
    """The number of devices taken out of use that a person confirmed."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """What one row of a file would do."""

    row: int
    name: str
    is_new: bool
    told: str


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Problems of one cause."""

    reason: str
    count: int
    rows: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What a file would do; nothing is written yet."""

    choice: FileChoice
    name: str
    layout: str
    read_as: str
    """Format, encoding, sheet, header row."""
    columns: Mapping[str, str]
    """Header -> field."""
    not_read: Sequence[str]
    unknown: Sequence[str]
    counts: Mapping[str, int]
    changes: Sequence[FileChange]
    problems: Sequence[FileProblem]
    proposals: Mapping[str, Sequence[str]]
    """Kind of place -> names that the register does not know."""
    digest: str
    imported_before: datetime | None = None

    @property
    def will_change(self) -> int:
        """How many devices it would add or change."""
        return self.counts.get("new", 0) + self.counts.get("changed", 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file that is understood."""

    key: str
    title: str
    subject: str


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One line of what the doctor says."""

    what: str
    state: Literal["good", "warning", "bad", "skipped"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the configuration."""

    group: str
    label: str
    value: str


def path_of(typed: str) -> Path:
    """The path a text means, `~` understood where it means somebody."""
    path = Path(typed)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; a name that no file can have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report that can be written."""

    id: int
    key: str
    """What the command line calls it."""
    title: str
    question: str


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report to write."""

    key: str
    path: str
    organisation: str | None = None
    overwrite: bool = False


class Files(Protocol):
    """Imports, reports and the doctor."""

    def reports(self) -> Sequence[ReportLine]: ...

    def write_report(self, order: ReportOrder) -> str:
        """Write a report to a file; returns what was written, in words."""
        ...

    def preview(self, choice: FileChoice) -> FilePreview: ...

    def apply(self, preview: FilePreview) -> tuple[str, int]:
        """Do what was previewed, if the file is still the same; returns what was done, and the event."""
        ...

    def write_rejected(self, choice: FileChoice, target: str) -> str:
        """Write the rejected rows to a file; returns what was written."""
        ...

    def layouts(self) -> Sequence[Layout]: ...

    def health(self, *, offline: bool) -> Sequence[HealthCheck]: ...

    def settings(self) -> Sequence[Setting]: ...
