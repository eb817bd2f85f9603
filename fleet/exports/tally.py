"""Cross-tables counted while the rows go by, so that every sheet counts the same rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.domain.fields import Field
from fleet.exports.definition import CrossTable, Report

UNSAID = "Not known"


@dataclass(frozen=True, slots=True)
class Counted:
    """A cross-table with its numbers."""

    table: CrossTable
    headings: tuple[str, ...]
    """Labels of the fields that make a row."""
    words: tuple[str, ...]
    """The columns that count anything."""
    rows: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    """(labels of a row, its numbers in the order of `words`)."""

    @property
    def total(self) -> int:
        """All that was counted."""
        return sum(sum(numbers) for _, numbers in self.rows)


@dataclass(slots=True)
class Tally:
    """What is counted about the rows of one sheet."""

    rows: int = 0
    ids: set[int] = field(default_factory=set)
    sums: Counter[str] = field(default_factory=Counter)
    """Field -> its values added up, for agreements."""
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(field, word) -> rows, for agreements."""
    crossed: dict[str, Counter[tuple[str, ...]]] = field(default_factory=dict)


class Counting:
    """Counts one sheet's rows for a report."""

    def __init__(self, report: Report, sheet: str, catalogue: Mapping[str, Field]) -> None:
        self.tally = Tally()
        self._first = sheet == report.sheets[0].key
        self._crossed = []
        for table in report.tables:
            if table.of == sheet:
                counter = self.tally.crossed[table.key] = Counter()
                self._crossed.append((counter, [catalogue[key].text for key in (*table.rows, table.column)]))
        self._summed = [catalogue[one.column] for one in report.agreements if self._first]
        self._worded = [catalogue[one.counts[0]] for one in report.agreements if one.sheet == sheet]

    def add(self, row: object) -> None:
        """Count one row."""
        tally = self.tally
        tally.rows += 1
        if self._first:
            tally.ids.add(row.id)  # type: ignore[attr-defined] # every row has its number
        for counter, texts in self._crossed:
            counter[tuple([text(row) or UNSAID for text in texts])] += 1
        for one in self._summed:
            tally.sums[one.key] += one.value(row)
        for one in self._worded:
            tally.words[one.key, one.text(row)] += 1


def cross(table: CrossTable, tally: Tally, catalogue: Mapping[str, Field]) -> Counted:
    """The cross-table as rows and columns: by name, or the largest first."""
    counter = tally.crossed[table.key]
    present = {key[-1] for key in counter}
    words = [word for word in table.order if word in present]
    words += sorted(present - set(words))
    rows: dict[tuple[str, ...], dict[str, int]] = {}
    for key, number in counter.items():
        rows.setdefault(key[:-1], {})[key[-1]] = number
    ordered = sorted(rows.items())
    if table.largest_first:
        ordered.sort(key=lambda item: -sum(item[1].values()))
    ordered.sort(key=lambda item: item[0][0] == table.unsaid)
    return Counted(
        table,
        tuple(catalogue[key].label for key in table.rows),
        tuple(words),
        tuple((key, tuple(numbers.get(word, 0) for word in words)) for key, numbers in ordered),
    )
