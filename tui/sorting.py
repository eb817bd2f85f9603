"""Sorting by several columns: how it is written down, read, and shown. `status,-last_seen` is by status, then newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.columns import Column
from tui.row_source import Ask

CLOSEST = "closest"
"""In front of a sort: best match first, that sort among equals."""


def parts_of(ask: Ask) -> list[tuple[str, bool]]:
    """Name and whether downwards, the most important first."""
    names = [name for name in ask.sort.split(",") if name]
    return [(name.removeprefix("-"), name.startswith("-") != ask.descending) for name in names]


def written(parts: Iterable[tuple[str, bool]]) -> str:
    """The same as one text."""
    return ",".join(f"-{name}" if down else name for name, down in parts)


def arrow(ask: Ask, column: Column) -> str:
    """What stands beside a column's title: an arrow, numbered where there are several."""
    parts = parts_of(ask)
    for number, (name, down) in enumerate(parts, 1):
        if column.sort and name == column.sort:
            return f" {'↓' if down else '↑'}{number if len(parts) > 1 else ''}"
    return ""


def told(ask: Ask, columns: Sequence[Column]) -> str:
    """`by status ↑, last seen ↓`; "" when nothing is known of it."""
    titles = {column.sort: column.title.lower() for column in columns if column.sort}
    shown = [f"{titles.get(name, name.replace('_', ' '))} {'↓' if down else '↑'}" for name, down in parts_of(ask)]
    return f"by {', '.join(shown)}" if shown else ""


def known(sort: str, columns: Sequence[Column]) -> str:
    """A sort without the names that no column has."""
    names = {column.sort for column in columns if column.sort}
    return ",".join(name for name in sort.split(",") if name.removeprefix("-") in names)


def cycled(parts: Sequence[tuple[str, bool]], name: str) -> list[tuple[str, bool]]:
    """A column joins at the end, upwards; then turns downwards; then leaves."""
    now = dict(parts)
    if name not in now:
        return [*parts, (name, False)]
    if not now[name]:
        return [(one, True if one == name else down) for one, down in parts]
    return [(one, down) for one, down in parts if one != name]
