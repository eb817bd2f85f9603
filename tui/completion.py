"""What the end of a search may go on to: `st` to `status:`, `status:l` to `status:lost`. Pure: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from textual.suggester import Suggester

from fleet.domain.search import CLOSED, FILTERS

NAMES = frozenset({"site", "team", "model", "held"})
"""Filters whose values are names: a quote is opened for them, so that a space does not end one."""
LEAST = 2
"""Letters from which a word may be the beginning of a filter."""
VALUES: Mapping[str, Sequence[str]] = {
    **CLOSED,
    "held": ("nobody",),
    "seen": ("never", "<7d", ">30d"),
    "due": ("overdue", "any", "<7d"),
    "compliance": ("compliant", "noncompliant"),
    "finding": ("any",),
}
"""Filter -> values that are the same in every register."""
_LAST = re.compile(r'(?:^|\s)-?(?:(?P<name>[a-z]+):(?P<value>"[^"]*|[^\s"]*)|(?P<start>[a-z]+))$', re.I)


def complete(text: str, known: Mapping[str, Sequence[str]]) -> str | None:
    """The text with its last filter completed, typed letters left as they are; None when there is nothing to add."""
    found = _LAST.search(text)
    if found is None or text.count('"') % 2 != (found["value"] or "").count('"'):
        return None
    if found["name"] is not None:
        rest = _rest_of_value(found["value"], known.get(found["name"].lower(), ()))
    else:
        rest = _rest_of_name(found["start"].lower())
    return text + rest if rest else None


def _rest_of_name(start: str) -> str:
    if len(start) < LEAST:
        return ""
    names = [f'{name}:"' if name in NAMES else f"{name}:" for name in FILTERS if name.startswith(start)]
    return names[0][len(start) :] if names else ""


def _rest_of_value(typed: str, values: Sequence[str]) -> str:
    quoted = typed.startswith('"')
    start = typed.removeprefix('"')
    if not start:
        return ""
    fitting = [one for one in values if one.casefold().startswith(start.casefold()) and '"' not in one]
    if quoted:
        return fitting[0][len(start) :] + '"' if fitting else ""
    plain = [one for one in fitting if " " not in one and len(one) > len(start)]
    return plain[0][len(start) :] if plain else ""


def settled(text: str) -> str:
    """The text without a last value that is only the beginning of one: `ipad status:lo` asks for `ipad status:`."""
    found = _LAST.search(text)
    if found is None or not found["value"]:
        return text
    values, start = CLOSED.get((found["name"] or "").lower(), ()), found["value"].lower()
    begins = any(one.startswith(start) for one in values) and start not in values
    return text[: found.start("value")] if begins else text


class Completer(Suggester):
    """Shows faintly behind the cursor what Tab and the right arrow would add."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.known: dict[str, Sequence[str]] = dict(VALUES)

    def learn(self, values: Mapping[str, Sequence[str]]) -> None:
        """Names that only this register knows."""
        self.known = {**VALUES, **values}

    async def get_suggestion(self, value: str) -> str | None:
        """The completed text."""
        return complete(value, self.known)
