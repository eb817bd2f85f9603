"""The one place that makes text inert: what a device, a file or a person called something is shown, never obeyed.

Every text on screen is a `Span` of `Inert` text. `clean` shows a stand-in for each character that a terminal
or Textual would act upon (controls, escapes, direction marks, invisible characters), so that nobody can hide
a command, a link or another name inside a device name.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple, NewType

from textual.content import Content

Inert = NewType("Inert", str)
"""Text that holds nothing a terminal would act upon. Only `clean` and `join` make it."""

LONGEST = 4000
"""Characters of one text that are ever looked at; no cell or line is as wide."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
HIDDEN = "\N{DOTTED SQUARE}"
MOST_MARKS = 3
"""Combining characters kept upon one letter: enough for every language, too few to paint over other lines."""

_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
_DROPPED = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff]")
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u2065")


class Span(NamedTuple):
    """A piece of a line: inert text and the name of its ink (see `tui.theme.INKS`)."""

    text: Inert
    ink: str = ""


def clean(value: object) -> Inert:
    """Any value as one line of inert text; None is nothing."""
    if value is None:
        return Inert("")
    text = str(value)[:LONGEST]
    if text.isascii() and text.isprintable():
        return Inert(text)
    text = _DROPPED.sub("", text)
    text = _REGIONAL.sub(lambda found: chr(ord(found[0]) - 0x1F1E6 + ord("A")), text)
    return Inert(_limit_marks("".join(_stand_in(char) for char in text)))


def _stand_in(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code < 0x7F:
        return char
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if char in _INVISIBLE:
        return HIDDEN
    return _by_category(char)


def _by_category(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Cn", "Co"):
        return REPLACEMENT
    if category in ("Zl", "Zp"):
        return "\N{SYMBOL FOR NEWLINE}"
    if category == "Cf":
        return HIDDEN
    return " " if category == "Zs" else char


def _limit_marks(text: str) -> str:
    """Without marks that stand on nothing and without towers of them."""
    kept: list[str] = []
    marks = MOST_MARKS
    for char in text:
        if unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            if marks > MOST_MARKS:
                continue
        else:
            marks = 0
        kept.append(char)
    return "".join(kept)


def span(value: object, ink: str = "") -> Span:
    """Any value as a span of inert text."""
    return Span(clean(value), ink)


def join(*parts: object) -> Inert:
    """Values put one after the other as inert text: this instead of an f-string wherever data is among them."""
    return Inert("".join(clean(part) for part in parts))


def plain(spans: Iterable[Span]) -> Inert:
    """The text of several spans without their inks."""
    return Inert("".join(part.text for part in spans))


def content(value: object) -> Content:
    """Inert text for one of Textual's own widgets, which would read a plain `str` as markup."""
    return Content(clean(value))


def counted(number: int, one: str, many: str | None = None) -> Inert:
    """A number with its noun: `1 device`, `3,205 devices`."""
    return join(f"{number:,} ", one if number == 1 else (many or one + "s"))
