"""Bulk writes that leave history: inserts and grouped updates with one Change per row."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from orjson import OPT_UTC_Z
from sqlalchemy import Table
from sqlalchemy.orm import Session

from fleet.database.bulk import allocate_ids, chunks_of, insert_columns, update_rows
from fleet.database.history import Touched, kept_columns, open_event, record, record_inserts
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
    rows: Iterable[Sequence[Any]],
    *,
    organisation_id: int | None,
    ids: Sequence[int] | None = None,
) -> Sequence[int]:
    """Insert rows (values in the order of `columns`) with history; returns their ids in the same order.

    `organisation_id` is that of the history; a row's own is one of its columns. `ids` are those of `new_ids`, where
    they had to be known before.
    """
    connection, event = session.connection(), open_event(session)
    table = _table(kind)
    if ids is None:
        rows = list(rows)
        ids = list(allocate_ids(connection, table, len(rows)))
    kept = frozenset(kept_columns(kind))
    in_history = sorted((name, place) for place, name in enumerate(columns) if name in kept)
    device = columns.index("device_id") if "device_id" in columns else None
    done = 0
    for chunk in chunks_of(rows):
        of_chunk = ids[done : done + len(chunk)]
        done += len(chunk)
        values: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        insert_columns(connection, table, ("id", *columns), [of_chunk, *values])
        record_inserts(
            connection, event, kind.__tablename__, of_chunk, organisation_id,
            _contents([name for name, _ in in_history], [values[place] for _, place in in_history]),
            devices=() if device is None else values[device],
        )  # fmt: skip
    if done != len(ids):
        raise ValueError(f"{len(ids)} ids for {done} rows")
    return ids


def _contents(names: Sequence[str], values: Sequence[Sequence[Any]]) -> list[bytes]:
    """What history keeps of new rows: the values that are there, as canonical JSON; `names` are sorted."""
    told = [(name, column) for name, column in zip(names, values, strict=True) if column.count(None) < len(column)]
    names = [name for name, _ in told]
    return [
        orjson.dumps(
            {name: value for name, value in zip(names, row, strict=True) if value is not None}, option=OPT_UTC_Z
        )
        for row in zip(*(column for _, column in told), strict=True)
    ]


def new_ids(session: Session, kind: type[Model], count: int) -> Sequence[int]:
    """Ids for rows that are inserted later in this transaction, and before any others of their kind."""
    return allocate_ids(session.connection(), _table(kind), count)


def update_recorded(session: Session, kind: type[Model], edits: Iterable[Edit], *, organisation_id: int | None) -> int:
    """Apply edits with history, some at a time; returns how many. Rows with the same fields share a statement."""
    connection, done = session.connection(), 0
    for chunk in chunks_of(edits):
        groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for edit in chunk:
            names = (*edit.after, *edit.silent)
            groups.setdefault(names, []).append((edit.id, *edit.after.values(), *edit.silent.values()))
        for names, rows in groups.items():
            update_rows(connection, _table(kind), names, rows, bump_version="version" in kind.__table__.c)
        kept = [
            Touched(kind.__tablename__, one.id, organisation_id, "update", one.before, one.after)
            for one in chunk
            if one.after
        ]
        if kept:
            record(connection, open_event(session), kept)
        done += len(chunk)
    return done


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
