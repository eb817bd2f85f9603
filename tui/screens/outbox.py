"""The outbox: what was asked of Intune, what waits for whom, what was sent and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.queries.outbox import OutboxRow
from tui.actions import bindings_of
from tui.cards import lay_heading, lay_pair
from tui.columns import Column, Glance
from tui.dates import say_exactly, say_moment
from tui.row_source import Ask
from tui.screens import remoting
from tui.screens.choosing import Alternative, Choosing
from tui.screens.desk import DeskScreen
from tui.screens.dialog import Dialog
from tui.text import Span, clean, span
from tui.widgets.fields import Entry

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay, Line

VIEWS = {"open": "Open", None: "All"}
INKS = {"to be confirmed": "warn", "to be looked at": "warn", "to be sent": "warn", "sent": "accent", "being sent": "accent",
        "not known": "bad", "failed": "bad", "done": "good", "taken back": "dim"}  # fmt: skip
SIGNS = {"warn": "◷", "accent": "→", "bad": "✕", "good": "✓"}


def _state(row: OutboxRow) -> Span:
    ink = INKS.get(row.state_text, "")
    sign = "?" if row.state == "unsure" else SIGNS.get(ink, "·")
    return span(f"{sign} {row.state_text}", ink)


def _when(row: OutboxRow, glance: Glance) -> Span:
    return Span(say_exactly(row.asked_at) if glance.exact else say_moment(row.asked_at, glance.now), "dim")


COLUMNS = (
    Column("number", "No.", 5, 6, lambda row, _: span(str(row.id), "dim"), right=True),
    Column("state", "State", 17, 1, lambda row, _: _state(row)),
    Column("action", "Action", 18, 3, lambda row, _: span(row.title)),
    Column("device", "Device", 12, 2, lambda row, _: span(row.device, "strong")),
    Column("by", "Asked by", 14, 4, lambda row, _: span(row.asked_by)),
    Column("when", "When", 17, 7, _when),
    Column("outcome", "Outcome", 30, 5, lambda row, _: span(row.outcome or row.reason or "", "dim"), flex=3),
    Column("organisation", "Organisation", 12, 9, lambda row, _: span(row.organisation)),
)


def lay_order(row: OutboxRow, glance: Glance) -> Lay:
    """One order with all that is known of it."""

    def lay(width: int) -> list[Line]:
        def moment(at: object) -> Span:
            return Span(say_moment(at, glance.now)) if at is not None else span("")  # type: ignore[arg-type]

        parts: tuple[tuple[str, tuple[tuple[str, Span], ...]], ...] = (
            (row.title, (
                ("State", _state(row)), ("Device", span(row.device, "strong")), ("Model", span(row.model)),
                ("Tenant", span(row.tenant)), *((name.capitalize(), span(value)) for name, value in row.told.items()),
            )),
            ("Asked for", (
                ("By", span(row.asked_by)), ("When", moment(row.asked_at)), ("Why", span(row.reason)),
                ("Confirmed by", span(row.confirmed_by or ("nobody yet" if row.needs_second else "nobody has to"))),
            )),
            ("At Intune", (
                ("Sent", moment(row.sent_at)), ("As", span(row.sent_as)), ("Ended", moment(row.ended_at)),
                ("Outcome", span(row.outcome)), ("Shown to", span(row.shown_to)),
            )),
        )  # fmt: skip
        lines: list[Line] = []
        for title, facts in parts:
            lines += lay_heading(title, clean(""), width)
            for label, value in facts:
                lines += lay_pair(label, value, width)
        return lines[1:]

    return lay


class SettleScreen(Choosing[tuple[bool, str]]):
    """What a person knows of an order, and how."""

    SUBMIT = "settle"

    def __init__(self, row: OutboxRow) -> None:
        super().__init__([span(f"{row.title} of ", "title"), span(row.device, "strong")])
        self.options = [
            Alternative("not", span("it did not happen  ", "strong"), "it may be asked for anew"),
            Alternative("happened", span("it happened        ", "strong"), ""),
        ]
        self.note = Entry("", "How you know: needed, and kept", id="note")

    def fields(self) -> ComposeResult:
        """How it is known."""
        yield from self.field("Note", self.note)

    def lay(self, width: int) -> Sequence[Line]:
        """Either, or."""
        del width
        return [*self.lay_options(), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        if not self.note.value.strip():
            self.complain("Say how you know.")
            return
        self.dismiss((self.choice == "happened", self.note.value.strip()))


class RevealScreen(Dialog[bool]):
    """A secret, shown once: it goes with the dialog."""

    SUBMIT = "close"

    def __init__(self, what: str, value: str) -> None:
        super().__init__([span(f"The {what}", "title")])
        self._value = value

    def lay(self, width: int) -> Sequence[Line]:
        """It, alone."""
        del width
        return [
            [],
            [span("    "), span(self._value, "strong")],
            [],
            [span("  It is not kept, and not shown again.", "warn")],
        ]

    def do_submit(self) -> None:
        """Forget it."""
        self._value = ""
        self.dismiss(True)


class OutboxScreen(DeskScreen[OutboxRow]):
    """All remote actions the operator may see."""

    PLACE = "outbox"
    COLUMNS: ClassVar[Sequence[Column]] = COLUMNS
    PLACEHOLDER = "Type a tag, an action, an operator, a state"
    NOUN = ("remote action", "remote actions")
    FIRST_ASK = Ask(group="open")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("outbox")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[OutboxRow]:
        """Orders that match, what waits first."""
        return register.outbox.rows(ask.text, open_only=ask.group == "open")[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return len(register.outbox.rows(ask.text, open_only=ask.group == "open"))

    def lay_card(self, card: OutboxRow) -> Lay:
        """Its lines."""
        return lay_order(card, self.fleet.glance)

    def name_of(self, row: OutboxRow) -> str:
        """The device."""
        return row.device

    def nothing(self) -> list[Line]:
        """An empty outbox is a good sign."""
        told = (
            "Nothing waits, and nothing is under way."
            if self.source.asked.group == "open"
            else "Nothing was asked for yet."
        )
        return [[span("  ✓ ", "good"), span(told)]]

    def status_start(self) -> list[Span]:
        """Which ones are shown."""
        return [span(VIEWS[self.source.asked.group], "title"), span(" · ", "faint")]

    def do_pending(self) -> None:
        """Open ones, all."""
        views = list(VIEWS)
        self.ask(replace(self.source.asked, group=views[(views.index(self.source.asked.group) + 1) % len(views)]))

    def do_confirm(self) -> None:
        """Look at the device, type its tag, send."""
        if (row := self.table.row) is not None:
            order = row.id
            remoting.look_then(
                self.fleet,
                lambda register: register.outbox.look_at(order),
                lambda typed: remoting.work(self.fleet, lambda register: register.outbox.confirm(order, typed)),
            )

    def do_take_off(self) -> None:
        """Take back the marked ones, or this one."""
        row, marked = self.chosen()
        orders = [one.id for one in (marked or (row,)) if one is not None]
        self.fleet.background.write(lambda register: register.outbox.cancel(orders), self._told, self.fleet.trouble)

    def do_ask_intune(self) -> None:
        """What became of everything; send what waits."""
        remoting.work(self.fleet, lambda register: register.outbox.send())

    def do_reveal(self) -> None:
        """Show what it brought, once."""
        if (row := self.table.row) is not None:
            order = row.id

            def shown(found: tuple[str, str]) -> None:
                self.fleet.push_screen(RevealScreen(*found))

            self.fleet.background.job(
                lambda register: register.outbox.reveal(order),
                shown,
                lambda error: remoting.refused(self.fleet, error, self.do_reveal),
            )

    def do_settle_order(self) -> None:
        """A person says what became of it."""
        if (row := self.table.row) is not None:
            order = row.id

            def answered(answer: tuple[bool, str] | None) -> None:
                if answer is not None:
                    happened, note = answer
                    self.fleet.background.write(
                        lambda register: register.outbox.settle(order, happened=happened, note=note),
                        self._told,
                        self.fleet.trouble,
                    )

            self.fleet.push_screen(SettleScreen(row), answered)

    def _told(self, sentence: str) -> None:
        self.step_done()
        self.fleet.notify(sentence)
        self.fleet.something_changed()
