"""Many rows at once: ids handed out beforehand, inserts by the driver's fastest road, updates by executemany.

Used by plans (sync, import, demo). A person's single command goes through the ORM.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Boolean, Connection, Date, Dialect, LargeBinary, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from fleet.database.engine import unstorable
from fleet.database.types import UTCDateTime, moments_as_text

CHUNK = 2_000
T = TypeVar("T")
Converter = Callable[[Sequence[Any]], Sequence[Any]]


def allocate_ids(connection: Connection, table: Table, count: int) -> range | list[int]:
    """`count` ids of a table that nobody else will get. On SQLite the writer is alone; PostgreSQL asks its sequence."""
    if count == 0:
        return range(0)
    if connection.dialect.name == "sqlite":
        sequence = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = :name), 0)"
        newest = f"coalesce((SELECT max(id) FROM {table.name}), 0)"  # noqa: S608 - our own name
        used = connection.execute(text(f"SELECT max({sequence}, {newest})"), {"name": table.name}).scalar_one()
        return range(used + 1, used + 1 + count)
    rows = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": f'"{table.name}"', "count": count},
    )
    return [row[0] for row in rows]


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    encoded: Collection[str] = (),
) -> int:
    """Insert rows given as sequences in the order of `columns`; returns how many.

    Values are Python values, but in the `encoded` columns they are already what the driver takes.
    """
    return _insert(connection, table, columns, _converted(connection, table, columns, rows, encoded))


def insert_columns(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    values: Sequence[Sequence[Any]],
    *,
    encoded: Collection[str] = (),
) -> int:
    """Insert rows given as the values of each column, one sequence a column; otherwise as `insert_rows`."""
    by_column = list(values)
    for position, convert in _converters(connection, table, columns, encoded):
        by_column[position] = convert(by_column[position])
    return _insert(connection, table, columns, [list(zip(*by_column, strict=True))])


def _insert(
    connection: Connection, table: Table, columns: Sequence[str], chunks: Iterable[list[tuple[Any, ...]]]
) -> int:
    """Insert chunks of rows whose values are the driver's."""
    written = 0
    if connection.dialect.name == "sqlite":
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        for chunk in chunks:
            connection.exec_driver_sql(statement, chunk)
            written += len(chunk)
        return written
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    cursor = connection.connection.cursor()
    with _as_sqlalchemy_raises(connection, statement), closing(cursor), cursor.copy(statement) as copy:
        for chunk in chunks:
            for row in chunk:
                copy.write_row(row)
            written += len(chunk)
    return written


@contextmanager
def _as_sqlalchemy_raises(connection: Connection, statement: str) -> Iterator[None]:
    """COPY talks to the driver itself: its errors must come out like those of any other statement."""
    driver_error = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except driver_error as error:
        raise DBAPIError.instance(
            statement, None, error, driver_error, hide_parameters=True, dialect=connection.dialect
        ) from error
    except UnicodeEncodeError as error:
        raise unstorable() from error


def update_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    bump_version: bool = False,
    encoded: Collection[str] = (),
) -> int:
    """Set `columns` of each row; a row is its id followed by the values in that order. Returns how many."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    settings = [f'"{name}" = {mark}' for name in columns]
    if bump_version:
        settings.append('"version" = "version" + 1')
    statement = f"UPDATE {table.name} SET {', '.join(settings)} WHERE id = {mark}"  # noqa: S608 - our own names
    written = 0
    for chunk in _converted(connection, table, (*columns, "id"), ((*row[1:], row[0]) for row in rows), encoded):
        connection.exec_driver_sql(statement, chunk)
        written += len(chunk)
    return written


def _converted(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    encoded: Collection[str] = (),
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in chunks, as the driver wants their values.

    Types are applied to a column of a chunk at a time: for 200,000 rows a call per value costs more than the writing.
    """
    converters = _converters(connection, table, columns, encoded)
    for chunk in chunks_of(rows):
        by_column: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        for position, convert in converters:
            by_column[position] = convert(by_column[position])
        yield list(zip(*by_column, strict=True))


def _converters(
    connection: Connection, table: Table, columns: Sequence[str], encoded: Collection[str]
) -> list[tuple[int, Converter]]:
    """(Position, converter) of the columns whose Python values are not the driver's."""
    return [
        (position, converter)
        for position, name in enumerate(columns)
        if name not in encoded and (converter := _column_converter(connection.dialect, table.c[name].type)) is not None
    ]


def _column_converter(dialect: Dialect, kind: TypeEngine[Any]) -> Converter | None:
    """What turns a column of Python values into the driver's; None where they are the same."""
    processor = kind.dialect_impl(dialect).bind_processor(dialect)
    if processor is None:
        return None
    wanted, quick = _QUICK.get((dialect.name, type(kind)), (None, None))

    def convert(column: Sequence[Any]) -> Sequence[Any]:
        if quick is not None and set(map(type, column)) <= {wanted, type(None)}:
            return quick(column)
        return [None if value is None else processor(value) for value in column]

    return convert


_QUICK: Mapping[tuple[str, type], tuple[type, Converter]] = {
    ("sqlite", Boolean): (bool, lambda column: column),
    ("sqlite", Date): (date, lambda column: [one and one.isoformat() for one in column]),
    ("sqlite", UTCDateTime): (datetime, moments_as_text),
    ("sqlite", LargeBinary): (bytes, lambda column: column),
}
"""Dialect and type of a column -> the class of values that are converted by other means than SQLAlchemy's."""


def chunks_of(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows in lists of at most `CHUNK`."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
