"""Everything that was done, by whom and why; any of it can be undone after a preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType

from fleet.domain.records import EventRow
from fleet.errors import FleetError
from tui.actions import bindings_of
from tui.cards import lay_event
from tui.columns import HISTORY, Column
from tui.register import Register, Subject, UndoLine
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.widgets.line_view import Lay


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event and what undoing it would do."""

    row: EventRow
    preview: Sequence[UndoLine]


class HistoryScreen(DeskScreen[EventRow]):
    """The history."""

    PLACE = "history"
    COLUMNS: ClassVar[Sequence[Column]] = HISTORY
    PLACEHOLDER = "Type a tag, a name, a colleague, a word of the reason"
    NOUN = ("event", "events")
    STACKED = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("history")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[EventRow]:
        """Events that match, the newest first."""
        return register.history(ask.text, ask.group, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_history(ask.text, ask.group)

    def read_card(self, register: Register, row: EventRow) -> EventCard:
        """The event with its undo."""
        if row.undone_by:
            return EventCard(row, ())
        try:
            return EventCard(row, register.preview_undo(row.id))
        except FleetError as error:
            return EventCard(row, (UndoLine(error.message, "it can't be undone"),))

    def lay_card(self, card: EventCard) -> Lay:
        """Its lines."""
        return lay_event(card.row, card.preview)

    def in_full(self, row: EventRow) -> str:
        """What was done, and why."""
        return f"{row.sentence} Why: {row.reason}" if row.reason else row.sentence

    def show_story(self, about: Subject) -> None:
        """Narrow the list to one device or person; Esc shows everything again."""
        self.search.value = ""
        self.ask(Ask(group=about))

    def name_of(self, row: EventRow) -> str:
        """Its number."""
        return f"event {row.id}"

    def do_undo(self) -> None:
        """Undo the step under the cursor."""
        if self.table.row is not None:
            self.fleet.custody.ask_undo(self.table.row.id, self.table.row.sentence)
        else:
            super().do_undo()
