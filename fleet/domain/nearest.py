"""What a key that nobody knows was probably meant to be: a digit misread, a letter missed or doubled."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher

from fleet.domain.search import fold

CLOSE = 0.75
"""Likeness, from 0 to 1, below which nothing is worth offering."""
LONGEST_KEY = 40
"""Characters; a pasted page has no near miss worth searching for."""
_NEIGHBOURS = 16
"""How many entries on each side are compared, in each of the two orders."""

_MISREAD = str.maketrans({"o": "0", "q": "0", "i": "1", "l": "1", "s": "5", "b": "8", "z": "2"})


def as_read(text: str) -> str:
    """A tag or serial without case, blanks and hyphens, and with letters as the digits they are taken for: `O` for `0`."""
    return "".join(char for char in fold(text) if char.isalnum()).translate(_MISREAD)


class Lookalikes:
    """Texts that stand for something, sorted from either end: who is near is found without comparing with everything."""

    def __init__(self, known: Iterable[tuple[str, int]], read: Callable[[str], str] = as_read) -> None:
        self._read = read
        self._forwards = sorted({(read(text), one) for text, one in known if text})
        self._backwards = sorted((text[::-1], one) for text, one in self._forwards)

    def nearest(self, key: str, number: int = 3) -> list[int]:
        """The ids of at most so many that look like the key, the likeliest first; none when nothing does."""
        wanted = self._read(key.strip()[: LONGEST_KEY + 1])
        if not wanted or len(wanted) > LONGEST_KEY:
            return []
        likeness: dict[int, tuple[float, str]] = {}
        matcher = SequenceMatcher(None, "", wanted, autojunk=False)
        for text, one in self._neighbours(wanted):
            matcher.set_seq1(text)
            ratio = matcher.ratio()
            if ratio >= CLOSE and ratio > likeness.get(one, (0.0, ""))[0]:
                likeness[one] = (ratio, text)
        ranked = sorted(likeness, key=lambda one: (-likeness[one][0], likeness[one][1], one))
        return ranked[:number]

    def _neighbours(self, wanted: str) -> set[tuple[str, int]]:
        near = set(_around(self._forwards, wanted))
        return near | {(text[::-1], one) for text, one in _around(self._backwards, wanted[::-1])}


def _around(ordered: list[tuple[str, int]], wanted: str) -> list[tuple[str, int]]:
    position = bisect_left(ordered, (wanted,))
    return ordered[max(0, position - _NEIGHBOURS) : position + _NEIGHBOURS]
