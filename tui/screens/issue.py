"""Issue devices: find who gets them as you type, a day they are due back if it is a loan, why. Or pass them on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from fleet.clock import london_date
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem
from tui.columns import RECIPIENTS, device_name
from tui.dates import read_day, read_past_day, say_day
from tui.near import meant_of
from tui.ranking import is_exact
from tui.row_source import Ask, RowSource
from tui.screens.choosing import warned
from tui.screens.device_lines import TYPED_FROM, lay_devices, number_problem
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, width_of
from tui.widgets.virtual_table import VirtualTable
from tui.writes import Issue, Recipient, Transfer


class IssueScreen(Dialog[Issue | Transfer]):
    """The issue form."""

    SUBMIT = "issue"
    TITLE_WORD: ClassVar[str] = "Issue "
    PEOPLE_ONLY: ClassVar[bool] = False

    def __init__(self, devices: Sequence[DeviceRow]) -> None:
        what = device_name(devices[0]) if len(devices) == 1 else counted(len(devices), "device")
        what = what if devices else clean("what is scanned")
        super().__init__([span(self.TITLE_WORD, "title"), span(what, "strong")])
        self.devices = devices
        self.to: Recipient | None = None
        self._warnings: Sequence[str] = ()
        self._shown: Sequence[Recipient] = ()
        self._answers: str | None = None
        """The text that the shown matches answer."""
        self._chose = False
        """Whether an arrow chose among those matches."""
        self._entered: str | None = None
        """The text on which Enter was pressed."""
        self._waits = False
        """Whether that text's matches are still being looked for."""
        who = "Type a name or sign-in name" if self.PEOPLE_ONLY else "Type a name, a sign-in name, a site or a team"
        self.who = Entry("", who, id="who")
        self.due = Entry("", "Permanent; or a day: 31 Mar, +14, friday", id="due")
        self.day = Entry("", "Now; a late entry by Tab: yesterday, 18 Nov", id="day")
        self.reason = Entry("", "Optional: ticket, why", id="reason")
        self.number = Entry("", f"Type {len(devices)} to confirm", id="number")
        self.matches: VirtualTable[Recipient] = VirtualTable(RECIPIENTS, self.fleet.glance, id="matches")

    def take_over(self, before: Dialog[Any]) -> None:
        """The same recipient, too."""
        super().take_over(before)
        if isinstance(before, IssueScreen):
            self.to = before.to

    def fields(self) -> ComposeResult:
        """Who, until when, why."""
        yield from self.field("To", self.who)
        yield self.matches
        if not self.PEOPLE_ONLY:
            yield from self.field("Due back", self.due)
        yield from self.field("Reason", self.reason)
        if len(self.devices) > TYPED_FROM:
            yield from self.field("Confirm", self.number)
        if not self.PEOPLE_ONLY:
            yield from self.field("Went out", self.day)

    def on_mount(self) -> None:
        """Find people at once."""
        super().on_mount()
        self.matches.source = RowSource(self._page, _at_once, self.matches.rows_arrived, self.fleet.tell_error)
        self._find()
        self._look_for_warnings()

    def lay(self, width: int) -> Sequence[Line]:
        """The devices, who gets them, and what to know."""
        lines = lay_devices(self.devices, width)
        if self.to is not None:
            kind = f"{self.to.kind} · " if self.to.kind != "person" else ""
            about = [part for part in (self.to.upn, self.to.place) if part]
            place = join(" · ", kind, " · ".join(about)) if about else clean("")
            due = self._due_span()
            who = [span("  → ", "accent"), span(self.to.name, "strong")]
            if sum(width_of(part) for part in (self.to.name, place, due.text)) + 4 <= width:
                lines += [[], [*who, Span(place, "dim"), due]]
            else:
                lines += [
                    [],
                    [*who, due],
                    [span("    "), Span(fit(clean(place.removeprefix(" · ")), width - 4), "dim")],
                ]
        return [*lines, *warned(self._warnings, width)]

    def _due_span(self) -> Span:
        today = london_date(self.fleet.clock())
        try:
            due = read_day(self.due.value, today)
        except UsageProblem:
            return span("")
        return Span(join(" · loan, due back ", say_day(due, today)), "accent") if due else span("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another name finds others; another day shows."""
        if event.input is self.who and (self.to is None or self.who.value != self.to.name):
            self.to = None
            if self._entered != self.who.value.strip():
                # A scanner's Enter may be here before the news of its last letters: those do not call it off.
                self._chose, self._entered, self._waits = False, None, False
                self.complain(None)
            self._warnings = ()
            self._find()
        self.lines.show(self.lay)

    def _find(self) -> None:
        text = self.who.value.strip()
        self.fleet.custody.find_recipients(text, self.PEOPLE_ONLY, lambda found: self._found(text, found))

    def _found(self, text: str, found: Sequence[Recipient]) -> None:
        if self.is_mounted and text == self.who.value.strip() and self.matches.source is not None:
            self._chose = self._chose and text == self._answers
            self._shown, self._answers = found, text
            self.matches.empty_lines = [[span("  Nobody matches.", "dim")]]
            self.matches.source.put(Ask(text=text))
            if self._waits and self._entered == text:
                self._take_typed()

    def _page(self, _register: Any, _ask: Ask, offset: int, limit: int) -> Sequence[Recipient]:
        return self._shown[offset : offset + limit]

    def do_choose_up(self) -> None:
        """The line above."""
        self._chose = True
        self.matches.move(-1)

    def do_choose_down(self) -> None:
        """The line below."""
        self._chose = True
        self.matches.move(1)

    def on_virtual_table_opened(self) -> None:
        """A double click takes the line."""
        self.take(self.matches.row)

    def do_next(self) -> None:
        """In the first field Enter takes whom the text means."""
        if self.focused is self.who and self.to is None:
            self._take_typed()
        elif self.focused is (self.number if len(self.devices) > TYPED_FROM else self.reason):
            self.do_submit()  # Mostly it goes out now: another day is a Tab further.
        else:
            super().do_next()

    def _take_typed(self) -> None:
        """Take exactly whom the text means, else the line that was chosen or is best; never one that answers an earlier
        text: what is still being looked for is waited for."""
        typed = self.who.value.strip()
        self._entered, self._waits = typed, bool(typed) and self._answers != typed
        if self._waits:
            return
        exact = [one for one in self._shown if is_exact(typed, one.name, one.upn)]
        if meant_of(self._shown) and not self._chose:
            self.complain(f"Nobody is called {typed}. Choose with the arrows who is meant.")
        elif self._chose or not exact:
            self.take(self.matches.row if typed or self._chose else None)
        elif len(exact) == 1:
            self.take(exact[0])
        else:
            self.complain(f"{len(exact)} are called {typed}. Choose one with the arrows.")

    def take(self, to: Recipient | None) -> None:
        """They get the devices."""
        if to is None:
            self.complain("Nobody matches. Type part of a name or of a sign-in name.")
            return
        self.to = to
        self.who.value = to.name
        self.complain(None)
        (self.reason if self.PEOPLE_ONLY else self.due).focus()
        self.lines.show(self.lay)
        self._look_for_warnings()

    def _look_for_warnings(self) -> None:
        to = self.to
        if to is None or not self.devices:
            return

        def known(warnings: Sequence[str]) -> None:
            if self.is_mounted and self.to == to:
                self._warnings = warnings
                self.lines.show(self.lay)

        self.fleet.custody.try_out(self.write(to), known)

    def write(self, to: Recipient) -> Issue | Transfer:
        """What the form asks for; raises `UsageProblem` for a day that is none."""
        today = london_date(self.fleet.clock())
        due, day = read_day(self.due.value, today), read_past_day(self.day.value, today)
        return Issue(self.reason.value.strip() or None, device_ids=self.ids, to=to, due_on=due, day=day)

    @property
    def ids(self) -> tuple[int, ...]:
        """The devices."""
        return tuple(row.id for row in self.devices)

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        if self.to is None:
            self._take_typed()
            return
        if (problem := number_problem(self.devices, self.number.value)) is not None:
            self.complain(problem)
            self.number.focus()
            return
        try:
            self.dismiss(self.write(self.to))
        except UsageProblem as error:
            self.complain(error.message)
            self.due.focus()


class TransferScreen(IssueScreen):
    """The form for passing devices on."""

    SUBMIT = "pass on"
    TITLE_WORD = "Pass on "
    PEOPLE_ONLY = True

    def write(self, to: Recipient) -> Transfer:
        """To another person; whether it is a loan stays as it was."""
        return Transfer(self.reason.value.strip() or None, device_ids=self.ids, to=to)


def _at_once(work: Any, done: Any, _failed: Any) -> None:
    done(work(None))
