"""The declaration of a layout: what a known file looks like and which fields it may set. No code per layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from importers.columns import plain

Subject = Literal["device", "person", "line", "custody"]
Confidence = Literal["documented", "seen", "guess"]
"""How we know the headers: the maker's documentation or source; a real file; our own guess at what people write."""


@dataclass(frozen=True)
class Layout:
    """One known kind of file.

    `columns` maps a field to the headers that feed it, best first. `sets` names the fields that an import of this
    layout may write; the others are read for matching and preview alone.
    """

    key: str
    title: str
    subject: Subject
    columns: Mapping[str, tuple[str, ...]]
    sets: frozenset[str]
    identity: tuple[str, ...]
    """Fields of which a row needs one, in the order in which they are matched."""
    confidence: Confidence
    sets_if_new: frozenset[str] = frozenset()
    """Fields that it may say of what it adds, and not of what the register has."""
    is_sighting: bool = False
    """Says what the network saw of known devices; adds none."""
    changes_nothing: str = ""
    """Of a file that is only compared with the register: why."""
    is_bill: bool = False
    """Says what known numbers cost; adds none."""
    anchors: tuple[tuple[str, ...], ...] = ()
    """Headers that give the layout away: all of any one group. Without any, it is only taken when nothing else fits."""
    unique: tuple[str, ...] = ()
    """Fields that may occur once in a file; rows that share a value are rejected together."""
    ignored: tuple[str, ...] = ()
    """Headers known to be of no use here: not read, and said so."""
    positions: tuple[str, ...] = ()
    """Fields by position for files without a header row; "" for a column that is not read."""
    shape: tuple[str, ...] = ()
    """For such files: the kind that each column's first values must be: mac, serial, imei_or_serial, text, blank, any."""
    constants: Mapping[str, object] = field(default_factory=dict)
    """Values that every row of this layout has, where the file does not say otherwise."""
    status_if_new: str | None = None
    """Status of a device that the register does not know yet, where the file has none."""
    month_first: bool = False
    """Dates are written as in the United States."""
    utc: bool = False
    """Moments without a zone are UTC; otherwise London's clock."""
    dated_by: tuple[str, ...] = ()
    """Labels above the header row beside which the day stands that the whole file is of."""
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Header -> the words (as they are compared) of the rows that are read; the others are counted and left."""
    note: str = ""

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Plain header -> field."""
        return {plain(name): key for key, names in [*self.columns.items()][::-1] for name in names}

    @cached_property
    def ignored_words(self) -> frozenset[str]:
        """The ignored headers as they are compared."""
        return frozenset(map(plain, self.ignored)) - {""}

    def fits(self, words: frozenset[str]) -> int:
        """How well a header row fits: the size of the largest anchor group it holds, 0 for none."""
        return max((len(group) for group in self.anchors if all(plain(name) in words for name in group)), default=0)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A list that other tools write beside the ones that are imported, known so that it is not taken for one of them."""

    what: str
    """What it is, and what to export instead."""
    anchors: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    """Headers of which it has none."""

    def fits(self, words: frozenset[str]) -> bool:
        """Whether a header row is that of this list."""
        return any(all(plain(name) in words for name in group) for group in self.anchors) and not any(
            plain(name) in words for name in self.without
        )


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a person said earlier of a file with the same headers."""

    number: int
    columns: Mapping[str, str]
    """Header -> field, "" for not to be read."""
    layout: str | None = None
    """Key of the layout, where they chose it."""
    header_row: int | None = None
    """The row of the headers, where they named it."""
    headers: tuple[str, ...] = ()
    """As they were written when it was said."""
