"""Many devices to one person, site or team, many back, or many that arrive: scan after scan, each done at once and told in
large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from fleet.clock import london_date
from tui.actions import bindings_of
from tui.counting import Arrival, Batch
from tui.dates import say_day
from tui.screens.arriving import ArrivalScreen
from tui.screens.issue import IssueScreen
from tui.screens.scan_loop import ScanLoop
from tui.screens.scanning_lines import lay_doing, lay_done, lay_last
from tui.text import Span, counted, join, span
from tui.widgets.line_view import Line
from tui.writes import Issue

if TYPE_CHECKING:
    from tui.register import Register


class ScanningScreen(ScanLoop):
    """The loop of issuing, taking back or receiving. Nothing is done before it is said which."""

    PLACE = "scanning"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("scanning")

    def __init__(self) -> None:
        super().__init__()
        self.order: Issue | None = None
        """Whom everything that is scanned goes to; None while devices are taken back, or nothing is said yet."""
        self.arrival: Arrival | None = None
        """The delivery that everything scanned came with; None while devices are handed on, or nothing is said yet."""
        self.mode = ""
        """`issue`, `return` or `receive`; empty until one was chosen."""

    def on_mount(self) -> None:
        """Ask nothing yet."""
        self.news_changed()
        self.show()
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here."""
        self.news_changed()

    def why_not_scan(self) -> str | None:
        """It must be said what happens with what is scanned."""
        return None if self.mode else "Say first whether to issue (F2), take back (F3) or receive (F4)."

    def steps_of(self, texts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Each device is a step of its own, also of a pasted list."""
        return [(text,) for text in texts]

    def keeping(self, texts: tuple[str, ...], last: bool) -> Callable[[Register], Batch]:
        """Issue it, take it back, or take it in."""
        del last
        order, arrival = self.order, self.arrival
        if arrival is not None:
            return lambda register: register.counting.receive(texts[0], arrival)
        to, due = (order.to, order.due_on) if order is not None else (None, None)
        return lambda register: register.counting.hand_over(texts[0], to, due)

    def has_kept(self, batch: Batch) -> None:
        """Other screens show what was done once the burst is over."""
        del batch
        if not self.waiting:
            self.fleet.read_summary()

    def show(self) -> None:
        """Paint everything anew."""
        today = london_date(self.fleet.clock())
        due = say_day(self.order.due_on, today) if self.order is not None and self.order.due_on else None
        self.progress.show(lay_doing(self.mode, self.order.to if self.order else None, due, self.log_of, self.arrival))
        last = self._steps[-1] if self._steps else None
        self.verdict.show(lay_last(last, self.mode, self.unkept, self._trouble, self._taken_back))
        self.log_lines.show(lay_done(self.log_of))
        self.status.show(self._status())
        self.keybar.refresh()

    def _status(self) -> list[Span]:
        shown = [span("Scans, the newest first", "title")]
        shown += [span(" · ", "faint"), Span(join(f"{len(self.log_of):,}"), "strong")]
        if self.unkept:
            shown += [span(" · ", "faint"), Span(join(counted(self.unkept, "scan"), " being kept"), "warn")]
        return shown

    # --- actions ----------------------------------------------------------------------------------------------

    def do_to_whom(self) -> None:
        """From now on what is scanned is issued; ask to whom."""

        def answered(order: Issue | None) -> None:
            if order is not None:
                self._begin("issue", order)

        self.fleet.push_screen(ToWhomScreen(), answered)  # type: ignore[arg-type]  # this form gives an Issue only

    def do_bring_back(self) -> None:
        """From now on what is scanned comes back into stock."""
        self._begin("return", None)

    def do_receive(self) -> None:
        """From now on what is scanned has arrived; ask with what."""

        def answered(arrival: Arrival | None) -> None:
            if arrival is not None:
                self._begin("receive", None, arrival)

        self.fleet.push_screen(ArrivalScreen(self.arrival), answered)

    def _begin(self, mode: str, order: Issue | None, arrival: Arrival | None = None) -> None:
        if self.unkept:
            self.fleet.notify("Some scans are still being kept. Wait until they are.", severity="warning")
            return
        self.mode, self.order, self.arrival = mode, order, arrival
        self.log_of, self._steps, self._taken_back = [], [], None
        self.show()


class ToWhomScreen(IssueScreen):
    """Who gets everything that is scanned, and until when."""

    SUBMIT = "begin"

    def __init__(self) -> None:
        super().__init__(())

    def lay(self, width: int) -> Sequence[Line]:
        """Only who."""
        return [line for line in super().lay(width) if line]
