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

    kind: Literal["bar", "column", "line"]
    title: str
    most: int = 12
    """How many rows it shows: the first ones; of a line, the last ones."""
    series: tuple[str, ...] = ()
    """The columns it draws; all when none are named."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of a cross-table that is no word: rows counted, or a field added up."""

    label: str
    add: str = ""
    """Key of the field whose values are added; "" counts rows."""
    where: tuple[str, tuple[str, ...]] | None = None
    """(field, words): only rows whose field says one of the words."""
    mean: bool = False
    """The average instead of the sum; rows without a value do not count."""


Words = tuple[str, tuple[str, ...]]
"""(key of a field, the words that it may say)."""


@dataclass(frozen=True, slots=True)
class CrossTable:
    """How many rows of a sheet there are for each combination of words."""

    key: str
    """Name of its Excel table."""
    title: str
    rows: tuple[str, ...]
    """Keys of the fields that make a row."""
    column: str = ""
    """Key of the field whose words make the columns; "" where `measures` do."""
    order: tuple[str, ...] = ()
    """The words in their order; others follow."""
    of: str = "devices"
    """Key of the sheet whose rows are counted."""
    add: str = ""
    """Key of the field that is added up instead of counting."""
    measures: tuple[Measure, ...] = ()
    row_order: tuple[str, ...] = ()
    """Words of the first row field in their order, where neither name nor size makes sense."""
    largest_first: bool = False
    unsaid: str = ""
    """The row that stands for no answer: it comes last and is not drawn."""
    chart: Chart | None = None
    totalled: bool = True
    """False where adding up makes no sense, as of the same things night after night."""
    agrees: tuple[str, str] | None = None
    """(sheet, column) whose sum is the total of this table."""


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
    rows: str = ""
    """The data set its rows come from; "" is that of its own key."""
    where: tuple[Words, ...] = ()
    """Only rows whose fields say so."""
    counted: str = "id"
    """A column that every row fills: its cells are counted in checks."""
    listed: bool = True
    """False: its rows are counted and not written."""
    past: bool = True
    """Whether history tells it for days gone by; check-ins, for one, are not kept."""

    @property
    def dataset(self) -> str:
        """Key of its data set."""
        return self.rows or self.key

    @property
    def table(self) -> str:
        """Name of its Excel table."""
        return "".join(char for char in self.name.title() if char.isalnum()) if " " in self.name else self.name


@dataclass(frozen=True, slots=True)
class Summary:
    """A sheet to look at: cross-tables with their charts."""

    name: str
    question: str
    tables: tuple[CrossTable, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A number that two sheets must agree about."""

    says: str
    column: str
    """A column of the first sheet, summed up."""
    sheet: str
    counts: tuple[tuple[str, str], ...]
    """(field, word) that the rows of `sheet` say which make the same number."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: which question it answers, on which sheets."""

    key: str
    title: str
    question: str
    sheets: tuple[Sheet, ...]
    """The first is the one that CSV holds."""
    summaries: tuple[Summary, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    notes: tuple[str, ...] = ()
    """How the numbers are made, for the cover."""
    stamped: bool = False
    """Whether the cover carries a stamp by which the same numbers can be made again."""
    small_hidden: bool = False
    """Whether small numbers are hidden unless somebody asks for them."""
    order: tuple[str, ...] = ()
    """Names of its sheets as they follow the cover, where that is not summaries first."""

    @property
    def tables(self) -> tuple[CrossTable, ...]:
        """All its cross-tables."""
        return tuple(table for summary in self.summaries for table in summary.tables)

    @property
    def listed(self) -> tuple[Sheet, ...]:
        """The sheets whose rows are written."""
        return tuple(sheet for sheet in self.sheets if sheet.listed)

    @property
    def tabs(self) -> tuple[Summary | Sheet, ...]:
        """What follows the cover, in order."""
        tabs: tuple[Summary | Sheet, ...] = (*self.summaries, *self.listed)
        places = {name: at for at, name in enumerate(self.order)}
        return tuple(sorted(tabs, key=lambda tab: places.get(tab.name, len(places))))


Catalogue = Mapping[str, Field]
