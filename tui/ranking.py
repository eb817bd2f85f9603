"""Best first: what was typed exactly, then what begins with it, then words that begin with it, then what holds it.

A name that begins with it, or has a word that does, comes before a sign-in name that does. Pure: texts in, an order out.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleet.domain.search import fold

EXACT, PREFIX, WORD, INSIDE = range(4)


def closeness(typed: str, *texts: str | None) -> tuple[int, int, int]:
    """How closely a typed text fits the nearest of some texts, the most telling first: smaller is closer."""
    wanted = " ".join(fold(typed).split())
    fits = [(_fit(wanted, fold(text)), place) for place, text in enumerate(texts) if text]
    orders = [(0 if kind == EXACT else 2 if kind == INSIDE else 1, place, kind) for kind, place in fits]
    return min(orders, default=(2, len(texts), INSIDE))


def is_exact(typed: str, *texts: str | None) -> bool:
    """Whether one of the texts is exactly what was typed, but for case and accents."""
    return bool(typed.strip()) and closeness(typed, *texts)[2] == EXACT


def _fit(wanted: str, text: str) -> int:
    if text == wanted:
        return EXACT
    if text.startswith(wanted):
        return PREFIX
    return WORD if _each_begins_a_word(wanted.split(), text) else INSIDE


def _each_begins_a_word(wanted: Sequence[str], text: str) -> bool:
    words = text.replace("@", " ").replace(".", " ").replace("-", " ").split()
    return all(any(word.startswith(part) for word in words) for part in wanted)
