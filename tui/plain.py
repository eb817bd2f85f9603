"""The screen for a screen reader: text alone, and the line under the cursor told as one sentence.

A screen reader speaks what changes on a terminal. So nothing here draws: rules, bars, boxes and signs that stand beside words
become blanks, and what has no words beside it becomes a character that is spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text import Inert, clean, join

if TYPE_CHECKING:
    from tui.widgets.virtual_table import VirtualTable

DRAWN = (
    range(0x2190, 0x2200),
    range(0x2300, 0x2400),
    range(0x2500, 0x2600),
    range(0x2600, 0x2800),
    range(0x2800, 0x2900),
)
"""Arrows, technical signs, boxes, blocks and shapes, signs and dingbats, Braille patterns: none of them is a word."""
SPOKEN = {
    "▌": ">", "▸": ">", "›": ">", "→": ">", "‹": "<", "←": "<", "✓": "*", "↑": "^", "↓": "v", "✕": "x", "↶": "<", "▮": ">",
    "·": ",",
}  # fmt: skip
"""What stands for a sign that has no words beside it."""
BLANK = {chr(code): " " for block in DRAWN for code in block}
PLAIN, WORDS = str.maketrans(BLANK | SPOKEN), str.maketrans(BLANK)
"""With what stands for signs, and the words alone."""


class Unadorned(LineFilter):
    """Takes everything drawn out of what is painted, whoever painted it; widths stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in letters, digits and punctuation."""
        del background
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(PLAIN), segment.style, segment.control)
            for segment in segments
        ]


def say_row(table: VirtualTable[Any], noun: Sequence[str]) -> Inert:
    """`Line 3 of 218, marked. Asset tag EM000003. Model iPhone SE. Status issued.`"""
    row, source = table.row, table.source
    if row is None or source is None:
        return join("No ", noun[1], ".") if source is not None and source.loaded and not len(source) else clean("")
    total = source.total if source.total is not None else len(source)
    told = [join("Line ", f"{table.cursor + 1:,}", " of ", f"{total:,}", ", marked" if row.id in table.marks else "")]
    for column in table.columns:
        words = column.cell(row, table.glance)[0].translate(WORDS).strip(" —.")
        if words:
            told.append(join(column.title, " ", " ".join(words.split())))
    return clean(". ".join(told) + ".")
