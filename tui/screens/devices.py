"""The devices: the screen Fleet opens on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tui.actions import bindings_of
from tui.columns import DEVICES, Column, device_name
from tui.row_source import Ask
from tui.screens.desk import DeskScreen

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

    def begin(self) -> None:
        """Start with the rows that are known already, if there are any; open the register once they are painted."""
        first, self.fleet.first_page = self.fleet.first_page, None
        if first is None:
            super().begin()
            return
        self.source.start_with(self.FIRST_ASK, first.rows, first.total)
        self.call_after_refresh(self._continue)

    def _continue(self) -> None:
        self.fleet.open_register()
        self.source.refresh()

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[DeviceRow]:
        """Devices that match."""
        return register.devices(ask.text, ask.sort, ask.descending, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_devices(ask.text)

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

    def resolve(self, typed: str) -> None:
        """Open the device with exactly this identifier, whatever the list shows; else the cursor row."""

        def work(register: Register) -> DeviceRow | None:
            device_id = register.resolve(typed)
            return register.device_card(device_id).row if device_id is not None else None

        def done(row: DeviceRow | None) -> None:
            untouched = self.search.value.strip() == typed
            if row is not None and untouched:
                self.open_card(row)
                self.search.start_afresh()
            elif row is not None:
                self.fleet.notify(f"Found {device_name(row)}.")
            elif untouched:
                self._nothing_exact(typed)

        self.fleet.background.read(object(), work, done, self.fleet.trouble)

    def _nothing_exact(self, typed: str) -> None:
        from tui.screens.deeds import open_when_read

        if self.source.is_current and not len(self.source):
            self.fleet.bell()
            self.fleet.notify(f"Nothing is known as {typed}.", severity="error")
            self.search.start_afresh()
        else:
            open_when_read(self)
