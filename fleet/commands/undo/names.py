"""What people call the rows of an undo, and the rows that their values name: tags, names, models; never a row's number."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from fleet.commands.undo.drafts import Draft, Drafts
from fleet.database.models import Model
from fleet.domain.incidents import step_title
from fleet.domain.wording import field_label, subject_label, value_text
from fleet.queries.tenants import batches

TABLES: Mapping[str, Table] = {name: table for name, table in Model.metadata.tables.items()}
TARGETS: Mapping[str, Mapping[str, str]] = {
    name: {column.name: key.column.table.name for column in table.columns for key in column.foreign_keys}
    for name, table in TABLES.items()
}
"""Table -> field -> table of the row that it names."""
_OWN_NAME = (
    "asset_tag", "serial", "display_name", "title", "order_number", "note_number", "iccid", "number", "name", "key", "scanned",
)  # fmt: skip
"""Fields that say what a row is called, first choice first."""
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "assignment": ("device_id", "person_id", "site_id", "team_id"),
    "assignment_item": ("assignment_id", "sim_id"),
    "byod_registration": ("person_id",),
    "enrolment": ("device_id", "tenant_id"),
    "incident": ("device_id",),
    "incident_step": ("incident_id",),
    "receipt": ("person_id",),
    "remote_order": ("device_id",),
    "reservation": ("device_id", "person_id"),
    "stocktake_expected": ("device_id", "stocktake_id"),
}
"""Rows that are called by those they name."""
_DEPTH = 4
"""An accessory is called by its assignment, that by its device and its holder."""
_SILENT = frozenset({"organisation_id", "version", "status_since", "scope", "hay", "evidence", "signature", "headers"})
"""Fields that follow from others or say nothing to people."""

Values = Mapping[str, Any]


class Names:
    """All names there are to say, asked for once per table."""

    def __init__(self, session: Session, drafts: Drafts) -> None:
        self._rows: dict[tuple[str, int], Values] = {
            (name, row_id): {**draft.before, **draft.after, **(draft.now or {})}
            for name, rows in drafts.items()
            for row_id, draft in rows.items()
        }
        wanted = {
            one
            for name, rows in drafts.items()
            for draft in rows.values()
            for values in (draft.before, draft.after, draft.now or {})
            for one in _named(name, values)
        }
        for _ in range(_DEPTH):
            missing = wanted - self._rows.keys()
            if not missing:
                break
            self._ask(session, missing)
            wanted = {one for key in missing for one in _named(key[0], self._rows[key], _MADE_OF.get(key[0], ()))}

    def _ask(self, session: Session, wanted: Iterable[tuple[str, int]]) -> None:
        by_table: dict[str, list[int]] = {}
        for name, row_id in wanted:
            by_table.setdefault(name, []).append(row_id)
            self._rows[name, row_id] = {}
        for name, ids in by_table.items():
            table = TABLES[name]
            said = [table.c[one] for one in (*_OWN_NAME, *_MADE_OF.get(name, ()), "kind", "upn") if one in table.c]
            for batch in batches(sorted(ids)):
                for row in session.connection().execute(select(table.c.id, *said).where(table.c.id.in_(batch))):
                    self._rows[name, row[0]] = dict(row._mapping)

    def row(self, name: str, row_id: int) -> str:
        """What a row is called; "" when nothing says it."""
        return self._called(name, row_id, self._rows.get((name, row_id), {}))

    def draft(self, draft: Draft) -> str:
        """What the row of a draft is called."""
        return self.row(draft.subject, draft.subject_id)

    def value(self, subject: str, field: str, value: Any) -> str:
        """A value as people read it: of a field that names another row, what that is called."""
        target = TARGETS[subject].get(field)
        if target is None or not isinstance(value, int):
            return value_text(field, value)
        return self.row(target, value) or f"another {subject_label(target)}"

    def changes(self, subject: str, before: Values, after: Values) -> list[str]:
        """`model iPad (9th generation) → iPad (A16)`, field by field; of what says something to people."""
        said = [name for name in before if name not in _SILENT] or list(before)
        return [
            f"{field_label(name)} {self.value(subject, name, after.get(name))} → {self.value(subject, name, before[name])}"
            for name in said
            if before[name] != after.get(name) and not isinstance(before[name], dict)
        ]

    def _called(self, name: str, row_id: int, values: Values) -> str:
        """By what the row itself says, or by those it names."""
        if (special := _SPECIAL.get(name)) is not None:
            return str(special(self, row_id, values))
        if name in _MADE_OF:
            parts = [self.row(TARGETS[name][one], values[one]) for one in _MADE_OF[name] if values.get(one) is not None]
            return _JOINED.get(name, ", ").join(part for part in parts if part)
        return next((str(values[one]) for one in _OWN_NAME if values.get(one)), _NAMELESS.get(name, ""))

    def first(self, name: str, values: Values, *fields: str) -> str:
        """What the first of these fields that names a row calls it."""
        return next((self.row(TARGETS[name][one], values[one]) for one in fields if values.get(one) is not None), "")


def _named(name: str, values: Values, fields: Iterable[str] | None = None) -> Iterable[tuple[str, int]]:
    """(table, id) of every row that these values name."""
    targets = TARGETS[name]
    for field in targets if fields is None else fields:
        value = values.get(field)
        if isinstance(value, int) and field in targets:
            yield targets[field], value


_JOINED: Mapping[str, str] = {"reservation": " for ", "stocktake_expected": " in "}


_NAMELESS: Mapping[str, str] = {"device": "without tag or serial", "line": "without a number"}


def _enrolment(names: Names, _row_id: int, values: Values) -> str:
    device, tenant = names.first("enrolment", values, "device_id"), names.first("enrolment", values, "tenant_id")
    if values.get("upn") and device in ("", _NAMELESS["device"]):  # Somebody's own device has no serial to show.
        device = f"of {values['upn']}"
    return f"{device} in {tenant}" if tenant else device


def _assignment(names: Names, _row_id: int, values: Values) -> str:
    device, holder = (
        names.first("assignment", values, "device_id"),
        names.first("assignment", values, "person_id", "site_id", "team_id"),
    )
    return f"{device} to {holder}" if device and holder else device or holder


def _item(names: Names, _row_id: int, values: Values) -> str:
    what = f"SIM {names.first('assignment_item', values, 'sim_id')}" if values.get("sim_id") else values.get("kind", "")
    with_it = names.first("assignment_item", values, "assignment_id")
    return f"{what} with {with_it}" if with_it else str(what)


def _receipt(names: Names, row_id: int, values: Values) -> str:
    holder = names.first("receipt", values, "person_id")
    return f"number {row_id}" + (f" of {holder}" if holder else "")


def _incident(names: Names, _row_id: int, values: Values) -> str:
    return f"{names.first('incident', values, 'device_id')} {values.get('kind', '')}".strip()


def _step(names: Names, _row_id: int, values: Values) -> str:
    about = names.first("incident_step", values, "incident_id")
    return f"{step_title(str(values.get('step', '')))}" + (f", {about}" if about else "")


def _text(_names: Names, _row_id: int, values: Values) -> str:
    return f"version {values.get('version')} for {'an' if values.get('kind') == 'issue' else 'a'} {values.get('kind')}"


def _scan(_names: Names, _row_id: int, values: Values) -> str:
    return str(values.get("scanned") or "(blank)")


def _finding(_names: Names, _row_id: int, values: Values) -> str:
    return f"{values.get('rule', '')} of {values.get('subject', '')}".strip()


def _mapping(_names: Names, _row_id: int, values: Values) -> str:
    headers = [str(one) for one in values.get("headers") or ()]
    return f"of files with {', '.join(headers[:3])}" + (" …" if len(headers) > 3 else "")


def _order(names: Names, _row_id: int, values: Values) -> str:
    return f"{values.get('action', '')} of {names.first('remote_order', values, 'device_id')}"


_SPECIAL: Mapping[str, Any] = {
    "assignment": _assignment, "enrolment": _enrolment, "assignment_item": _item, "receipt": _receipt, "incident": _incident,
    "incident_step": _step, "receipt_text": _text, "stocktake_scan": _scan, "finding": _finding,
    "import_mapping": _mapping, "remote_order": _order,
}  # fmt: skip
