"""What a list says about itself: which rows, which columns, how a card is read and laid out, what nothing means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Generic

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.action import Action
from tui.columns import Column
from tui.possible import Situation
from tui.row_source import Ask, Begin, Row, RowSource
from tui.screens import header
from tui.screens.place import PlaceScreen
from tui.text import Span, clean, join
from tui.widgets.card_pane import CardPane
from tui.widgets.fields import SearchField
from tui.widgets.full_line import FullLine
from tui.widgets.line_view import Lay, Line, LineView
from tui.widgets.painting import wrap
from tui.widgets.virtual_table import VirtualTable

NEED_A_LINE = frozenset({"open", "settle_delivery", "change_person", "mark"})
"""What is done to the line under the cursor."""


class Listed(PlaceScreen, Generic[Row]):
    """The questions that `DeskScreen` asks its subclasses."""

    source: RowSource[Row]
    table: VirtualTable[Row]
    pane: CardPane
    search: SearchField
    full: FullLine | None = None
    COLUMNS: ClassVar[Sequence[Column]] = ()
    PLACEHOLDER: ClassVar[str] = ""
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")
    FIRST_ASK: ClassVar[Ask] = Ask()
    STACKED: ClassVar[bool] = False
    """The card stands below the list instead of beside it: for lists of sentences, which need the width."""

    def fetch(self, register: Any, ask: Ask, offset: int, limit: int) -> Sequence[Row]:
        """Rows of the list; called in a thread."""
        raise NotImplementedError

    first_rows: Begin[Row] | None = None
    """What of the first page is known at once, where all of it may take a moment; called in a thread."""

    def count(self, register: Any, ask: Ask) -> int:
        """How many rows there are; called in a thread."""
        raise NotImplementedError

    def read_card(self, register: Any, row: Row) -> Any:
        """Everything about a row; called in a thread."""
        del register
        return row

    def lay_card(self, card: Any) -> Lay:
        """How that is laid out."""
        raise NotImplementedError

    def name_of(self, row: Row) -> str:
        """What people call a row."""
        return str(row.id)

    def in_full(self, row: Row) -> str:
        """What a row says, where a narrow list cuts it."""
        del row
        return ""

    def exact(self, register: Any, typed: str) -> tuple[str, Any] | None:
        """What is exactly that, with the list it belongs to; called in a thread. On every list it is a device first."""
        from tui.screens.resolving import exact_device, exact_person

        return exact_device(register, typed) or exact_person(register, typed)

    def understood(self, typed: str) -> str:
        """What is asked for by what was typed."""
        return typed

    def ranks(self, ask: Ask) -> bool:
        """Whether the best match comes first, instead of the order of the columns."""
        del ask
        return False

    def completion(self) -> str | None:
        """What was typed, with its last filter completed, if it can be."""
        return None

    def side(self) -> ComposeResult:
        """Something left of the list."""
        return ()

    def whole(self) -> int | None:
        """How many rows there are without any search, if known."""
        return None

    def rows_changed(self, new: bool) -> None:
        """Rows arrived; `new` says that they answer another question."""

    def nothing(self) -> list[Line]:
        """What stands in the list when there is nothing to list, and nothing was searched for."""
        return [[Span(join("  There are no ", self.NOUN[1], " yet."))], [], *header.HOW_TO_BEGIN]

    @property
    def noun(self) -> tuple[str, str]:
        """One of what is listed, and several."""
        return self.NOUN

    def status_start(self) -> list[Span]:
        """What the status line begins with."""
        return []

    def idle(self) -> Collection[str]:
        """Without a line or a word nothing can be opened."""
        return () if self.table.row is not None or self.search.value.strip() else NEED_A_LINE

    def on_key(self, event: events.Key) -> None:
        """A letter that was sent before the search had the focus, when the screen is but a moment old, is typed all the same;
        any other ends in the search and never comes here."""
        if event.is_printable and event.character:
            event.stop()
            self.search.put_in(event.character)

    def on_virtual_table_range_wanted(self) -> None:
        """A line was clicked with Shift."""
        self.do_otherwise("mark_range")

    def step_done(self) -> None:
        """The marked ones are dealt with: the next step is about others."""
        if self.table.marks:
            self.table.clear_marks()

    def unmark(self, ids: Sequence[int]) -> None:
        """These are not marked any more."""
        kept = [row for row in self.table.marks.values() if row.id not in set(ids)]
        self.table.clear_marks()
        self.table.mark(kept)

    def say_why_not(self, action: Action, situation: Situation, why: str) -> None:
        """Of several marked ones, all that are in the way, and how to go on without them."""
        from tui.screens.unsuitable import ask_about_unsuitable

        if not ask_about_unsuitable(self, action, situation):
            super().say_why_not(action, situation, why)

    def rows_and_card(self) -> ComposeResult:
        """The list and the card: beside each other, or, for sentences, below each other with the line under the cursor."""
        if not self.STACKED:
            yield self.table
            yield self.pane
            return
        self.full = FullLine()
        with Vertical(id="stack"):
            yield self.table
            yield self.full
            yield self.pane

    def tell_in_full(self) -> None:
        """Tell the line under the cursor where its sentence may be cut and no card is beside it."""
        if self.full is not None and self.is_mounted:
            row = None if self.has_class("-wide") or self.fleet.plain else self.table.row
            text = self.in_full(row) if row is not None else ""
            self.set_class(bool(text), "-told")
            self.full.tell(clean(text))

    def announcer(self) -> ComposeResult:
        """For a screen reader: where the line under the cursor is told. Then the list itself shows no cursor, so that a key
        changes one place of the screen."""
        if self.fleet.plain:
            self.table.shows_cursor = False
            yield LineView(id="announcement")

    def announce(self) -> None:
        """Tell the line under the cursor."""
        if self.fleet.plain and self.is_mounted:
            from tui.plain import say_row

            sentence = say_row(self.table, self.NOUN)
            view = self.query_one("#announcement", LineView)
            view.show(lambda width: [[Span(piece, "strong")] for piece in wrap(sentence, width)])
