"""What a list says about itself: which rows, which columns, how a card is read and laid out, what nothing means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic

from textual.app import ComposeResult

from tui.columns import Column
from tui.row_source import Ask, Begin, Row, RowSource
from tui.screens import header
from tui.screens.place import PlaceScreen
from tui.text import Span, join
from tui.widgets.line_view import Lay, Line, LineView
from tui.widgets.painting import wrap
from tui.widgets.virtual_table import VirtualTable


class Listed(PlaceScreen, Generic[Row]):
    """The questions that `DeskScreen` asks its subclasses."""

    source: RowSource[Row]
    table: VirtualTable[Row]
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

    def status_start(self) -> list[Span]:
        """What the status line begins with."""
        return []

    def step_done(self) -> None:
        """The marked ones are dealt with: the next step is about others."""
        if self.table.marks:
            self.table.clear_marks()

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
