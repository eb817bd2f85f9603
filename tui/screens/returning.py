"""Take devices back: in which condition, and where they go."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem
from tui.columns import device_name, status_span
from tui.dates import read_past_day
from tui.screens.choosing import Alternative, Choosing
from tui.screens.device_lines import TYPED_FROM, lay_devices, number_problem
from tui.text import counted, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.writes import TakeBack

GOES = (("in_stock", ""), ("in_repair", "it needs mending first"), ("quarantined", "it is not to be used"))
"""Where a returned device may go, and why there."""


def goes_to() -> list[Alternative]:
    """Those as options."""
    return [Alternative(status, status_span(status), about) for status, about in GOES]


class ReturnScreen(Choosing[TakeBack]):
    """The return form."""

    SUBMIT = "return"

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Return ", "title"), span(what, "strong")])
        self.devices = devices
        self.options = goes_to()
        self.condition = Entry("", "Optional: good, cracked screen, no charger", id="condition")
        self.day = Entry("", "Now; a late entry by Tab: yesterday, 18 Nov", id="day")
        self.reason = Entry("", "Optional: ticket, why", id="reason")
        self.number = Entry("", f"Type {len(devices)} to confirm", id="number")

    def fields(self) -> ComposeResult:
        """Condition, why; and the number when there are many."""
        yield from self.field("Condition", self.condition)
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)
        yield from self.field("Came back", self.day)

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, who has them, and where they go."""
        return [*lay_devices(self.devices, width), [], [span("  Then it is   ↑ ↓", "dim")], *self.lay_options(), []]

    def do_next(self) -> None:
        """Mostly they come back now: another day is a Tab further."""
        if self.focused is (self.number if len(self.devices) > TYPED_FROM else self.reason):
            self.do_submit()
        else:
            super().do_next()

    def do_submit(self) -> None:
        """Give the answer back."""
        if (problem := number_problem(self.devices, self.number.value)) is not None:
            self.complain(problem)
            self.number.focus()
            return
        try:
            day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            self.day.focus()
            return
        self.dismiss(
            TakeBack(
                self.reason.value.strip() or None,
                device_ids=tuple(row.id for row in self.devices),
                condition=self.condition.value.strip() or None,
                status=self.choice,
                day=day,
            )
        )
