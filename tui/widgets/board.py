"""A page of lines in one or two columns, some of which can be chosen: arrows move among those, whatever is between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.message import Message

from tui.text import Span, span
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import padded

GAP = 4
"""Cells between two columns."""
BAR = "█"
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; with something to open it can be chosen."""

    line: Line
    opens: Any = None


Place = tuple[int, int, Any, int]
"""Column, line, what it opens, and how many lines before it open the same."""
LayColumns = Callable[[int, int], Sequence[Sequence[Entry]]]
"""(width of a column, number of columns) -> their entries"""


class Board(LineView):
    """The page. Tells by a message what was chosen."""

    class Chosen(Message):
        """A line was clicked."""

        def __init__(self, opens: Any) -> None:
            super().__init__()
            self.opens = opens

    def __init__(self, two_from: int, *, id: str | None = None) -> None:
        """`two_from` is the width from which there are two columns."""
        super().__init__(id=id)
        self._two_from = two_from
        self._columns: Sequence[Sequence[Entry]] = ()
        self._lay_columns: LayColumns = lambda _width, _number: ()
        self._column_width = 0
        self.here: Any = None
        """What the line under the cursor opens."""
        self._which = 0
        """Which of the lines that open just that it is: the cursor is on one line alone."""

    def set(self, lay: LayColumns) -> None:
        """Show another page; the cursor stays on what opens the same."""
        self._lay_columns = lay
        self.show(self._compose_lines, keep_place=True)

    def choose(self, by: int) -> None:
        """The next line that opens something, down one column and then the other."""
        places = self._places()
        if places:
            at = next((n for n, place in enumerate(places) if place[2:] == (self.here, self._which)), 0)
            self._go(places[min(max(at + by, 0), len(places) - 1)])

    def cross(self, by: int) -> None:
        """The nearest line of the other column."""
        places = self._places()
        column, line = self._place(places)
        there = [place for place in places if place[0] == column + by]
        if there:
            self._go(min(there, key=lambda place: abs(place[1] - line)))

    def _places(self) -> list[Place]:
        places: list[Place] = []
        for column, entries in enumerate(self._columns):
            for line, entry in enumerate(entries):
                if entry.opens is not None:
                    which = sum(place[2] == entry.opens for place in places)
                    places.append((column, line, entry.opens, which))
        return places

    def _place(self, places: Sequence[Place]) -> tuple[int, int]:
        """Column and line of the cursor."""
        return next(((place[0], place[1]) for place in places if place[2:] == (self.here, self._which)), (0, 0))

    def _go(self, place: Place) -> None:
        self.here, self._which = place[2:]
        self.show(self._compose_lines, keep_place=True)
        top, height = round(self.scroll_y), self.size.height
        if not top <= place[1] < top + height:
            self.scroll_to(y=0 if place[1] < height else place[1] - height // 2, animate=False)

    def _compose_lines(self, width: int) -> list[Line]:
        number = 2 if width >= self._two_from else 1
        self._column_width = (width - GAP * (number - 1)) // number
        self._columns = self._lay_columns(self._column_width - 2, number)
        places = self._places()
        known = [place[2:] for place in places]
        if (self.here, self._which) not in known:
            self._which = 0
            self.here = self.here if (self.here, 0) in known else places[0][2] if places else None
        at = self._place(places) if places else None
        height = max((len(entries) for entries in self._columns), default=0)
        return [self._compose_line(line, at) for line in range(height)]

    def _compose_line(self, line: int, at: tuple[int, int] | None) -> Line:
        spans: list[Span] = []
        for column, entries in enumerate(self._columns):
            entry = entries[line] if line < len(entries) else Entry(())
            here = (column, line) == at
            last = column == len(self._columns) - 1
            spans.append(span("▌ " if here else "  ", "accent"))
            spans += padded(entry.line, self._column_width - 2)
            if not last:
                spans.append(span(" " * GAP))
        return spans

    def on_click(self, event: events.Click) -> None:
        """A click chooses and opens."""
        event.stop()
        column = min(event.x // (self._column_width + GAP), len(self._columns) - 1) if self._column_width else 0
        line = self.scroll_offset.y + event.y
        entries = self._columns[column] if self._columns else ()
        if line < len(entries) and entries[line].opens is not None:
            self._go(next(place for place in self._places() if place[:2] == (column, line)))
            self.post_message(self.Chosen(self.here))


def bar(number: int, most: int, width: int, ink: str) -> Span:
    """A bar in proportion, at least a sliver where there is anything."""
    eighths = max(round(number * width * 8 / most), 1) if number and most else 0
    full, rest = divmod(eighths, 8)
    drawn = BAR * full + (EIGHTHS[rest] if rest else "")
    return span(drawn.ljust(width), ink)
