"""The reports that went out by themselves, and what became of each. F2 delivers what is due now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.commands.deliveries import Standing
from tui.actions import bindings_of
from tui.columns import Column, Glance
from tui.dates import say_exactly
from tui.files import DeliveryDue
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.register import Register
    from tui.widgets.line_view import Lay

STATES = {
    "sent": ("✓ sent", "good"),
    "failed": ("▲ failed", "bad"),
    "unknown": ("? unknown", "warn"),
    "intended": ("… under way", "accent"),
}
MOST_SHOWN = 12


def _state(row: Standing) -> Span:
    return span(*STATES.get(row.state, (row.state, "")))


def _when(row: Standing, glance: Glance) -> Span:
    del glance
    return Span(say_exactly(row.ended_at or row.intended_at), "dim")


DELIVERIES = (
    Column("when", "When", 17, 3, _when),
    Column("report", "Report", 26, 1, lambda row, _: span(row.report, "strong"), flex=1),
    Column("period", "Period", 11, 5, lambda row, _: span(row.period)),
    Column("recipient", "To", 26, 2, lambda row, _: span(row.recipient), flex=1),
    Column("state", "State", 11, 4, lambda row, _: _state(row)),
    Column("attempts", "Times", 5, 7, lambda row, _: span(row.attempts), right=True),
    Column("error", "Why", 20, 6, lambda row, _: span(row.error, "bad"), flex=2),
)


class DeliveriesScreen(DeskScreen[Standing]):
    """Deliveries, newest first."""

    PLACE = "deliveries"
    COLUMNS: ClassVar[Sequence[Column]] = DELIVERIES
    PLACEHOLDER = "Type a report, a recipient, a period, a state"
    NOUN = ("delivery", "deliveries")
    STACKED = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("deliveries")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[Standing]:
        """Deliveries that match."""
        return register.files.deliveries(ask.text, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.files.count_deliveries(ask.text)

    def lay_card(self, card: Standing) -> Lay:
        """Its lines."""
        return _lay(card)

    def name_of(self, row: Standing) -> str:
        """The file."""
        return row.file_name

    def in_full(self, row: Standing) -> str:
        """Why it failed, else what went to whom."""
        return row.error or f"{row.report} for {row.period}, to {row.recipient} as {row.file_name}"

    def nothing(self) -> list[Line]:
        """How to begin."""
        return [
            [span("  Nothing was delivered yet.")],
            [],
            [span("  config.toml says what goes to whom ([deliver.<name>], docs/REPORTS.md).", "dim")],
            [span("  F2", "key"), span(" does it now, ", "dim"), span("fleet schedule install", "accent"),
             span(" every day.", "dim")],
        ]  # fmt: skip

    def do_deliver_now(self) -> None:
        """Deliver what is due, after a look at it."""
        deliver_now(self.fleet)

    def do_settle_delivery(self) -> None:
        """Say what became of a delivery of which nobody knew."""
        row = self.table.row
        if row is None or row.state not in ("unknown", "failed"):
            self.fleet.notify("Only a delivery that failed, or of which nobody knows, is settled.", severity="warning")
            return
        self.fleet.push_screen(SettleScreen(row), self._settled)

    def _settled(self, answer: tuple[int, bool, str] | None) -> None:
        if answer is not None:
            self.fleet.background.job(
                lambda register: register.files.settle_delivery(*answer), self._told, self.fleet.trouble
            )

    def _told(self, told: str) -> None:
        self.fleet.notify(told)
        self.ask(self.source.asked)


def _lay(row: Standing) -> Lay:
    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            [span(row.report, "strong"), span("  for "), span(row.period, "strong"), span("  "), _state(row)]
        ]
        lines.append([span("to ", "dim"), span(row.recipient), span("  as ", "dim"), span(row.file_name),
                      span(f"  {row.size:,} bytes", "dim")])  # fmt: skip
        for piece in wrap(clean(row.error or ""), max(width, 8)):
            lines.append([Span(piece, "bad")])
        if row.state == "unknown":
            lines += [
                [],
                [
                    span("Ask whether it arrived, then "),
                    span("F3", "key"),
                    span(" says so. It is not sent again unasked."),
                ],
            ]
        return lines

    return lay


def deliver_now(fleet: FleetApp) -> None:
    """Show what is due; then send it in the background."""
    fleet.notify("Looking what is due …")
    fleet.background.job(
        lambda register: register.files.delivery_plan(),
        lambda due: _ask(fleet, due),
        fleet.trouble,
    )


def _ask(fleet: FleetApp, due: Sequence[DeliveryDue]) -> None:
    fleet.push_screen(DeliverScreen(due), lambda yes: _go(fleet) if yes else None)


def _go(fleet: FleetApp) -> None:
    def told(text: str) -> None:
        fleet.notify(text, timeout=15)
        screen: Any = fleet.screen
        if isinstance(screen, DeliveriesScreen):
            screen.ask(screen.source.asked)

    fleet.notify("Delivering … you can go on working.")
    fleet.background.job(lambda register: register.files.deliver_now(), told, fleet.trouble)


class DeliverScreen(Dialog[bool]):
    """What is due, and to whom."""

    SUBMIT = "deliver"

    def __init__(self, due: Sequence[DeliveryDue]) -> None:
        self.due = [one for one in due if one.state == "due"]
        super().__init__(
            [span("Deliver ", "title"), span(counted(len(self.due), "report copy", "report copies"), "strong")]
        )
        self.rest = len(due) - len(self.due)

    def on_mount(self) -> None:
        """The keys act on the dialog: it has no field."""
        super().on_mount()
        self.set_focus(None)

    def lay(self, width: int) -> Sequence[Line]:
        """Each of them."""
        del width
        lines: list[Line] = [
            [span("  "), span(one.report, "strong"), span(" for "), span(one.period), span(" to "), span(one.recipient)]
            for one in self.due[:MOST_SHOWN]
        ]
        if len(self.due) > MOST_SHOWN:
            lines.append([Span(join("  … and ", f"{len(self.due) - MOST_SHOWN:,}", " more"), "dim")])
        if not lines:
            lines.append([span("  Nothing is due.")])
        if self.rest:
            lines += [[], [Span(join("  ", f"{self.rest:,}", " others went already, or wait for a look."), "dim")]]
        return [*lines, []]

    def do_submit(self) -> None:
        """Go."""
        if self.due:
            self.dismiss(True)
        else:
            self.complain("Nothing is due.")


class SettleScreen(Dialog[tuple[int, bool, str]]):
    """Whether a delivery arrived."""

    SUBMIT = "say so"

    def __init__(self, row: Standing) -> None:
        super().__init__([span("Did it arrive? ", "title"), span(row.file_name, "strong")])
        self.row = row
        self.arrived = Entry("", "yes, or no: then it is sent again", id="arrived")
        self.reason = Entry("", "How you know; kept in history", id="reason")

    def fields(self) -> ComposeResult:
        """Yes or no, and how one knows."""
        yield from self.field("Arrived", self.arrived)
        yield from self.field("Reason", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """Which one."""
        return [
            [span("  to "), span(self.row.recipient, "strong")],
            *[[Span(piece, "dim")] for piece in wrap(clean(self.row.error or ""), width)],
            [],
        ]

    def do_submit(self) -> None:
        """Give the answer back."""
        word = self.arrived.value.strip().casefold()
        if word not in ("yes", "y", "no", "n"):
            self.complain("Write yes or no.")
        else:
            self.dismiss((self.row.id, word.startswith("y"), self.reason.value.strip()))
