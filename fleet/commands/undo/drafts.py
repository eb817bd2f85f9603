"""What events did, row by row, beside what is there now: the draft from which obstacles take away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.database.history import kept_columns
from fleet.database.models import Change, Model
from fleet.database.types import canonical_json
from fleet.queries.standing import Standing
from fleet.queries.tenants import batches

KINDS: Mapping[str, type[Model]] = {
    mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers if mapper.class_.history
}
ORDER = [table.name for table in Model.metadata.sorted_tables]
"""Referred-to tables before those that refer."""
_HOW_FAR = frozenset({
    "state", "device_id", "intune_id", "approved_by", "approved_on", "refused_by", "refused_on", "ended_on", "ended_because",
})  # fmt: skip
UNITS: Mapping[str, tuple[frozenset[str], ...]] = {
    "device": (frozenset({"status", "status_since", "disposed_on", "disposal_reference", "disposal_batch"}),),
    "assignment": (frozenset({"returned_on", "condition", "return_receipt_id"}),),
    "byod_registration": (_HOW_FAR, frozenset({"terms_version", "consent_on", "consent_until"})),
    "enrolment": (frozenset({"closed_at", "closed_because"}),),
    "person": (frozenset({"state", "left_on"}),),
    "import_mapping": (frozenset({"columns", "layout", "said_by", "said_at"}),),
    "finding": (frozenset({"state", "decided_by", "decided_until", "note"}),),
    "stocktake": (frozenset({"closed_at", "closed_by", "scope"}),),
}
"""Fields that say one thing together: one that is kept keeps the others."""


@dataclass(slots=True)
class Draft:
    """One row that the events touched, as its reversal stands so far."""

    subject: str
    subject_id: int
    organisation_id: int | None
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    last_change: int
    """The newest of the events' own changes of this row."""
    now: dict[str, Any] | None = None
    """The row today (JSON form); None when it is gone."""
    kept_row: str | None = None
    """Why the whole row stays as it is."""
    kept_fields: dict[str, str] = field(default_factory=dict)
    """Field -> why it stays."""

    @property
    def removes(self) -> bool:
        """Whether the row will be deleted."""
        return self.kind == "insert" and self.kept_row is None and self.now is not None

    @property
    def puts_back(self) -> bool:
        """Whether the row will be there again."""
        return self.kind == "delete" and self.kept_row is None

    @property
    def reverted(self) -> dict[str, Any]:
        """The fields that get their old values."""
        if self.kind != "update" or self.kept_row is not None or self.now is None:
            return {}
        return {name: self.before.get(name) for name in self.after if name not in self.kept_fields}

    @property
    def final(self) -> dict[str, Any] | None:
        """The row as it will be; None for one that will not be there."""
        if self.removes:
            return None
        if self.puts_back:
            return self.before
        return None if self.now is None else {**self.now, **self.reverted}

    def keep_row(self, because: str) -> None:
        """Leave the row as it is."""
        self.kept_row = self.kept_row or because

    def keep_field(self, name: str, because: str) -> None:
        """Leave a field, and those that say one thing together with it."""
        unit = next((one for one in UNITS.get(self.subject, ()) if name in one), frozenset({name}))
        for each in unit & self.after.keys():
            self.kept_fields.setdefault(each, because)


Drafts = dict[str, dict[int, Draft]]
"""Table -> id -> draft."""


def draft_events(session: Session, event_ids: Sequence[int]) -> Drafts:
    """One draft per row, however often the events touched it: first before, last after."""
    drafts: Drafts = {}
    statement = select(Change).where(Change.event_id.in_(event_ids)).order_by(Change.id)
    for change in session.execute(statement).scalars():
        if change.salt is None:
            continue  # An erased person's change: there is nothing to return to.
        _merge(drafts.setdefault(change.subject, {}), change)
    for name in sorted(drafts, key=ORDER.index):  # In one order, so that two who undo never wait for each other.
        _look_up(session, name, drafts[name])
    return drafts


def _merge(rows: dict[int, Draft], change: Change) -> None:
    before, after = dict(change.before or {}), dict(change.after or {})
    held = rows.get(change.subject_id)
    if held is None:
        rows[change.subject_id] = Draft(
            change.subject, change.subject_id, change.organisation_id, change.kind, before, after, change.id
        )
    elif held.kind == "insert" and change.kind == "delete":
        del rows[change.subject_id]
    else:
        held.kind = "update" if held.kind == "delete" and change.kind == "insert" else held.kind
        held.before = {**before, **held.before}
        held.after = {**held.after, **after}
        held.last_change = change.id


def _look_up(session: Session, name: str, rows: Mapping[int, Draft]) -> None:
    """Put today's row beside each draft. Whoever is about to write locks them, so that nobody's work is lost."""
    scope = session.info.get("scope")
    for row_id, values in rows_now(session, name, rows).items():
        draft = rows[row_id]
        draft.now = values
        owner = row_id if name == "organisation" else values.get("organisation_id", draft.organisation_id)
        if scope is not None and owner not in scope:
            draft.keep_row("it belongs to an organisation outside your access")


def rows_now(session: Session, name: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Today's rows in JSON form, so that they compare with history."""
    table = KINDS[name].__table__
    columns = kept_columns(KINDS[name])
    found: dict[int, dict[str, Any]] = {}
    for batch in batches(sorted(ids)):
        statement = select(table.c.id, *(table.c[column] for column in columns)).where(table.c.id.in_(batch))
        if "event" in session.info:
            statement = statement.order_by(table.c.id).with_for_update()
        for row in session.connection().execute(statement):
            found[row[0]] = orjson.loads(canonical_json(dict(zip(columns, row[1:], strict=True))))
    return found


def changed_since(session: Session, rows: Mapping[int, Draft], standing: Standing) -> dict[int, dict[str, int]]:
    """Row -> field -> the newer event, still standing, that wrote it; `*` for a row removed or put back."""
    found: dict[int, dict[str, int]] = {}
    name = next(iter(rows.values())).subject
    first = min(draft.last_change for draft in rows.values())
    connection = session.connection()
    for batch in batches(rows):
        later = select(Change.id, Change.event_id, Change.subject_id, Change.kind, Change.after).where(
            Change.subject == name, Change.subject_id.in_(batch), Change.id > first
        )
        for change_id, event_id, subject_id, kind, after in connection.execute(later):
            if change_id > rows[subject_id].last_change and standing.stands(event_id):
                fields = after if kind == "update" and after else {"*": None}
                found.setdefault(subject_id, {}).update(dict.fromkeys(fields, event_id))
    return found
