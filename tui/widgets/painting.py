"""Turning spans into lines of exactly so many terminal cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from tui.text import Inert, Span
from tui.theme import INKS, ROWS, Look

ELLIPSIS = "…"
MOST_PER_CELL = 8
"""So many characters of a text are looked at for each cell: marks that take no room of their own may pile up."""


def width_of(text: str) -> int:
    """Terminal cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(maxsize=16384)
def fit(text: Inert, width: int, right: bool = False) -> Inert:
    """The text in exactly `width` cells: cut with an ellipsis, or padded."""
    if width <= 0:
        return Inert("")
    text = Inert(text[: width * MOST_PER_CELL])
    taken = width_of(text)
    if taken == width:
        return text
    if taken < width:
        blank = " " * (width - taken)
        return Inert(blank + text if right else text + blank)
    return Inert(set_cell_size(text, width - 1) + ELLIPSIS)


def wrap(text: Inert, width: int) -> list[Inert]:
    """The text in lines of at most `width` cells, broken at spaces where there are any, else where an address has a seam."""
    lines: list[Inert] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(Inert(line))
        rest, window = word, width * MOST_PER_CELL
        while width > 1 and (len(rest) > window or width_of(rest) > width):
            head = _head(rest[:window], width)
            lines.append(Inert(head))
            rest = rest[len(head) :]
        line = rest
    return [*lines, Inert(line)]


_SEAMS = re.compile(r"(?<=[-_/:;,])(?=.)|(?<=.)(?=[@.(])")
"""Where a sign-in name, an address or a number may be broken: before the part that begins there."""


def _head(word: str, width: int) -> str:
    """As much of a word that is too long as fits on a line: up to a seam when there is one in its second half."""
    head = set_cell_size(word, width).rstrip()
    seams = [found.start() for found in _SEAMS.finditer(word) if found.start() <= len(head)]
    at = word.find("@", 1, len(head) + 1)
    best = at if at > 0 else max(seams, default=0)
    return word[:best] if best > len(head) // 3 else head


class Inks:
    """The styles of one widget: the theme's colours on the widget's own background, or on that of a kind of row.

    They come from the theme's variables and not from component classes of the style sheet: a dozen classes in each
    widget would double the time to the first frame.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known: dict[tuple[str, str], Style] = {}

    def forget(self) -> None:
        """Forget all styles: the theme changed."""
        self._known.clear()

    def style(self, ink: str, row: str = "") -> Style:
        """The style of an ink on an ordinary row, or on a `head` or `cursor` one."""
        known = self._known.get((ink, row))
        if known is None:
            known = self._widget.rich_style
            if row:
                known += self._looked_up(ROWS[row])
            if ink:
                looked_up = self._looked_up(INKS[ink])
                # On a line that is reversed a colour would become that of a block behind the word.
                known += looked_up.without_color if known.reverse else looked_up
            self._known[ink, row] = known
        return known

    def _looked_up(self, look: Look) -> Style:
        variables = self._widget.app.theme_variables
        more = variables.get(look.more, look.more) if look.more else ""
        return Style(
            color=Color.parse(variables[look.colour]).rich_color,
            bgcolor=Color.parse(variables[look.background]).rich_color if look.background else None,
            bold="bold" in more or None,
            underline="underline" in more or None,
            reverse="reverse" in more or None,
        )

    def strip(self, spans: Iterable[Span], width: int, row: str = "") -> Strip:
        """One line, exactly `width` cells wide: too long is cut with an ellipsis, too short is filled."""
        texts: list[str] = []
        inks: list[str] = []
        left = width
        for whole, ink in spans:
            if not whole:
                continue
            text, taken = whole, width_of(whole)
            if taken > left:
                text, taken = fit(whole, left), left
            if inks and inks[-1] == ink:
                texts[-1] += text
            else:
                texts.append(text)
                inks.append(ink)
            left -= taken
            if not left:
                break
        if left > 0:
            texts.append(" " * left)
            inks.append("")
        return Strip([Segment(text, self.style(ink, row)) for text, ink in zip(texts, inks, strict=True)], width)


def between(left: Sequence[Span], right: Sequence[Span], width: int, gap: int = 2) -> list[Span]:
    """Spans at both ends of a line; the right ones go first when there is no room for them and a gap."""
    taken = sum(width_of(part.text) for part in left)
    wanted = sum(width_of(part.text) for part in right)
    if taken + wanted + gap > width:
        return list(left)
    return [*left, Span(Inert(" " * (width - taken - wanted))), *right]


def padded(line: Sequence[Span], width: int) -> list[Span]:
    """A line in exactly so many cells."""
    spans: list[Span] = []
    left = width
    for text, ink in line:
        taken = width_of(text)
        if taken > left:
            spans.append(Span(fit(text, left), ink))
            return spans
        spans.append(Span(text, ink))
        left -= taken
    return [*spans, Span(Inert(" " * left))]


def stretches(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Lines, in order, as stretches: the first of each and how many."""
    top = last = lines[0]
    for y in lines[1:]:
        if y != last + 1:
            yield top, last + 1 - top
            top = y
        last = y
    yield top, last + 1 - top
