"""One card over the whole screen. Typing goes straight back to the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from tui.actions import BY_ID, PLACES, Situation, actions_of, bindings_of, footer_of
from tui.screens import header
from tui.text import span
from tui.widgets.bars import Banner, Clickable, Heading, Hint, KeyBar, TopBar
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.screens.desk import DeskScreen

SCROLLS = {"up": -1, "down": 1}


class CardScreen(Screen[None]):
    """Everything about one row of a list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("card")

    def __init__(self, desk: DeskScreen[Any], row: Any) -> None:
        super().__init__()
        self.desk = desk
        self.row = row
        self.lines = LineView()
        self.top, self.banner = TopBar(), Banner()
        self.keybar = KeyBar(self.hints)
        self._leaving = False

    @property
    def fleet(self) -> FleetApp:
        """The app."""
        return self.desk.fleet

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
        self.desk.load_card(self.row, self._show)

    def _show(self, lay: Any, card: Any) -> None:
        self.row = getattr(card, "row", self.row)
        self.lines.show(lay, keep_place=True)
        self.keybar.refresh()

    def news_changed(self) -> None:
        """The header's facts changed."""
        self.banner.say(self.fleet.problem)
        self.top.show(*header.tabs_and_news(self.desk.PLACE, self.fleet))
        self.keybar.refresh()

    def situation(self) -> Situation:
        """Here it is always this one row."""
        return Situation(
            "card",
            self.row,
            is_ready=self.fleet.problem is None,
            can_undo=bool(self.fleet.custody.done),
            can_redo=bool(self.fleet.custody.undone),
        )

    def hints(self) -> list[Hint]:
        """The footer, without what this list has no use for."""
        situation = self.situation()
        known = {action.id for action in actions_of(self.desk.PLACE)}
        shown = [action for action in footer_of("card") if action.id in known]
        hints = header.hints(shown, situation, self.fleet.keymap)
        return [("back", "Esc", "back", True), *hints]

    def on_clickable_clicked(self, message: Clickable.Clicked) -> None:
        """A tab or a key hint was clicked."""
        self.action_do(message.action_id)

    def on_key(self, event: events.Key) -> None:
        """Arrows scroll; everything printable is the next search."""
        if event.key in SCROLLS:
            event.stop()
            self.lines.scroll_to(y=self.lines.scroll_y + SCROLLS[event.key], animate=False)
        elif event.key == "enter" and self._leaving:
            event.stop()
            self.desk.action_do("open")
        elif event.is_printable and event.character:
            event.stop()
            self._search(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A pasted text is the next search."""
        event.stop()
        self._search(event.text.strip().split("\n")[0])

    def _search(self, text: str) -> None:
        self.desk.search.put_in(text)
        self.leave()

    def leave(self) -> None:
        """Go back to the list, once."""
        if not self._leaving:
            self._leaving = True
            self.dismiss()

    def action_do(self, action_id: str) -> None:
        """Do an action for this row, or say why it is not possible."""
        action = BY_ID[action_id]
        if (why := action.why_not(self.situation())) is not None:
            self.fleet.notify(why, severity="warning")
        elif action_id in PLACES:
            self.fleet.switch_mode(action_id)
        elif (deed := getattr(self, f"do_{action_id}", None)) is not None:
            deed()
        else:
            self.desk.action_do(action_id)

    def do_back(self) -> None:
        """Back to the list."""
        self.leave()

    def do_issue(self) -> None:
        """Issue this device."""
        self.fleet.custody.ask_issue([self.row])

    def do_return(self) -> None:
        """Take this device back."""
        self.fleet.custody.ask_return([self.row])

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

    def do_exact(self) -> None:
        """Exact times or ages."""
        self.fleet.exact = not self.fleet.exact
        self.something_changed()

    def do_help(self) -> None:
        """The keys of this screen."""
        from tui.screens.help import HelpScreen

        self.fleet.push_screen(HelpScreen("card", self.fleet.keymap))
