"""The losses, open and past. Enter opens a run sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from fleet.queries.incidents import IncidentRow
from tui.actions import bindings_of
from tui.cards import lay_sheet
from tui.columns import Column
from tui.row_source import Ask
from tui.run_sheet import RunSheet
from tui.screens.desk import DeskScreen
from tui.screens.forms import show_sheet
from tui.stock_columns import INCIDENTS
from tui.text import Span, span

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay, Line

STATES = {"open": "Open incidents", "past": "Past incidents", None: "All incidents"}


class IncidentsScreen(DeskScreen[IncidentRow]):
    """All incidents the operator may see."""

    PLACE = "incidents"
    COLUMNS: ClassVar[Sequence[Column]] = INCIDENTS
    PLACEHOLDER = "Type a tag, a name, a model, a crime reference"
    NOUN = ("incident", "incidents")
    FIRST_ASK = Ask(group="open")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("incidents")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[IncidentRow]:
        """Incidents that match, the newest first."""
        return register.stockroom.incidents(ask.group, ask.text)[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return len(register.stockroom.incidents(ask.group, ask.text))

    def read_card(self, register: Register, row: IncidentRow) -> RunSheet:
        """The run sheet of the device."""
        return register.run_sheet(row.device_id)

    def lay_card(self, card: RunSheet) -> Lay:
        """What is done and what is to do."""
        return lay_sheet(card, self.fleet.glance)

    def name_of(self, row: IncidentRow) -> str:
        """The device."""
        return row.device

    def nothing(self) -> list[Line]:
        """Nothing is a good sign here."""
        told = {"open": "Nothing is lost, stolen or damaged.", "past": "No incident was closed yet."}
        return [[span("  ✓ ", "good"), span(told.get(self.source.asked.group, "There was never an incident."))]]

    def status_start(self) -> list[Span]:
        """Which ones are shown."""
        return [span(STATES[self.source.asked.group], "title"), span(" · ", "faint")]

    def do_narrow(self) -> None:
        """Open ones, past ones, all."""
        states = list(STATES)
        self.ask(replace(self.source.asked, group=states[(states.index(self.source.asked.group) + 1) % len(states)]))

    def on_virtual_table_opened(self) -> None:
        """Open the run sheet."""
        if self.table.row is not None:
            show_sheet(self.fleet, self.table.row.device_id)
