"""Personal devices that may be used for work: whose, how far the registration has come, until when the consent holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from fleet.clock import london_date
from fleet.domain.byod import OVER, WAITS, waits_as
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.actions import bindings_of
from tui.columns import Column
from tui.desk_columns import OWN_DEVICES, lay_own_device, waits_for
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.own_card import OwnCardScreen, ask_intune, link
from tui.stockroom import OwnDeviceCard
from tui.text import Span, span

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay, Line

VIEWS: dict[str | None, str] = {"now": "In use or asked for", "attention": "To be seen to", None: "All, ended ones too"}
"""What ^S goes through. The lists of one kind that waits are opened from Today."""


class OwnDevicesScreen(DeskScreen[OwnDeviceRow]):
    """All registrations the operator may see."""

    PLACE = "own_devices"
    COLUMNS: ClassVar[Sequence[Column]] = OWN_DEVICES
    PLACEHOLDER = "Type an owner, a team, a model, a state"
    NOUN = ("own device", "own devices")
    FIRST_ASK = Ask(group="now")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("own_devices")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[OwnDeviceRow]:
        """Registrations that match, by owner."""
        return self._matching(register, ask)[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return len(self._matching(register, ask))

    def _matching(self, register: Register, ask: Ask) -> list[OwnDeviceRow]:
        rows = register.stockroom.own_devices(ask.text)
        glance = self.fleet.glance
        if ask.group in WAITS:
            return [row for row in rows if waits_as(row.position, london_date(glance.now)) == ask.group]
        if ask.group == "now":
            return [row for row in rows if row.state not in OVER]
        return [row for row in rows if ask.group is None or waits_for(row, glance)]

    def read_card(self, register: Register, row: OwnDeviceRow) -> OwnDeviceCard:
        """The registration as it is now."""
        return register.stockroom.own_device(row)

    def lay_card(self, card: OwnDeviceCard) -> Lay:
        """Its lines."""
        return lay_own_device(card, self.fleet.glance)

    def name_of(self, row: OwnDeviceRow) -> str:
        """The owner."""
        return row.person

    def nothing(self) -> list[Line]:
        """Nothing to see to is a good sign."""
        if self.source.asked.group in WAITS:
            return [[span("  ✓ ", "good"), span("Nothing of that kind waits.")]]
        if self.source.asked.group == "attention":
            return [[span("  ✓ ", "good"), span("Nothing waits: every consent holds for 30 days at least.")]]
        return [[span("  Nobody uses an own device for work.")]]

    @property
    def view(self) -> str:
        """What is shown."""
        group = self.source.asked.group
        return WAITS[group] if group in WAITS else VIEWS[group]

    def status_start(self) -> list[Span]:
        """Which ones are shown."""
        return [span(self.view, "title"), span(" · ", "faint")]

    def do_consent(self) -> None:
        """Those in use, those to be seen to, all."""
        views, now = list(VIEWS), self.source.asked.group
        following = views[(views.index(now) + 1) % len(views)] if now in VIEWS else "attention"
        self.ask(replace(self.source.asked, group=following))

    def open_card(self, row: OwnDeviceRow, *, came_from: str | None = None) -> None:
        """The card of a registration has keys of its own."""
        if self.fleet.screen is self:
            self.fleet.push_screen(OwnCardScreen(self, row, came_from=came_from))

    def do_enrol_own(self) -> None:
        """Link it to what its owner enrolled."""
        link(self)

    def do_remote(self) -> None:
        """Ask Intune to retire it."""
        ask_intune(self)
