"""The estate as at the end of a day: its devices and what did not agree then. Read only: nothing is done to the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.clock import london_date
from fleet.domain.records import DeviceRow
from fleet.domain.wording import day_text
from fleet.errors import UsageProblem
from tui.actions import bindings_of
from tui.cards import lay_heading, lay_pair
from tui.columns import DEVICES, FINDINGS, Column, device_name, model_name, status_span
from tui.dates import read_past_day
from tui.past import PastView
from tui.possible import Situation
from tui.row_source import Ask
from tui.screens.card import CardScreen
from tui.screens.desk import DeskScreen
from tui.screens.dialog import Dialog
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import between, wrap

if TYPE_CHECKING:
    from tui.register import Register
    from tui.widgets.line_view import Lay

PAST_DEVICES = tuple(column for column in DEVICES if column.key not in ("findings", "seen"))
"""Check-ins and counts of findings make no history, so that nothing can be said of them."""
VIEWS = {"devices": PAST_DEVICES, "findings": FINDINGS}
NOUNS = {"devices": ("device", "devices"), "findings": ("finding", "findings")}
NOT_KEPT = "Check-ins, free storage and numbers of open findings make no history."


class DayScreen(Dialog[date]):
    """Which day."""

    SUBMIT = "look back"

    def __init__(self, day: date | None = None) -> None:
        super().__init__([span("The estate as at the end of", "title")])
        self.day = Entry(day.isoformat() if day else "", "A day: 3 Nov, 31/3/2026, -30, friday", id="day")

    def fields(self) -> ComposeResult:
        """The day."""
        yield from self.field("Day", self.day)

    def lay(self, width: int) -> Sequence[Line]:
        """What it is."""
        told = "What was recorded and observed by then, with what was entered later for that time. Nothing can be changed there."
        return [*([Span(piece, "dim")] for piece in wrap(clean(told), max(width, 8))), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        try:
            day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            return
        if day is None:
            self.complain("Say which day: 3 Nov, 31/3/2026, -30.")
        else:
            self.dismiss(day)


class AsAtScreen(DeskScreen[Any]):
    """A day's devices or findings."""

    PLACE = "as_at"
    COLUMNS: ClassVar[Sequence[Column]] = PAST_DEVICES
    PLACEHOLDER = "Type words and filters, as in the devices"
    NOUN = ("device", "devices")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("as_at")

    def __init__(self) -> None:
        self.view = PastView(london_date(self.fleet.clock()) - timedelta(days=1))
        super().__init__()
        self.first_ask = replace(self.first_ask, group=self.view)
        self.began: date | None = None

    def on_mount(self) -> None:
        """Where history begins is told with the day."""
        super().on_mount()
        self.fleet.background.look("began", lambda register: register.past.began(), self._begins, self.fleet.trouble)

    def _begins(self, began: date | None) -> None:
        self.began = began
        self.news_changed()

    def show_day(self, day: date, text: str | None = None) -> None:
        """Look at another day; with a search where there is one."""
        self.view = replace(self.view, day=day)
        if text is not None:
            self.search.value = text
        self.ask(Ask(text=self.search.value.strip(), group=self.view))
        self.news_changed()

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[Any]:
        """Rows of that day."""
        return register.past.rows(ask.group, ask)[offset : offset + limit]

    def count(self, register: Register, ask: Ask) -> int:
        """How many there are."""
        return len(register.past.rows(ask.group, ask))

    def rows_changed(self, new: bool) -> None:
        """Another view has other columns."""
        if new:
            self.table.set_columns(VIEWS[self.source.ask.group.what])

    def lay_card(self, card: Any) -> Lay:
        """What was known of it that day."""
        return lay_past(card, self.view.day)

    def name_of(self, row: Any) -> str:
        """Tag, or subject."""
        return device_name(row) if isinstance(row, DeviceRow) else str(row.subject)

    def exact(self, register: Register, typed: str) -> tuple[str, Any] | None:
        """What is exactly that, as it was that day."""
        rows = register.past.rows(replace(self.view, what="devices"), Ask())
        wanted = typed.casefold()
        found = [
            row
            for row in rows
            if isinstance(row, DeviceRow)
            and wanted in {str(one).casefold() for one in (row.asset_tag, row.serial, row.imei) if one}
        ]
        return (self.PLACE, found[0]) if len(found) == 1 else None

    def situation(self) -> Situation:
        """Nothing that is chosen here is of today."""
        return replace(super().situation(), day=self.view.day)

    def news_changed(self) -> None:
        """The day stands above everything."""
        super().news_changed()
        if self.fleet.problem is None:
            told = f"As at the end of {day_text(self.view.day)}: read only."
            if self.began is not None and self.view.day < self.began:
                told += f" The register begins on {day_text(self.began)}."
            self.banner.say(told)

    @property
    def noun(self) -> tuple[str, str]:
        """Devices or findings."""
        return NOUNS[self.view.what]

    def status_start(self) -> list[Span]:
        """Which list it is."""
        return [span(self.view.what, "title"), span(" · ", "faint")]

    def nothing(self) -> list[Line]:
        """Nothing was there."""
        return [[span(f"  There were no {NOUNS[self.view.what][1]} that day.", "dim")]]

    def open_card(self, row: Any, *, came_from: str | None = None) -> None:
        """The card of that day."""
        if self.fleet.screen is self:
            self.fleet.push_screen(PastCardScreen(self, row, came_from=came_from))

    def do_past_view(self) -> None:
        """Devices, then findings."""
        what = "findings" if self.view.what == "devices" else "devices"
        self.view = replace(self.view, what=what)
        self.ask(Ask(text=self.search.value.strip(), group=self.view))

    def do_look_back(self) -> None:
        """Another day."""
        self.fleet.push_screen(DayScreen(self.view.day), lambda day: self.show_day(day) if day else None)

    def do_export(self) -> None:
        """Write the estate of that day to a file."""
        from tui.screens.exporting import ExportAnswer, ExportScreen

        text, day = self.search.value.strip(), self.view.day

        def answered(answer: ExportAnswer | None) -> None:
            if answer is not None:
                self.fleet.notify("Writing … you can go on working.")
                self.fleet.background.job(
                    lambda register: register.export(
                        text, answer.path, overwrite=answer.overwrite, as_at=day, reason=answer.reason
                    ),
                    lambda told: self.fleet.notify(f"Written: {told}", timeout=15),
                    self.fleet.trouble,
                )

        if self.view.what == "devices":
            self.fleet.push_screen(ExportScreen(text, self.source.total), answered)
        else:
            self.fleet.notify("Only the devices of a day are exported. ^S shows them.", severity="warning")

    def do_back(self) -> None:
        """Clear the search, then back to today."""
        if self.search.value:
            self.search.value = ""
        else:
            self.fleet.switch_mode("devices")


