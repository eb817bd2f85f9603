"""Reading very many rows: the driver's values, a column at a time, without SQLAlchemy's work per value."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Text, literal_column, type_coerce
from sqlalchemy.types import TypeEngine

from fleet.database.types import UTCDateTime, moments_of_text

_CHUNK = 1_000
"""Rows read at once: so many stay in the processor's cache, and pass the collector of garbage unseen."""
_Convert = Callable[[Sequence[Any]], Sequence[Any]]


def lean_columns(connection: Connection, statement: Any, size: int = _CHUNK) -> Iterator[list[Sequence[Any]]]:
    """The columns of a SELECT's result, in chunks of `size` rows, with the values that the statement itself gives.

    SQLite keeps moments and days as text: there the text is read, and values are converted a column at a time.
    """
    converters: list[tuple[int, _Convert]] = []
    if connection.dialect.name == "sqlite":
        columns: list[Any] = list(statement.selected_columns)
        for position, column in enumerate(columns):
            if (converter := _converter(column.type)) is not None:
                converters.append((position, converter))
                columns[position] = type_coerce(column, Text)
            elif process := column.type.dialect_impl(connection.dialect).result_processor(connection.dialect, None):
                converters.append((position, partial(_each, process)))
        if any(one is not other for one, other in zip(columns, statement.selected_columns, strict=True)):
            statement = statement.with_only_columns(*columns, maintain_column_froms=True)
    for chunk in _chunks(connection, statement, size):
        found: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        for position, convert in converters:
            found[position] = convert(found[position])
        yield found


def _chunks(connection: Connection, statement: Any, size: int) -> Iterator[Sequence[Any]]:
    """The driver's own rows on SQLite, without SQLAlchemy's row around each; PostgreSQL is read by a cursor of its own."""
    if connection.dialect.name != "sqlite":
        # On the statement: options of a connection stay with it, and PostgreSQL can't DELETE by a server-side cursor.
        yield from connection.execute(statement.execution_options(yield_per=size)).partitions(size)
        return
    with connection.execute(statement) as result:
        cursor = result.cursor
        assert cursor is not None
        while rows := cursor.fetchmany(size):
            yield rows


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN (ids)` for very many: spelt out, because a parameter for each costs more than finding the row."""
    return column.bool_op("IN")(literal_column(f"({', '.join(map(str, map(int, ids)))})"))  # type: ignore[no-any-return]


def _each(process: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    return list(map(process, values))


def _converter(kind: TypeEngine[Any]) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    if isinstance(kind, UTCDateTime):
        return moments_of_text
    return _days_of_text if isinstance(kind, Date) else None


def _days_of_text(texts: Sequence[str | None]) -> list[date | None]:
    return [None if one is None else date.fromisoformat(one) for one in texts]
