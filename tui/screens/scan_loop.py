"""The scanner's loop: each scan waits until the register has kept it, is answered in large, and can be taken back alone.

A subclass says what keeping a scan means and what is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from tui.counting import Batch, Seen
from tui.screens.place import PlaceScreen
from tui.text import counted
from tui.widgets.bars import StatusLine
from tui.widgets.fields import ScanField
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from fleet.errors import FleetError
    from tui.register import Register

LOG = 500
"""Scans that stay on screen."""
AGAIN = 3.0
"""Seconds after which scans that could not be kept are tried again."""
FINE = frozenset({"found", "repeated", "issued", "returned"})
"""Outcomes without a bell."""


class ScanLoop(PlaceScreen):
    """A field, an answer in large, and the scans. A scan waits in `waiting` until the register has kept it: none is lost."""

    AUTO_FOCUS = "ScanField"

    def __init__(self) -> None:
        super().__init__()
        self.field = ScanField("Scan or type a tag, serial or IMEI; or paste a list", id="search")
        self.progress, self.verdict, self.log_lines = LineView(id="progress"), LineView(id="verdict"), LineView()
        self.status = StatusLine()
        self.log_of: list[Seen] = []
        """The newest first."""
        self.waiting: list[tuple[str, ...]] = []
        """Steps that the register has not kept yet: a scan each, or a pasted list."""
        self._sending: tuple[str, ...] = ()
        self._steps: list[Batch] = []
        """What was kept since this was begun; the last one can be taken back."""
        self._trouble: str | None = None
        self._again: Timer | None = None
        self._taken_back: str | None = None

    # --- what a subclass says ---------------------------------------------------------------------------------

    def why_not_scan(self) -> str | None:
        """Why nothing can be scanned now; None when it can."""
        return None

    def steps_of(self, texts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """How texts that came at once are kept: as one step, unless a subclass takes each alone."""
        return [texts]

    def keeping(self, texts: tuple[str, ...], last: bool) -> Callable[[Register], Batch]:
        """What keeps a step; called in a thread. `last` says that no other waits."""
        raise NotImplementedError

    def has_kept(self, batch: Batch) -> None:
        """A step was kept."""

    def show(self) -> None:
        """Paint everything anew."""
        raise NotImplementedError

    # --- life and scans ---------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Header, scan field, progress, verdict, list, status, keys."""
        yield self.top
        yield self.banner
        with Horizontal(id="search-line"):
            yield self.lead("Scan")
            yield self.field
        with Vertical(id="count"):
            yield self.progress
            yield self.verdict
            yield self.log_lines
        yield self.status
        yield self.keybar

    def on_scan_field_scanned(self, message: ScanField.Scanned) -> None:
        """Scans arrived: by Enter, by a scanner's Tab, or pasted."""
        if (why := self.why_not_scan()) is not None:
            self.fleet.bell()
            self.fleet.notify(f"{why} Nothing was scanned.", severity="warning")
            return
        self.waiting += self.steps_of(message.texts)
        self._taken_back = None
        self._send()

    def do_scan(self) -> None:
        """Take what stands in the field."""
        self.field.call_later(self.field.finish)

    def _send(self) -> None:
        """Keep what waits, step after step: so each can be taken back alone."""
        if self._sending or not self.waiting or self.why_not_scan() is not None:
            self.show()
            return
        self._sending = self.waiting.pop(0)
        self.fleet.background.write(self.keeping(self._sending, not self.waiting), self._kept, self._refused)
        self.show()

    def _kept(self, batch: Batch) -> None:
        self._sending, self._trouble = (), None
        self._steps = [*self._steps, batch][-LOG:]
        self.log_of = [*reversed(batch.seen), *self.log_of][:LOG]
        if batch.event_id is not None:
            self.fleet.custody.done.append(batch.event_id)
            self.fleet.custody.undone.clear()
        if any(one.outcome not in FINE for one in batch.seen):
            self.fleet.bell()
        self.has_kept(batch)
        self._send()

    def _refused(self, error: FleetError) -> None:
        """Nothing is lost: what was not kept waits in front of what came since."""
        self.waiting, self._sending = [self._sending, *self.waiting], ()
        self._trouble = error.message
        self.fleet.bell()
        self.fleet.trouble(error, quiet=True)
        if self._again is not None:
            self._again.stop()
        self._again = self.set_timer(AGAIN, self._send)
        self.show()

    @property
    def unkept(self) -> int:
        """How many scans the register has not kept yet."""
        return sum(len(texts) for texts in (self._sending, *self.waiting))

    # --- actions ----------------------------------------------------------------------------------------------

    def do_undo(self) -> None:
        """Take the last scan back at once: a question would swallow the next scan."""
        last = next((step for step in reversed(self._steps) if step.event_id is not None), None)
        if last is None or (event_id := last.event_id) is None:
            super().do_undo()
            return
        self._steps = [step for step in self._steps if step is not last]
        told = last.seen[0].device or last.seen[0].scanned if len(last.seen) == 1 else counted(len(last.seen), "scan")

        def undone(_outcome: object) -> None:
            self._taken_back = str(told)
            self.log_of = [one for one in self.log_of if all(one is not gone for gone in last.seen)]
            if event_id in self.fleet.custody.done:
                self.fleet.custody.done.remove(event_id)
            self.fleet.something_changed()
            self.show()

        def refused(error: FleetError) -> None:
            self._steps.append(last)
            self.fleet.tell_error(error)

        self.fleet.background.write(lambda register: register.undo(event_id, None), undone, refused)

    def do_clear(self) -> None:
        """Clear the field."""
        self.field.value = ""

    def do_up(self) -> None:
        """Scroll the list."""
        self.log_lines.scroll_to(y=self.log_lines.scroll_y - 1, animate=False)

    def do_down(self) -> None:
        """Scroll the list."""
        self.log_lines.scroll_to(y=self.log_lines.scroll_y + 1, animate=False)

    def do_page_up(self) -> None:
        """Scroll by a screenful."""
        self.log_lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screenful."""
        self.log_lines.page(1)

    def do_back(self) -> None:
        """Clear the field, then go to the devices."""
        if self.field.value:
            self.field.value = ""
        else:
            self.fleet.switch_mode("devices")
