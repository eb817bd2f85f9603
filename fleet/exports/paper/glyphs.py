"""Which characters the page's own font can print, and what is drawn for the others.

The PDF library carries Bitstream Vera: Western Europe and a little more, no Welsh w and y with their accents. A letter it
lacks is drawn as its base letter with the accent over or under it; what can't be composed is a box, and is reported.
Every substitute keeps the real character for search, copying and screen readers.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

REGULAR, BOLD = "FleetSans", "FleetSans-Bold"
_FILES = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf"}

_ABOVE = {
    "\u0300": "`", "\u0301": "´", "\u0302": "ˆ", "\u0303": "˜", "\u0304": "¯", "\u0306": "˘", "\u0307": "˙",
    "\u0308": "¨", "\u030a": "˚", "\u030b": "˝", "\u030c": "ˇ",
}  # fmt: skip
_BELOW = {"\u0323": ".", "\u0326": ",", "\u0327": "¸", "\u0328": "˛"}
_ALIKE = {
    "\u2010": "-", "\u2011": "-", "\u2012": "–", "\u2015": "—", "\u02bc": "’", "\u02b9": "'", "\u2032": "'", "\u2033": '"',
    "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2002": " ", "\u2003": " ", "\u0131": "ı", "\u2044": "/", "\u00a0": " ",
    "→": "›",
}  # fmt: skip
"""Characters whose look is the same, or near enough."""
_WITHOUT_DOT = {"i": "ı", "j": "j"}
_ASCENDERS = frozenset("bdfhklt")
_HIDDEN = "\N{REPLACEMENT CHARACTER}"


class Piece(NamedTuple):
    """Something drawn at one place: text of the font, a letter with an accent, or a box."""

    shown: str
    """In the font's characters; "" is a box."""
    actual: str
    """What it stands for."""
    accents: tuple[tuple[str, float], ...] = ()
    """Accents of the font over or under it, with how far each is lifted, in ems."""

    @property
    def is_plain(self) -> bool:
        """Whether it is printed as it is."""
        return self.shown == self.actual and not self.accents


@lru_cache(maxsize=4)
def known(font: str) -> frozenset[str]:
    """Characters of a font; registers it on first use."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    path = Path(reportlab.__file__).parent / "fonts" / _FILES[font]
    found: Any = TTFont(font, str(path))
    pdfmetrics.registerFont(found)
    # Control characters are in its table, with nothing to see.
    return frozenset(chr(code) for code, glyph in found.face.charToGlyph.items() if code >= 0x20 and glyph)


def pieces(text: str, font: str) -> list[Piece]:
    """A line as what is drawn, from left to right."""
    characters = known(font)
    text = unicodedata.normalize("NFC", text)
    if characters.issuperset(text):
        return [Piece(text, text)] if text else []
    found: list[Piece] = []
    for cluster in _clusters(text):
        piece = _piece(cluster, characters)
        if found and piece.is_plain and found[-1].is_plain:
            found[-1] = Piece(found[-1].shown + piece.shown, found[-1].actual + piece.actual)
        else:
            found.append(piece)
    return found


def unprintable(text: str) -> list[str]:
    """Characters that a box stands for, in order of appearance. Stand-ins for hidden characters are none of them."""
    boxes = [piece.actual for piece in pieces(text, REGULAR) if not piece.shown]
    return [char for char in dict.fromkeys("".join(boxes)) if char != _HIDDEN]


def _clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for char in text:
        if clusters and unicodedata.combining(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _piece(cluster: str, characters: frozenset[str]) -> Piece:
    if characters.issuperset(cluster):
        return Piece(cluster, cluster)
    if (alike := _ALIKE.get(cluster)) is not None:
        return Piece(alike, cluster)
    decomposed = unicodedata.normalize("NFD", cluster)
    base, marks = decomposed[0], decomposed[1:]
    accents = _accents(base, marks)
    if base in characters and not unicodedata.combining(base) and accents is not None:
        dotless = any(mark in _ABOVE for mark in marks)
        return Piece(_WITHOUT_DOT.get(base, base) if dotless else base, cluster, accents)
    return Piece("", cluster)


def _accents(base: str, marks: str) -> tuple[tuple[str, float], ...] | None:
    """How each mark is drawn; None when one can't be."""
    found: list[tuple[str, float]] = []
    lift = 0.18 if base.isupper() or base in _ASCENDERS else 0.0
    for mark in marks:
        if mark in _ABOVE:
            found.append((_ABOVE[mark], lift))
            lift += 0.2
        elif mark in _BELOW:
            found.append((_BELOW[mark], -0.2 if mark in ("\u0323", "\u0326") else 0.0))
        else:
            return None
    return tuple(found)
