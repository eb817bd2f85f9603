"""What all list screens are: one search that keeps the focus, one list, a card beside it when there is room.

A subclass says which rows and how their card is read and laid out; everything the keys do is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer

from fleet.errors import FleetError
from tui.background import is_gone
from tui.preferences import arrange
from tui.row_source import Ask, Row, RowSource, with_text
from tui.screens import header
from tui.screens.listed import Listed
from tui.sorting import cycled, known, parts_of, told, written
from tui.widgets.bars import StatusLine
from tui.widgets.card_pane import AFTER, AFTER_TYPING, CardPane
from tui.widgets.fields import SearchField
from tui.widgets.line_view import Lay
from tui.widgets.virtual_table import VirtualTable

BREAKS = (("-wide", 140), ("-vast", 190))
"""From which width there is room for the card beside the list, and for a broad one. Set before the first frame, so that
it is laid out once."""
BEST_FIRST = "best match first"
COUNT_AFTER = 0.12  # seconds of quiet
MOVES = frozenset({"up", "down", "page_up", "page_down", "top", "bottom", "left", "right", "card_up", "card_down"})
"""Actions that mean the same whatever is being typed."""


class DeskScreen(Listed[Row]):
    """A list with its search."""

    AUTO_FOCUS = "SearchField"

    def __init__(self) -> None:
        width = 0 if self.fleet.plain else self.app.size.width
        super().__init__(classes=" ".join(name for name, least in BREAKS if width >= least))
        wanted = self.fleet.preferences.arrangement(self.PLACE)
        self.first_ask = replace(self.FIRST_ASK, sort=known(wanted.sort, self.COLUMNS) or self.FIRST_ASK.sort)
        columns = arrange(self.COLUMNS, wanted)
        self.table: VirtualTable[Row] = VirtualTable(columns, self.fleet.glance, id="table")
        self.source: RowSource[Row] = RowSource(
            self.fetch, self._read, self._rows_changed, self._read_failed, self.first_ask, self.first_rows
        )
        self.table.source = self.source
        self.search = SearchField(self.PLACEHOLDER, id="search")
        self.status: StatusLine = StatusLine()
        self.pane: CardPane = CardPane(id="pane")
        self._count_timer: Timer | None = None
        self._counting: Ask | None = None
        self._recount = False
        """The register changed: what is known of how many there are may be wrong."""
        self._others = False
        """Rows that differ when they come next were changed by others."""
        self.open_when_read = False

    # --- life -----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Header, search, list and card, status, keys."""
        yield self.top
        yield self.banner
        with Horizontal(id="search-line"):
            yield self.lead("Search")
            yield self.search
        with Horizontal(id="body"):
            yield from self.side()
            yield from self.rows_and_card()
        yield from self.announcer()
        yield self.status
        yield self.keybar

    def on_mount(self) -> None:
        """Paint first; read after."""
        self.news_changed()
        self.show_status()
        self.begin()

    def begin(self) -> None:
        """Ask for the first rows."""
        self.ask(self.first_ask)

    def _read(
        self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[FleetError], None]
    ) -> None:
        self.fleet.background.read(f"rows:{self.PLACE}", work, done, failed)

    def _look(
        self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[FleetError], None]
    ) -> None:
        self.fleet.background.look(f"rest:{self.PLACE}", work, done, failed)

    # --- asking and answers ---------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> None:
        """Ask for other rows; the present ones stay until the first page is here."""
        self.source.put(ask)

    def on_input_changed(self) -> None:
        """Every letter asks anew."""
        text = self.understood(self.search.value.strip())
        if text != self.source.asked.text:
            self.ask(with_text(self.source.asked, text))
        self.open_when_read = False

    def _rows_changed(self, new: bool) -> None:
        self.rows_changed(new)
        self.table.empty_lines = header.empty_lines(self.source.ask, self.noun, self.nothing())
        self.table.rows_arrived(new, by_others=self.source.is_current and self._others)
        if self._recount or (self.source.total is None and self._counting != self.source.ask):
            self._recount = False
            self._count_soon()
        if self.fleet.summary is None:
            self.fleet.read_summary()
        self.show_status()
        if self.open_when_read and self.source.is_current:
            self.open_when_read = False
            self.on_virtual_table_opened()

    def _read_failed(self, error: FleetError) -> None:
        self.open_when_read = False
        self.fleet.trouble(error, quiet=True)
        if not self.source.loaded:
            self.table.empty_lines = header.unreached_lines() if is_gone(error) else header.refused_lines(error.message)
            self.table.repaint()
            if not is_gone(error):  # A register that is gone is asked again by the poll.
                self.fleet.read_summary()
        self.show_status()

    def _count_failed(self, error: FleetError) -> None:
        """The rows are there; that nobody knows how many is no reason to take them away."""
        self._counting = None
        self.fleet.trouble(error, quiet=True)

    def _count_soon(self) -> None:
        if self._count_timer is not None:
            self._count_timer.stop()
        self._count_timer = self.set_timer(COUNT_AFTER, self._count)

    def _count(self) -> None:
        ask = self._counting = self.source.ask
        self.fleet.background.look(
            f"count:{self.PLACE}",
            lambda register: self.count(register, ask),
            lambda total: self._counted(ask, total),
            self._count_failed,
        )
        self.source.complete(self._look)  # Asked for last, it is looked for first.

    def _counted(self, ask: Ask, total: int) -> None:
        self._counting = None
        if total != self.source.total:
            self.source.count_is(ask, total)
        self.show_status()

    def something_changed(self) -> None:
        """The register changed: read what is visible again; cursor and marks stay."""
        if not self.fleet.is_opening:
            return
        if self.source.loaded:
            self.pane.forget()
            self._recount = True
            self._others = self.fleet.by_others
            self.source.refresh()
        elif self.is_mounted:
            self.ask(self.source.asked)

    # --- the card -------------------------------------------------------------------------------------------

    def on_virtual_table_cursor_moved(self) -> None:
        """The card follows the cursor."""
        self.keybar.look_again()
        self.announce()
        self.tell_in_full()
        if self.has_class("-wide"):
            is_typing = monotonic() - self.search.typed_at < AFTER_TYPING
            self.pane.follow(self.table.row, AFTER_TYPING if is_typing else AFTER)

    def on_card_pane_wanted(self, message: CardPane.Wanted) -> None:
        """The cursor rests on a row: read its card."""
        self.load_card(message.row, lambda lay, _card: self.pane.show(lay, keep_place=message.same))

    def on_screen_resume(self) -> None:
        """Back on this screen: what changed meanwhile is read."""
        if self.source.loaded and self.fleet.is_opening:
            self.table.show_exact(self.fleet.glance)
            self.news_changed()
            self.something_changed()

    def on_resize(self, event: events.Resize) -> None:
        """There may be room for the card now."""
        for name, least in BREAKS:
            self.set_class(event.size.width >= least and not self.fleet.plain, name)
        self.on_virtual_table_cursor_moved()

    def load_card(self, row: Row, show: Callable[[Lay, Any], None], lane: str = "card") -> None:
        """Read a row's card; `show` gets its lines and the card itself. A newer request of the same lane replaces it."""
        self.fleet.background.look(
            lane,
            lambda register: self.read_card(register, row),
            lambda card: show(self.lay_card(card), card),
            self.fleet.trouble,
        )

    def on_virtual_table_opened(self) -> None:
        """Open the card of the line under the cursor; a double click does too."""
        if self.table.row is not None:
            self.open_card(self.table.row)

    def open_card(self, row: Row, *, came_from: str | None = None) -> None:
        """Open a card over the list."""
        from tui.screens.card import CardScreen

        if self.fleet.screen is self:
            self.fleet.push_screen(CardScreen(self, row, came_from=came_from))

    # --- what is said ---------------------------------------------------------------------------------------

    def chosen(self) -> tuple[Any, tuple[Any, ...]]:
        """The row under the cursor and the marked ones."""
        return self.table.row, tuple(self.table.marks.values())

    def news_changed(self) -> None:
        """The header's facts changed."""
        super().news_changed()
        self.show_status()

    def show_status(self) -> None:
        """How many, how many marked, sorted how, how fresh; or what is wrong with the search."""
        refused = self.source.refused
        if refused is not None and not is_gone(refused):
            self.status.complain(refused.message)
        else:
            order = BEST_FIRST if self.ranks(self.source.ask) else told(self.source.ask, self.table.columns)
            left = header.status(
                self.source, self.noun, self.whole(), (len(self.table.marks), len(self.table.changed)), order
            )
            self.status.show([*self.status_start(), *left], header.freshness(self.fleet, self.table.hidden_columns))

    def on_virtual_table_marks_changed(self) -> None:
        """Marks are counted in the status line."""
        self.announce()
        self.show_status()
        self.keybar.look_again()

    def on_virtual_table_sort_wanted(self, message: VirtualTable.SortWanted) -> None:
        """A title was clicked: sort by it, or turn the order round."""
        ask, name = self.source.asked, message.column.sort
        parts = parts_of(ask)
        if message.as_well:
            turned = cycled(parts, name)
        else:
            turned = [(name, parts[:1] == [(name, False)])]
        self.ask(replace(ask, sort=written(turned) or self.FIRST_ASK.sort, descending=False, by_column=True))

    # --- actions --------------------------------------------------------------------------------------------

    def action_do(self, action_id: str) -> None:
        """Do an action. What may depend on the text waits for letters on their way: a scanner's Enter is faster."""
        if action_id in MOVES:
            self.fleet.forget_warnings()
            self.do_otherwise(action_id)
        else:
            self.search.call_later(self._do_after_letters, action_id)

    def _do_after_letters(self, action_id: str) -> None:
        self.on_input_changed()
        self._do(action_id)

    def _do(self, action_id: str) -> None:
        now = monotonic()
        scanned = action_id == "mark" and self.search.ends_scan(now)
        if action_id == "mark" and not scanned and self.search.accept(self.completion(), now):
            return
        super().action_do("open" if scanned else action_id)

    def do_otherwise(self, action_id: str) -> None:
        """What only lists do."""
        from tui.screens.deeds import DEEDS

        DEEDS[action_id](self)

    def do_clear(self) -> None:
        """Clear the search."""
        self.search.value = ""

    def do_exact(self) -> None:
        """Exact times or ages, in the list and on the card."""
        super().do_exact()
        self.table.show_exact(self.fleet.glance)
