"""Settings, and what the doctor says: is everything in order?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.actions import bindings_of
from tui.cards import lay_heading, lay_pair
from tui.dates import say_clock
from tui.files import HealthCheck, Setting
from tui.screens.place import PlaceScreen
from tui.text import Span, clean, counted, join, span
from tui.widgets.bars import Heading, StatusLine
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import fit, width_of, wrap

if TYPE_CHECKING:
    from tui.register import Register

SIGNS = {"good": ("✓", "good"), "warning": ("!", "warn"), "bad": ("✕", "bad"), "skipped": ("–", "faint")}
ORDER = ("bad", "warning", "good", "skipped")
NOTHING = clean("")


class HealthScreen(PlaceScreen):
    """The doctor's report and the configuration."""

    PLACE = "health"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("health")

    def __init__(self) -> None:
        super().__init__()
        self.lines = LineView(id="health-lines")
        self.status = StatusLine()
        self.checks: Sequence[HealthCheck] = ()
        self.settings: Sequence[Setting] = ()
        self.asking = False

    def compose(self) -> ComposeResult:
        """Header, report, status, keys."""
        yield self.top
        yield self.banner
        yield Heading(span(" Settings & health", "title"))
        yield self.lines
        yield self.status
        yield self.keybar

    def on_mount(self) -> None:
        """Look at everything that is near; Microsoft is asked by Enter."""
        self.news_changed()
        self._look(offline=True)
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here."""
        self.news_changed()

    def do_examine(self) -> None:
        """Look at everything, tokens and permissions too."""
        self._look(offline=False)

    def _look(self, *, offline: bool) -> None:
        if self.asking:
            return
        self.asking = True

        def work(register: Register) -> tuple[Sequence[HealthCheck], Sequence[Setting]]:
            return register.files.health(offline=offline), register.files.settings()

        self.fleet.background.job(work, self._take, self._failed)
        self._show()

    def _take(self, found: tuple[Sequence[HealthCheck], Sequence[Setting]]) -> None:
        self.asking = False
        self.checks, self.settings = found
        self._show()

    def _failed(self, error: Exception) -> None:
        self.asking = False
        self._show()
        self.fleet.trouble(error)  # type: ignore[arg-type]  # a job fails with a FleetError

    def _show(self) -> None:
        self.lines.show(self._lay, keep_place=True)
        bad = sum(one.state == "bad" for one in self.checks)
        warned = sum(one.state == "warning" for one in self.checks)
        if self.asking:
            self.status.show([span("looking …", "accent")])
        else:
            told = (
                [span("✕ ", "bad"), Span(join(bad, " wrong   "))]
                if bad
                else [span("✓ ", "good"), span("nothing wrong   ")]
            )
            told += [span("! ", "warn"), Span(counted(warned, "warning"))] if warned else []
            asked = any(one.state == "skipped" for one in self.checks)
            hint = [span("Enter", "key"), span(" asks Microsoft for tokens", "dim")] if asked else []
            right = hint or [Span(join("looked ", say_clock(self.fleet.clock())), "dim")]
            self.status.show(told, right)
        self.keybar.refresh()

    def _lay(self, width: int) -> Sequence[Line]:
        if not self.checks and self.asking:
            return [[], [span("  Looking …", "dim")]]
        lines: list[Line] = []
        longest = max((width_of(one.what) for one in self.checks), default=0)
        for one in sorted(self.checks, key=lambda check: ORDER.index(check.state)):
            sign, ink = SIGNS[one.state]
            what = min(longest, max(width // 3, 12))
            names, told = wrap(clean(one.what), what), wrap(clean(one.sentence), max(width - what - 4, 8))
            for at, (name, piece) in enumerate(zip_longest(names, told, fillvalue=NOTHING)):
                head = [span(f"{sign} " if at == 0 else "  ", ink), Span(fit(name, what))]
                lines.append([*head, span("  "), Span(piece, ink if one.state in ("bad", "warning") else "dim")])
        for group, members in groupby(self.settings, key=lambda setting: setting.group):
            lines += lay_heading(group, clean(""), width)
            for setting in members:
                lines += lay_pair(setting.label, span(setting.value), width)
        lines += lay_heading("This screen", clean(""), width)
        return lines + lay_pair("Look", span(f"{self.fleet.theme.removeprefix('fleet-')} (^L changes it)"), width)

    def something_changed(self) -> None:
        """What is near is looked at again."""
        if not self.asking and all(one.state != "skipped" for one in self.checks):
            return
        self._look(offline=True)

    def do_up(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y - 1, animate=False)

    def do_down(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y + 1, animate=False)

    def do_page_up(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screenful."""
        self.lines.page(1)

    def do_back(self) -> None:
        """To the devices."""
        self.fleet.switch_mode("devices")
