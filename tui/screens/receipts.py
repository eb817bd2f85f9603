"""What people sign: the list of receipts, the text of each, accepting, saving, taking a draft away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from fleet.queries.receipts import ReceiptRow
from tui.actions import bindings_of
from tui.columns import Column, Glance
from tui.dates import say_exactly, say_moment
from tui.papers import ReceiptCard
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.text import Span, clean, join, span
from tui.widgets.painting import wrap

if TYPE_CHECKING:
    from tui.register import Register, Subject
    from tui.widgets.line_view import Lay, Line


def _moment(value: Any, glance: Glance) -> Span:
    if value is None:
        return span("—", "faint")
    return Span(say_exactly(value) if glance.exact else say_moment(value, glance.now))


def _state(row: ReceiptRow) -> Span:
    return span("○ draft", "accent") if row.accepted_at is None else span("✓ accepted", "good")


RECEIPTS = (
    Column("id", "Receipt", 8, 1, lambda row, _: span(str(row.id), "strong"), right=True),
    Column("state", "State", 11, 2, lambda row, _: _state(row)),
    Column("kind", "For", 8, 4, lambda row, _: span(row.kind)),
    Column("holder", "Holder", 22, 3, lambda row, _: span(row.holder or "–"), flex=2),
    Column("items", "Items", 6, 5, lambda row, _: span(f"{row.items:,}"), right=True),
    Column("made", "Made", 17, 6, lambda row, glance: _moment(row.made_at, glance)),
    Column("accepted", "Accepted", 17, 7, lambda row, glance: _moment(row.accepted_at, glance)),
    Column("how", "How", 10, 8, lambda row, _: span(row.accepted_how or "", "dim")),
    Column("organisation", "Organisation", 12, 9, lambda row, _: span(row.organisation)),
)


ERASED = "It names a person who was erased. It is shown for a reason: fleet receipt show, with --reason."


def lay_receipt(card: ReceiptCard) -> Lay:
    """The text that is signed, word for word."""

    def lay(width: int) -> list[Line]:
        row = card.row
        lines: list[Line] = [[span(f"Receipt {row.id}", "title"), span("   "), _state(row)]]
        if row.accepted_at is not None:
            told = join("by ", row.accepted_how or "", ": ", "(erased)" if row.erased_at else row.accepted_as or "")
            lines.append([Span(told, "dim")])
        if card.is_changed:
            lines.append([span("✕ This is not the text that was accepted. Look: fleet receipt verify", "bad")])
        lines.append([])
        if card.body is None:
            return [*lines, *([Span(piece, "warn")] for piece in wrap(clean(ERASED), max(width, 8)))]
        for line in card.body.splitlines():
            pieces = wrap(clean(line), max(width, 8)) or [clean("")]
            lines += [[Span(piece)] for piece in pieces]
        return [*lines, [], [Span(join("SHA-256 ", card.digest[:16], " …"), "faint")]]

    return lay


class ReceiptsScreen(DeskScreen[ReceiptRow]):
    """All receipts, or those of one person or device."""

    PLACE = "receipts"
    COLUMNS: ClassVar[Sequence[Column]] = RECEIPTS
    PLACEHOLDER = "Type a number, a name, draft, accepted, return"
    NOUN = ("receipt", "receipts")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("receipts")

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[ReceiptRow]:
        """Receipts that match, newest first."""
        return register.papers.receipts(ask.text, ask.group)[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return len(register.papers.receipts(ask.text, ask.group))

    def read_card(self, register: Register, row: ReceiptRow) -> ReceiptCard:
        """Its text."""
        return register.papers.receipt(row.id)

    def lay_card(self, card: ReceiptCard) -> Lay:
        """Its lines."""
        return lay_receipt(card)

    def name_of(self, row: ReceiptRow) -> str:
        """Its number."""
        return f"receipt {row.id}"

    def exact(self, register: Register, typed: str) -> tuple[str, Any] | None:
        """A number is a receipt here; anything else is looked for as everywhere."""
        if typed.isdecimal() and len(typed) < 10:
            found = [row for row in register.papers.receipts("", None) if row.id == int(typed)]
            if found:
                return self.PLACE, found[0]
        return super().exact(register, typed)

    def nothing(self) -> list[Line]:
        """How one is made."""
        return [[span("  No receipt yet. "), span("^F4", "key"), span(" on devices makes one.", "dim")]]

    def status_start(self) -> list[Span]:
        """Whose they are."""
        about: Subject | None = self.source.asked.group
        return [] if about is None else [span(f"of {about.name}", "title"), span(" · ", "faint")]

    def show_of(self, about: Subject | None) -> None:
        """Narrow the list to one device or person; Esc shows everything again."""
        self.search.value = ""
        self.ask(Ask(group=about))
