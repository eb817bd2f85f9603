"""Names and numbers of people in a report that does not need them: initials, or nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from fleet.domain.fields import Field
from fleet.exports.definition import Catalogue

_ADDRESS = re.compile(r"[^\s@,;()<>\"]+@[^\s@,;()<>\"]*[^\s@,;()<>\".]")
_WORD_START = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=8_192)
def initials(name: str) -> str:
    """`Mary-Ann O'Haverty` is `M.A.O.`; a name without letters is `?`."""
    parts = (_WORD_START.search(part) for part in re.split(r"[\s\-.]+", name))
    letters = [found[0].upper() for found in parts if found]
    return "".join(f"{letter}." for letter in letters[:4]) or "?"


def withhold(text: str) -> str:
    """A sentence with initials instead of the sign-in names and addresses of people."""
    return _ADDRESS.sub(lambda found: initials(found[0].partition("@")[0]), text) if "@" in text else text


def masked(catalogue: Catalogue) -> dict[str, Field]:
    """A catalogue that tells no names: fields that would are shortened, or missing.

    The label of a shortened field changes with it, so that reading the sheet back never puts initials in a
    name's place.
    """
    return {key: safe for key, field in catalogue.items() if (safe := _masked_field(field)) is not None}


def _masked_field(field: Field) -> Field | None:
    if field.personal == "":
        return field
    if field.personal == "name":
        return replace(field, label=f"{field.label} initials", read=_initials_of(field), personal="")
    if field.personal == "prose":
        return replace(field, words=withhold, personal="")
    return None


def _initials_of(field: Field) -> Callable[[Any], str | None]:
    shared_by, name_of = _ID_OF_PERSON.get(field.key), field.reader()

    def read(row: Any) -> str | None:
        name: str | None = name_of(row)
        if name is None or (shared_by and getattr(row, shared_by) is None):
            return name  # The site or team that shares a device is nobody's name.
        return initials(name)

    return read


_ID_OF_PERSON: Mapping[str, str] = {"holder": "holder_id"}
"""Name field -> the field that is None when the name is not a person's."""
