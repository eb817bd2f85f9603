"""A dialog in which one of a few lines is chosen with the arrows, from whatever field has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.screens.dialog import Dialog
from tui.text import Span, clean, span
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import wrap

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One line to choose."""

    value: str
    label: Span
    about: str = ""


class Choosing(Dialog[Answer]):
    """Options among the lines."""

    options: Sequence[Alternative] = ()
    at = 0

    @property
    def choice(self) -> str:
        """The value chosen; "" when there is nothing to choose from."""
        return self.options[self.at].value if self.options else ""

    @property
    def can_submit(self) -> bool:
        """Without options there is nothing to do."""
        return bool(self.options)

    def lay_options(self) -> list[Line]:
        """A line for each, the chosen one with a bar."""
        lines: list[Line] = []
        for number, option in enumerate(self.options):
            here = number == self.at
            about = span(f"  {option.about}" if option.about else "", "dim")
            lines.append([span("▌ " if here else "  ", "accent"), option.label, about])
        return lines

    def choose(self, at: int) -> None:
        """Choose another line."""
        self.at = min(max(at, 0), max(len(self.options) - 1, 0))
        self.complain(None)
        self.chosen()
        self.lines.show(self.lay, keep_place=True)
        self.show_choice()

    def show_choice(self) -> None:
        """Scroll to the line that is chosen, where not all of them fit."""
        if self.options:
            label = self.options[self.at].label
            self.call_after_refresh(self.lines.see, lambda line: any(part is label for part in line))

    def _become_ready(self) -> None:
        super()._become_ready()
        self.show_choice()

    def on_resize(self) -> None:
        """Fewer lines may fit now."""
        self.show_choice()

    def on_line_view_clicked(self, message: LineView.Clicked) -> None:
        """A click chooses."""
        for number, option in enumerate(self.options):
            if any(part is option.label for part in message.line):
                self.choose(number)

    def chosen(self) -> None:
        """Another line is chosen."""

    def take_over(self, before: Dialog[Answer]) -> None:
        """The same choice, too."""
        super().take_over(before)
        if isinstance(before, Choosing):
            self.at = min(before.at, max(len(self.options) - 1, 0))

    def do_choose_up(self) -> None:
        """The line above."""
        self.choose(self.at - 1)

    def do_choose_down(self) -> None:
        """The line below."""
        self.choose(self.at + 1)


def warned(warnings: Sequence[str], width: int) -> list[Line]:
    """What to know before doing it, wrapped."""
    lines: list[Line] = []
    for warning in warnings:
        pieces = wrap(clean(warning), max(width - 4, 8))
        lines += [[span("  ! " if at == 0 else "    ", "warn"), Span(piece, "warn")] for at, piece in enumerate(pieces)]
    return lines
