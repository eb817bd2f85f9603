"""The card beside a list: follows the cursor after a moment of quiet and asks its screen for what it shows."""

from __future__ import annotations

from typing import Any

from textual.message import Message
from textual.timer import Timer

from tui.two_columns import in_two
from tui.widgets.line_view import Lay, LineView

AFTER = 0.08
"""Seconds of quiet before the card follows the cursor: a held arrow key reads nothing."""
AFTER_TYPING = 0.4
"""The same while words are typed: reading cards between the letters would hold the letters up."""


class CardPane(LineView):
    """Shows the card of one row at a time."""

    class Wanted(Message):
        """The card of a row is wanted; `same` says that it is the row shown before, so the place is kept."""

        def __init__(self, row: Any, same: bool) -> None:
            super().__init__()
            self.row = row
            self.same = same

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row: Any = None
        self._next: Any = None
        self._timer: Timer | None = None

    def show(self, lay: Lay, *, keep_place: bool = False) -> None:
        """A card; below a list there may be room for two columns of it."""
        super().show(in_two(lay), keep_place=keep_place)

    def follow(self, row: Any, after: float = AFTER) -> None:
        """The cursor is on a row, or on none; its card is read after so many seconds of quiet."""
        self._next = row
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(after, self._arrive)

    def forget(self) -> None:
        """What is shown may have changed: ask for it again."""
        self._row = None if self._row is None else (self._row,)

    def _arrive(self) -> None:
        row, before = self._next, self._row
        if row is None:
            self._row = None
            self.show(lambda _width: ())
        elif row != before:
            shown = before[0] if isinstance(before, tuple) else before
            self._row = row
            self.post_message(self.Wanted(row, getattr(shown, "id", None) == row.id))
