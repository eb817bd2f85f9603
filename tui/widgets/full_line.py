"""The line under the cursor in full, below a list of sentences that is too narrow for them."""

from __future__ import annotations

from tui.text import Inert, Span, clean, join
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import ELLIPSIS, fit, wrap

ROOM = 2
"""Lines it has."""


class FullLine(LineView):
    """Two lines that tell one row whole. It keeps its room while there are rows: a list that jumps is worse than a gap."""

    def __init__(self) -> None:
        super().__init__(id="full")
        self._told = clean("")

    def tell(self, text: Inert) -> None:
        """Tell another row."""
        if text == self._told:
            return
        self._told = text

        def lay(width: int) -> list[Line]:
            pieces = wrap(text, max(width, 8))
            if len(pieces) > ROOM:
                pieces[ROOM - 1] = fit(join(pieces[ROOM - 1], " ", ELLIPSIS), width)
            return [[Span(piece)] for piece in pieces[:ROOM]]

        self.show(lay)
