"""Values as history keeps them (JSON) and as their columns take them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date

from fleet.database.types import UTCDateTime


def reader_of(column: ColumnElement[Any]) -> Callable[[Any], Any] | None:
    """How a value from history becomes one of the column; None where it already is."""
    if isinstance(column.type, UTCDateTime):
        return datetime.fromisoformat
    return date.fromisoformat if isinstance(column.type, Date) else None


def as_stored(column: ColumnElement[Any], value: Any) -> Any:
    """One value from history as the column's Python value."""
    read = reader_of(column)
    return value if value is None or read is None else read(value)
