"""Keep devices for somebody from a day to a day; keep them no longer; hand out what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem
from fleet.queries.reservations import ReservationRow
from tui.dates import read_day, say_day
from tui.screens.device_lines import TYPED_FROM
from tui.screens.dialog import Dialog
from tui.screens.issue import IssueScreen
from tui.text import Span, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.writes import Recipient, Release, Reserve

if TYPE_CHECKING:
    from tui.screens.desk import DeskScreen


class ReserveScreen(IssueScreen):
    """The form for keeping devices."""

    SUBMIT = "keep"
    TITLE_WORD = "Keep "
    PEOPLE_ONLY = True

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        super().__init__(devices)
        self.first = Entry("", "Today; or a day: 1 Dec, monday, +7", id="first")
        self.due.placeholder = "For good; or the last day, for a loan: 31 Mar, +14"

    def fields(self) -> ComposeResult:
        """For whom, from when, until when, why."""
        yield from self.field("For", self.who)
        yield self.matches
        yield from self.field("From", self.first)
        yield from self.field("Until", self.due)
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def _due_span(self) -> Span:
        today = london_date(self.fleet.clock())
        try:
            first, last = read_day(self.first.value, today), read_day(self.due.value, today)
        except UsageProblem:
            return span("")
        told = join(" · from ", say_day(first, today) if first else "today", " until " if last else " for good")
        return Span(join(told, say_day(last, today) if last else ""), "accent")

    def take(self, to: Recipient | None) -> None:
        """It is kept for them: then from when."""
        super().take(to)
        if self.to is not None:
            self.first.focus()

    def write(self, to: Recipient) -> Any:
        """What the form asks for; raises `UsageProblem` for a day that is none."""
        today = london_date(self.fleet.clock())
        return Reserve(
            self.reason.value.strip() or None,
            device_ids=self.ids,
            to=to,
            first=read_day(self.first.value, today),
            last=read_day(self.due.value, today),
        )


class ReleaseScreen(Dialog[Release]):
    """It is kept no longer."""

    SUBMIT = "release"

    def __init__(self, row: ReservationRow) -> None:
        super().__init__([span("Keep ", "title"), span(row.device, "strong"), span(" no longer", "title")])
        self.row = row
        self.reason = Entry("", "Optional: why", id="reason")

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """For whom it was kept."""
        del width
        today = london_date(self.fleet.clock())
        until = join(" until ", say_day(self.row.until_on, today)) if self.row.until_on else join(" for good")
        told = join("kept for ", self.row.person, " from ", say_day(self.row.from_on, today), until)
        return [[Span(told)], []]

    def do_submit(self) -> None:
        """Give the answer back."""
        self.dismiss(
            Release(self.reason.value.strip() or None, device_ids=(self.row.device_id,), person_id=self.row.person_id)
        )


def kept_row(desk: DeskScreen[Any]) -> ReservationRow | None:
    """The reservation under the cursor; says so when there is none."""
    row = desk.table.row
    if isinstance(row, ReservationRow):
        return row
    desk.fleet.notify("Go to what is kept for somebody first: ^S shows the next view.", severity="warning")
    return None


def release(desk: DeskScreen[Any]) -> None:
    """Ask, and keep it no longer."""
    row = kept_row(desk)
    if row is not None:
        desk.fleet.custody.fill_in(lambda: ReleaseScreen(row))


def hand_out(desk: DeskScreen[Any]) -> None:
    """Issue what is kept to the person it is kept for; a reservation with an end is a loan."""
    row = kept_row(desk)
    if row is None:
        return
    to = Recipient(row.person_id * 3, "person", row.person_id, row.person, upn=row.upn)

    def form(device: DeviceRow) -> IssueScreen:
        screen = IssueScreen([device])
        screen.to, screen.who.value = to, to.name
        screen.due.value = row.until_on.isoformat() if row.until_on else ""
        return screen

    desk.fleet.background.look(
        "device-of-reservation",
        lambda register: register.device_card(row.device_id).row,
        lambda device: desk.fleet.custody.fill_in(lambda: form(device)),
        desk.fleet.trouble,
    )
