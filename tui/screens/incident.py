"""Lost, stolen, damaged: the report, and the run sheet on which each step is noted with Enter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.clock import london_date
from fleet.domain.incidents import GONE, clock_left, clock_said
from fleet.domain.records import DeviceRow
from fleet.errors import UsageProblem
from tui.actions import bindings_of
from tui.cards import LABEL, lay_heading
from tui.columns import device_name
from tui.dates import read_past_day, read_past_moment, say_day, say_exactly, say_moment
from tui.run_sheet import RunSheet, SheetStep
from tui.screens.choosing import Alternative, Choosing
from tui.screens.device_lines import lay_devices
from tui.screens.dialog import Dialog
from tui.screens.place import PlaceScreen
from tui.text import Span, clean, join, span
from tui.widgets.bars import Heading
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import between, fit, wrap
from tui.writes import CloseIncident, NoteStep, Report

KINDS: Sequence[tuple[Literal["lost", "stolen", "damaged"], str]] = (
    ("lost", "the holder does not know where it is"),
    ("stolen", "somebody took it"),
    ("damaged", "it stays where it is"),
)


class ReportScreen(Choosing[Report]):
    """What happened to a device, and when."""

    SUBMIT = "report"

    def __init__(self, device: DeviceRow) -> None:
        super().__init__([span("Report ", "title"), span(device_name(device), "strong")])
        self.device = device
        self.options = [Alternative(kind, span(kind.ljust(8), "strong"), about) for kind, about in KINDS]
        self.day = Entry("", "Today; or yesterday, friday, 18 Nov", id="day")
        self.reason = Entry("", "What happened, in a sentence", id="reason")

    def fields(self) -> ComposeResult:
        """When, what."""
        yield from self.field("Day", self.day)
        yield from self.field("What", self.reason)

    def lay(self, width: int) -> Sequence[Line]:
        """The device and the kinds."""
        return [*lay_devices([self.device], width), [], *self.lay_options(), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        try:
            day = read_past_day(self.day.value, london_date(self.fleet.clock()))
        except UsageProblem as error:
            self.complain(error.message)
            self.day.focus()
            return
        reason = self.reason.value.strip() or None
        self.dismiss(Report(reason, device_id=self.device.id, kind=KINDS[self.at][0], day=day))


class NoteScreen(Dialog[NoteStep]):
    """A step was done: when, and what there is to say about it."""

    SUBMIT = "note"

    def __init__(self, device_id: int, step: SheetStep) -> None:
        super().__init__([span("Done: ", "title"), span(step.title, "strong")])
        self.device_id, self.step = device_id, step
        self.note = Entry("", "Reference, who answered, what was said", id="note")
        self.time = Entry("", "Now; or 21:40, yesterday 21:40", id="time")

    def fields(self) -> ComposeResult:
        """What, when."""
        yield from self.field("Note", self.note)
        yield from self.field("Time", self.time)

    def lay(self, width: int) -> Sequence[Line]:
        """How it is done."""
        return [*([span("  "), Span(piece, "dim")] for piece in wrap(clean(self.step.how), max(width - 2, 8))), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        try:
            at = read_past_moment(self.time.value, self.fleet.clock())
        except UsageProblem as error:
            self.complain(error.message)
            self.time.focus()
            return
        self.dismiss(NoteStep(self.note.value.strip() or None, device_id=self.device_id, step=self.step.key, at=at))


class CloseScreen(Choosing[CloseIncident]):
    """How an incident ends."""

    SUBMIT = "close"

    def __init__(self, sheet: RunSheet) -> None:
        super().__init__([span("Close the incident of ", "title"), span(sheet.device, "strong")])
        self.sheet = sheet
        self.options = [
            Alternative("found", span("found     ", "strong"), "it is back, and is looked at next"),
            Alternative("given-up", span("given up  ", "strong"), f"it stays {sheet.kind}"),
        ]
        if sheet.kind not in GONE:
            self.options = [Alternative("settled", span("settled   ", "strong"), "mended, written off or paid for")]
        self.note = Entry(
            "", "Where, by whom, in what condition" if sheet.kind in GONE else "How it was settled", id="note"
        )

    def fields(self) -> ComposeResult:
        """What there is to say."""
        yield from self.field("Note", self.note)

    def lay(self, width: int) -> Sequence[Line]:
        """The ends there are."""
        del width
        return [*self.lay_options(), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        self.dismiss(
            CloseIncident(self.note.value.strip() or None, device_id=self.sheet.device_id, found=self.choice == "found")
        )


class IncidentScreen(PlaceScreen):
    """The run sheet."""

    PLACE = "incident"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("incident")

    def __init__(self, device_id: int) -> None:
        super().__init__()
        self.device_id = device_id
        self.sheet: RunSheet | None = None
        self.lines = LineView()
        self.at: int | None = None
        self._step_lines: dict[int, int] = {}

    @property
    def tab(self) -> str:
        """It belongs to the morning's page."""
        return "today"

    def compose(self) -> ComposeResult:
        """Header, crumbs, sheet, keys."""
        yield self.top
        yield self.banner
        yield Heading(span(" ‹ ", "key"), span("Run sheet", "dim"))
        yield self.lines
        yield self.keybar

    def on_mount(self) -> None:
        """Read the sheet."""
        self.news_changed()
        self.something_changed()

    def something_changed(self) -> None:
        """Read it again."""
        self.fleet.background.look(
            "sheet", lambda register: register.run_sheet(self.device_id), self._take, self.fleet.trouble
        )

    def _take(self, sheet: RunSheet) -> None:
        self.sheet = sheet
        open_steps = [number for number, step in enumerate(sheet.steps) if step.done_at is None]
        if self.at not in open_steps:
            self.at = next(iter(open_steps), None)
        self._show()

    def _show(self) -> None:
        self.lines.show(self._lay, keep_place=True)
        line = self._step_lines.get(self.at) if self.at is not None else None
        if line is not None and not self.lines.scroll_y <= line < self.lines.scroll_y + self.lines.size.height:
            self.lines.scroll_to(y=max(line - self.lines.size.height // 2, 0), animate=False)
        self.keybar.refresh()

    # --- the sheet --------------------------------------------------------------------------------------------

    def _lay(self, width: int) -> Sequence[Line]:
        sheet = self.sheet
        if sheet is None:
            return ()
        lines = [*self._head(sheet, width), *lay_heading("What to say", clean(""), width)]
        for label, value in sheet.facts:
            lines.append([span("  "), Span(fit(clean(label), LABEL), "dim"), span(value)])
        done = sum(step.done_at is not None for step in sheet.steps)
        lines += lay_heading("Steps", join(done, " done, ", len(sheet.steps) - done, " to do"), width)
        self._step_lines = {}
        for number, step in enumerate(sheet.steps):
            self._step_lines[number] = len(lines)
            lines += self._step(step, number == self.at, width)
        return lines

    def _head(self, sheet: RunSheet, width: int) -> list[Line]:
        now = self.fleet.clock()
        clock = clock_said(sheet.kind, sheet.reported_at, sheet.told_at, now)
        ticks = sheet.kind in GONE and sheet.told_at is None
        late = ticks and clock_left(sheet.reported_at, now).total_seconds() < 0
        ended = Span(join("closed ", say_moment(sheet.closed_at, now)), "good")
        ink = "bad" if late else "warn" if ticks or clock.endswith("too late") else "good" if sheet.told_at else "dim"
        state = ended if sheet.closed_at else span(f"{'◷ ' if ticks else '✓ ' if sheet.told_at else ''}{clock}", ink)
        happened = join("happened ", say_day(sheet.occurred_on, london_date(now)))
        reported = join("reported ", say_moment(sheet.reported_at, now))
        return [
            between([span(f"✕ {sheet.kind} ", "bad"), span(sheet.device, "strong")], [state], width),
            [Span(happened, "dim"), span(" · ", "faint"), Span(reported, "dim")],
        ]

    def _step(self, step: SheetStep, here: bool, width: int) -> list[Line]:
        bar = span("▌ " if here else "  ", "accent")
        if step.done_at is not None:
            when = say_exactly(step.done_at) if self.fleet.exact else say_moment(step.done_at, self.fleet.clock())
            head = [bar, span("✓ ", "good"), span(step.title), span("  "), span(step.note, "dim")]
            return [between(head, [Span(join(when, " · ", step.done_by), "dim")], width)]
        lines: list[Line] = [[bar, span("○ ", "accent"), span(step.title, "strong")]]
        lines += [[span("    "), Span(piece, "dim")] for piece in wrap(clean(step.how), max(width - 4, 8))]
        return lines

    # --- actions ----------------------------------------------------------------------------------------------

    def do_up(self) -> None:
        """The step above."""
        self._choose(-1)

    def do_down(self) -> None:
        """The step below."""
        self._choose(1)

    def _choose(self, by: int) -> None:
        steps = self.sheet.steps if self.sheet else ()
        open_steps = [number for number, step in enumerate(steps) if step.done_at is None]
        if self.at in open_steps:
            self.at = open_steps[min(max(open_steps.index(self.at) + by, 0), len(open_steps) - 1)]
            self._show()
        else:
            self.lines.scroll_to(y=self.lines.scroll_y + by, animate=False)

    def do_page_up(self) -> None:
        """Scroll up."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll down."""
        self.lines.page(1)

    def do_note(self) -> None:
        """Note the step under the cursor."""
        if self.sheet is None or self.at is None:
            self.fleet.notify("All steps are done. F3 closes the incident.")
        else:
            self.fleet.custody.fill_in(partial(NoteScreen, self.device_id, self.sheet.steps[self.at]))

    def do_remote(self) -> None:
        """Ask Intune for a step: lost mode, lock, locate."""
        from tui.screens.remoting import begin

        if self.sheet is not None:
            begin(self.fleet, [self.device_id], [self.sheet.device])

    def do_close(self) -> None:
        """End the incident."""
        if self.sheet is None or self.sheet.closed_at is not None:
            self.fleet.notify("This incident is closed already.", severity="warning")
        else:
            self.fleet.custody.fill_in(partial(CloseScreen, self.sheet))

    def do_back(self) -> None:
        """Back to where one came from."""
        self.dismiss()
