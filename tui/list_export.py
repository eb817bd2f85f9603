"""Any list as it is filtered, to a file: its rows are told by the field catalogue, and written in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, get_args, get_type_hints

from fleet.config import Config
from fleet.domain.fields import DEVICE_FIELDS, FINDING_FIELDS, PERSON_FIELDS, Field
from fleet.domain.fields.field import Personal, spell_out
from fleet.errors import FleetError
from tui.own_program import run_fleet, said_by

MOST = 200_000
"""Rows that are taken: more is a report, not a list."""
_CATALOGUES: Mapping[str, Mapping[str, Field]] = {
    "DeviceRow": DEVICE_FIELDS, "PersonRow": PERSON_FIELDS, "FindingRow": FINDING_FIELDS,
}  # fmt: skip
_NAMES = frozenset(
    {
        "person",
        "holder",
        "holder_name",
        "manager",
        "approved_by",
        "signed_by",
        "accepted_as",
        "reserved_for",
        "to",
        "who",
    }
)
_HIDDEN = frozenset({
    "upn", "holder_upn", "email", "phone", "number", "device_name", "recipient",
    "sentence", "reason", "note", "notes", "told",
})  # fmt: skip
"""History's sentences and what people wrote name whom they please: as in the report of history, they are left out."""
_PROSE = frozenset({"error", "summary", "subject", "device"})
_KEYS = {"holder": "holder_name"}
"""Of a device, the holder may be a place, which masking knows from the row; here there is but a text."""
_LEFT_OUT = frozenset({"version", "hash", "body_hash", "digest", "counts", "evidence", "text"})


@dataclass(frozen=True, slots=True)
class ListOrder:
    """A list to write: what it is called, which rows it has, and where it goes."""

    title: str
    about: str
    search: str
    path: str
    overwrite: bool = False
    reason: str | None = None
    """Why names of people are shown; None leaves them out."""
    columns: tuple[Field, ...] = ()
    """As they are shown; none: every field there is."""


def write_rows(config: Config, now: datetime, order: ListOrder, rows: Sequence[Any]) -> str:
    """Write rows to a file whose ending says what kind; returns what was written, in words. Raises `FleetError`."""
    if not rows:
        raise FleetError("There is nothing in this list to write.")
    kind = order.path.rpartition(".")[2].lower()
    options = [
        *(["--overwrite"] if order.overwrite else []),
        *(["--unmask", "--reason", order.reason] if order.reason else []),
    ]
    arguments = [
        "export",
        "--rows",
        "--json",
        "--to",
        kind if kind in ("csv", "json", "pdf") else "xlsx",
        "--output",
        order.path,
    ]
    ran = run_fleet(config, now, [*arguments, *options], [packed(order, rows)])
    answer = ran.answer
    if not isinstance(answer, dict) or "path" not in answer:
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        raise FleetError(error.get("message") or said_by(ran) or "The file could not be written.", code="export")
    return f"{answer['path']} ({len(rows):,} {'line' if len(rows) == 1 else 'lines'})"


def packed(order: ListOrder, rows: Sequence[Any]) -> str:
    """Columns and rows as one line of JSON: days and moments as ISO text, what is no plain value in words."""
    told = order.columns or columns_of(type(rows[0]))
    columns = [
        {
            "key": _KEYS.get(one.key, one.key),
            "label": one.label,
            "kind": one.kind,
            "width": one.width,
            "personal": one.personal,
        }
        for one in told
    ]
    readers = [
        (one.reader(), one.words if one.kind not in ("date", "moment", "money", "integer") else None) for one in told
    ]
    head = json.dumps({"title": order.title, "about": order.about, "search": order.search, "columns": columns})
    # Row by row: all of them in one call would hold up every key.
    lines = (json.dumps([_plain(read(row), words) for read, words in readers]) for row in rows)
    return f'{head[:-1]}, "rows": [{",".join(lines)}]}}'


def _plain(value: Any, words: Any) -> Any:
    if value is None:
        return None
    if words is not None:
        return words(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value))
    return str(value)


def columns_of(kind: type[Any]) -> list[Field]:
    """The fields by which rows of a kind are told: the catalogue's, else what the row's own declaration says."""
    known = _CATALOGUES.get(kind.__name__)
    if known is not None:
        return [one for one in known.values() if one.read is not None or hasattr(kind, one.key)]
    hints = get_type_hints(kind)
    return [
        _field(one.name, hints[one.name]) for one in fields(kind)
        if one.name not in _LEFT_OUT and not one.name.endswith("_id") and not one.name.startswith("_")
    ]  # fmt: skip


def _field(name: str, hint: Any) -> Field:
    types = [one for one in get_args(hint) if one is not type(None)] or [hint]
    kind, width = kind_of(name, types[0])
    label = "Number" if name == "id" else spell_out(name).removesuffix(" pence").removesuffix(" at")
    return Field(name, label, kind, width, 10, frozenset(), "", personal=personal_of(name))


def known_field(kind: type[Any], name: str) -> Field | None:
    """What the catalogue says of a field of such rows, if it has it."""
    return _CATALOGUES.get(kind.__name__, {}).get(name)


def personal_of(name: str) -> Personal:
    """What a field tells about people, by its name."""
    if name in _NAMES:
        return "name"
    if name in _HIDDEN or name.endswith("_upn"):
        return "hidden"
    return "prose" if name in _PROSE else ""


def kind_of(name: str, kind: Any) -> tuple[Any, int]:
    """What the values of a field are, and how many characters show most of them."""
    if kind is bool:
        return "boolean", 8
    if kind is datetime:
        return "moment", 17
    if kind is date:
        return "date", 12
    if kind is int:
        return ("money", 12) if name.endswith("_pence") else ("identifier", 9) if name == "id" else ("integer", 9)
    if name in _PROSE:
        return "text", 60
    return ("identifier", 18) if name in ("asset_tag", "serial", "imei", "key") else ("text", 22)
