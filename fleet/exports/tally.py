"""Cross-tables counted while the rows go by, so that every sheet counts the same rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fleet.domain.fields import Field
from fleet.exports.definition import CrossTable, Measure, Report
from fleet.exports.reading import Answer
from fleet.exports.small_numbers import protected
from fleet.exports.telling import teller

UNSAID = "Not known"
Unit = Literal["count", "money", "mean"]
Cell = int | float | str | None
"""A number, money in pence; a text where it is hidden; None where there is nothing to average."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A cross-table with its numbers."""

    table: CrossTable
    headings: tuple[str, ...]
    """Labels of the fields that make a row."""
    words: tuple[str, ...]
    """The columns that count anything, or the labels of the measures."""
    units: tuple[Unit, ...]
    """What the numbers of each column are."""
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    """(labels of a row, its numbers in the order of `words`, and their sum where they make one)."""
    totals: tuple[Cell, ...]
    """Of each column."""
    total: int
    """All rows that were counted, or all that was added up."""
    hidden: bool = False
    """Whether small numbers are hidden: nothing is added up again then."""

    @property
    def adds_across(self) -> bool:
        """Whether the columns of a row make a sum."""
        return not self.table.measures


@dataclass(slots=True)
class Heap:
    """What came together in one cell."""

    rows: int = 0
    added: int = 0
    valued: int = 0
    """Rows that had a value."""


Heaps = dict[tuple[str, ...], dict[str, Heap]]
"""Labels of a row -> label of a column -> what came together."""


@dataclass(slots=True)
class Tally:
    """What is counted about the rows of one sheet."""

    rows: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    """Field -> its values added up, for agreements."""
    agreeing: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    """Fields with their words -> rows that say all of them, for agreements."""
    crossed: dict[str, Heaps] = field(default_factory=dict)
    order: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Table -> words of its first field -> the values behind them, where those have an order of their own."""


class Counting:
    """Counts one sheet's rows for a report."""

    def __init__(self, report: Report, sheet: str, catalogue: Mapping[str, Field]) -> None:
        self.tally = Tally()
        self._told = _Told(catalogue)
        self._tables = [_counter(table, self._told, self.tally) for table in report.tables if table.of == sheet]
        first = bool(report.sheets) and sheet == report.sheets[0].key
        columns = {one.column for one in report.agreements if first}
        columns |= {table.agrees[1] for table in report.tables if table.agrees and table.agrees[0] == sheet}
        self._summed = [catalogue[column] for column in sorted(columns)]
        self._agreeing = [
            (one.counts, [(teller(catalogue[key]), word) for key, word in one.counts])
            for one in report.agreements
            if one.sheet == sheet
        ]

    def add(self, row: object) -> None:
        """Count one row."""
        tally = self.tally
        tally.rows += 1
        if self._tables:
            told = [text(row) for text in self._told.tellers]
            for count in self._tables:
                count(row, told)
        for one in self._summed:
            tally.sums[one.key] += one.value(row) or 0
        for key, tests in self._agreeing:
            tally.agreeing[key] += all(text(row) == word for text, word in tests)


class _Told:
    """The fields that the tables of a sheet ask for in words: each is told once for a row, however many tables ask."""

    def __init__(self, catalogue: Mapping[str, Field]) -> None:
        self.catalogue = catalogue
        self.tellers: list[Callable[[Any], str]] = []
        self._places: dict[str, int] = {}

    def place(self, key: str) -> int:
        """Where the words of a field are among those of a row."""
        if key not in self._places:
            self._places[key] = len(self.tellers)
            self.tellers.append(teller(self.catalogue[key]))
        return self._places[key]


Words = Callable[[list[str]], str | None]
"""Takes the column of a row from its words; None where the row is in none."""


def _counter(table: CrossTable, told: _Told, tally: Tally) -> Callable[[Any, list[str]], None]:
    """What counts a row into a table."""
    heaps: Heaps = tally.crossed.setdefault(table.key, {})
    labels = [told.place(key) for key in table.rows]
    columns = _columns(table, told)
    first = told.catalogue[table.rows[0]]
    order = tally.order.setdefault(table.key, {}) if first.kind in ("date", "moment") else None

    def count(row: Any, words: list[str]) -> None:
        key = tuple([words[at] or UNSAID for at in labels])
        mine = heaps.get(key)
        if mine is None:
            mine = heaps[key] = {}
            if order is not None:
                order[key[0]] = first.value(row)
        for word_of, value_of in columns:
            word = word_of(words)
            if word is None:
                continue
            heap = mine.get(word)
            if heap is None:
                heap = mine[word] = Heap()
            heap.rows += 1
            value = 1 if value_of is None else value_of(row)
            if value is not None:
                heap.added += value
                heap.valued += 1

    return count


