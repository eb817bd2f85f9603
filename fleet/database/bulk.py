"""Many rows at once: ids handed out beforehand, inserts by the driver's fastest road, updates by executemany.

Used by plans (sync, import, demo). A person's single command goes through the ORM.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, bindparam, text, update
from sqlalchemy.exc import DBAPIError

from fleet.database.engine import unstorable

CHUNK = 5_000


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


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows given as sequences in the order of `columns`; returns how many. Values are Python values."""
    convert = _converter(connection, table, columns)
    written = 0
    if connection.dialect.name == "sqlite":
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        for chunk in _chunks(map(convert, rows)):
            connection.exec_driver_sql(statement, chunk)
            written += len(chunk)
        return written
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    cursor = connection.connection.cursor()
    with _as_sqlalchemy_raises(connection, statement), closing(cursor), cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(convert(row))
            written += 1
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
) -> int:
    """Set `columns` of each row; a row is its id followed by the values in that order. Returns how many."""
    values: dict[str, Any] = {name: bindparam(f"v_{name}") for name in columns}
    if bump_version:
        values["version"] = table.c.version + 1
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    names = ["row_id", *(f"v_{name}" for name in columns)]
    written = 0
    for chunk in _chunks(dict(zip(names, row, strict=True)) for row in rows):
        connection.execute(statement, chunk)
        written += len(chunk)
    return written


def _converter(
    connection: Connection, table: Table, columns: Sequence[str]
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    dialect = connection.dialect
    processors = []
    for position, name in enumerate(columns):
        kind = table.c[name].type
        processor = kind.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            processors.append((position, processor))
    if not processors:
        return tuple

    def convert(row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for position, processor in processors:
            if values[position] is not None:
                values[position] = processor(values[position])
        return tuple(values)

    return convert


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
