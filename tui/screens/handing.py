"""Between issue and return: swap a device for another, let a loan run on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Input

from fleet.clock import london_date
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem
from tui.columns import device_name
from tui.dates import read_day, say_day
from tui.screens.choosing import Choosing, warned
from tui.screens.device_lines import TYPED_FROM, lay_devices, number_problem
from tui.screens.dialog import Dialog
from tui.screens.returning import goes_to
from tui.text import Span, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.writes import Extend, Swap


class SwapScreen(Choosing[Swap]):
    """The form for a swap: scan the other device."""

    SUBMIT = "swap"

    def __init__(self, device: DeviceRow) -> None:
        super().__init__([span("Swap ", "title"), span(device_name(device), "strong")])
        self.device = device
        self.options = goes_to()
        self._warnings: Sequence[str] = ()
        self._asked = ""
        """The device the warnings are about."""
        self.other = Entry("", f"Scan or type what {device.holder} gets instead", id="other")
        self.condition = Entry("", "Optional: of the one that comes back", id="condition")
        self.reason = Entry("", "Optional: ticket, why", id="reason")

    def fields(self) -> ComposeResult:
        """The other device, the condition of this one, why."""
        yield from self.field("Gets", self.other)
        yield from self.field("Condition", self.condition)
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """The device, what becomes of it, and what to know."""
        goes = [[], [span("  It comes back and is   ↑ ↓", "dim")], *self.lay_options()]
        return [*lay_devices([self.device], width), *goes, *warned(self._warnings, width), []]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another device has other warnings."""
        if event.input is self.other and event.value.strip() != self._asked:
            self._asked, self._warnings = "", ()
            self.complain(None)
            self.lines.show(self.lay)

    def do_next(self) -> None:
        """After the scan: say what is known about that device."""
        if self.focused is self.other and self.other.value.strip():
            self._asked = key = self.other.value.strip()
            self.fleet.custody.try_out(self._write(), lambda warnings: self._known(key, warnings))
        super().do_next()

    def _known(self, key: str, warnings: Sequence[str]) -> None:
        if self.is_mounted and key == self.other.value.strip():
            self._warnings = warnings
            self.lines.show(self.lay)

    def _write(self) -> Swap:
        return Swap(
            self.reason.value.strip() or None,
            old_id=self.device.id,
            new_key=self.other.value.strip(),
            condition=self.condition.value.strip() or None,
            status=self.choice,
        )

    def do_submit(self) -> None:
        """Give the answer back if there is another device."""
        if not self.other.value.strip():
            self.complain("Scan or type the tag, serial or IMEI of the other device.")
            self.other.focus()
        else:
            self.dismiss(self._write())


class ExtendScreen(Dialog[Extend]):
    """The form for a longer loan."""

    SUBMIT = "extend"

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "loan")
        super().__init__([span("Extend ", "title"), span(what, "strong")])
        self.devices = devices
        self.due = Entry("", "A day: 31 Mar, +14, 2 weeks, friday", id="due")
        self.reason = Entry("", "Optional: ticket, why", id="reason")
        self.number = Entry("", f"Type {len(devices)} to confirm", id="number")

    def fields(self) -> ComposeResult:
        """Until when, why."""
        yield from self.field("Due back", self.due)
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def lay(self, width: int) -> Sequence[Line]:
        """The loans, and the day as it was understood."""
        today = london_date(self.fleet.clock())
        lines = lay_devices(self.devices, width)
        due = {row.due_on for row in self.devices if row.due_on}
        told = say_day(min(due), today) if len(due) == 1 else join(counted(len(due), "day"))
        lines += [[], [span("  due ", "dim"), Span(told), *self._until()], []]
        return lines

    def _until(self) -> list[Span]:
        today = london_date(self.fleet.clock())
        try:
            due = read_day(self.due.value, today)
        except UsageProblem:
            return []
        return [span("  →  ", "accent"), Span(say_day(due, today), "strong")] if due else []

    def on_input_changed(self) -> None:
        """Show the day as understood."""
        self.lines.show(self.lay)

    def do_submit(self) -> None:
        """Give the answer back."""
        try:
            due = read_day(self.due.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            return
        if due is None:
            self.complain("Say until when: 31 Mar, +14, friday.")
        elif (problem := number_problem(self.devices, self.number.value)) is not None:
            self.complain(problem)
            self.number.focus()
        else:
            ids = tuple(row.id for row in self.devices)
            self.dismiss(Extend(self.reason.value.strip() or None, device_ids=ids, due_on=due))