def _columns(table: CrossTable, told: _Told) -> list[tuple[Words, Callable[[Any], Any] | None]]:
    catalogue = told.catalogue
    if not table.measures:
        at, added = told.place(table.column), catalogue[table.add].reader() if table.add else None
        return [(lambda words: words[at] or UNSAID, added)]
    return [(_when(one, told), catalogue[one.add].reader() if one.add else None) for one in table.measures]


def _when(measure: Measure, told: _Told) -> Words:
    """The label of the measure for rows that belong to it."""
    label = measure.label
    if measure.where is None:
        return lambda _words: label
    at, wanted = told.place(measure.where[0]), frozenset(measure.where[1])
    return lambda words: label if words[at] in wanted else None


def cross(table: CrossTable, tally: Tally, catalogue: Mapping[str, Field], *, hide_small: bool = False) -> Counted:
    """The cross-table as rows and columns: in the order it asks for, by name, or the largest first."""
    heaps = tally.crossed[table.key]
    words, units = _headed(table, heaps, catalogue)
    means = {one.label for one in table.measures if one.mean}
    keep = protected if hide_small else _plain
    totals = {word: _together(mine.get(word) for mine in heaps.values()) for word in words}
    everything = _together(heap for mine in heaps.values() for heap in mine.values())

    def told(heap: Heap | None, unit: Unit, mean: bool) -> Cell:
        heap = heap or Heap()
        if mean:
            return keep(heap.added / heap.valued if heap.valued else None, heap.valued, "mean")
        return keep(heap.added, heap.rows, unit)

    def line(mine: Mapping[str, Heap]) -> tuple[Cell, ...]:
        cells = [told(mine.get(word), unit, word in means) for word, unit in zip(words, units, strict=True)]
        if not table.measures:
            cells.append(told(_together(mine.values()), _unit(catalogue, table.add), False))
        return tuple(cells)

    return Counted(
        table,
        tuple(catalogue[key].label for key in table.rows),
        words,
        units,
        tuple((key, line(heaps[key])) for key in _ordered(table, tally, heaps)),
        line(totals),
        everything.added if not table.measures else sum(_first(mine, table) for mine in heaps.values()),
        hidden=hide_small,
    )


def _plain(value: Any, _rows: int, _unit: Unit) -> Cell:
    return value  # type: ignore[no-any-return]


def _first(mine: Mapping[str, Heap], table: CrossTable) -> int:
    heap = mine.get(table.measures[0].label)
    return heap.added if heap else 0


def _together(heaps: Iterable[Heap | None]) -> Heap:
    made = Heap()
    for heap in heaps:
        if heap is not None:
            made.rows += heap.rows
            made.added += heap.added
            made.valued += heap.valued
    return made


def _headed(
    table: CrossTable, heaps: Heaps, catalogue: Mapping[str, Field]
) -> tuple[tuple[str, ...], tuple[Unit, ...]]:
    """The columns with what they are."""
    if table.measures:
        units: list[Unit] = [_unit(catalogue, one.add, mean=one.mean) for one in table.measures]
        return tuple(one.label for one in table.measures), tuple(units)
    present = {word for mine in heaps.values() for word in mine}
    words = [word for word in table.order if word in present]
    words += sorted(present - set(words))
    return tuple(words), (_unit(catalogue, table.add),) * len(words)


def _unit(catalogue: Mapping[str, Field], key: str, *, mean: bool = False) -> Unit:
    if mean:
        return "mean"
    return "money" if key and catalogue[key].kind == "money" else "count"


def _ordered(table: CrossTable, tally: Tally, heaps: Heaps) -> list[tuple[str, ...]]:
    values = tally.order.get(table.key)
    ordered = sorted(heaps)
    if values:
        ordered.sort(key=lambda key: (values[key[0]] is None, values[key[0]] or 0))
    if table.row_order:
        places = {word: at for at, word in enumerate(table.row_order)}
        ordered.sort(key=lambda key: places.get(key[0], len(places)))
    if table.largest_first:
        first = table.measures[0].label if table.measures else None
        ordered.sort(key=lambda key: -_size(heaps[key], first))
    if table.unsaid:
        ordered.sort(key=lambda key: key[0] == table.unsaid)
    return ordered


def _size(mine: Mapping[str, Heap], label: str | None) -> int:
    return sum(heap.added for word, heap in mine.items() if label in (None, word))


def crossed(report: Report, answer: Answer, tallies: Mapping[str, Tally]) -> dict[str, Counted]:
    """Key -> cross-table of a report with its numbers."""
    hide = answer.question.hide_small
    return {
        table.key: cross(table, tallies[table.of], answer.catalogues[table.of], hide_small=hide)
        for table in report.tables
    }
