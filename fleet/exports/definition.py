"""What a report is, as data: sheets, columns, cross-tables, charts, marks. No code per report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fleet.domain.fields import Field

Tone = Literal["bad", "warn", "good"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign that makes a cell stand out, always with a word or a sign besides the colour."""

    column: str
    test: Literal["before", "is", "above"]
    """`before`: the day is more than `limit` days before the as-at date; `is`: one of `words`; `above`: a number > `limit`."""
    tone: Tone
    legend: str
    sign: str = ""
    """Put before a day or number; words say it themselves."""
    limit: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of a cross-table."""

    kind: Literal["bar", "column"]
    title: str
    most: int = 12
    """How many rows it shows."""
    stacked: bool = True


@dataclass(frozen=True, slots=True)
class CrossTable:
    """How many rows of a sheet there are for each combination of words."""

    key: str
    """Name of its Excel table."""
    title: str
    rows: tuple[str, ...]
    """Keys of the fields that make a row."""
    column: str
    """Key of the field whose words make the columns."""
    order: tuple[str, ...]
    """The words in their order; others follow."""
    of: str = "devices"
    largest_first: bool = False
    unsaid: str = ""
    """The row that stands for no answer: it comes last and is not drawn."""
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of rows, one question each."""

    key: str
    name: str
    question: str
    columns: tuple[str, ...]
    """Keys of fields, in order; the first one stays in sight when scrolling."""
    printed: int
    """How many of them fit on paper; the rest is for the screen."""
    marks: tuple[Mark, ...] = ()
    prose: frozenset[str] = frozenset()
    """Columns whose text wraps."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A number that two sheets must agree about."""

    says: str
    column: str
    """A column of the first sheet, summed up."""
    sheet: str
    counts: tuple[str, str]
    """Field and word whose rows in `sheet` make the same number."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: which question it answers, on which sheets."""

    key: str
    title: str
    question: str
    sheets: tuple[Sheet, ...]
    """The first is the one that CSV holds."""
    summary_question: str
    tables: tuple[CrossTable, ...] = ()
    agreements: tuple[Agreement, ...] = ()


Catalogue = Mapping[str, Field]
