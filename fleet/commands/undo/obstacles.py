"""What keeps a reversal from being done: rows that others use, values that are gone or taken, custody that would not add up.

Keeping one thing may make another impossible, so the checks go round until nothing more is kept.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, UniqueConstraint, select
from sqlalchemy.orm import Session

from fleet.commands.undo.drafts import Draft, Drafts
from fleet.commands.undo.together import Together
from fleet.database.models import Model
from fleet.domain.lifecycle import HOLDING, label
from fleet.domain.wording import field_label, subject_label
from fleet.queries.tenants import batches

TABLES: Mapping[str, Table] = {name: table for name, table in Model.metadata.tables.items()}


class Reference(NamedTuple):
    """A row that refers to one which would be removed."""

    target: Draft
    table: str
    row_id: int
    column: str


class Key(NamedTuple):
    """Columns that no two rows may share, of rows where `open_while` (if any) is NULL."""

    columns: tuple[str, ...]
    open_while: str | None


class Obstacles:
    """Everything there is to know is read once; `clear` then decides in memory."""

    def __init__(self, session: Session, drafts: Drafts) -> None:
        self.session, self.drafts = session, drafts
        self.used = list(self._users_of_removed())
        self.there = self._targets_there()
        self.rivals = {name: self._rivals(name, rows) for name, rows in drafts.items()}
        self.custody = self._custody()
        self.together = Together(session, drafts)

    def clear(self) -> None:
        """Keep what can't be taken back."""
        while any([self._used(), self._targets_gone(), self._taken(), self._custody_amiss(), self.together.keep()]):
            pass

    def draft(self, table: str, row_id: int) -> Draft | None:
        """The draft of a row, if the events touched it."""
        return self.drafts.get(table, {}).get(row_id)

    # --- rows that others refer to ---------------------------------------------------------------------------

    def _users_of_removed(self) -> Iterable[Reference]:
        for name, rows in self.drafts.items():
            removing = {row_id: draft for row_id, draft in rows.items() if draft.removes}
            for column in _referring(name) if removing else ():
                for row_id, target in self._where_in(column, removing):
                    yield Reference(removing[target], column.table.name, row_id, column.name)

    def _where_in(self, column: Column[Any], values: Iterable[int]) -> Iterable[tuple[int, int]]:
        table = column.table
        for batch in batches(values):
            rows = self.session.connection().execute(select(table.c.id, column).where(column.in_(batch)))
            yield from (tuple(row) for row in rows)

    def _used(self) -> bool:
        kept = False
        for one in self.used:
            if one.target.removes and self._still_refers(one):
                one.target.keep_row(
                    _USED.get((one.target.subject, one.table), f"{subject_label(one.table, 2)} refer to it")
                )
                kept = True
        return kept

    def _still_refers(self, one: Reference) -> bool:
        draft = self.draft(one.table, one.row_id)
        if draft is None:
            return True
        final = draft.final
        return final is not None and final.get(one.column) == one.target.subject_id

    # --- values that name rows which are gone ----------------------------------------------------------------

    def _targets_there(self) -> dict[str, set[int]]:
        wanted: dict[str, set[int]] = {}
        for _, _, target, value in self._names_of_rows():
            wanted.setdefault(target, set()).add(value)
        found: dict[str, set[int]] = {}
        for target, ids in wanted.items():
            key = TABLES[target].c.id
            found[target] = {
                row[0]
                for batch in batches(ids)
                for row in self.session.connection().execute(select(key).where(key.in_(batch)))
            }
        return found

    def _names_of_rows(self) -> Iterable[tuple[Draft, str, str, int]]:
        """(draft, field, table, id) of every row that a reversal would name again."""
        for name, rows in self.drafts.items():
            columns = _references(TABLES[name])
            for draft in rows.values():
                values = draft.before if draft.puts_back else draft.reverted
                for column, target in columns.items():
                    if (value := values.get(column)) is not None:
                        yield draft, column, target, value

    def _targets_gone(self) -> bool:
        kept = False
        for draft, column, target, value in list(self._names_of_rows()):
            other = self.draft(target, value)
            there = value in self.there.get(target, ()) if other is None else other.final is not None
            if there:
                continue
            because = f"the {subject_label(target)} it had was removed since"
            kept = True
            if draft.puts_back:
                draft.keep_row(because)
            else:
                draft.keep_field(column, because)
        return kept

    # --- values that somebody else has now -------------------------------------------------------------------

    def _rivals(self, name: str, rows: Mapping[int, Draft]) -> dict[Key, dict[int, dict[str, Any]]]:
        """Key -> rows outside the draft that have one of its values."""
        found: dict[Key, dict[int, dict[str, Any]]] = {}
        table = TABLES[name]
        for key in _keys(table):
            finals = [draft.final for draft in rows.values() if _concerns(draft, key)]
            first = key.columns[-1]
            values = {final[first] for final in finals if final is not None and final.get(first) is not None}
            columns = [table.c[column] for column in (*key.columns, *((key.open_while,) if key.open_while else ()))]
            for batch in batches(values):
                for row in self.session.connection().execute(
                    select(table.c.id, *columns).where(table.c[first].in_(batch))
                ):
                    if row[0] not in rows:
                        found.setdefault(key, {})[row[0]] = dict(row._mapping)
        return found

    def _taken(self) -> bool:
        kept = False
        for name, rows in self.drafts.items():
            for key in _keys(TABLES[name]):
                kept = self._taken_key(key, rows, self.rivals[name].get(key, {})) or kept
        return kept

    def _taken_key(self, key: Key, rows: Mapping[int, Draft], rivals: Mapping[int, Mapping[str, Any]]) -> bool:
        holders: dict[tuple[Any, ...], int] = {}
        for row_id, values in rivals.items():
            if (held := _key_of(key, values)) is not None:
                holders[held] = row_id
        staying = [one for one in rows.values() if not _concerns(one, key)]
        kept = False
        for draft in (*staying, *(one for one in rows.values() if _concerns(one, key))):
            final = draft.final
            wanted = None if final is None else _key_of(key, final)
            if wanted is None or holders.setdefault(wanted, draft.subject_id) == draft.subject_id:
                continue
            because = _taken_because(draft.subject, key)
            kept = True
            if draft.puts_back:
                draft.keep_row(because)
            else:
                for column in (*key.columns, *((key.open_while,) if key.open_while else ())):
                    draft.keep_field(column, because)
                if _concerns(draft, key):  # Nothing of it could be kept: the row stays as a whole.
                    draft.keep_row(because)
        return kept

    # --- who has it and in what state it is ------------------------------------------------------------------

    def _custody(self) -> dict[int, tuple[dict[str, Any], set[int]]]:
        """Device -> its row and open assignments today, for every device whose custody the draft touches."""
        wanted = {
            device_id for draft in self.drafts.get("assignment", {}).values()
            if (device_id := (draft.now or draft.before or draft.after).get("device_id")) is not None
        }  # fmt: skip
        wanted |= {row_id for row_id, draft in self.drafts.get("device", {}).items() if "status" in draft.after}
        device, assignment = TABLES["device"], TABLES["assignment"]
        found: dict[int, tuple[dict[str, Any], set[int]]] = {}
        for batch in batches(wanted):
            rows = self.session.connection().execute(
                select(device.c.id, device.c.status, device.c.ownership, assignment.c.id.label("assignment"))
                .outerjoin(assignment, (assignment.c.device_id == device.c.id) & assignment.c.returned_on.is_(None))
                .where(device.c.id.in_(batch))
            )
            for row_id, status, ownership, held in rows:
                values = found.setdefault(row_id, ({"status": status, "ownership": ownership}, set()))
                values[1].update({held} if held is not None else ())
        return found

    def _custody_amiss(self) -> bool:
        kept = False
        by_device: dict[int, list[Draft]] = {}
        for draft in self.drafts.get("assignment", {}).values():
            device_id = (draft.now or draft.before or draft.after).get("device_id")
            by_device.setdefault(device_id or 0, []).append(draft)
        for device_id, (values, opened) in self.custody.items():
            device = self.draft("device", device_id)
            assignments = by_device.get(device_id, [])
            if device is not None and device.removes:
                continue
            final = values if device is None or device.final is None else device.final
            if _adds_up(final, _open_then(opened, assignments)):
                continue
            kept = _keep_custody(device, assignments, str(values["status"])) or kept
        return kept


