"""What all full screens have: header, banner, keys, and one way to do an action or say why it is not possible."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.screen import Screen

from tui.action import PLACES, Action
from tui.actions import BY_ID, footer_of
from tui.possible import Situation
from tui.screens import header
from tui.text import span
from tui.widgets.bars import Banner, Clickable, Heading, Hint, KeyBar, TopBar

if TYPE_CHECKING:
    from tui.app import FleetApp

ROOMY = 120
"""Cells from which the footer names more than the most useful actions."""


async def arrive(fleet: FleetApp, place: str) -> Screen[Any]:
    """Go to the list of a place, and not to a card that was left open there."""
    await fleet.switch_mode(place)
    while len(fleet.screen_stack) > 1:
        await fleet.pop_screen()
    return fleet.screen


class PlaceScreen(Screen[None]):
    """A screen with a name in the table of actions. An action is its method `do_<id>`, or one of custody's."""

    PLACE: ClassVar[str] = ""

    def __init__(self, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        # A new screen is styled when it is mounted. Textual would also parse every style sheet anew for it, twice.
        self._css_update_count = self.app._css_update_count
        self.top, self.banner = TopBar(), Banner()
        self.keybar = KeyBar(self.hints)

    @property
    def fleet(self) -> FleetApp:
        """The app."""
        return cast("FleetApp", self.app)

    @property
    def tab(self) -> str:
        """The tab of the header this screen belongs to."""
        return self.PLACE

    def chosen(self) -> tuple[Any, tuple[Any, ...]]:
        """The row under the cursor and the marked ones."""
        return None, ()

    def lead(self, word: str) -> Heading:
        """What stands before the field that is typed in."""
        return Heading(span(f" {word}:" if self.fleet.plain else " ›"), id="prompt")

    def step_done(self) -> None:
        """What was asked of custody here is done."""

    def situation(self) -> Situation:
        """What the person has in front of them."""
        custody = self.fleet.custody
        row, marked = self.chosen()
        return Situation(
            self.PLACE,
            row,
            marked,
            is_ready=self.fleet.problem is None,
            can_undo=bool(custody.done),
            can_redo=bool(custody.undone),
        )

    def hints(self) -> list[Hint]:
        """The footer."""
        actions = footer_of(self.PLACE, 7 if self.app.size.width < ROOMY else 14)
        idle = self.idle()
        shown = header.hints(actions, self.situation(), self.fleet.keymap)
        return [(name, key, label, possible and name not in idle) for name, key, label, possible in shown]

    def idle(self) -> Collection[str]:
        """Actions that would only say what is to be done first."""
        return ()

    def news_changed(self) -> None:
        """The header's facts changed."""
        self.banner.say(self.fleet.problem)
        self.top.show(*header.tabs_and_news(self.tab, self.fleet))
        self.keybar.refresh()

    def on_clickable_clicked(self, message: Clickable.Clicked) -> None:
        """A tab or a key hint was clicked."""
        self.action_do(message.action_id)

    def action_do(self, action_id: str) -> None:
        """Do an action, or say why it is not possible."""
        if action_id in ("undo", "redo") and self.fleet.custody.under_way:
            self.fleet.custody.after_writes(lambda: self.action_do(action_id))
            return
        action = BY_ID[action_id]
        situation = self.situation()
        self.fleet.forget_warnings()
        if (why := action.why_not(situation)) is not None:
            self.say_why_not(action, situation, why)
        elif action.id in PLACES:
            self.fleet.go_to(action.id)
        elif (deed := getattr(self, f"do_{action_id}", None)) is not None:
            deed()
        elif not self.fleet.custody.ask(action_id, situation):
            self.do_otherwise(action_id)

    def say_why_not(self, action: Action, situation: Situation, why: str) -> None:
        """An action is not possible."""
        del action, situation
        self.fleet.notify(why, severity="warning")

    def do_otherwise(self, action_id: str) -> None:
        """Do what is neither a method here nor one of custody's."""
        raise NotImplementedError(action_id)

    # --- what every screen does the same way ------------------------------------------------------------------

    def do_help(self) -> None:
        """The keys of this screen."""
        from tui.screens.help import HelpScreen

        self.fleet.push_screen(HelpScreen(self.PLACE, self.fleet.keymap))

    def do_menu(self) -> None:
        """All actions by name."""
        from tui.screens.menu import MenuScreen

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self.action_do(action_id)

        self.fleet.push_screen(MenuScreen(self.situation(), self.fleet.keymap), chosen)

    def do_go(self) -> None:
        """All screens by name."""
        from tui.screens.menu import PlacesScreen

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self.action_do(action_id)

        self.fleet.push_screen(PlacesScreen(self.situation(), self.fleet.keymap), chosen)

    def do_refresh(self) -> None:
        """Read again."""
        self.fleet.something_changed(by_others=True)

    def do_theme(self) -> None:
        """The next look."""
        from tui.app import LOOK

        self.fleet.notify(f"{LOOK}{self.fleet.next_theme().removeprefix('fleet-')}")

    def do_remote(self) -> None:
        """Ask Intune for something."""
        from tui.columns import device_name
        from tui.screens.remoting import begin

        devices = self.situation().devices
        self.fleet.typing_ahead.expect()
        begin(self.fleet, [row.id for row in devices], [device_name(row) for row in devices])

    def do_registration(self) -> None:
        """The registration of an own device, or of a person's."""
        from tui.screens.own_card import show_registration

        show_registration(self.fleet, self.situation().row, self.tab)

    def do_exact(self) -> None:
        """Exact times or ages."""
        self.fleet.exact = not self.fleet.exact
        if (again := getattr(self, "something_changed", None)) is not None:
            again()

    def do_undo(self) -> None:
        """Undo the last step of this session."""
        self.fleet.custody.ask_undo(self.fleet.custody.done[-1], "your last step")

    def do_redo(self) -> None:
        """Do again what was undone."""
        self.fleet.custody.ask_undo(self.fleet.custody.undone[-1], "the undo", redo=True)

    def do_quit(self) -> None:
        """Leave Fleet."""
        self.fleet.call_later(self.fleet.action_quit)
