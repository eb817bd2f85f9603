"""One slip of the finger in a name: a letter wrong, missing, too many, or two of them swapped."""

from collections.abc import Iterable

SHORTEST = 4
"""Letters below which everything is one slip from something."""
SHORTEST_BEGINNING = 5
"""Letters from which a slip is understood before the name is typed to its end."""
LONGEST = 40
MOST = 3
"""Words that are offered for one."""


def may_be_misspelt(word: str) -> bool:
    """Whether a typed word, folded, may be a name with a slip in it. What has a digit is an identifier: never guessed."""
    return SHORTEST <= len(word) <= LONGEST and word.replace("-", "").isalpha()


def is_slip(typed: str, word: str, *, begins: bool = False) -> bool:
    """Whether a word, or with `begins` the beginning of it, is one slip away from what was typed."""
    rest, meant = _unlike(typed, word)
    slips = ((rest[1:], meant[1:]), (rest[1:], meant), (rest, meant[1:]), (_swapped(rest), meant))
    return any(one == other or (begins and other.startswith(one)) for one, other in slips)


def nearest_words(typed: str, words: Iterable[str]) -> list[str]:
    """The words that were probably meant, the likeliest first: whole ones before longer ones that begin so, two letters
    swapped before any other slip, then the commonest.

    None when none is one slip away, and when what was typed occurs in one: then it is no slip.
    """
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    if any(typed in word for word in counts):
        return []
    found: list[tuple[bool, bool, int, str]] = []
    for word, number in counts.items():
        whole = is_slip(typed, word)
        if whole or (len(typed) >= SHORTEST_BEGINNING and is_slip(typed, word, begins=True)):
            rest, meant = _unlike(typed, word)
            found.append((not whole, not meant.startswith(_swapped(rest)), -number, word))
    return [word for _, _, _, word in sorted(found)[:MOST]]


def _unlike(typed: str, word: str) -> tuple[str, str]:
    """What is left of both behind the letters in which they agree."""
    at = 0
    while at < min(len(typed), len(word)) and typed[at] == word[at]:
        at += 1
    return typed[at:], word[at:]


def _swapped(rest: str) -> str:
    return rest[1::-1] + rest[2:]
