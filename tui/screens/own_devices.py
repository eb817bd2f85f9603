"""Personal devices that may be used for work: whose, how far the registration has come, until when the consent holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from fleet.domain.byod import OVER
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.actions import bindings_of
from tui.byod_actions import own_rows
from tui.columns import Column
from tui.desk_columns import OWN_DEVICES, lay_own_device, waits_for
from tui.row_source import Ask
from tui.screens.byod_choices import EnrolScreen
from tui.screens.desk import DeskScreen
from tui.stockroom import OwnDeviceCard
from tui.text import Span, span

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay, Line

VIEWS = {"now": "In use or asked for", "attention": "To be seen to", None: "All, ended ones too"}


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
        if self.source.asked.group == "attention":
            return [[span("  ✓ ", "good"), span("Nothing waits: every consent holds for 30 days at least.")]]
        return [[span("  Nobody uses an own device for work.")]]

    def status_start(self) -> list[Span]:
        """Which ones are shown."""
        return [span(VIEWS[self.source.asked.group], "title"), span(" · ", "faint")]

    def do_consent(self) -> None:
        """Those in use, those to be seen to, all."""
        views = list(VIEWS)
        self.ask(replace(self.source.asked, group=views[(views.index(self.source.asked.group) + 1) % len(views)]))

    def do_enrol_own(self) -> None:
        """Look what its owner enrolled, and ask which it is."""
        rows = own_rows(self.situation())
        if len(rows) > 1:
            self.fleet.custody.fill_in(lambda: EnrolScreen(rows, ()))
            return

        def known(card: OwnDeviceCard) -> None:
            self.fleet.custody.fill_in(lambda: EnrolScreen([card.row], card.offered))

        self.fleet.background.look(
            "own-device", lambda register: register.stockroom.own_device(rows[0]), known, self.fleet.trouble
        )

    def do_remote(self) -> None:
        """Ask Intune for something: of somebody's own device it is only to retire it."""
        from tui.screens.remoting import begin

        rows = [row for row in own_rows(self.situation()) if row.device_id is not None]
        begin(
            self.fleet,
            [row.device_id for row in rows if row.device_id],
            [f"own device of {row.person}" for row in rows],
        )
