"""All keys of a screen, made from the table of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult

from tui.actions import actions_of, key_text, keys_of
from tui.screens.dialog import Dialog
from tui.text import Span, clean, span
from tui.widgets.bars import Hint
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, wrap

GROUPS = ("Find", "Do", "Mark", "List", "Move", "Go", "Look")
NOTE = (
    "Everything printable searches, so a scanner may be used at any time: it types, and its Enter opens exactly "
    "what it read. Words must all occur; a filter such as status:lost narrows."
)


class HelpScreen(Dialog[str]):
    """The keys; typing narrows them."""

    FIELDS_FIRST = True

    def __init__(self, place: str, keymap: Mapping[str, str]) -> None:
        super().__init__([span("Keys", "title")])
        self.place, self.keymap = place, keymap
        self.filter = Entry("", "Type to narrow", id="filter")

    def fields(self) -> ComposeResult:
        """What to look for."""
        yield from self.field("Find", self.filter)

    def on_input_changed(self) -> None:
        """Narrow."""
        self.lines.show(self.lay)

    def lay(self, width: int) -> Sequence[Line]:
        """Groups of keys."""
        wanted = self.filter.value.casefold().split()
        found = [
            action
            for action in actions_of(self.place)
            if all(word in f"{action.label} {action.help} {action.keys} {action.id}".casefold() for word in wanted)
        ]
        lines: list[Line] = [] if wanted else [[Span(piece, "dim")] for piece in wrap(clean(NOTE), width)]
        for group in GROUPS:
            members = [action for action in found if action.group == group]
            if members:
                lines += [[], [span(group, "title")]]
            for action in members:
                keys = " ".join(key_text(key) for key in keys_of(action, self.keymap).split(","))
                pieces = wrap(clean(action.help), max(width - 20, 8))
                for at, piece in enumerate(pieces):
                    head = fit(clean(keys if at == 0 else ""), 17)
                    lines.append([span("  "), Span(head, "key"), Span(piece)])
        return lines or [[span("No key is called that.", "dim")]]

    def hints(self) -> list[Hint]:
        """Only closing."""
        return [("cancel", "Esc", "close", True)]

    def do_choose_up(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y - 1, animate=False)

    def do_choose_down(self) -> None:
        """Scroll."""
        self.lines.scroll_to(y=self.lines.scroll_y + 1, animate=False)

    def do_submit(self) -> None:
        """Close."""
        self.dismiss(None)
