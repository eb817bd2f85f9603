"""Single values as Graph sends them, made plain: blanks to None, identifiers normalised, moments to the second.

Each converter takes what JSON held and raises `Wrong` (or TypeError for an unhashable) when the type is not the one
promised. PostgreSQL refuses NUL and lone surrogates in text, so they are taken out here.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

TEXT_LIMIT = 1024
NOTE_LIMIT = 8192
LARGEST_INTEGER = 2**63 - 1
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_KNOWN_LIMIT = 4096
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DELETED_PREFIX = re.compile("[0-9a-fA-F]{32}(?=.)")
_BLANK = frozenset({"", "Unknown", "unknown"})
_NO_SERIALS = frozenset(
    {"", "0", "UNKNOWN", "NONE", "N/A", "SYSTEMSERIALNUMBER", "SYSTEM SERIAL NUMBER", "DEFAULT STRING"}
)
_parse = datetime.fromisoformat


class Wrong(ValueError):
    """A value of the wrong type or size; `reason` completes a sentence that begins with the field's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Words(dict[Any, str | None]):
    """Texts that come again and again, cleaned once and then shared by all rows that hold them."""

    def __init__(self, clean: Callable[[str], str | None]) -> None:
        super().__init__({None: None})
        self._clean = clean

    def __missing__(self, raw: Any) -> str | None:
        cleaned = self._clean(_checked(raw))
        if len(self) < _KNOWN_LIMIT:
            self[raw] = cleaned
        return cleaned


class _Flags(dict[Any, bool | None]):
    """Yes and no, looked up rather than called for: 1 and 0 pass as such."""

    def __init__(self) -> None:
        super().__init__({None: None, True: True, False: False})

    def __missing__(self, raw: Any) -> bool | None:
        raise Wrong("is not true or false")


class _Answers(dict[Any, bool | None]):
    """Yes and no as text."""

    def __init__(self) -> None:
        super().__init__({None: None, "True": True, "False": False, "Unknown": None, "": None})

    def __missing__(self, raw: Any) -> bool | None:
        return self.get(_checked(raw).capitalize())


def _checked(raw: Any, limit: int = TEXT_LIMIT) -> str:
    """The text, stripped and storable; raises `Wrong` for another type or too great a length."""
    if raw.__class__ is not str:
        raise Wrong("is not text")
    if len(raw) > limit:
        raise Wrong(f"is longer than {limit} characters")
    if not raw.isprintable():
        raw = _UNSTORABLE.sub("", raw)
    stripped: str = raw.strip()
    return stripped


word: Callable[[Any], str | None] = _Words(lambda value: None if value in _BLANK else value).__getitem__
"""A text with few different values, such as a model."""
enumeration: Callable[[Any], str | None] = _Words(lambda value: value or None).__getitem__
"""A member of an enumeration, kept as sent: tomorrow's unknown ones, and the member `unknown`."""


def text(raw: Any) -> str | None:
    """A text of a person's making."""
    if raw.__class__ is str and len(raw) <= TEXT_LIMIT and raw.isprintable():
        value = raw.strip()
    elif raw is None:
        return None
    else:
        value = _checked(raw)
    return None if value in _BLANK else value


def note(raw: Any) -> str | None:
    """A long text of several lines."""
    return None if raw is None else _checked(raw, NOTE_LIMIT) or None


def required_id(raw: Any) -> str:
    """The id of a row, which it must have."""
    if raw.__class__ is not str or not raw:
        raise Wrong("is missing")
    if len(raw) > TEXT_LIMIT or not raw.isprintable() or not (identifier := raw.strip().lower()):
        raise Wrong("is not an id")
    return identifier


def guid(raw: Any) -> str | None:
    """A reference to something else, in lower case; the zero GUID refers to nothing."""
    if raw.__class__ is str and len(raw) == 36 and raw.isascii() and raw.isprintable():
        return None if raw == ZERO_GUID else raw.lower()
    return None if raw is None else _checked(raw).lower() or None


def serial(raw: Any) -> str | None:
    """A serial in upper case; the fillers that makers and virtual machines leave in the field are none."""
    if raw.__class__ is str and raw.isalnum() and len(raw) <= TEXT_LIMIT:
        value = raw.upper()
    elif raw is None:
        return None
    else:
        value = _checked(raw).upper()
    if value in _NO_SERIALS or value.startswith("TO BE FILLED") or (value[0] == "0" and not value.strip("0")):
        return None
    return value


def upn(raw: Any) -> str | None:
    """A user principal name, without the object id that Entra puts before those of deleted users."""
    value = text(raw)
    if value is not None and value[:32].isalnum() and _DELETED_PREFIX.match(value):
        return value[32:]
    return value


class Digits:
    """A converter for numbers that are identifiers: digits only; spaces and dashes go, anything else is no number."""

    def __init__(self, shortest: int, longest: int) -> None:
        self.shortest = shortest
        self.longest = longest

    def __call__(self, raw: Any) -> str | None:
        """The digits, or None for what is no number of that kind."""
        if raw is None:
            return None
        value: str = raw
        if raw.__class__ is not str or not raw.isdecimal():
            value = _checked(raw).replace(" ", "").replace("-", "")
        if self.shortest <= len(value) <= self.longest and value.isdecimal() and value.isascii():
            return None if value[0] == "0" and not value.strip("0") else value
        return None


def mac(raw: Any) -> str | None:
    """A hardware address as twelve lower-case digits, as Graph writes it; anything else is none."""
    if raw is None or raw == "":
        return None
    value: str = raw
    if raw.__class__ is not str or len(raw) != 12:
        value = _checked(raw).replace(":", "").replace("-", "")
    try:
        return value.lower() if len(value) == 12 and value.isalnum() and int(value, 16) else None
    except ValueError:
        return None


def phone(raw: Any) -> str | None:
    """A phone number; Intune shows only the last digits of personal ones, which is no number."""
    value = text(raw)
    return None if value is None or "*" in value else value


flag: Callable[[Any], bool | None] = _Flags().__getitem__
"""A JSON boolean."""
jailbroken: Callable[[Any], bool | None] = _Answers().__getitem__
"""Intune's `jailBroken`, a text: True, False, or Unknown in some writing."""


def size(raw: Any) -> int | None:
    """A number of bytes; 0 means that the platform does not tell."""
    if raw is None:
        return None
    if raw.__class__ is not int or not 0 <= raw <= LARGEST_INTEGER:
        raise Wrong("is not a number of bytes")
    return raw or None


def moment(raw: Any) -> datetime | None:
    """A moment as aware UTC to the second (list and GET differ in the rest); the years 0001 and 9999 are none."""
    if raw is None or raw == "":
        return None
    try:
        value = _parse(raw)
        if not 1 < value.year < 9999:
            return None
        if value.microsecond or value.tzinfo is not UTC:
            return value.replace(microsecond=0, tzinfo=value.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong("is not a moment") from None
    return value
