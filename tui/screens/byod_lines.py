"""What the forms of own devices have alike: which registrations they are about, when, why, and what to know before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from textual.app import ComposeResult

from fleet.errors import UsageProblem
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.desk_columns import state_span
from tui.screens.device_lines import MOST, TYPED_FROM, lay_subjects
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line

Answer = TypeVar("Answer")
Rows = Sequence[OwnDeviceRow]


def title_of(word: str, rows: Rows) -> list[Span]:
    """What is done, to whose."""
    what = join(rows[0].person, "'s own device") if len(rows) == 1 else clean(counted(len(rows), "own device"))
    return [span(word, "title"), Span(what, "strong")]


def lay_rows(rows: Rows, width: int) -> list[Line]:
    """A line for each of the first few, then how many more."""
    return lay_subjects(
        [(row.person, row.called, None, state_span(row.state)) for row in rows[:MOST]], len(rows), width
    )


def seen_of(rows: Rows) -> tuple[tuple[int, int], ...]:
    """Number and version of each, as it is shown."""
    return tuple((row.id, row.version) for row in rows)


class OfMany(Dialog[Answer]):
    """A step for one or for many: a day, perhaps a reason, and the number when there are many."""

    rows: Rows
    day: Entry
    number: Entry
    _warnings: Sequence[str] = ()

    def begin(self, rows: Rows) -> None:
        """What all of them ask."""
        self.rows = rows
        self.day = Entry("", "Today; or the day it happened: 18 Nov, yesterday", id="day")
        self.reason = Entry("", "Optional: why; kept in history", id="reason")
        self.number = Entry("", f"Type {len(rows)} to confirm", id="number")

    def last_fields(self) -> ComposeResult:
        """Why, and the number."""
        yield from self.field("Reason", self.reason)
        if len(self.rows) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def look(self, write: Any) -> None:
        """What it would warn of, or why it would be refused."""

        def known(warnings: Sequence[str]) -> None:
            if self.is_mounted:
                self._warnings = warnings
                self.lines.show(self.lay)

        self.fleet.custody.try_out(write, known)

    def write(self) -> Any:
        """What the form asks for; raises `UsageProblem` for a day that is none."""
        raise NotImplementedError

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        if len(self.rows) > TYPED_FROM and self.number.value.strip() != str(len(self.rows)):
            self.complain(f"Type {len(self.rows)} to confirm that you mean all of them.")
            self.number.focus()
            return
        try:
            self.dismiss(self.write())
        except UsageProblem as error:
            self.complain(error.message)
