"""Bulk writes that leave history: inserts and grouped updates with one Change per row."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.orm import Session

from fleet.database.bulk import allocate_ids, insert_rows, update_rows
from fleet.database.history import Touched, kept_columns, open_event, record
from fleet.database.models import Model


class Edit(NamedTuple):
    """A change of one row: the differing fields before and after, and volatile ones that make no history."""

    id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    silent: Mapping[str, Any] = {}


def insert_recorded(
    session: Session,
    kind: type[Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    organisation_id: int | None,
    ids: Sequence[int] | None = None,
) -> Sequence[int]:
    """Insert rows (values in the order of `columns`) with history; returns their ids in the same order.

    `organisation_id` is that of the history; a row's own is one of its columns. `ids` are those of `new_ids`, where
    they had to be known before.
    """
    if not rows:
        return []
    connection = session.connection()
    table = _table(kind)
    if ids is None:
        ids = allocate_ids(connection, table, len(rows))
    insert_rows(connection, table, ("id", *columns), ((i, *row) for i, row in zip(ids, rows, strict=True)))
    kept = frozenset(kept_columns(kind))
    keeps = [name in kept for name in columns]
    names = list(compress(columns, keeps))
    record(
        connection,
        open_event(session),
        (
            Touched(
                kind.__tablename__, i, organisation_id, "insert", None,
                {name: value for name, value in zip(names, compress(row, keeps), strict=True) if value is not None},
            )
            for i, row in zip(ids, rows, strict=True)
        ),
    )  # fmt: skip
    return ids


def new_ids(session: Session, kind: type[Model], count: int) -> Sequence[int]:
    """Ids for rows that are inserted later in this transaction, and before any others of their kind."""
    return allocate_ids(session.connection(), _table(kind), count)


def update_recorded(session: Session, kind: type[Model], edits: Iterable[Edit], *, organisation_id: int | None) -> int:
    """Apply edits with history; returns how many. Rows with the same fields share a statement."""
    edits = list(edits)
    connection = session.connection()
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for edit in edits:
        names = (*edit.after, *edit.silent)
        groups.setdefault(names, []).append((edit.id, *edit.after.values(), *edit.silent.values()))
    for names, rows in groups.items():
        update_rows(connection, _table(kind), names, rows, bump_version="version" in kind.__table__.c)
    kept = [edit for edit in edits if edit.after]
    if kept:
        record(
            connection,
            open_event(session),
            (Touched(kind.__tablename__, one.id, organisation_id, "update", one.before, one.after) for one in kept),
        )
    return len(edits)


def update_silently(
    session: Session,
    kind: type[Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    encoded: Collection[str] = (),
) -> int:
    """Set volatile columns: no history. Raises `ValueError` for a column that history keeps."""
    if recorded := set(columns) - kind.volatile:
        raise ValueError(f"{kind.__tablename__}.{sorted(recorded)} makes history")
    return update_rows(session.connection(), _table(kind), columns, rows, encoded=encoded)


def _table(kind: type[Model]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table
