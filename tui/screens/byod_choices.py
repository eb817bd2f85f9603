"""The choices of own devices: which enrolment it is, and why it ends."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.domain.byod import ENDINGS, NEEDS_WHY
from fleet.errors import UsageProblem
from fleet.queries.byod import Candidate
from tui.dates import read_past_day, say_age
from tui.screens.byod_lines import OfMany, Rows, lay_rows, seen_of, title_of
from tui.screens.choosing import Alternative, Choosing, warned
from tui.text import Span, clean, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap
from tui.writes import EndOwn, EnrolOwn

NONE_THERE = "Intune has no own device of theirs that is not linked yet."
HOW_ON = "Let them enrol it, sync, then link it."


class EnrolScreen(Choosing[EnrolOwn]):
    """Which enrolment it is; for several, that each takes the only one there is."""

    SUBMIT = "link"

    def __init__(self, rows: Rows, offered: Sequence[Candidate]) -> None:
        super().__init__(title_of("Link ", rows))
        self.rows, self.offered = rows, offered
        self.reason = Entry("", "Optional: why; kept in history", id="reason")
        if len(rows) > 1:
            self.options = [Alternative("", span("Each to the only own device that Intune has of its owner"))]
        else:
            self.options = [
                Alternative(one.intune_id, span(one.model or one.kind), self._about(one)) for one in offered
            ]
        self._warnings: Sequence[str] = ()

    def _about(self, one: Candidate) -> str:
        seen = say_age(one.last_seen, self.fleet.clock())
        return f"{one.os_version or ''}  in {one.tenant}, device {one.device_id}, seen {seen}"

    def fields(self) -> ComposeResult:
        """Why."""
        yield from self.field("Reason", self.reason)

    def on_mount(self) -> None:
        """Look what would stand in the way."""
        super().on_mount()
        self.chosen()

    def chosen(self) -> None:
        """Another one may be another model, or too old."""
        if not self.options:
            return

        def known(warnings: Sequence[str]) -> None:
            if self.is_mounted:
                self._warnings = warnings
                self.lines.show(self.lay, keep_place=True)

        self.fleet.custody.try_out(self._write(), known)

    def _write(self) -> EnrolOwn:
        return EnrolOwn(self.reason.value.strip() or None, seen=seen_of(self.rows), to=self.choice or None)

    def lay(self, width: int) -> Sequence[Line]:
        """What there is to link."""
        lines: list[Line] = [*lay_rows(self.rows, width), [], *self.lay_options()]
        if not self.options:
            for told, ink in ((NONE_THERE, "warn"), (HOW_ON, "dim")):
                lines += [[span("  "), Span(piece, ink)] for piece in wrap(clean(told), max(width - 2, 8))]
        return [*lines, *warned(self._warnings, width), []]

    def do_submit(self) -> None:
        """Give the answer back if there is one."""
        if self.options:
            self.dismiss(self._write())
        else:
            self.complain("There is nothing to link.")


class EndScreen(Choosing[EndOwn], OfMany[EndOwn]):
    """Why it ends, when; and what then remains."""

    SUBMIT = "end"

    def __init__(self, rows: Rows) -> None:
        super().__init__(title_of("End ", rows))
        self.begin(rows)
        self.options = [Alternative(key, span(words)) for key, words in ENDINGS.items()]
        left = all(row.left for row in rows)
        self.at = 0 if left else [*ENDINGS].index("withdrew")

    def fields(self) -> ComposeResult:
        """When, why."""
        yield from self.field("Day", self.day)
        yield from self.last_fields()

    def on_mount(self) -> None:
        """Look what remains."""
        super().on_mount()
        self.chosen()

    def chosen(self) -> None:
        """Another ending leaves something else to do."""
        if self.choice not in NEEDS_WHY:
            self.look(EndOwn(seen=seen_of(self.rows), because=self.choice))

    def lay(self, width: int) -> Sequence[Line]:
        """Whose, why, and what remains to be done."""
        told = [[], *warned(self._warnings, width)] if self._warnings else []
        return [*lay_rows(self.rows, width), [], *self.lay_options(), *told, []]

    def write(self) -> EndOwn:
        """The end; raises `UsageProblem` for one that says nothing."""
        reason = self.reason.value.strip() or None
        if reason is None and self.choice in NEEDS_WHY:
            self.reason.focus()
            raise UsageProblem("Say why it ends.")
        day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        return EndOwn(reason, seen=seen_of(self.rows), because=self.choice, day=day)
