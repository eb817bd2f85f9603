"""Rows of a search that is not the one typed: nothing answers that, and a name in it was misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


class Near(list[Row]):
    """Rows, and the search they answer."""

    def __init__(self, rows: Iterable[Row], meant: str) -> None:
        super().__init__(rows)
        self.meant = meant


def meant_of(rows: Sequence[object] | None) -> str | None:
    """The search some rows answer in place of the typed one; None when they answer that."""
    return rows.meant if isinstance(rows, Near) else None
