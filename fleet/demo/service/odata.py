"""OData as Intune's device list takes it: `$select` checked, `$filter` honoured only where the schema says so.

A filter on another property, or with `or`, is ignored without a word, and all devices come back.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fleet.demo.directory import Entity

FILTERABLE: dict[str, frozenset[str]] = {
    "azureaddeviceid": frozenset({"eq"}),
    "compliancegraceperiodexpirationdatetime": frozenset({"lt", "gt"}),
    "compliancestate": frozenset({"eq"}),
    "devicecategorydisplayname": frozenset({"eq"}),
    "devicename": frozenset({"eq", "contains"}),
    "emailaddress": frozenset({"contains"}),
    "enrolleddatetime": frozenset({"lt", "gt"}),
    "exchangeaccessstate": frozenset({"eq"}),
    "imei": frozenset({"eq"}),
    "jailbroken": frozenset({"eq"}),
    "lastsyncdatetime": frozenset({"lt", "gt"}),
    "managementagent": frozenset({"eq"}),
    "managementstate": frozenset({"eq"}),
    "manufacturer": frozenset({"eq"}),
    "model": frozenset({"eq", "contains"}),
    "operatingsystem": frozenset({"eq"}),
    "osversion": frozenset({"contains"}),
    "phonenumber": frozenset({"contains"}),
    "serialnumber": frozenset({"eq"}),
    "userprincipalname": frozenset({"eq", "ne"}),
}
"""What `$filter` works on, as the schema's descriptions say."""

_TERM = re.compile(
    r"\s*(?:(?P<function>contains|startswith)\(\s*(?P<of>\w+)\s*,\s*'(?P<text>(?:[^']|'')*)'\s*\)"
    r"|(?P<name>\w+)\s+(?P<operator>eq|ne|lt|gt|le|ge)\s+(?P<value>'(?:[^']|'')*'|[^\s()]+))\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"\band\b", re.IGNORECASE)

Term = tuple[str, str, str]
"""(property in lower case, operator, value)."""


class BadFilter(ValueError):
    """A filter that can't be read at all."""


class UnknownProperty(ValueError):
    """A property that the type does not have."""


def selected(text: str | None, known: dict[str, str], type_name: str) -> tuple[str, ...] | None:
    """The chosen properties in the service's own spelling; None when nothing was chosen.

    `known` maps lower case to spelling. Raises `UnknownProperty`.
    """
    if not text or not text.strip():
        return None
    names = []
    for part in text.split(","):
        spelling = known.get(part.strip().lower())
        if spelling is None:
            raise UnknownProperty(
                f"Parsing OData Select and Expand failed: Could not find a property named '{part.strip()}' on type "
                f"'microsoft.graph.{type_name}'."
            )
        names.append(spelling)
    return tuple(dict.fromkeys(names))


def parse_terms(text: str) -> list[Term] | None:
    """The terms of a filter joined by `and`; None when it has an `or`, so that nothing of it is honoured.

    Raises `BadFilter`.
    """
    terms: list[Term] = []
    position = 0
    while True:
        found = _TERM.match(text, position)
        if found is None:
            raise BadFilter(text)
        if found["function"]:
            terms.append((found["of"].lower(), found["function"].lower(), found["text"].replace("''", "'")))
        else:
            terms.append((found["name"].lower(), found["operator"].lower(), _plain(found["value"])))
        position = found.end()
        if position == len(text):
            return terms
        joined = _AND.match(text, position)
        if joined is None:
            if re.match(r"or\b", text[position:], re.IGNORECASE):
                return None
            raise BadFilter(text)
        position = joined.end()


def device_filter(text: str, spelling: dict[str, str], defaults: Entity) -> Callable[[Entity], bool] | None:
    """What of a filter the device list honours; None when it honours nothing. Raises `BadFilter`."""
    terms = parse_terms(text)
    if terms is None:
        return None
    honoured = [
        (spelling[name], operator, value) for name, operator, value in terms if operator in FILTERABLE.get(name, ())
    ]
    if not honoured:
        return None
    return lambda entity: matches(entity, honoured, defaults)


def matches(entity: Entity, terms: Iterable[Term], defaults: Entity | None = None) -> bool:
    """Whether an entity fits all terms; text is compared in any case."""
    return all(_fits(entity.get(name, (defaults or {}).get(name)), operator, value) for name, operator, value in terms)


def _fits(held: Any, operator: str, value: str) -> bool:
    if operator in ("lt", "gt", "le", "ge"):
        return _fits_moment(held, operator, value)
    text = _text(held)
    wanted = value.lower()
    if operator == "contains":
        return wanted in text
    if operator == "startswith":
        return text.startswith(wanted)
    return (text == wanted) == (operator == "eq")


def _fits_moment(held: Any, operator: str, value: str) -> bool:
    try:
        left, right = _moment(str(held)), _moment(value)
    except ValueError:
        return False
    if operator[0] == "l":
        return left < right or (operator == "le" and left == right)
    return left > right or (operator == "ge" and left == right)


def _moment(text: str) -> datetime:
    """A moment to the second: no filter is more precise than that."""
    return datetime.fromisoformat(f"{text[:19]}+00:00" if len(text) > 10 else f"{text}T00:00:00+00:00")


def _text(held: Any) -> str:
    if held is None:
        return ""
    if isinstance(held, bool):
        return "true" if held else "false"
    return str(held).lower()


def _plain(value: str) -> str:
    if value.startswith("'"):
        return value[1:-1].replace("''", "'")
    return "" if value.lower() == "null" else value
