"""What a delivery is: whose, of which order, where it lies now. Asked once, before its boxes are scanned."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fleet.errors import FleetError
from tui.counting import Arrival
from tui.screens.dialog import Dialog
from tui.text import Span, clean, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap

NOTE = (
    "Boxes that were ordered, or that Apple lists, are known by their serial. The model is asked for the others: without it "
    "they are told and left alone."
)


class ArrivalScreen(Dialog[Arrival]):
    """The form before a delivery is scanned. Its names are looked up before it closes."""

    SUBMIT = "begin"

    def __init__(self, before: Arrival | None = None) -> None:
        super().__init__([span("Receive a delivery", "title")])
        known = before or Arrival()
        self.organisation = Entry(
            known.organisation or "", "Its key; not needed when there is one only", id="organisation"
        )
        self.order = Entry(known.order or "", "Optional: the number of the order", id="order")
        self.note = Entry(known.note or "", "Optional: the number of the delivery note", id="note")
        self.site = Entry(known.site or "", "Optional: where it lies now", id="site")
        self.model = Entry(known.model or "", "Optional: iPad (A16)", id="model")

        for one in self.entries:
            one.select_on_focus = True  # The next delivery is another one: what is scanned takes the place of what was.

    def fields(self) -> ComposeResult:
        """Whose, order, note, where, what."""
        yield from self.field("Owner", self.organisation)
        yield from self.field("Order", self.order)
        yield from self.field("Note", self.note)
        yield from self.field("Site", self.site)
        yield from self.field("Model", self.model)

    def lay(self, width: int) -> Sequence[Line]:
        """What it is for."""
        return [*([Span(piece, "dim")] for piece in wrap(clean(NOTE), width)), []]

    def do_submit(self) -> None:
        """Give the answer back once every name in it is known."""
        said = [one.value.strip() or None for one in (self.organisation, self.order, self.note, self.site, self.model)]
        arrival = Arrival(*said)

        def known(found: Arrival) -> None:
            self.dismiss(found)

        def refused(error: FleetError) -> None:
            self.complain(error.message)

        self.complain(None)
        self.fleet.background.read("arrival", lambda register: register.counting.check_arrival(arrival), known, refused)