def _open_then(opened: set[int], assignments: Iterable[Draft]) -> set[int]:
    then = set(opened)
    for draft in assignments:
        final = draft.final
        if final is not None and final.get("returned_on") is None:
            then.add(draft.subject_id)
        else:
            then.discard(draft.subject_id)
    return then


def _adds_up(device: Mapping[str, Any], opened: set[int]) -> bool:
    if opened:
        return device["status"] in HOLDING
    return device["status"] != "issued" or device.get("ownership") == "personal"


def _keep_custody(device: Draft | None, assignments: Iterable[Draft], status: str) -> bool:
    """Leave a device's status and holders as they are; whether that changes anything."""
    because = f"the device is {label(status).lower()} now"
    kept = False
    if device is not None and "status" in device.reverted:
        device.keep_field("status", because)
        kept = True
    for draft in assignments:
        if draft.removes or draft.puts_back:
            draft.keep_row(because)
            kept = True
        elif "returned_on" in draft.reverted:
            draft.keep_field("returned_on", because)
            kept = True
    return kept


def _referring(name: str) -> list[Column[Any]]:
    """Columns of all tables that refer to one."""
    return [
        column
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == name for key in column.foreign_keys)
    ]


def _references(table: Table) -> dict[str, str]:
    return {column.name: key.column.table.name for column in table.columns for key in column.foreign_keys}


_USED = {
    ("incident", "incident_step"): "steps were noted since: take those back first",
    ("stocktake", "stocktake_scan"): "it was scanned into since: take those scans back first, or close it",
    ("assignment", "receipt"): "a receipt was made for it since",
}
"""(row, row that refers to it) -> why it stays, where the plain words say too little."""

_OPEN = re.compile(r"(\w+) IS NULL")


def _keys(table: Table) -> list[Key]:
    found = [Key(tuple(one.columns.keys()), None) for one in table.constraints if isinstance(one, UniqueConstraint)]
    for index in table.indexes:
        if index.unique:
            opened = _OPEN.fullmatch(str(index.dialect_options["sqlite"]["where"]))
            found.append(Key(tuple(index.columns.keys()), opened[1] if opened else None))
    return sorted(found, key=lambda one: (one.columns, one.open_while or ""))


def _concerns(draft: Draft, key: Key) -> bool:
    """Whether the reversal writes any of the key."""
    return draft.puts_back or not {*key.columns, key.open_while}.isdisjoint(draft.reverted)


def _key_of(key: Key, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """A row's value of a key; None where the key does not bind it."""
    if key.open_while is not None and values.get(key.open_while) is not None:
        return None
    found = tuple(values.get(column) for column in key.columns)
    return None if None in found else found


def _taken_because(subject: str, key: Key) -> str:
    if subject == "assignment":
        return "the device was issued again since"
    if key.open_while is not None:
        return f"there is a newer {subject_label(subject)} since"
    return f"another {subject_label(subject)} has this {field_label(key.columns[-1])} since"
