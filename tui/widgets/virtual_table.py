"""A table that paints visible rows only and keeps cursor and marks by id, whatever arrives underneath.

Refilling Textual's DataTable costs 200 ms a key at 2,000 rows and seconds at 20,000; this costs the same at any
number. It never takes the focus: the search field keeps it, and the screen's keys move the list.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

from textual import events
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.columns import GAP, Column, Glance, Placed, place
from tui.row_source import Row, RowSource
from tui.sorting import arrow
from tui.text import Inert, Span, clean, join, span
from tui.widgets.painting import Inks, fit, stretches
from tui.widgets.scroll_bar import CalmScroll

GUTTER = 3
"""Cells left of the first column: the cursor's bar and the mark's tick."""
BLANK = Inert(" " * GAP)
NO_GUTTER = Spacing(0, 0, 0, 0)
CHANGED = "∗"
"""What stands before a row that somebody else changed."""
MOST_LINES = 150
"""Painted rows that are kept."""
AFTER_PAINTING = 0.03
"""Seconds after which the rows around the visible ones are read."""


class VirtualTable(CalmScroll, Generic[Row], can_focus=False):
    """A list of rows from a `RowSource`. Tells its screen by messages what the person did."""

    class CursorMoved(Message):
        """Another row is under the cursor, or the same one changed."""

    class Opened(Message):
        """A row was double-clicked."""

    class MarksChanged(Message):
        """Rows were marked or unmarked."""

    class RangeWanted(Message):
        """A row was clicked with Shift: all up to it are to be marked."""

    class SortWanted(Message):
        """A column's title was clicked; with Shift it is sorted by that as well."""

        def __init__(self, column: Column, *, as_well: bool = False) -> None:
            super().__init__()
            self.column, self.as_well = column, as_well

    def __init__(self, columns: Sequence[Column], glance: Glance, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.glance = glance
        self.source: RowSource[Row] | None = None
        self.marks: dict[int, Row] = {}
        self.last_marked: int | None = None
        self.changed: set[int] = set()
        """Rows that others changed while they were on screen; until the cursor was on them, or something else is asked."""
        self.shows_cursor = True
        self.cursor = 0
        self.pan = 0
        self.empty_lines: Sequence[Sequence[Span]] = ()
        """What is shown when there are no rows."""
        self._cursor_id: int | None = None
        self._seen: dict[int, Row] = {}
        """The rows as they were painted last."""
        self._inks = Inks(self)
        self._placed: list[Placed] = []
        self._painted: list[Strip] = []
        self._width = self._top = 0
        self._lines: dict[tuple[int, bool, bool, bool], tuple[Row, Strip]] = {}
        """Painted rows, as long as nothing but the rows changes: an arrow key paints two lines anew."""
        self._lines_of: tuple[object, ...] = ()
        self._terms: re.Pattern[str] | None = None
        self._ahead: Timer | None = None

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        if columns is not self.columns:
            self.columns = columns
            self.pan, self._placed = 0, []
            self.repaint()

    # --- what is under the cursor ---------------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The row under the cursor, if it has arrived."""
        return self.source.row(self.cursor) if self.source is not None else None

    @property
    def inner_width(self) -> int:
        """Cells beside the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def rows_visible(self) -> int:
        """How many rows fit."""
        return max(self.size.height - 1, 1)

    @property
    def hidden_columns(self) -> int:
        """How many columns did not fit."""
        return len(self.columns) - len(self._placed) if self._placed else 0

    def move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor + by)

    def move_to(self, index: int) -> None:
        """Move the cursor to a row and make it visible."""
        last = max(len(self.source or ()) - 1, 0)
        self.cursor = min(max(index, 0), last)
        row = self.row
        self._cursor_id = row.id if row is not None else None
        if self._cursor_id in self.changed:
            self.changed.discard(self._cursor_id)
            self.post_message(self.MarksChanged())
        self._show_cursor()
        self.repaint()
        self.post_message(self.CursorMoved())

    def page(self, direction: int) -> None:
        """Move by a screenful."""
        self.move(direction * max(self.rows_visible - 1, 1))

    # --- marks ----------------------------------------------------------------------------------------------

    def toggle_mark(self, then_move: int = 0) -> None:
        """Mark the row under the cursor, or unmark it, and move on."""
        row = self.row
        if row is not None:
            if self.marks.pop(row.id, None) is None:
                self.marks[row.id] = row
                self.last_marked = row.id
            self.post_message(self.MarksChanged())
        if then_move:
            self.move(then_move)
        else:
            self.repaint()

    def mark(self, rows: Sequence[Row]) -> None:
        """Mark these as well."""
        self.marks.update((row.id, row) for row in rows)
        self.repaint()
        self.post_message(self.MarksChanged())

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.marks.clear()
        self.last_marked = None
        self.repaint()
        self.post_message(self.MarksChanged())

    # --- what arrives ---------------------------------------------------------------------------------------

    def rows_arrived(self, new: bool, *, by_others: bool = False) -> None:
        """Rows arrived in the source: start at the top for a new question, else stay with the same row.

        `by_others` says that rows which differ from what is on screen are told apart: somebody else changed them.
        """
        if self.source is None:
            return
        if new:
            self.changed.clear()
        if new or (self.source.completed and not self.cursor):
            self.cursor = 0
        elif self._cursor_id is not None and (found := self.source.index_of(self._cursor_id, self.cursor)) is not None:
            self.cursor = found
        self.cursor = min(self.cursor, max(len(self.source) - 1, 0))
        row = self.row
        self._cursor_id = row.id if row is not None else self._cursor_id
        self._resize_rows()
        self._show_cursor()
        for index in range(len(self.source) and self.scroll_offset.y, self.scroll_offset.y + self.rows_visible):
            fresh = self.source.row(index)
            if fresh is None:
                continue
            if fresh.id in self.marks:
                self.marks[fresh.id] = fresh
            if by_others and not new and self._seen.get(fresh.id, fresh) != fresh:
                self.changed.add(fresh.id)
        self.repaint()
        self.post_message(self.CursorMoved())

    def show_exact(self, glance: Glance) -> None:
        """Paint with another time or another way to write times."""
        self._placed = [] if glance.exact != self.glance.exact else self._placed
        self.glance = glance
        self.repaint()

    def shift(self, by: int) -> None:
        """Show columns further right (or left again); the first stays."""
        self.pan = min(max(self.pan + by, 0), len(self.columns) - 2)
        self._placed = []
        self.repaint()

    def _resize_rows(self) -> None:
        """Tell the scroll bar how many rows there are, without a layout of the whole screen."""
        size = Size(self.size.width, len(self.source or ()) + 1)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _show_cursor(self) -> None:
        top, visible = self.scroll_offset.y, self.rows_visible
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + visible:
            self.scroll_to(y=self.cursor - visible + 1, animate=False)
        elif top and top + visible > len(self.source or ()):
            self.scroll_to(y=max(len(self.source or ()) - visible, 0), animate=False)

    # --- painting -------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Paint the lines that differ from what is on screen."""
        before, height = self._painted, self.size.height
        if not height:
            return
        self._want_rows()
        self._paint()
        if len(before) != height:
            self.refresh()
            return
        changed = [y for y in range(height) if before[y] is not self._painted[y] and before[y] != self._painted[y]]
        if changed:
            self.refresh(*(Region(0, top, self.size.width, lines) for top, lines in stretches(changed)))

    def _paint(self) -> None:
        text = (self.source.meant or self.source.ask.text) if self.source is not None else ""
        self._width, self._top = self.inner_width, self.scroll_offset.y
        same_for = (text, self.glance, self.columns, self.pan, self._width)
        if same_for != self._lines_of or len(self._lines) > MOST_LINES:
            self._lines, self._lines_of, self._seen = {}, same_for, {}
            self._terms = pattern_of(text) if text else None
        self._painted = [self._line(y) for y in range(self.size.height)]

    def _want_rows(self) -> None:
        if self.source is not None:
            top = self.scroll_offset.y
            self.source.want(top, top + self.rows_visible)
            if self._ahead is None:
                self._ahead = self.set_timer(AFTER_PAINTING, self._want_ahead)

    def _want_ahead(self) -> None:
        self._ahead = None
        if self.source is not None:
            self.source.want_ahead()

    def _line(self, y: int) -> Strip:
        width = self._width
        if not self._placed:
            columns = [replace(one, width=one.exact, priority=3) if one.exact else one for one in self.columns]
            self._placed = place(columns if self.glance.exact else self.columns, width - GUTTER, self.pan)
        if y == 0:
            return self._head(width)
        index = self._top + y - 1
        if self.source is None or not len(self.source):
            answered = self.source is not None and (self.source.loaded or self.source.refused is not None)
            lines = self.empty_lines if answered else ()
            spans = lines[y - 2] if 2 <= y < len(lines) + 2 else ()
            return self._inks.strip(spans, width)
        if index >= len(self.source):
            return self._inks.strip((), width)
        return self._row_line(index, self.source.row(index), width)

    def _head(self, width: int) -> Strip:
        ask = self.source.ask if self.source is not None else None
        spans = [span(" " * GUTTER)]
        for at, placed in enumerate(self._placed):
            column = placed.column
            beside = arrow(ask, column) if ask is not None else ""
            if at:
                spans.append(Span(BLANK))
            spans.append(Span(fit(join(column.title, beside), placed.width, column.right)))
        return self._inks.strip(spans, width, "head")

    def _row_line(self, index: int, row: Row | None, width: int) -> Strip:
        on_cursor = index == self.cursor and self.shows_cursor
        if row is None:
            bar = span("▌", "accent") if on_cursor else span(" ")
            return self._inks.strip([bar, span("  "), span("…", "faint")], width, "cursor" if on_cursor else "")
        look = (row.id, on_cursor, row.id in self.marks, row.id in self.changed)
        before = self._lines.get(look)
        if before is not None and before[0] is row:
            return before[1]
        strip = self._inks.strip(self._cells(row, *look[1:]), width, "cursor" if on_cursor else "")
        self._lines[look] = (row, strip)
        self._seen[row.id] = row
        return strip

    def _cells(self, row: Row, on_cursor: bool, marked: bool, changed: bool) -> list[Span]:
        spans = [span("▌", "accent") if on_cursor else span(" "), span("✓" if marked else " ", "accent")]
        spans.append(span(CHANGED if changed else " ", "accent"))
        for at, placed in enumerate(self._placed):
            text, ink = placed.column.cell(row, self.glance)
            if marked and not at:
                ink = "key"
            cell = fit(text, placed.width, placed.column.right)
            if at + 1 < len(self._placed):
                cell = Inert(cell + BLANK)
            spans.extend(highlight(Span(cell, ink), self._terms) if self._terms is not None else (Span(cell, ink),))
        return spans

    def render_lines(self, crop: Region) -> list[Strip]:
        """Painted lines as they are: without border or padding there is nothing for Textual to put around them."""
        if self.styles.gutter != NO_GUTTER or crop.x or crop.width != self._width or self.opacity < 1:
            return super().render_lines(crop)
        filters, background = self.get_line_filters(), self.background_colors[1]
        strips = [self.render_line(y) for y in crop.line_range]
        for one in filters:
            strips = [strip.apply_filter(one, background) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One painted line."""
        if len(self._painted) != self.size.height:
            self._paint()
        return self._painted[y] if y < len(self._painted) else Strip.blank(self.size.width)

    def on_resize(self) -> None:
        """Place the columns anew and keep the cursor in view."""
        self._placed, self._painted = [], []
        self._resize_rows()
        self._show_cursor()
        self.repaint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled by wheel, bar or cursor: paint the rows that are visible now."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value) and self.size.height:
            self._want_rows()
            self._paint()

    def notify_style_update(self) -> None:
        """The theme changed: paint with its styles."""
        super().notify_style_update()
        self._inks.forget()
        self._painted, self._lines_of = [], ()

    # --- the mouse ------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, on the gutter marks, on a title sorts; a double click opens."""
        event.stop()
        if event.y == 0:
            self._click_title(event.x, as_well=event.shift)
            return
        index = self.scroll_offset.y + event.y - 1
        if self.source is None or index >= len(self.source):
            return
        self.move_to(index)
        if event.shift:
            self.post_message(self.RangeWanted())
        elif event.x < GUTTER:
            self.toggle_mark()
        elif event.chain == 2:
            self.post_message(self.Opened())

    def _click_title(self, x: int, *, as_well: bool) -> None:
        left = GUTTER
        for placed in self._placed:
            if left <= x < left + placed.width + GAP:
                if placed.column.sort:
                    self.post_message(self.SortWanted(placed.column, as_well=as_well))
                return
            left += placed.width + GAP


def pattern_of(text: str) -> "re.Pattern[str] | None":
    """Where the words of a search occur; filters such as `status:lost` are left out."""
    found = [re.escape(clean(word)) for word in text.split() if ":" not in word]
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.IGNORECASE) if found else None


def highlight(cell: Span, terms: "re.Pattern[str]") -> list[Span]:
    """A cell with the parts that match in the ink for matches."""
    parts: list[Span] = []
    at = 0
    for found in terms.finditer(cell.text):
        if found.start() > at:
            parts.append(Span(Inert(cell.text[at : found.start()]), cell.ink))
        parts.append(Span(Inert(found[0]), "match"))
        at = found.end()
    parts.append(Span(Inert(cell.text[at:]), cell.ink))
    return parts
