"""A data set: rows that sheets are made of, and the fields by which they are told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.domain.fields import Field
from fleet.domain.fields.field import Kind, Personal
from fleet.exports.material import Material


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where the rows of a sheet come from."""

    fields: Callable[[Material], Mapping[str, Field]]
    read: Callable[[Material], Iterable[Any]]
    of_devices: bool = True
    """Whether a search for devices can narrow it."""
    past: bool = True
    """Whether history tells it for days gone by."""


def derived(
    key: str, label: str, kind: Kind, width: int, help_: str, read: Callable[[Any], Any] | None = None, *,
    words: Callable[[Any], str] | None = None, personal: Personal = "",
) -> Field:  # fmt: skip
    """A field that only reports have: nobody sets it."""
    return Field(key, label, kind, width, 10, frozenset(), help_, words=words, personal=personal, read=read)


def catalogue(*fields: Field) -> dict[str, Field]:
    """Fields by key."""
    return {field.key: field for field in fields}
