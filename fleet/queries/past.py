"""Rows as they were at a moment: today's, read lean, from which every later change is taken away again.

Two clocks: `effective_at` (when it happened) decides what was true; `recorded_at` (when we were told) does not, so a
return entered late counts from the day it happened. What was undone never was, on any day. A field that somebody wrote
late, but for a day before the moment, is not taken back past that. What makes no history is as it is today.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from fleet.database.lean import lean_columns
from fleet.database.models import Change, Event, Model, OrganisationOwned
from fleet.database.remembered import reader_of
from fleet.queries.standing import Standing, standing_events
from fleet.queries.tenants import batches

Wanted = Mapping[type[Model], tuple[str, ...]]
"""Tables, and which of their columns."""
_AT_ONCE = 1_000
"""Changes read at once; where all of them are alike they are taken away at once."""


@dataclass(slots=True)
class Then:
    """The rows of one table at a moment, a column at a time; `id` is one of the columns."""

    columns: dict[str, list[Any]]
    made_later: set[int] = field(default_factory=set)
    """Rows that were entered after the moment, and not for a day before it."""

    def each(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Rows of those columns."""
        return zip(*(self.columns[name] for name in names), strict=True)

    def by_id(self, *names: str) -> dict[int, tuple[Any, ...]]:
        """Id -> values of those columns."""
        return dict(zip(self.columns["id"], self.each(*names), strict=True))

    def there(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """As `each`, without the rows that were made later."""
        for row_id, values in zip(self.columns["id"], self.each(*names), strict=True):
            if row_id not in self.made_later:
                yield values


def rows_then(session: Session, moment: datetime, wanted: Wanted) -> dict[type[Model], Then]:
    """The wanted tables at a moment. A fixed number of statements; one pass over what was changed since."""
    folds = _changes_since(session, moment, {kind.__tablename__ for kind in wanted})
    return {kind: _then(session, kind, names, folds[kind.__tablename__]) for kind, names in wanted.items()}


def _then(session: Session, kind: type[Model], names: tuple[str, ...], fold: "_Fold") -> Then:
    columns = dict(zip(("id", *names), _todays(session, kind, names), strict=True))
    if not fold.before and not fold.deleted:
        return Then(columns, fold.made)
    position = {row_id: number for number, row_id in enumerate(columns["id"])}
    for row_id in sorted(fold.deleted - position.keys()):
        position[row_id] = len(position)
        for name, column in columns.items():
            column.append(row_id if name == "id" else None)
    table = kind.__table__
    known = {name: (columns[name], reader_of(table.c[name])) for name in names}
    for row_id, values in fold.before.items():
        at = position.get(row_id)
        if at is not None:
            for name, value in values.items():
                if name in known:
                    column, read = known[name]
                    column[at] = value if value is None or read is None else read(value)
    return Then(columns, fold.made)


def _todays(session: Session, kind: type[Model], names: tuple[str, ...]) -> list[list[Any]]:
    statement: Any = _within(session, select(kind.id, *(getattr(kind, name) for name in names)), kind)
    found: list[list[Any]] = [[] for _ in ("id", *names)]
    for chunk in lean_columns(session.connection(), statement):
        for column, values in zip(found, chunk, strict=True):
            column.extend(values)
    return found


def _within(session: Session, statement: Select[Any], kind: Any) -> Select[Any]:
    """The session's walls, for statements that are sent below them: an event of several organisations is hidden by
    them, its changes of one's own rows must not be."""
    scope = session.info.get("scope")
    if scope is None or not (kind is Change or issubclass(kind, OrganisationOwned)):
        return statement
    return statement.where(kind.organisation_id.in_(scope))


class _Fold:
    """What the rows of one table were before all that came later."""

    __slots__ = ("before", "cancelled", "deleted", "made", "settled")

    def __init__(self, cancelled: dict[tuple[int, int], frozenset[str]]) -> None:
        self.cancelled = cancelled
        """(event, row) -> the fields that an undo took back."""
        self.before: dict[int, dict[str, Any]] = {}
        self.made: set[int] = set()
        self.deleted: set[int] = set()
        self.settled: dict[int, set[str]] = {}
        """Row -> fields that were written afterwards for a day before the moment."""

    def take_updates(self, ids: Iterable[int], befores: Iterable[str | None]) -> None:
        """Take later updates away with which nothing is odd, many at once; the newest comes first."""
        held = self.before
        parsed = orjson.loads(f"[{','.join(one or '{}' for one in befores)}]")
        for row_id, values in zip(ids, parsed, strict=True):
            if row_id in held:
                held[row_id].update(values)
            else:
                held[row_id] = values

    def take_away(self, event_id: int, row_id: int, kind: str, before: str | None, is_later: bool) -> None:
        """Take one change away, or note what it settles; the newest comes first."""
        undone = self.cancelled.get((event_id, row_id))
        if kind == "update":
            values = orjson.loads(before or "{}")
            if undone:
                values = {name: value for name, value in values.items() if name not in undone}
            self._update(row_id, values, is_later)
        elif not is_later or undone is not None:
            return
        elif kind == "delete":
            self.deleted.add(row_id)
            self._update(row_id, orjson.loads(before or "{}"), is_later)
        else:
            self.made.add(row_id)

    def _update(self, row_id: int, values: dict[str, Any], is_later: bool) -> None:
        if not is_later:
            self.settled.setdefault(row_id, set()).update(values)
            return
        if settled := self.settled.get(row_id):
            values = {name: value for name, value in values.items() if name not in settled}
        self.before.setdefault(row_id, {}).update(values)


def _changes_since(session: Session, moment: datetime, subjects: Collection[str]) -> dict[str, _Fold]:
    """Table -> its fold, over all changes that we were told of after the moment."""
    connection = session.connection()
    standing = standing_events(connection)
    rows = connection.execute(select(Event.id, Event.effective_at > moment).where(Event.recorded_at > moment))
    later: dict[int, bool] = {row[0]: bool(row[1]) for row in rows if row[0] not in standing.undoes}
    cancelled = _cancelled(session, subjects, standing, later)
    folds = {subject: _Fold(cancelled[subject]) for subject in subjects}
    if not later:
        return folds
    first = connection.execute(select(func.min(Change.id)).where(Change.event_id >= min(later))).scalar_one()
    statement: Any = select(
        Change.event_id, Change.subject, Change.subject_id, Change.kind, type_coerce(Change.before, Text)
    ).where(Change.id >= (first or 0)).order_by(Change.id.desc())  # fmt: skip
    undone = {event_id for of_table in cancelled.values() for event_id, _ in of_table}
    for events, tables, ids, kinds, befores in lean_columns(connection, _within(session, statement, Change), _AT_ONCE):
        alike = len({*events}) == len({*tables}) == len({*kinds}) == 1  # As nearly all are, of an event with very many.
        event_id, fold = events[0], folds.get(tables[0])
        if (
            alike
            and kinds[0] == "update"
            and later.get(event_id)
            and fold
            and event_id not in undone
            and not fold.settled
        ):
            fold.take_updates(ids, befores)
        else:
            _fold_each(folds, later, zip(events, tables, ids, kinds, befores, strict=True))
    return folds


def _fold_each(folds: Mapping[str, _Fold], later: Mapping[int, bool], changes: Iterable[tuple[Any, ...]]) -> None:
    for event_id, table, row_id, kind, before in changes:
        is_later, fold = later.get(event_id), folds.get(table)
        if is_later is not None and fold is not None:
            fold.take_away(event_id, row_id, kind, before, is_later)


def _cancelled(
    session: Session, subjects: Collection[str], standing: Standing, later: Collection[int]
) -> dict[str, dict[tuple[int, int], frozenset[str]]]:
    """Table -> (event, row) -> the fields that an undo took back of it."""
    undone = {undo: event_id for event_id, undo in standing.undone_by.items() if event_id in later}
    found: dict[str, dict[tuple[int, int], frozenset[str]]] = {subject: {} for subject in subjects}
    for batch in batches(undone):
        rows = session.connection().execute(
            select(Change.event_id, Change.subject, Change.subject_id, Change.before, Change.after).where(
                Change.subject.in_(subjects), Change.event_id.in_(batch)
            )
        )
        for undo, subject, subject_id, before, after in rows:
            found[subject][undone[undo], subject_id] = frozenset((before or {}).keys() | (after or {}).keys())
    return found


def register_began(session: Session) -> datetime | None:
    """When the register was first written to; None for one without history. Of whoever may see however little."""
    moment: datetime | None = session.connection().execute(select(func.min(Event.recorded_at))).scalar_one()
    return moment
