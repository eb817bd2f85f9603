"""The devices: the screen Fleet opens on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from fleet.domain.search import parse
from tui.actions import bindings_of
from tui.columns import DEVICES, Column, device_name
from tui.completion import Completer, complete, settled
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.sorting import CLOSEST
from tui.widgets.fields import SearchField

if TYPE_CHECKING:
    from fleet.domain.records import DeviceRow
    from tui.register import DeviceCard, Register
    from tui.widgets.line_view import Lay


class DevicesScreen(DeskScreen["DeviceRow"]):
    """All devices the operator may see."""

    PLACE = "devices"
    COLUMNS: ClassVar[Sequence[Column]] = DEVICES
    PLACEHOLDER = "Type or scan: name, tag, serial, IMEI, phone number, team, site"
    NOUN = ("device", "devices")
    FIRST_ASK = Ask(sort="asset_tag")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("devices")

    def __init__(self) -> None:
        super().__init__()
        self.search.suggester = self.completer = Completer()
        self.search.takes_lists = True
        self._has_learnt = False

    def on_search_field_listed(self, message: SearchField.Listed) -> None:
        """A list was pasted: mark what it names, and say what is not known."""
        from tui.screens.pasting import mark_pasted

        mark_pasted(self, message.texts)

    def begin(self) -> None:
        """Start with the rows that are known already, if there are any; open the register once they are painted."""
        first, self.fleet.first_page = self.fleet.first_page, None
        if first is None:
            super().begin()
            return
        if self.first_ask == self.FIRST_ASK:  # Rows in an order that somebody else likes would jump a moment later.
            self.source.start_with(self.FIRST_ASK, first.rows, first.total)
        self.call_after_refresh(self._continue)

    def _continue(self) -> None:
        self.fleet.open_register()
        self.ask(self.first_ask)

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[DeviceRow]:
        """Devices that match."""
        sort = f"{CLOSEST},{ask.sort}" if self.ranks(ask) else ask.sort
        return register.devices(ask.text, sort, ask.descending, offset, limit)

    def first_rows(self, register: Register, ask: Ask, limit: int) -> tuple[Sequence[DeviceRow], bool]:
        """Those known at once."""
        sort = f"{CLOSEST},{ask.sort}" if self.ranks(ask) else ask.sort
        return register.first_devices(ask.text, sort, ask.descending, limit)

    def ranks(self, ask: Ask) -> bool:
        """Where words are typed, and nobody asked for another order since."""
        return bool(ask.text) and not ask.by_column and bool(parse(ask.text).words)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_devices(ask.text)

    def understood(self, typed: str) -> str:
        """A value that is only begun filters nothing yet. With the first filter the names of this register are read."""
        if ":" in typed and not self._has_learnt and self.fleet.is_opening:
            self._has_learnt = True
            self.fleet.background.look(
                "filters", lambda register: register.filter_values(), self.completer.learn, self.fleet.trouble
            )
        return settled(typed)

    def completion(self) -> str | None:
        """The search with its last filter completed."""
        return complete(self.search.value, self.completer.known)

    def read_card(self, register: Register, row: DeviceRow) -> DeviceCard:
        """Everything about a device."""
        return register.device_card(row.id)

    def lay_card(self, card: DeviceCard) -> Lay:
        """Its lines."""
        from tui.cards import lay_device

        return lay_device(card, self.fleet.glance)

    def name_of(self, row: DeviceRow) -> str:
        """Tag, serial or name."""
        return device_name(row)

    def whole(self) -> int | None:
        """All devices."""
        return self.fleet.summary.devices if self.fleet.summary else None

    def exact(self, register: Register, typed: str) -> tuple[str, Any] | None:
        """The device that is exactly that, whatever the list shows."""
        from tui.screens.resolving import exact_device

        return exact_device(register, typed)
