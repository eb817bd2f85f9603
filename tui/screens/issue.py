"""Issue devices to a person: find the person as you type, a day it is due back if it is a loan, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from textual.app import ComposeResult
from textual.widgets import Input

from fleet.clock import london_date
from fleet.domain.records import DeviceRow, PersonRow
from fleet.errors import FleetError, UsageProblem
from tui.columns import PEOPLE, device_name
from tui.dates import read_day, say_day
from tui.row_source import Ask, RowSource
from tui.screens.device_lines import TYPED_FROM, lay_devices, number_problem
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap
from tui.widgets.virtual_table import VirtualTable

COLUMNS = [column for column in PEOPLE if column.key in ("name", "state", "held", "team")]


@dataclass(frozen=True, slots=True)
class IssueAnswer:
    """What the form gives back."""

    person: PersonRow
    due_on: date | None
    reason: str | None
    typed_due: str = ""


class IssueScreen(Dialog[IssueAnswer]):
    """The issue form."""

    SUBMIT = "issue"

    def __init__(self, devices: Sequence[DeviceRow], answer: IssueAnswer | None, refused: FleetError | None) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        super().__init__([span("Issue ", "title"), span(what, "strong")], refused.message if refused else None)
        self.devices = devices
        self.person = answer.person if answer else None
        self._warnings: Sequence[str] = ()
        self._shown: Sequence[PersonRow] = ()
        self.who = Entry(answer.person.name if answer else "", "Type a name or sign-in name", id="who")
        self.due = Entry(answer.typed_due if answer else "", "Permanent; or a day: 31 Mar, +14, friday", id="due")
        self.reason = Entry((answer.reason or "") if answer else "", "Optional: ticket, why", id="reason")
        self.number = Entry("", f"Type {len(devices)} to confirm", id="number")
        self.matches: VirtualTable[PersonRow] = VirtualTable(COLUMNS, self.fleet.glance, id="matches")

    def fields(self) -> ComposeResult:
        """Who, until when, why."""
        yield from self.field("To", self.who)
        yield self.matches
        yield from self.field("Due back", self.due)
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def on_mount(self) -> None:
        """Find people at once."""
        super().on_mount()
        self.matches.source = RowSource(self._page, _at_once, self.matches.rows_arrived, self.fleet.tell_error)
        self._find()
        if self.person is not None:
            self._look_for_warnings(self.person)

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, who gets them, and what to know."""
        lines = lay_devices(self.devices, width)
        if self.person is not None:
            place = join(" · ", self.person.team) if self.person.team else clean("")
            lines += [
                [],
                [span("  → ", "accent"), span(self.person.name, "strong"), Span(place, "dim"), self._due_span()],
            ]
        for warning in self._warnings:
            pieces = wrap(clean(warning), max(width - 4, 8))
            lines += [
                [span("  ! " if at == 0 else "    ", "warn"), Span(piece, "warn")] for at, piece in enumerate(pieces)
            ]
        return lines

    def _due_span(self) -> Span:
        today = london_date(self.fleet.clock())
        try:
            due = read_day(self.due.value, today)
        except UsageProblem:
            return span("")
        return Span(join(" · loan, due back ", say_day(due, today)), "accent") if due else span("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another name finds other people; another day shows."""
        if event.input is self.who and (self.person is None or self.who.value != self.person.name):
            self.person = None
            self._warnings = ()
            self._find()
        self.lines.show(self.lay)

    def _find(self) -> None:
        text = self.who.value.strip()
        self.fleet.custody.find_people(text, lambda people: self._found(text, people))

    def _found(self, text: str, people: Sequence[PersonRow]) -> None:
        if self.is_mounted and text == self.who.value.strip() and self.matches.source is not None:
            self._shown = people
            self.matches.empty_lines = [[span("  Nobody matches.", "dim")]]
            self.matches.source.put(Ask(text=text))

    def _page(self, _register: Any, _ask: Ask, offset: int, limit: int) -> Sequence[PersonRow]:
        return self._shown[offset : offset + limit]

    def do_choose_up(self) -> None:
        """The person above."""
        self.matches.move(-1)

    def do_choose_down(self) -> None:
        """The person below."""
        self.matches.move(1)

    def on_virtual_table_opened(self) -> None:
        """A double click takes the person."""
        self._take(self.matches.row)

    def do_next(self) -> None:
        """In the first field Enter takes the person under the cursor."""
        if self.focused is self.who and self.person is None:
            self._take(self.matches.row)
        else:
            super().do_next()

    def _take(self, person: PersonRow | None) -> None:
        if person is None:
            self.complain("Nobody matches. Type part of a name or of a sign-in name.")
            return
        self.person = person
        self.who.value = person.name
        self.complain(None)
        self.due.focus()
        self.lines.show(self.lay)
        self._look_for_warnings(person)

    def _look_for_warnings(self, person: PersonRow) -> None:
        def known(warnings: Sequence[str]) -> None:
            if self.is_mounted and self.person == person:
                self._warnings = warnings
                self.lines.show(self.lay)

        self.fleet.custody.warn_issue([row.id for row in self.devices], person.id, known)

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        if self.person is None:
            self._take(self.matches.row if self.who.value.strip() else None)
            return
        try:
            due = read_day(self.due.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            self.due.focus()
            return
        if (problem := number_problem(self.devices, self.number.value)) is not None:
            self.complain(problem)
            self.number.focus()
            return
        self.dismiss(IssueAnswer(self.person, due, self.reason.value.strip() or None, self.due.value))


def _at_once(work: Any, done: Any, _failed: Any) -> None:
    done(work(None))
