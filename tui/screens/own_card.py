"""A registration over the whole screen with everything that can be done to it, and the way there from a device or person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from fleet.domain.byod import OVER
from fleet.domain.records import DeviceRow
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.actions import bindings_of
from tui.byod_actions import own_rows
from tui.screens.byod_choices import EnrolScreen
from tui.screens.card import CardScreen
from tui.screens.place import PlaceScreen, arrive
from tui.stockroom import OwnDeviceCard

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.register import Register


class OwnCardScreen(CardScreen):
    """The card of a registration."""

    PLACE = "own_card"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("own_card")

    def do_enrol_own(self) -> None:
        """Link it to what its owner enrolled."""
        link(self)

    def do_remote(self) -> None:
        """Ask Intune to retire it."""
        ask_intune(self)


def link(screen: PlaceScreen) -> None:
    """Look what the owner enrolled, and ask which it is; of several, each takes the only one there is."""
    rows = own_rows(screen.situation())
    custody = screen.fleet.custody
    if len(rows) > 1:
        custody.fill_in(lambda: EnrolScreen(rows, ()))
        return

    def known(card: OwnDeviceCard) -> None:
        custody.fill_in(lambda: EnrolScreen([card.row], card.offered))

    screen.fleet.background.look(
        "own-device", lambda register: register.stockroom.own_device(rows[0]), known, screen.fleet.trouble
    )


def ask_intune(screen: PlaceScreen) -> None:
    """Ask Intune for something: of somebody's own device it is only to retire it."""
    from tui.screens.remoting import begin

    rows = [row for row in own_rows(screen.situation()) if row.device_id is not None]
    begin(
        screen.fleet, [row.device_id for row in rows if row.device_id], [f"own device of {row.person}" for row in rows]
    )


def show_registration(fleet: FleetApp, row: Any, came_from: str) -> None:
    """Go to the registration of an own device, or of a person; to the list of theirs where they have several."""

    def known(rows: Sequence[OwnDeviceRow]) -> None:
        if not rows:
            fleet.notify("Nobody asked for it: its owner's own device is requested first (^F11).", severity="warning")
            return
        fleet.run_worker(go(rows))

    async def go(rows: Sequence[OwnDeviceRow]) -> None:
        from tui.screens.own_devices import OwnDevicesScreen

        desk = await arrive(fleet, "own_devices")
        if not isinstance(desk, OwnDevicesScreen):
            return
        if len(rows) == 1:
            desk.open_card(rows[0], came_from=came_from)
        else:
            desk.search.value = rows[0].person

    fleet.typing_ahead.expect()
    fleet.background.look("registration", lambda register: _registrations(register, row), known, fleet.trouble)


def _registrations(register: Register, row: Any) -> list[OwnDeviceRow]:
    """Those that run; where none does, the last one."""
    of_device = isinstance(row, DeviceRow)
    found = [
        one for one in register.stockroom.own_devices("") if row.id == (one.device_id if of_device else one.person_id)
    ]
    running = [one for one in found if one.state not in OVER]
    return running or sorted(found, key=lambda one: one.id)[-1:]
