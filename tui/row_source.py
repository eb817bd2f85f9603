"""Rows of one list by pages: what is shown now, what was asked for, and how many there are.

Nothing here blocks and nothing here knows a widget. While a new question is on its way the old rows stay, so a
list never flickers; answers to questions nobody asks any more are dropped.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from fleet.errors import FleetError
from tui.near import meant_of

PAGE = 100
KEPT = 32
"""Pages kept in memory for one list."""
AHEAD = 60
"""Rows fetched beyond the visible ones."""


class Identified(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Identified)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a list is asked for."""

    text: str = ""
    sort: str = ""
    descending: bool = False
    by_column: bool = False
    """Sorted by column although words are typed: somebody asked for that order while they stood there."""
    group: Any = None
    """What the list is narrowed to besides the text: a rule for findings, a `Subject` for the history."""


Pages = dict[int, Sequence[Row]]
Fetch = Callable[[Any, Ask, int, int], Sequence[Row]]
"""(register, ask, offset, limit) -> rows"""
Begin = Callable[[Any, Ask, int], tuple[Sequence[Row], bool]]
"""(register, ask, limit) -> what of the first page is known at once, and whether that is all of it"""
Read = Callable[[Callable[[Any], Any], Callable[[Any], None], Callable[[FleetError], None]], None]
"""Runs work(register) elsewhere, newest first, then calls done(result) or failed(error) here."""


@dataclass
class _Shown(Generic[Row]):
    ask: Ask
    pages: "OrderedDict[int, Sequence[Row]]" = field(default_factory=OrderedDict)
    total: int | None = None
    begun: bool = False
    """Only a beginning: the rest of the first page is not known yet."""

    def keep(self, pages: Pages[Row]) -> None:
        for number, rows in pages.items():
            self.pages[number] = rows
            self.pages.move_to_end(number)
            if len(rows) < PAGE and (rows or number == 0) and not self.begun:
                self.total = number * PAGE + len(rows)
        while len(self.pages) > KEPT:
            self.pages.popitem(last=False)

    @property
    def length(self) -> int:
        if self.total is not None:
            return self.total
        if self.begun:
            return len(self.pages.get(0, ()))
        full = [number for number, rows in self.pages.items() if rows]
        return (max(full) + 1) * PAGE if full else 0


