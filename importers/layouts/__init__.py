"""All layouts that are known, the most telling first. A new council's file is a new declaration here."""

from collections.abc import Mapping
from functools import cache

from fleet.errors import UsageProblem
from importers.columns import plain
from importers.layout import Foreign, Layout
from importers.layouts import apple, asset_tools, intune, lines, network, own, people, register, thin_clients

LAYOUTS: tuple[Layout, ...] = (
    *own.LAYOUTS,
    *intune.LAYOUTS,
    *apple.LAYOUTS,
    *people.LAYOUTS,
    *asset_tools.LAYOUTS,
    *thin_clients.LAYOUTS,
    *network.LAYOUTS,
    *lines.LAYOUTS,
    *register.LAYOUTS,
)

FOREIGN: tuple[Foreign, ...] = (*asset_tools.FOREIGN, *intune.FOREIGN)
"""Lists that look like one of ours and hold what the register does not keep."""

FALLBACK = register.DEVICE_REGISTER
"""Taken when nothing is recognised: a person maps its columns."""

BY_WORDS: tuple[Layout, ...] = (register.DEVICE_REGISTER, lines.SIM_LIST, people.HR_PEOPLE)
"""Layouts that are recognised by the number of columns that mean something, because people wrote them."""


def named(key: str) -> Layout:
    """The layout of a key.

    Raises:
        UsageProblem: there is none; the message lists what there is.
    """
    for layout in LAYOUTS:
        if layout.key == key:
            return layout
    raise UsageProblem(f"There is no layout {key!r}. Known are: {', '.join(layout.key for layout in LAYOUTS)}.")


@cache
def known_words() -> Mapping[str, frozenset[str]]:
    """Plain header -> keys of the layouts that know it, ignored ones included: what a header row is found by."""
    words: dict[str, set[str]] = {}
    for layout in LAYOUTS:
        for word in (
            *layout.aliases,
            *layout.ignored_words,
            *(plain(name) for group in layout.anchors for name in group),
        ):
            words.setdefault(word, set()).add(layout.key)
    return {word: frozenset(keys) for word, keys in words.items()}


@cache
def every_word() -> frozenset[str]:
    """Every header that some layout knows, as it is compared."""
    return frozenset(known_words())


@cache
def identity_words() -> frozenset[str]:
    """Headers of serials, IMEIs and SIMs: no cell of data says that."""
    telling = frozenset(("serial", "imei", "iccid"))
    return frozenset(word for layout in LAYOUTS for word, field in layout.aliases.items() if field in telling)
