"""What waits for somebody this morning. Each line opens what it counts; typing searches the devices."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from tui.actions import bindings_of
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.screens.forms import show_sheet
from tui.screens.place import PlaceScreen, arrive
from tui.screens.today_lines import lay_today
from tui.text import span
from tui.today import Target, Today
from tui.widgets.bars import Heading
from tui.widgets.board import Board

QUIET = 0.06
"""Seconds without a key after which a scan is over."""
TWO_COLUMNS = 120


class TodayScreen(PlaceScreen):
    """The morning's page."""

    PLACE = "today"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("today")

    def __init__(self) -> None:
        super().__init__()
        self.board = Board(TWO_COLUMNS, id="board")
        self.prompt = Heading(span(" › ", "accent"), span("Type or scan to search the devices", "faint"))
        self.today: Today | None = None
        self.everything = False
        self._typed = ""
        self._open = False
        self._quiet: Timer | None = None

    def compose(self) -> ComposeResult:
        """Header, search, page, keys."""
        yield self.top
        yield self.banner
        yield self.prompt
        yield self.board
        yield self.keybar

    def on_mount(self) -> None:
        """Read the page."""
        self.news_changed()
        self._lay()
        self.something_changed()

    def on_screen_resume(self) -> None:
        """Back here: what changed meanwhile is read."""
        if self.today is not None:
            self.news_changed()
            self.something_changed()

    def something_changed(self) -> None:
        """Read it again."""
        self.fleet.background.look("today", lambda register: register.today(), self._take, self.fleet.trouble)
        if self.fleet.summary is None:
            self.fleet.read_summary()

    def _take(self, today: Today) -> None:
        self.today = today
        self._lay()
        self.keybar.refresh()

    def _lay(self) -> None:
        self.board.set(
            lambda width, number: lay_today(
                self.today, self.fleet.glance, width, number, everything=self.everything, height=self.board.size.height
            )
        )

    # --- typing -----------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Everything printable is the next search; the devices come when the burst is over, so that none of its
        letters is lost on the way."""
        if event.key in ("left", "right"):
            event.stop()
            self.board.cross(1 if event.key == "right" else -1)
        elif event.is_printable and event.character:
            event.stop()
            self._search(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A pasted text is the next search."""
        event.stop()
        self._search(event.text.strip().split("\n")[0])

    def _search(self, text: str) -> None:
        self._typed += text
        self.prompt.show(span(" › ", "accent"), span(self._typed))
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET, self._leave)

    def _leave(self) -> None:
        typed, opens = self._typed, self._open
        self._typed, self._open, self._quiet = "", False, None
        self.prompt.show(span(" › ", "accent"), span("Type or scan to search the devices", "faint"))

        def arrived(desk: DeskScreen[Any]) -> None:
            desk.search.value = ""
            desk.search.put_in(typed)
            if opens:
                desk.action_do("open")

        self._go("devices", arrived)

    # --- opening ----------------------------------------------------------------------------------------------

    def on_board_chosen(self, message: Board.Chosen) -> None:
        """A line was clicked."""
        self._show(message.opens)

    def do_show(self) -> None:
        """Open what the line under the cursor counts; after a scan, what was scanned."""
        if self._typed:
            self._open = True
        elif self.board.here is not None:
            self._show(self.board.here)

    def _show(self, target: Target) -> None:
        if target.place == "more":
            self.everything = True
            self._lay()
        elif target.place == "incident" and target.id is not None:
            show_sheet(self.fleet, target.id)
        elif target.id is not None:
            self._show_card(target.place == "device", target.id)
        else:
            self._go(target.place, lambda desk: self._narrow(desk, target))

    def _narrow(self, desk: DeskScreen[Any], target: Target) -> None:
        desk.search.value = target.text
        desk.ask(Ask(target.text, sort=desk.FIRST_ASK.sort, group=target.group))

    def _show_card(self, is_device: bool, row_id: int) -> None:
        def arrived(desk: DeskScreen[Any]) -> None:
            self.fleet.background.look(
                "today-card",
                lambda register: register.device_card(row_id).row if is_device else register.person_card(row_id).row,
                lambda row: desk.open_card(row, came_from="today"),
                self.fleet.trouble,
            )

        self._go("devices" if is_device else "people", arrived)

    def _go(self, place: str, arrived: Any) -> None:
        async def go() -> None:
            desk = await arrive(self.fleet, place)
            if isinstance(desk, DeskScreen):
                arrived(desk)

        self.fleet.run_worker(go())

    # --- moving -----------------------------------------------------------------------------------------------

    def do_up(self) -> None:
        """The line above."""
        self.board.choose(-1)

    def do_down(self) -> None:
        """The line below."""
        self.board.choose(1)

    def do_page_up(self) -> None:
        """Scroll up."""
        self.board.page(-1)

    def do_page_down(self) -> None:
        """Scroll down."""
        self.board.page(1)

    def do_back(self) -> None:
        """To the devices."""
        self.fleet.switch_mode("devices")
