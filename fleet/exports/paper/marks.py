"""What a page is made of before it is a PDF: marks at places, in points from the lower left corner. A page is composed as
a list of marks first, so that the number of pages is known when the first is drawn, and tests can look at places."""

from dataclasses import dataclass

from fleet.exports.paper.glyphs import BOLD, REGULAR

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)

Colour = tuple[float, float, float]
INK: Colour = (0.10, 0.12, 0.16)
QUIET: Colour = (0.38, 0.42, 0.48)
ACCENT: Colour = (0.07, 0.33, 0.40)
HAIR: Colour = (0.80, 0.82, 0.85)
PALE: Colour = (0.945, 0.955, 0.96)


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks."""

    size: float
    leading: float
    """From one line to the next, in points."""
    bold: bool = False
    colour: Colour = INK

    @property
    def font(self) -> str:
        """Name of the font."""
        return BOLD if self.bold else REGULAR


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `x`, `y` is where its baseline begins."""

    x: float
    y: float
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float = 0.5
    colour: Colour = HAIR


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle, filled or outlined."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None = None
    stroke: Colour | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A QR or Code 128 in a box; `x`, `y` is the lower left corner of the bars, the quiet zone is outside."""

    x: float
    y: float
    width: float
    height: float
    value: str
    kind: str
    """qr or code128."""


Mark = Words | Rule | Panel | Code
Page = list[Mark]
