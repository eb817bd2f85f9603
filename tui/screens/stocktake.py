"""Counting what is really there: scan after scan, each answered at once and large enough to be read at arm's length."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tui.actions import bindings_of
from tui.counting import Batch, Standing, Stocktaking, Whereabouts
from tui.screens.scan_loop import ScanLoop
from tui.screens.stocktake_lines import lay_amiss, lay_log, lay_nothing, lay_progress, lay_verdict
from tui.text import Span, counted, join, span

if TYPE_CHECKING:
    from tui.register import Register

VIEWS = ("scans", "missing", "amiss")


class StocktakeScreen(ScanLoop):
    """A stocktake: every scan is judged against what should be there."""

    PLACE = "stocktake"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("stocktake")

    def __init__(self) -> None:
        super().__init__()
        self.stocktake: Stocktaking | None = None
        self.counts: dict[str, int] = {}
        self.standing: Standing | None = None
        self.where = Whereabouts()
        self.view = "scans"

    def on_mount(self) -> None:
        """Go on with the newest open stocktake."""
        self.news_changed()
        self.show()
        self.fleet.background.look(
            "stocktakes", lambda register: register.counting.stocktakes(), self._offered, self.fleet.trouble
        )
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def on_screen_resume(self) -> None:
        """Back here: others may have scanned meanwhile."""
        self.news_changed()
        self.something_changed()

    def something_changed(self) -> None:
        """Read how it stands."""
        if self.stocktake is None:
            return
        number = self.stocktake.id
        self.fleet.background.look(
            "standing", lambda register: register.counting.standing(number), self._stands, self.fleet.trouble
        )

    def _offered(self, rows: Sequence[Stocktaking]) -> None:
        if rows and self.stocktake is None:
            self.go_on_with(rows[0])

    def go_on_with(self, stocktake: Stocktaking) -> None:
        """Scan into this one from now on."""
        if self.stocktake is None or self.stocktake.id != stocktake.id:
            self.stocktake, self.counts, self.standing = stocktake, {}, None
            self.log_of, self._steps, self._taken_back = [], [], None
        self.show()
        self.something_changed()

    def _stands(self, standing: Standing) -> None:
        if self.stocktake is not None and standing.stocktake.id == self.stocktake.id:
            self.standing, self.stocktake = standing, standing.stocktake
            if not self._sending:
                self.counts = standing.counts
            self.show()

    # --- scanning ---------------------------------------------------------------------------------------------

    def why_not_scan(self) -> str | None:
        """Only an open stocktake counts."""
        is_open = self.stocktake is not None and self.stocktake.closed_at is None
        return None if is_open else "Open a stocktake first (F4)."

    def keeping(self, texts: tuple[str, ...], last: bool) -> Callable[[Register], Batch]:
        """A step of scans; how the stocktake stands is asked with the last that waits."""
        number, where = self.stocktake.id if self.stocktake is not None else 0, self.where
        return lambda register: register.counting.scan(number, texts, where, counted=last)

    def has_kept(self, batch: Batch) -> None:
        """Count anew."""
        self.counts = batch.counts or self.counts
        if self.view != "scans" and not self.waiting:
            self.something_changed()

    # --- what is shown ----------------------------------------------------------------------------------------

    def show(self) -> None:
        """Paint everything anew."""
        if self.stocktake is None:
            self.progress.show(lay_nothing)
            self.verdict.show(lambda _width: ())
            self.log_lines.show(lambda _width: ())
        else:
            last = self._steps[-1] if self._steps else None
            self.progress.show(lay_progress(self.stocktake, self.counts, self.where))
            self.verdict.show(lay_verdict(last, self.unkept, self._trouble, self._taken_back))
            amiss = self.standing.amiss if self.standing else None
            self.log_lines.show(lay_log(self.log_of) if self.view == "scans" else lay_amiss(amiss, self.view))
        self.status.show(self._status())
        self.keybar.refresh()

    def _status(self) -> list[Span]:
        if self.stocktake is None:
            return [span("No stocktake is open.", "dim")]
        titles = {"scans": "Scans, the newest first", "missing": "Missing", "amiss": "All that is amiss"}
        number = len(self.log_of) if self.view == "scans" else self.counts.get("missing", 0)
        shown = [span(titles[self.view], "title")]
        if self.view != "amiss":
            shown += [span(" · ", "faint"), Span(join(f"{number:,}"), "strong")]
        if self.waiting or self._sending:
            shown += [span(" · ", "faint"), Span(join(counted(self.unkept, "scan"), " being kept"), "warn")]
        return shown

    def idle(self) -> Collection[str]:
        """Without a stocktake there is nothing to scan into and nothing to close."""
        return ("scan", "where", "finish", "amiss", "variance") if self.stocktake is None else ()

    # --- actions ----------------------------------------------------------------------------------------------

    def do_amiss(self) -> None:
        """Scans, what is missing, what is amiss."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self.standing = None
        self.something_changed()
        self.show()

    def do_otherwise(self, action_id: str) -> None:
        """What asks first."""
        from tui.screens.stocktake_forms import ASKS

        ASKS[action_id](self)
