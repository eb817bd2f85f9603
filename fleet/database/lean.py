"""Reading very many rows: the driver's values, a column at a time, without SQLAlchemy's work per value."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, Text, type_coerce
from sqlalchemy.types import TypeEngine

from fleet.database.types import UTCDateTime, moments_of_text

_CHUNK = 10_000


def lean_columns(connection: Connection, statement: Any, size: int = _CHUNK) -> Iterator[list[Sequence[Any]]]:
    """The columns of a SELECT's result, in chunks of `size` rows, with the values that the statement itself gives.

    SQLite keeps moments and days as text: there the text is read, and turned into values a column at a time.
    """
    columns: list[Any] = list(statement.selected_columns)
    converters: list[tuple[int, Callable[[Sequence[Any]], Sequence[Any]]]] = []
    if connection.dialect.name == "sqlite":
        for position, column in enumerate(columns):
            if (converter := _converter(column.type)) is not None:
                converters.append((position, converter))
                columns[position] = type_coerce(column, Text)
        statement = statement.with_only_columns(*columns, maintain_column_froms=True)
    # On the statement: options of a connection stay with it, and PostgreSQL can't DELETE by a server-side cursor.
    result = connection.execute(statement.execution_options(yield_per=size))
    for chunk in result.partitions(size):
        found: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        for position, convert in converters:
            found[position] = convert(found[position])
        yield found


def _converter(kind: TypeEngine[Any]) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    if isinstance(kind, UTCDateTime):
        return moments_of_text
    return _days_of_text if isinstance(kind, Date) else None


def _days_of_text(texts: Sequence[str | None]) -> list[date | None]:
    return [None if one is None else date.fromisoformat(one) for one in texts]
