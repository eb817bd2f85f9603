"""Decide findings: they are known and stay, or they are put away until a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.domain.records import FindingRow
from fleet.errors import UsageProblem
from tui.dates import read_day, say_day
from tui.screens.device_lines import TYPED_FROM
from tui.screens.dialog import Dialog
from tui.screens.finding_lines import lay_findings
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.writes import Decide

State = Literal["acknowledged", "snoozed"]


class DecideScreen(Dialog[Decide]):
    """The form for a decision about findings."""

    def __init__(self, findings: Sequence[FindingRow], state: State) -> None:
        self.SUBMIT = "acknowledge" if state == "acknowledged" else "snooze"  # type: ignore[misc]  # one form, two names
        word = "Acknowledge " if state == "acknowledged" else "Snooze "
        what = findings[0].subject if len(findings) == 1 else counted(len(findings), "finding")
        super().__init__([span(word, "title"), span(what, "strong")])
        self.findings, self.state = findings, state
        known = state == "acknowledged"
        self.note = Entry("", "Why it stays: needed" if known else "Optional: why not now", id="note")
        self.until = Entry("", "For good; or a day: 31 Mar, +90" if known else "A day: friday, +14, 31 Mar", id="until")
        self.number = Entry("", f"Type {len(findings)} to confirm", id="number")

    def fields(self) -> ComposeResult:
        """Why, until when."""
        first, second = (("Note", self.note), ("Until", self.until))
        if self.state == "snoozed":
            first, second = second, first
        yield from self.field(*first)
        yield from self.field(*second)
        if len(self.findings) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def lay(self, width: int) -> Sequence[Line]:
        """What was found."""
        return [*lay_findings(self.findings, width), [], [span("  "), *self._meaning()], []]

    def _meaning(self) -> list[Span]:
        """What the answer would do, in words."""
        today = london_date(self.fleet.clock())
        try:
            day = read_day(self.until.value, today)
        except UsageProblem:
            day = None
        back = join("It comes back after ", say_day(day, today), " if it is still so.") if day else clean("")
        if self.state == "acknowledged":
            return [Span(back or clean("It leaves the list and stays away while it is so."), "dim")]
        return [Span(back or clean("It leaves the list until a day."), "dim")]

    def on_input_changed(self) -> None:
        """Another day shows."""
        self.lines.show(self.lay)

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        note = self.note.value.strip() or None
        try:
            until = read_day(self.until.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            self.until.focus()
            return
        if self.state == "acknowledged" and note is None:
            self.complain("Say why it stays: a colleague reads it next month.")
            self.note.focus()
        elif self.state == "snoozed" and until is None:
            self.complain("Say until when: friday, +14, 31 Mar.")
            self.until.focus()
        elif len(self.findings) > TYPED_FROM and self.number.value.strip() != str(len(self.findings)):
            self.complain(f"Type {len(self.findings)} to confirm that you mean all of them.")
            self.number.focus()
        else:
            ids = tuple(row.id for row in self.findings)
            self.dismiss(Decide(note, finding_ids=ids, state=self.state, until=until))
