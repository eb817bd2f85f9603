"""Cards on a wide terminal: their sections in two columns, as even as they get."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from tui.text import span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import padded

TWO_FROM = 130
"""Cells from which a card has two columns."""
GAP = 4


def in_two(lay: Lay) -> Lay:
    """A card whose sections stand in two columns where there is room; what comes before the first one goes across."""

    def wide(width: int) -> Sequence[Line]:
        lines = lay(width)
        if width < TWO_FROM or len(_starts(lines)) < 2:
            return lines
        half = (width - GAP) // 2
        narrow = lay(half)
        starts = _starts(narrow)
        left, right = _halves([narrow[at:end] for at, end in zip(starts, [*starts[1:], len(narrow)], strict=True)])
        both = zip_longest(left, right, fillvalue=())
        return [*lines[: _starts(lines)[0]], *([*padded(one, half), span(" " * GAP), *other] for one, other in both)]

    return wide


def _starts(lines: Sequence[Line]) -> list[int]:
    """Where sections begin: with a blank line and a title."""
    pairs = enumerate(pairwise(lines))
    return [at for at, (blank, title) in pairs if not blank and title and title[0].ink == "title"]


def _halves(sections: Sequence[Sequence[Line]]) -> tuple[list[Line], list[Line]]:
    """The sections in their order, parted where the longer half is shortest."""

    def taller(at: int) -> int:
        return max(sum(map(len, sections[:at])), sum(map(len, sections[at:])))

    at = min(range(1, len(sections)), key=taller)
    return [line for one in sections[:at] for line in one], [line for one in sections[at:] for line in one]
