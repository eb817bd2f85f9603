"""One card over the whole screen. Typing goes straight back to the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from tui.actions import BY_ID, actions_of, bindings_of, footer_of
from tui.screens import header
from tui.screens.place import PlaceScreen
from tui.text import span
from tui.two_columns import in_two
from tui.widgets.bars import Heading, Hint
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.screens.desk import DeskScreen

QUIET = 0.06
"""Seconds without a key after which a scan is over."""
SCROLLS = {"up": -1, "down": 1}


class CardScreen(PlaceScreen):
    """Everything about one row of a list."""

    PLACE = "card"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("card")

    def __init__(self, desk: DeskScreen[Any], row: Any, *, came_from: str | None = None) -> None:
        """`came_from` is the place that Esc goes back to when it is not the list."""
        super().__init__()
        self.came_from = came_from
        self.desk = desk
        self.row = row
        self.lines = LineView()
        self._leaving = False
        self._quiet: Timer | None = None

    @property
    def tab(self) -> str:
        """The list it came from."""
        return self.desk.PLACE

    def compose(self) -> ComposeResult:
        """Header, crumbs, lines, keys."""
        yield self.top
        yield self.banner
        yield Heading(span(" ‹ ", "key"), span(BY_ID[self.desk.PLACE].label, "dim"))
        yield self.lines
        yield self.keybar

    def on_mount(self) -> None:
        """Read the card."""
        self.news_changed()
        self.something_changed()

    def something_changed(self) -> None:
        """Read it again; the place in it stays."""
        self.desk.load_card(self.row, self._show, "card-screen")

    def _show(self, lay: Any, card: Any) -> None:
        self.row = getattr(card, "row", self.row)
        self.lines.show(lay if self.fleet.plain else in_two(lay), keep_place=True)
        self.keybar.refresh()

    def chosen(self) -> tuple[Any, tuple[Any, ...]]:
        """Here it is always this one row."""
        return self.row, ()

    def hints(self) -> list[Hint]:
        """The footer, without what this list has no use for."""
        known = {action.id for action in actions_of(self.desk.PLACE)}
        shown = [action for action in footer_of(self.PLACE, 12) if action.id in known]
        return [("back", "Esc", "back", True), *header.hints(shown, self.situation(), self.fleet.keymap)]

    def on_key(self, event: events.Key) -> None:
        """Arrows scroll; everything printable is the next search."""
        if event.key in SCROLLS:
            event.stop()
            self.lines.scroll_to(y=self.lines.scroll_y + SCROLLS[event.key], animate=False)
        elif event.key == "enter" and self._quiet is not None:
            event.stop()
            self.leave()
            self.desk.action_do("open")
        elif event.is_printable and event.character:
            event.stop()
            self._search(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A pasted text is the next search."""
        event.stop()
        self._search(event.text.strip().split("\n")[0])

    def _search(self, text: str) -> None:
        """Type into the list's search. The list comes back when the burst is over, so that of a scan, however fast,
        no letter overtakes another on its way to two screens."""
        if self._quiet is None:
            self.desk.search.start_afresh()
        self.desk.search.put_in(text)
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET, self.leave)

    def leave(self) -> None:
        """Go back to the list, once; where another place came up meanwhile, when this is shown again."""
        if not self._leaving and self.app._screen_stack[-1:] == [self]:
            self._leaving = True
            self.dismiss()

    def on_screen_resume(self) -> None:
        """What is typed on it was the next search."""
        if self._quiet is not None:
            self.call_later(self.leave)

    def do_otherwise(self, action_id: str) -> None:
        """What the list does; with the row of this card where the list would take the one under its cursor."""
        if action_id in ("papers", "labels", "look_back"):
            from tui.screens.papers import OF_A_CARD

            self.leave()
            OF_A_CARD[action_id](self.desk, self.row)
            return
        self.desk.action_do(action_id)

    def do_back(self) -> None:
        """Back to where one came from."""
        self.leave()
        if self.came_from is not None:
            self.fleet.switch_mode(self.came_from)

    def do_story(self) -> None:
        """The history of this row."""
        from tui.screens.deeds import show_story

        self.leave()
        show_story(self.desk, self.row)

    def do_page_up(self) -> None:
        """Scroll up."""
        self.lines.page(-1)

    def do_page_down(self) -> None:
        """Scroll down."""
        self.lines.page(1)