class RowSource(Generic[Row]):
    """The rows behind one virtual table."""

    def __init__(
        self,
        fetch: Fetch[Row],
        read: Read,
        changed: Callable[[bool], None],
        failed: Callable[[FleetError], None],
        first: Ask | None = None,
        begin: Begin[Row] | None = None,
    ) -> None:
        """`changed(new)` is called when rows arrived; `new` says they answer another question than before.

        `first` is what will be asked first. With `begin` what is known at once is shown, until `complete` is called.
        """
        self._fetch = fetch
        self._read = read
        self._changed = changed
        self._failed = failed
        self._begin = begin
        self._asked = first or Ask()
        self._shown: _Shown[Row] = _Shown(self._asked)
        self._wanted: tuple[int, int] = (0, 0)
        self._generation = 0
        self.loaded = False
        self.completed = False
        """Whether the rows that came last completed what had only begun."""
        self.refused: FleetError | None = None
        """Why the newest question has no answer. It stands until another is asked or an answer comes: what arrives late
        about an older question, such as its count, does not take it away."""

    @property
    def ask(self) -> Ask:
        """The question the shown rows answer."""
        return self._shown.ask

    @property
    def asked(self) -> Ask:
        """The newest question, perhaps not answered yet."""
        return self._asked

    @property
    def is_current(self) -> bool:
        """True when the shown rows answer the newest question, and are not only the beginning of an answer."""
        return self.loaded and self._shown.ask == self._asked and not self._shown.begun

    @property
    def is_begun(self) -> bool:
        """True while only the beginning of the newest answer is shown: others may come, even between these."""
        return self._shown.begun and self._shown.ask == self._asked

    @property
    def total(self) -> int | None:
        """How many rows there are; None while only a lower bound is known."""
        return self._shown.total

    @property
    def meant(self) -> str | None:
        """The search that the rows answer in place of the one that was asked, of which there are none."""
        return meant_of(self._shown.pages.get(0))

    def __len__(self) -> int:
        return self._shown.length

    def row(self, index: int) -> Row | None:
        """The row there, if it has arrived."""
        rows = self._shown.pages.get(index // PAGE)
        return rows[index % PAGE] if rows is not None and 0 <= index % PAGE < len(rows) else None

    def index_of(self, row_id: int, near: int) -> int | None:
        """Where the row with an id is now, if it is among those that arrived; the nearest pages first."""
        for number in sorted(self._shown.pages, key=lambda page: abs(page - near // PAGE)):
            for place, row in enumerate(self._shown.pages[number]):
                if row.id == row_id:
                    return number * PAGE + place
        return None

    def start_with(self, ask: Ask, rows: Sequence[Row], total: int) -> None:
        """Show rows that came by a shorter road as the answer to a question; `refresh` asks the register itself."""
        self._asked = ask
        self._shown = _Shown(ask, OrderedDict({0: rows}), total)
        self.refused = None
        self.loaded = True
        self._changed(True)

    def put(self, ask: Ask) -> None:
        """Ask something else; the first page replaces everything when it arrives."""
        self._asked = ask
        self._generation += 1
        self.refused = None
        if self._begin is None:
            self._request(ask, [0], fresh=True)
        else:
            self._start(ask, self._begin)

    def complete(self, read: Read) -> None:
        """Read, by another road, the whole of what only began."""
        if self.is_begun:
            self._request(self._asked, [0], fresh=True, read=read)

    def refresh(self) -> None:
        """Ask the same again for the visible pages; the old rows stay until the answer is here."""
        self._generation += 1
        fresh = self._asked != self._shown.ask
        self._request(self._asked, [0] if fresh else self._pages_wanted(), fresh=True)

    def want(self, first: int, last: int) -> None:
        """Say which rows are visible, so that their pages are fetched where they are missing."""
        self._wanted = (max(first, 0), max(last, 0))
        end = min(self._wanted[1], max(len(self) - 1, 0))
        self._fetch_missing(range(self._wanted[0] // PAGE, end // PAGE + 1))

    def want_ahead(self) -> None:
        """Fetch the rows around the visible ones as well: once those are painted, for reading takes from painting."""
        self._fetch_missing(self._pages_wanted())

    def _fetch_missing(self, numbers: Iterable[int]) -> None:
        missing = [number for number in numbers if number not in self._shown.pages] if self.is_current else []
        if missing:
            self._request(self._shown.ask, missing, fresh=False)

    def count_is(self, ask: Ask, total: int) -> None:
        """Learn how many rows answer a question."""
        if ask == self._shown.ask and self._shown.total != total:
            self._shown.total = total
            self._changed(False)

    def _pages_wanted(self) -> list[int]:
        first, last = self._wanted
        end = min(last + AHEAD, max(len(self) - 1, 0))
        return list(range(max(first - 20, 0) // PAGE, end // PAGE + 1))

    def _start(self, ask: Ask, begin: Begin[Row]) -> None:
        def work(register: Any) -> tuple[Sequence[Row], bool]:
            rows, whole = begin(register, ask, PAGE)
            return (rows, whole) if rows or whole else (self._fetch(register, ask, 0, PAGE), True)

        def done(answer: tuple[Sequence[Row], bool]) -> None:
            self._take(ask, {0: answer[0]}, fresh=True, begun=not answer[1])

        self._ask_for(work, done, self._read)

    def _request(self, ask: Ask, numbers: list[int], *, fresh: bool, read: Read | None = None) -> None:
        def work(register: Any) -> Pages[Row]:
            return {number: self._fetch(register, ask, number * PAGE, PAGE) for number in numbers}

        def done(pages: Pages[Row]) -> None:
            self._take(ask, pages, fresh=fresh)

        self._ask_for(work, done, read or self._read)

    def _ask_for(self, work: Callable[[Any], Any], done: Callable[[Any], None], read: Read) -> None:
        generation = self._generation

        def arrived(answer: Any) -> None:
            if generation == self._generation:
                done(answer)

        def failed(error: FleetError) -> None:
            if generation == self._generation:
                self.refused = error
                self._failed(error)

        read(work, arrived, failed)

    def _take(self, ask: Ask, pages: Pages[Row], *, fresh: bool, begun: bool = False) -> None:
        new = not self.loaded or ask != self._shown.ask
        self.completed = fresh and self._shown.begun and not new
        if fresh:
            total = None if new else self._shown.total
            self._shown = _Shown(ask, total=total, begun=begun)
        self._shown.keep(pages)
        self.refused = None
        if fresh and not new:
            self._shown.total = self._shown.total if self._shown.pages else 0
        self.loaded = True
        self._changed(new)


def with_text(ask: Ask, text: str) -> Ask:
    """The same question about another text: the best match comes first again."""
    return replace(ask, text=text, by_column=False)
