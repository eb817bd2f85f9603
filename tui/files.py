"""What the import screen and the health screen show, and the port behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from fleet.commands.deliveries import Standing
    from tui.list_export import ListOrder


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file and how it is to be read."""

    path: str
    layout: str | None = None
    organisation: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    mapping: tuple[str, ...] = ()
    """`Header=field`, for columns that mean something else than they seem to."""
    create: bool = False
    """Make sites, teams and models that the register does not know."""
    accept: tuple[str, ...] = ()
    """Causes of problems whose proposals are taken."""
    erase: tuple[str, ...] = ()
    """Fields whose blank cells take away what is recorded."""
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
class FilePlace:
    """One cell, or row, in which something is wrong."""

    row: int | None = None
    column: str | None = None
    value: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Problems of one cause."""

    reason: str
    count: int
    places: Sequence[FilePlace] = ()
    """The first few."""
    code: str = ""
    acceptable: bool = False
    """Whether a value is proposed that a person may take."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was said earlier of the columns of a kind of file."""

    id: int
    headers: Sequence[str]
    columns: Mapping[str, str]
    """Header -> field, "" for not read."""
    layout: str | None
    said_by: str
    said_at: datetime
    header_row: int | None = None
    """Where a person named the row that holds the headers."""


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
    subject: str = "device"
    """device, person, line or custody: what its rows are."""
    conflicts: int = 0
    """In how many things it contradicts the register, which is kept."""
    new_findings: int = 0
    """How many of them become findings when it is applied."""
    remembered: int | None = None
    """Number of what was said earlier of these headers, where something was."""
    notes: Sequence[str] = ()
    """What was found, repaired or left in reading it: titles, hidden rows, other sheets."""
    erasable: Sequence[str] = ()
    """Fields of its columns whose blank cells could take away what is recorded."""

    @property
    def will_change(self) -> int:
        """How many rows would add or change something."""
        return self.counts.get("new", 0) + self.counts.get("changed", 0)

    @property
    def to_do(self) -> int:
        """Rows to write, and findings to make."""
        return self.will_change + self.new_findings


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


NOUNS: Mapping[str, tuple[str, str]] = {
    "device": ("device", "devices"), "person": ("person", "people"), "line": ("line", "lines"),
    "custody": ("past period", "past periods"),
}  # fmt: skip
"""What the rows of a file are, singular and plural."""


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


@dataclass(frozen=True, slots=True)
class DeliveryDue:
    """A delivery, and whether it is due."""

    report: str
    period: str
    recipient: str
    state: str


class Files(Protocol):
    """Imports, reports and the doctor."""

    def reports(self) -> Sequence[ReportLine]: ...

    def write_report(self, order: ReportOrder) -> str:
        """Write a report to a file; returns what was written, in words."""
        ...

    def deliveries(self, text: str, offset: int, limit: int) -> Sequence["Standing"]: ...

    def count_deliveries(self, text: str) -> int: ...

    def delivery_plan(self) -> Sequence[DeliveryDue]: ...

    def deliver_now(self) -> str:
        """Deliver what is due; returns what became of it, in words."""
        ...

    def settle_delivery(self, delivery_id: int, sent: bool, reason: str) -> str:
        """Say whether a delivery arrived; returns what was noted, in words."""
        ...

    def write_rows(self, order: "ListOrder", rows: Sequence[Any]) -> str:
        """Write rows of a list to a file; returns what was written, in words."""
        ...

    def preview(self, choice: FileChoice) -> FilePreview: ...

    def apply(self, preview: FilePreview) -> tuple[str, int]:
        """Do what was previewed, if the file is still the same; returns what was done, and the event."""
        ...

    def write_rejected(self, choice: FileChoice, target: str) -> str:
        """Write the rejected rows to a file; returns what was written."""
        ...

    def layouts(self) -> Sequence[Layout]: ...

    def fields(self) -> Sequence[str]:
        """What a column may mean."""
        ...

    def meanings(self) -> Sequence[Meaning]:
        """What was said of columns, the newest first."""
        ...

    def say_otherwise(self, number: int, columns: Mapping[str, str]) -> str:
        """Change what was said: "" leaves a column unread, "-" takes back what was said of it."""
        ...

    def forget_meaning(self, number: int) -> str: ...

    def health(self, *, offline: bool) -> Sequence[HealthCheck]: ...

    def settings(self) -> Sequence[Setting]: ...
