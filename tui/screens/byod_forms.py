"""The forms of own devices: request, a manager's decision, the consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult

from fleet.clock import london_date
from fleet.errors import UsageProblem
from tui.dates import read_day, read_past_day
from tui.screens.byod_lines import OfMany, Rows, lay_rows, seen_of, title_of
from tui.screens.choosing import warned
from tui.screens.dialog import Dialog
from tui.screens.issue import IssueScreen
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import fit
from tui.writes import AgreeOwn, DecideOwn, Recipient, RequestOwn


class RequestScreen(IssueScreen):
    """Who asks, and what for; nothing that says which very device it is."""

    SUBMIT = "request"
    PEOPLE_ONLY = True

    def __init__(self, person: Recipient | None = None) -> None:
        super().__init__([])
        self.heading.show(span("Request leave to use an own device", "title"))
        self.who.placeholder = clean("Whose: type a name or sign-in name")
        self.model = Entry("", "As its owner says: iPhone 14. No serial, IMEI or number", id="model")
        self.system = Entry("", "Optional: the OS version, as its owner says", id="system")
        self.purpose = Entry("", "Optional: what it is wanted for", id="purpose")
        self.day.placeholder = clean("Today; or the day they asked: 18 Nov, yesterday")
        if person is not None:
            self.to, self.who.value = person, person.name

    def fields(self) -> ComposeResult:
        """Whose, what, what for, since when."""
        yield from self.field("Owner", self.who)
        yield self.matches
        yield from self.field("Model", self.model)
        yield from self.field("OS", self.system)
        yield from self.field("Wanted for", self.purpose)
        yield from self.field("Asked on", self.day)

    def on_mount(self) -> None:
        """Known already whose: then which model."""
        super().on_mount()
        if self.to is not None:
            self.call_after_refresh(self.model.focus)

    def take(self, to: Recipient | None) -> None:
        """It is theirs: then which model."""
        super().take(to)
        if self.to is not None:
            self.model.focus()

    def do_next(self) -> None:
        """In the first field Enter takes whom the text means; in the last it is requested."""
        if self.focused is self.who and self.to is None:
            super().do_next()
        else:
            Dialog.do_next(self)

    def _look_for_warnings(self) -> None:
        to = self.to
        if to is None:
            return

        def known(warnings: Sequence[str]) -> None:
            if self.is_mounted and self.to == to:
                self._warnings = warnings
                self.lines.show(self.lay)

        self.fleet.custody.try_out(RequestOwn(to=to), known)

    def write(self, to: Recipient) -> Any:
        """What the form asks for; raises `UsageProblem` for a day that is none."""
        model = self.model.value.strip()
        kind = next((one for one in ("iphone", "ipad") if model.casefold().startswith(one)), None)
        return RequestOwn(
            to=to,
            kind=kind,
            model=model or None,
            os_version=self.system.value.strip() or None,
            purpose=self.purpose.value.strip() or None,
            day=read_past_day(self.day.value, london_date(self.fleet.clock())),
        )


class DecideOwnScreen(OfMany[DecideOwn]):
    """A manager agrees, or does not."""

    def __init__(self, rows: Rows, *, agreed: bool) -> None:
        super().__init__(title_of("Approve " if agreed else "Refuse ", rows))
        self.begin(rows)
        self.agreed = agreed
        self.by = Entry("", "You; or the manager: a name or sign-in name", id="by")
        if not agreed:
            self.reason.placeholder = clean("Why: needed, and kept in history")

    @property
    def submit_word(self) -> str:
        """One or the other."""
        return "approve" if self.agreed else "refuse"

    def on_mount(self) -> None:
        """Look what would stand in the way."""
        super().on_mount()
        if self.agreed:
            self.look(self.write())

    def fields(self) -> ComposeResult:
        """Who decided, when, why."""
        yield from self.field("Decided by", self.by)
        yield from self.field("Day", self.day)
        yield from self.last_fields()

    def lay(self, width: int) -> Sequence[Line]:
        """What was asked for."""
        wanted = [join("wanted for ", row.purpose) for row in self.rows[:1] if row.purpose and len(self.rows) == 1]
        told: list[Line] = [[span("  "), Span(fit(one, width - 2), "dim")] for one in wanted]
        return [*lay_rows(self.rows, width), *told, *warned(self._warnings, width), []]

    def write(self) -> DecideOwn:
        """The decision; raises `UsageProblem` for a refusal without a reason."""
        reason = self.reason.value.strip() or None
        if reason is None and not self.agreed:
            self.reason.focus()
            raise UsageProblem("Say why it is refused.")
        day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        return DecideOwn(reason, seen=seen_of(self.rows), agreed=self.agreed, by=self.by.value.strip() or None, day=day)


class AgreeScreen(OfMany[AgreeOwn]):
    """Owners accept the terms."""

    SUBMIT = "record"

    def __init__(self, rows: Rows) -> None:
        super().__init__(title_of("Consent for ", rows))
        self.begin(rows)
        known = {row.terms_version for row in rows if row.terms_version}
        self.terms = Entry("", "The version; nothing: terms of [byod] in config.toml", id="terms")
        if len(known) == 1:
            self.terms.value = clean(known.pop())
        self.until = Entry("", "12 months, or as configured; or a day: 31 Mar 2027, +180", id="until")

    def fields(self) -> ComposeResult:
        """Which terms, since when, until when."""
        yield from self.field("Terms", self.terms)
        yield from self.field("Accepted on", self.day)
        yield from self.field("Until", self.until)
        yield from self.last_fields()

    def lay(self, width: int) -> Sequence[Line]:
        """Whose."""
        return [*lay_rows(self.rows, width), []]

    def write(self) -> AgreeOwn:
        """The consent; raises `UsageProblem` for a day that is none."""
        today = london_date(self.fleet.clock())
        return AgreeOwn(
            self.reason.value.strip() or None,
            seen=seen_of(self.rows),
            terms=self.terms.value.strip() or None,
            day=read_past_day(self.day.value, today),
            until=read_day(self.until.value, today),
        )