class PastCardScreen(CardScreen):
    """One device or finding as it was."""

    def situation(self) -> Situation:
        """What is shown is not of today."""
        assert isinstance(self.desk, AsAtScreen)
        return replace(super().situation(), day=self.desk.view.day)

    def news_changed(self) -> None:
        """The day stands above everything."""
        super().news_changed()
        if self.fleet.problem is None and isinstance(self.desk, AsAtScreen):
            self.banner.say(f"As at the end of {day_text(self.desk.view.day)}: read only.")


def lay_past(row: Any, day: date) -> Lay:
    """A row of a past day."""

    def lay(width: int) -> list[Line]:
        if not isinstance(row, DeviceRow):
            lines: list[Line] = [[span(row.title, "strong")], [Span(join(row.subject, " · ", row.state), "dim")], []]
            return lines + [[Span(piece)] for piece in wrap(clean(row.sentence), max(width, 8))]
        lines = [
            between([span(device_name(row), "strong")], [status_span(row.status)], width),
            [span(model_name(row), "dim"), span("  "), span(row.serial or "", "dim")],
            *lay_heading("As at", clean(day_text(day)), width),
        ]
        pairs: tuple[tuple[str, object], ...] = (
            ("Holder", row.holder or "nobody"), ("Since", day_text(row.issued_on) if row.issued_on else None),
            ("Due back", day_text(row.due_on) if row.due_on else None), ("Team", row.team), ("Site", row.site),
            ("Organisation", row.organisation), ("IMEI", row.imei), ("SIM", row.iccid), ("Cost code", row.cost_code),
            ("OS", row.os_version), ("Compliance", row.compliance), ("Enrolled by", row.enrolled_upn),
            ("Bought", day_text(row.purchased_on) if row.purchased_on else None),
        )  # fmt: skip
        for label, value in pairs:
            if value:
                lines += lay_pair(label, span(str(value)), width)
        return [*lines, [], *([Span(piece, "faint")] for piece in wrap(clean(NOT_KEPT), max(width, 8)))]

    return lay
