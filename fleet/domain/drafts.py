"""Frozen records in great numbers: a frozen dataclass sets each field through `object.__setattr__`, six times the cost.

A draft has the same slots without being frozen, so that a filled one may become the record by changing its class.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


_drafts: dict[type, Any] = {}


def draft_of(kind: type) -> Any:
    """The draft of a frozen dataclass with slots; it takes all fields, in their order."""
    if kind not in _drafts:
        names = [one.name for one in dataclasses.fields(kind)]
        _drafts[kind] = dataclasses.make_dataclass(f"{kind.__name__}Draft", names, slots=True)
    return _drafts[kind]


def freeze(drafts: Iterable[Any], kind: type[T]) -> None:
    """Make records of drafts, in place."""
    for draft in drafts:
        draft.__class__ = kind


def records_of(kind: type[T], columns: Sequence[Iterable[Any]]) -> list[T]:
    """Records from the columns of their fields, in the order of the fields."""
    drafts: list[T] = list(map(draft_of(kind), *columns))
    freeze(drafts, kind)
    return drafts
