"""Every action by name, with its keys and why it is not possible just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult

from tui.action import PLACES, Action
from tui.actions import actions_of, key_text, keys_of
from tui.possible import Situation
from tui.screens.dialog import Dialog
from tui.text import Span, clean, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import fit, wrap

NOT_LISTED = frozenset({"menu", "up", "down", "page_up", "page_down", "left", "right", "back"})


class MenuScreen(Dialog[str]):
    """The menu: type to find, Enter does it."""

    FIELDS_FIRST = True
    SUBMIT = "do it"
    QUESTION: ClassVar[str] = "What do you want to do?"
    WHAT: ClassVar[str] = "Type part of an action"

    def __init__(self, situation: Situation, keymap: Mapping[str, str]) -> None:
        super().__init__([span(self.QUESTION, "title")])
        self.situation, self.keymap = situation, keymap
        self.filter = Entry("", self.WHAT, id="filter")
        self.at = 0

    def fields(self) -> ComposeResult:
        """What to look for."""
        yield from self.field("Find", self.filter)

    def actions(self) -> list[Action]:
        """What can be found."""
        return [action for action in actions_of(self.situation.place) if action.id not in NOT_LISTED]

    def about(self, action: Action) -> str:
        """What an action does."""
        return action.help

    @property
    def found(self) -> list[Action]:
        """The actions that match."""
        words = self.filter.value.casefold().split()
        return [
            action
            for action in self.actions()
            if all(word in f"{action.label} {action.help} {action.id}".casefold() for word in words)
        ]

    def on_input_changed(self) -> None:
        """Narrow; the first match is chosen."""
        self.at = 0
        self.lines.show(self.lay)

    def lay(self, width: int) -> Sequence[Line]:
        """An action a line."""
        lines: list[Line] = []
        for number, action in enumerate(self.found):
            here = number == self.at
            why = action.why_not(self.situation)
            bar = span("▌ " if here else "  ", "accent")
            keys = fit(clean(key_text(keys_of(action, self.keymap))), 12)
            told, room = clean(why or self.about(action)), max(width - 31, 8)
            text, *more = wrap(told, room) if here else [fit(told, room)]
            label = fit(clean(action.label), 15)
            lines.append(
                [
                    bar,
                    Span(keys, "key"),
                    Span(label, "strong" if not why else "faint"),
                    Span(text, "dim" if not why else "warn"),
                ]
            )
            lines += [[span(" " * 29), Span(piece, "dim" if not why else "warn")] for piece in more]
        return lines or [[span("  No action is called that.", "dim")]]

    def do_choose_up(self) -> None:
        """The action above."""
        self._choose(self.at - 1)

    def do_choose_down(self) -> None:
        """The action below."""
        self._choose(self.at + 1)

    def _choose(self, at: int) -> None:
        self.at = min(max(at, 0), max(len(self.found) - 1, 0))
        self.lines.show(self.lay, keep_place=True)
        self.call_after_refresh(self.lines.see, lambda line: bool(line) and line[0].ink == "accent")

    def on_line_view_clicked(self, message: LineView.Clicked) -> None:
        """A click does it."""
        if self.found:
            first = [at for at, line in enumerate(self.lines.lines) if len(line) > 2]
            self.at = max(sum(at <= message.index for at in first) - 1, 0)
            self.do_submit()

    def do_submit(self) -> None:
        """Do the chosen action."""
        found = self.found
        self.dismiss(found[self.at].id if found else None)


class PlacesScreen(MenuScreen):
    """All screens: type part of a name, Enter goes there."""

    SUBMIT = "go"
    QUESTION = "Where to?"
    WHAT = "Type part of a screen's name"

    def actions(self) -> list[Action]:
        """The screens, in the order of the header."""
        return [action for name in PLACES for action in actions_of(self.situation.place) if action.id == name]

    def about(self, action: Action) -> str:
        """What is there."""
        told = action.help.removeprefix("Go to ")
        return told[:1].upper() + told[1:]
