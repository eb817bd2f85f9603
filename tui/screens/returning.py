"""Take devices back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult

from fleet.domain.records import DeviceRow
from fleet.errors import FleetError
from tui.columns import device_name
from tui.screens.device_lines import TYPED_FROM, lay_devices, number_problem
from tui.screens.dialog import Dialog
from tui.text import counted, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line


@dataclass(frozen=True, slots=True)
class ReturnAnswer:
    """What the form gives back."""

    reason: str | None


class ReturnScreen(Dialog[ReturnAnswer]):
    """The return form."""

    SUBMIT = "return"

    def __init__(self, devices: Sequence[DeviceRow], answer: ReturnAnswer | None, refused: FleetError | None) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Return ", "title"), span(what, "strong")], refused.message if refused else None)
        self.devices = devices
        self.reason = Entry((answer.reason or "") if answer else "", "Optional: condition, ticket, why", id="reason")
        self.number = Entry("", f"Type {len(devices)} to confirm", id="number")

    def fields(self) -> ComposeResult:
        """Why; and the number when there are many."""
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def lay(self, width: int) -> Sequence[Line]:
        """The devices and who has them."""
        return [*lay_devices(self.devices, width), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        if (problem := number_problem(self.devices, self.number.value)) is not None:
            self.complain(problem)
            self.number.focus()
            return
        self.dismiss(ReturnAnswer(self.reason.value.strip() or None))
