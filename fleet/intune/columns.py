"""Whole columns of values at once, by the same rules as `fleet.intune.values`, for the pages of the list.

One look at a thousand values joined together (in C) shows that none of them is odd; then none needs a look of its
own. A column with anything odd in it is converted value by value, so that both ways always agree.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from fleet.intune import values
from fleet.intune.values import LARGEST_INTEGER, TEXT_LIMIT, ZERO_GUID

Column = Sequence[Any]
Converter = Callable[[Any], Any]
_FOREVER = "9999-12-31T23:59:59.9999999Z"
_FOREVER_SHORT = "9999-12-31T23:59:59Z"
_NEVER = "0001-01-01T00:00:00Z"
_HEX = re.compile(r"[0-9a-fA-F]*\Z")
_parse = datetime.fromisoformat


def column_of(converter: Converter) -> Callable[[Column], list[Any]]:
    """The converter of columns that does what a converter of values does."""
    if converter in _FAST:
        fast = _FAST[converter]
    elif isinstance(converter, values.Digits):
        fast = _digits(converter)
    else:
        return lambda column: list(map(converter, column))

    def convert(column: Column) -> list[Any]:
        converted = fast(column)
        return list(map(converter, column)) if converted is None else converted

    return convert


def _texts(column: Column) -> tuple[list[str], str] | None:
    """The column with "" for null, and its values as lines; None when a value is not a plain short text."""
    kinds = set(map(type, column))
    if not kinds <= {str, type(None)}:
        return None
    texts = list(column) if kinds == {str} else [value or "" for value in column]
    if max(map(len, texts), default=0) > TEXT_LIMIT or not "".join(texts).isprintable():
        return None
    lines = "\n".join(texts)
    if " " in lines:
        texts = list(map(str.strip, texts))
        lines = "\n".join(texts)
    return texts, lines


def _text(column: Column) -> list[str | None] | None:
    if (found := _texts(column)) is None:
        return None
    texts, lines = found
    if "nknown" in lines:
        return None
    return [text or None for text in texts]


def _required_id(column: Column) -> list[str] | None:
    found = _texts(column)
    return None if found is None or not all(found[0]) else list(map(str.lower, found[0]))


def _guid(column: Column) -> list[str | None] | None:
    if (found := _texts(column)) is None or not found[1].isascii():
        return None
    lowered = list(map(str.lower, found[0]))
    if ZERO_GUID in found[1]:
        return [None if value in ("", ZERO_GUID) else value for value in lowered]
    return [value or None for value in lowered]


def _serial(column: Column) -> list[str | None] | None:
    if (found := _texts(column)) is None:
        return None
    lines = found[1].upper()
    # A filler holds one of these; a value that begins with 0 may be all zeros.
    if lines.startswith("0") or any(
        mark in lines for mark in ("\n0", "N/A", "NONE", "KNOWN", "NUMBER", "STRING", "FILLED")
    ):
        return None
    return [value or None for value in map(str.upper, found[0])]


def _upn(column: Column) -> list[str | None] | None:
    if (found := _texts(column)) is None or "nknown" in found[1]:
        return None
    if any(text[:32].isalnum() and len(text) > 32 for text in found[0]):
        return None
    return [text or None for text in found[0]]


def _phone(column: Column) -> list[str | None] | None:
    if (found := _texts(column)) is None or "*" in found[1] or "nknown" in found[1]:
        return None
    return [text or None for text in found[0]]


def _mac(column: Column) -> list[str | None] | None:
    found = _texts(column)
    if found is None or not set(map(len, found[0])) <= {0, 12} or "0" * 12 in found[1]:
        return None
    return [value.lower() or None for value in found[0]] if _HEX.match("".join(found[0])) else None


def _digits(converter: values.Digits) -> Callable[[Column], list[str | None] | None]:
    allowed = {0, *range(converter.shortest, converter.longest + 1)}
    zeros = "0" * converter.shortest

    def fast(column: Column) -> list[str | None] | None:
        found = _texts(column)
        if found is None or not set(map(len, found[0])) <= allowed:
            return None
        joined = "".join(found[0])
        if joined and not (joined.isascii() and joined.isdecimal() and zeros not in joined):
            return None
        return [value or None for value in found[0]]

    return fast


def _moment(column: Column) -> list[datetime | None] | None:
    if set(map(type, column)) != {str}:
        return None
    never, forever, short = map(column.count, (_NEVER, _FOREVER, _FOREVER_SHORT))
    joined = "".join(column)
    plain = (
        len(joined) == 20 * (len(column) - forever) + len(_FOREVER) * forever
        and joined.count("Z") == len(column)
        and joined.count("T") == len(column)
        and joined.count(".") == forever
        and joined.count("9999-") == forever + short
        and joined.count("0001-") == never
    )
    if not plain:
        return None
    try:
        if never or forever or short:
            return [None if value in (_NEVER, _FOREVER, _FOREVER_SHORT) else _parse(value) for value in column]
        return list(map(_parse, column))
    except ValueError:
        return None


def _size(column: Column) -> list[int | None] | None:
    if set(map(type, column)) != {int} or min(column) < 0 or max(column) > LARGEST_INTEGER:
        return None
    return [value or None for value in column]


_FAST: dict[Converter, Callable[[Column], list[Any] | None]] = {
    values.required_id: _required_id,
    values.text: _text,
    values.guid: _guid,
    values.serial: _serial,
    values.upn: _upn,
    values.phone: _phone,
    values.mac: _mac,
    values.moment: _moment,
    values.size: _size,
}
