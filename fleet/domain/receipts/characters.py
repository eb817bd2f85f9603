"""Text for paper: inert, composed, and measured in columns of a fixed-width page."""

import unicodedata

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MOST_MARKS = 3
"""Combining marks kept on one letter: Vietnamese needs two, towers of forty run over the lines above."""


def safe(value: object) -> str:
    """One line of text that can't steer a terminal, a page or its own layout.

    White space becomes single spaces, accents join their letters, and control, bidirectional and invisible characters
    become U+FFFD, so that a reader sees there was something.
    """
    text = " ".join(str(value).split())
    if text.isascii() and text.isprintable():
        return text
    return _without_towers("".join(_shown(char) for char in unicodedata.normalize("NFC", text)))


def _shown(char: str) -> str:
    hidden = char in _BIDI or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return _REPLACEMENT if hidden else char


def _without_towers(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        if _columns_of(char) > 0:
            marks = 0
            kept.append(char)
        elif not kept or kept[-1] == " ":  # A mark on nothing.
            kept.append(_REPLACEMENT)
        elif marks < MOST_MARKS:
            marks += 1
            kept.append(char)
    return "".join(kept)


def columns(text: str) -> int:
    """Columns a text takes: wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text filled with blanks to a width."""
    blank = " " * (width - columns(text))
    return blank + text if right else text + blank


def cut(line: str, start: int, end: int | None = None) -> str:
    """The part of a line between two columns, stripped."""
    if line.isascii():
        return line[start:end].strip()
    kept, at = [], 0
    for char in line:
        if start <= at - (_columns_of(char) == 0) and (end is None or at - (_columns_of(char) == 0) < end):
            kept.append(char)
        at += _columns_of(char)
    return "".join(kept).strip()


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken between words; a longer word is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, width):
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _pieces(text: str, width: int) -> list[str]:
    pieces: list[str] = []
    for word in text.split(" "):
        rest = word
        while columns(rest) > width:
            end, at = 0, 0
            while at + _columns_of(rest[end]) <= width:
                at += _columns_of(rest[end])
                end += 1
            end = max(end, 1)
            pieces.append(rest[:end])
            rest = rest[end:]
        pieces.append(rest)
    return pieces
