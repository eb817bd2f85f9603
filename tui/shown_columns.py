"""The columns of a list as somebody arranged them, for a file: values a spreadsheet computes with, else the words of the cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime
from typing import Any, get_args, get_type_hints

from fleet.domain.fields import Field
from fleet.domain.fields.field import Kind
from fleet.domain.records import DeviceRow
from tui.columns import Column, Glance
from tui.list_export import kind_of, known_field, personal_of
from tui.plain import BLANK

STANDS_FOR: Mapping[str, tuple[str, ...]] = {
    "seen": ("last_seen",),
    "due": ("due_on",),
    "findings": ("open_findings",),
    "held": ("devices_held",),
    "since": ("first_seen",),
    "when": ("recorded_at",),
    "who": ("actor",),
    "what": ("sentence",),
    "started": ("started_at",),
    "reported": ("reported_at",),
    "steps": ("steps_done",),
    "issued": ("issued_on",),
    "from": ("from_on",),
    "until": ("until_on", "consent_until"),
    "given": ("consent_on",),
    "made": ("made_at",),
    "accepted": ("accepted_at",),
    "phone": ("phone_number",),
    "os": ("os_version",),
    "job": ("job_title",),
    "outcome": ("reason",),
    "counts": ("error",),
}
"""Column -> what of the row it shows, where the two have different names."""
_TYPED = (datetime, date, int)
_NOTHING = frozenset({"—", "–"})
_IN_CHARACTERS = {"moment": 17, "date": 12}


def shown_fields(columns: Sequence[Column], row: type[Any], glance: Glance, *, named: bool) -> tuple[Field, ...]:
    """A field for each column, in their order and with their titles. Without names what would tell one is shortened or left
    out when it is written; what a device calls itself is not said in place of its tag."""
    hints = get_type_hints(row) if is_dataclass(row) else {}
    return tuple(_field(one, row, hints, glance, named) for one in columns)


def _field(column: Column, row: type[Any], hints: Mapping[str, Any], glance: Glance, named: bool) -> Field:
    name = next((one for one in (*STANDS_FOR.get(column.key, ()), column.key) if one in hints), column.key)
    known = known_field(row, name)
    personal: Any = known.personal if known is not None else personal_of(name)
    if issubclass(row, DeviceRow):
        if column.key == "device":
            tell: Callable[[Any], Any] = column_text(column, glance) if named else _unnamed
            return Field("device", column.title, "identifier", 18, 10, frozenset(), "", read=tell)
        if column.key == "holder" and not named:
            return Field("holder_name", f"{column.title} initials", "text", 22, 10, frozenset(), "", read=_initials)
    kind, width = kind_of(name, _type_of(hints.get(name)))
    key = "holder_name" if column.key == "holder" else column.key
    if kind in ("moment", "date", "integer", "money"):
        return Field(key, column.title, kind, _IN_CHARACTERS.get(kind, width), 10, frozenset(), "", personal=personal,
                     read=lambda one: getattr(one, name))  # fmt: skip
    as_text: Kind = "identifier" if kind == "identifier" else "text"
    return Field(key, column.title, as_text, max(width, column.width), 10, frozenset(), "", personal=personal,
                 read=column_text(column, glance))  # fmt: skip


def column_text(column: Column, glance: Glance) -> Callable[[Any], str | None]:
    """The words of a cell without the sign before or behind them; None where it says nothing."""

    def read(row: Any) -> str | None:
        text = str(column.cell(row, glance).text)
        if text[:1] in BLANK and text[1:2] == " ":
            text = text[2:]
        return None if text in _NOTHING else text or None

    return read


def _type_of(hint: Any) -> type[Any]:
    found = next((one for one in get_args(hint) if one is not type(None)), hint)
    return found if isinstance(found, type) and issubclass(found, _TYPED) and found is not bool else str


def _unnamed(row: DeviceRow) -> str:
    return row.asset_tag or row.serial or f"device {row.id}"


def _initials(row: DeviceRow) -> str | None:
    """The site or team that shares a device is nobody's name."""
    from fleet.exports.masking import initials

    return initials(row.holder) if row.holder is not None and row.holder_id is not None else row.holder
