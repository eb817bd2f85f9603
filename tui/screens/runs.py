"""The syncs and imports."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from fleet.domain.records import RunRow
from tui.actions import bindings_of
from tui.cards import lay_run
from tui.columns import RUNS, Column, counts_text, words
from tui.register import Register
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.widgets.line_view import Lay


class RunsScreen(DeskScreen[RunRow]):
    """What was read from where, and how it went."""

    PLACE = "runs"
    COLUMNS: ClassVar[Sequence[Column]] = RUNS
    PLACEHOLDER = "Type a tenant, a file, a state"
    NOUN = ("run", "runs")
    STACKED = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("runs")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[RunRow]:
        """Runs that match, the newest first."""
        return register.runs(ask.text, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_runs(ask.text)

    def lay_card(self, card: RunRow) -> Lay:
        """Its lines."""
        return lay_run(card)

    def in_full(self, row: RunRow) -> str:
        """Why it stopped, or what came of it."""
        return f"{row.kind} {row.source}: {row.error or counts_text(row).text or words(row.state)}"

    def do_undo(self) -> None:
        """Undo the run under the cursor, which is one step."""
        row = self.table.row
        if row is not None and row.event_id is not None:
            self.fleet.custody.ask_undo(row.event_id, f"run {row.id}, {row.source}")
        else:
            super().do_undo()

    def name_of(self, row: RunRow) -> str:
        """Source and number."""
        return f"{row.source} run {row.id}"
