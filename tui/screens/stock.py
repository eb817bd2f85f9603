"""What lies in stock, what is lent and when it is due, what is kept for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.domain.records import DeviceRow
from tui.actions import bindings_of
from tui.cards import lay_device
from tui.columns import Column, device_name
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.resolving import open_elsewhere
from tui.stock_columns import LOANS, VIEWS, lay_stock
from tui.stockroom import StockLine
from tui.text import Span, span
from tui.widgets.groups import Group, Groups

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay, Line


NOTHING = {
    "loans": "Nothing is lent.",
    "overdue": "No loan is overdue.",
    "soon": "Nothing else is due within a week.",
    "stock": "Nothing lies in stock.",
    "kept": "Nothing is kept for anybody.",
}


class StockScreen(DeskScreen[Any]):
    """Stock and loans: five views of one list."""

    PLACE = "stock"
    COLUMNS: ClassVar[Sequence[Column]] = LOANS
    PLACEHOLDER = "Type a tag, a name, a model, a site"
    NOUN = ("line", "lines")
    STACKED = True
    FIRST_ASK = Ask(group="loans")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("stock")

    def __init__(self) -> None:
        super().__init__()
        self.groups = Groups()
        self.groups.groups = [Group(key, title, 0) for key, (title, _columns) in VIEWS.items()]

    def side(self) -> ComposeResult:
        """The views with their counts."""
        yield self.groups

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[Any]:
        """A page of the view."""
        return register.stockroom.rows(ask.group, ask.text, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many lines it has."""
        return register.stockroom.count(ask.group, ask.text)

    def read_card(self, register: Register, row: Any) -> Any:
        """The device behind a line; a line of stock is its own card."""
        return row if isinstance(row, StockLine) else register.device_card(getattr(row, "device_id", row.id))

    def lay_card(self, card: Any) -> Lay:
        """Its lines."""
        return lay_stock(card) if isinstance(card, StockLine) else lay_device(card, self.fleet.glance)

    def name_of(self, row: Any) -> str:
        """Tag, or model and site."""
        if isinstance(row, StockLine):
            return " ".join(part for part in (row.model, row.site) if part)
        return device_name(row) if isinstance(row, DeviceRow) else str(row.device)

    def rows_changed(self, new: bool) -> None:
        """Another view has other columns."""
        if new:
            self.table.set_columns(VIEWS[self.source.ask.group][1])

    def nothing(self) -> list[Line]:
        """Nothing in this view."""
        return [[span("  ✓ ", "good"), span(NOTHING[self.source.asked.group])]]

    def status_start(self) -> list[Span]:
        """Which view it is."""
        return [span(VIEWS[self.source.asked.group][0], "title"), span(" · ", "faint")]

    def ask(self, ask: Ask) -> None:
        """Ask, and count the views anew. Marks belong to a view."""
        if ask.group != self.source.asked.group:
            self.table.clear_marks()
        super().ask(ask)
        self._read_groups()

    def something_changed(self) -> None:
        """The counts may have changed as well."""
        super().something_changed()
        self._read_groups()

    def _read_groups(self) -> None:
        def work(register: Register) -> list[Group]:
            return [Group(key, title, register.stockroom.count(key, "")) for key, (title, _columns) in VIEWS.items()]

        self.fleet.background.look(
            "views", work, lambda groups: self.groups.set(groups, self.source.asked.group), self.fleet.trouble
        )

    def do_view(self) -> None:
        """The next view."""
        self.ask(replace(self.source.asked, group=self.groups.following(self.source.asked.group)))

    def on_click(self, event: events.Click) -> None:
        """A click on a view shows it."""
        if event.widget is self.groups:
            line = self.groups.scroll_offset.y + event.get_content_offset_capture(self.groups).y
            if (group := self.groups.at(line)) is not None:
                self.ask(replace(self.source.asked, group=group.key))

    def on_virtual_table_opened(self) -> None:
        """A loan opens its device, a line of stock the list of its devices."""
        row = self.table.row
        if isinstance(row, StockLine):
            self._list_devices(row)
        elif row is not None:
            self._open_device(getattr(row, "device_id", row.id))

    def _open_device(self, device_id: int) -> None:
        self.fleet.background.read(
            object(),
            lambda register: register.device_card(device_id).row,
            lambda row: open_elsewhere(self.fleet, "devices", row, came_from="stock"),
            self.fleet.trouble,
        )

    def _list_devices(self, row: StockLine) -> None:
        quoted = [f'{name}:"{value}"' for name, value in (("model", row.model), ("site", row.site)) if value]
        text = " ".join(["status:in_stock", f"kind:{row.kind}", *(one for one in quoted if one.count('"') == 2)])

        async def go() -> None:
            await self.fleet.switch_mode("devices")
            if isinstance(self.fleet.screen, DeskScreen):
                self.fleet.screen.search.value = text

        self.fleet.run_worker(go())
