"""Column types, named once: moments in UTC, JSON as canonical text, identifiers, words from a fixed list."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

_parse = datetime.fromisoformat

Id = BigInteger().with_variant(Integer(), "sqlite")
"""Integer key. On SQLite it must be spelt INTEGER to be the row id."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment: refuses naive ones, stores UTC, gives back aware UTC on both databases.

    SQLite has no zone and would drop it silently; PostgreSQL would give back the session's zone.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moments_as_text(moments: Sequence[datetime | None]) -> list[str | None]:
    """Moments as `UTCDateTime` has them stored on SQLite, many at once; raises `ValueError` for one without a zone."""
    if len(set(map(id, moments))) == 1:  # The moment of the run, once for each of its rows.
        return [None if moments[0] is None else _as_text(moments[0])] * len(moments)
    told = orjson.dumps(moments, option=orjson.OPT_UTC_Z)
    if told.count(b'Z"') + told.count(b"null") == len(moments) and b"." not in told:  # All in UTC, in whole seconds.
        texts: list[str | None] = orjson.loads(told.replace(b"T", b" ").replace(b'Z"', b'.000000"'))
        return texts
    return [None if one is None else _as_text(one) for one in moments]


def moments_of_text(texts: Iterable[str | None]) -> list[datetime | None]:
    """The moments of texts that `UTCDateTime` stored on SQLite."""
    return [None if one is None else _parse(f"{one}+00:00") for one in texts]


def _as_text(moment: datetime) -> str:
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


class Json(TypeDecorator[Any]):
    """JSON as text with sorted keys, so that a value has one spelling and can be hashed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else canonical_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else orjson.loads(value)


def canonical_json(value: Any) -> bytes:
    """The one spelling of a value: sorted keys, moments as ISO text with Z."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
