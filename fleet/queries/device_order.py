"""Ids of devices in order: as the columns say, or the best match first.

Best first is: an identifier that is exactly what was typed, an asset tag, serial or IMEI that begins with it, then a part of
the search text (a name, a number, a site) that is exactly it, begins with it, has words that do, or holds it. At any size
the first of these are found by index; the others take a look at every search text, so they can be had a moment later.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import Device
from fleet.database.search import SEPARATOR
from fleet.queries.device_search import SORTS, DeviceQuery, conditions, contains, narrow, order

SMALL = 25_000
"""Up to so many devices a look at every search text is no slower than the painting."""
GLANCED = 10_000
"""Devices, in the order of the columns, among which the first that match are looked for while the best are not known."""
MOST_RANKED = 2_000
"""Identifiers that begin with what was typed are walked one by one up to this number."""
_IDENTIFIERS: Sequence[Any] = (Device.asset_tag, Device.serial, Device.imei, Device.imei2)
_WALKED = frozenset({"asset_tag", "serial", "imei", "kind", "status", "purchased_on"})
"""Sort keys that are columns of the device itself."""
_LAST = "\U0010ffff"


def ids_of(session: Session, query: DeviceQuery, now: datetime, offset: int, limit: int) -> list[int]:
    """A page of ids."""
    if query.closest and query.search.words:
        return _best(session, query, now, offset, limit)
    return _walk(session, query, now, offset, limit)


def first_ids(session: Session, query: DeviceQuery, now: datetime, limit: int) -> tuple[list[int], bool]:
    """What of the first page is known at once, and whether that is all of it.

    In a large register the rest takes a look at every search text; until then the order may be that of the columns.
    """
    typed = _typed(query)
    if not (query.closest and query.search.words) or _is_small(session):
        return ids_of(session, query, now, 0, limit), True
    if typed is not None:
        found = _identified(session, typed, limit)
        if found:
            return found, len(found) == limit
    if set(query.sort.split(",")) <= _WALKED and not query.search.filters:
        glanced = select(Device.id, Device.hay).order_by(*_known_first(query)).limit(GLANCED).subquery()
        held = [contains(session, glanced.c.hay, word) for word in query.search.words]
        return list(session.execute(select(glanced.c.id).where(*held).limit(limit)).scalars()), False
    return [], False


def all_ids(session: Session, query: DeviceQuery, now: datetime) -> list[int]:
    """All ids, as the columns say."""
    return list(
        session.execute(
            narrow(query, Device.id).where(*conditions(session, query, now)).order_by(*order(query))
        ).scalars()
    )


def closest_first(session: Session, query: DeviceQuery) -> tuple[Any, ...]:
    """What to sort by so that the best match comes first."""
    typed, rank = _typed(query), nearness(session, Device.hay, query.search.words)
    if typed is None:
        return (rank, *order(query))
    begins = [(_begins(session, column, typed), place) for place, column in enumerate(_IDENTIFIERS, start=1)]
    tier = case((or_(*(column == typed for column in _IDENTIFIERS)), 0), *begins, else_=len(begins) + 1)
    by_itself = case(*((held, column) for (held, _), column in zip(begins, _IDENTIFIERS, strict=True)), else_=None)
    return (tier, by_itself, rank, *order(query))


def nearness(session: Session, column: Any, words: Sequence[str]) -> Any:
    """How near a search text is to folded words: 0 a part of it is exactly that, 1 begins with it, 2 each word begins a
    word, 3 they occur somewhere."""
    text, phrase = literal(SEPARATOR) + column + literal(SEPARATOR), " ".join(words)
    begun = and_(
        *(or_(*(contains(session, text, f"{mark}{word}") for mark in (SEPARATOR, " ", "-"))) for word in words)
    )
    return case(
        (contains(session, text, f"{SEPARATOR}{phrase}{SEPARATOR}"), 0),
        (contains(session, text, f"{SEPARATOR}{phrase}"), 1),
        (begun, 2),
        else_=3,
    )


def _best(session: Session, query: DeviceQuery, now: datetime, offset: int, limit: int) -> list[int]:
    """By index where identifiers fill the page, else by a look at every search text."""
    typed, end = _typed(query), offset + limit
    if typed is not None and end <= MOST_RANKED:
        found = _identified(session, typed, end)
        if len(found) == end:
            return found[offset:]
    statement = narrow(query, Device.id).where(*conditions(session, query, now))
    return list(
        session.execute(statement.order_by(*closest_first(session, query)).offset(offset).limit(limit)).scalars()
    )


def _typed(query: DeviceQuery) -> str | None:
    """The one word that may be an identifier, as identifiers are kept; None when something else narrows the list."""
    if len(query.search.words) != 1 or query.search.filters or query.ids is not None:
        return None
    return query.search.words[0].upper()


def _is_small(session: Session) -> bool:
    return (session.execute(_newest()).scalar() or 0) <= SMALL


@cache
def _newest() -> Any:
    return select(func.max(Device.id))


def _identified(session: Session, typed: str, limit: int) -> list[int]:
    """Devices with an identifier that is this or begins with it, in order."""
    dialect = session.get_bind().dialect.name
    found = dict.fromkeys(session.execute(_exactly(), {"typed": typed, "most": limit}).scalars())
    digits = not any(char.isalpha() for char in typed)
    for place in range(4 if digits else 2):
        if len(found) >= limit:
            break
        wanted = {"typed": typed, "end": typed + _LAST, "most": limit}
        found.update(dict.fromkeys(session.execute(_beginning(place, dialect), wanted).scalars()))
    return list(found)[:limit]


@cache
def _exactly() -> Select[Any]:
    either = or_(*(column == bindparam("typed") for column in _IDENTIFIERS))
    return (
        select(Device.id)
        .where(either)
        .order_by(Device.asset_tag.is_(None), Device.asset_tag, Device.id)
        .limit(bindparam("most"))
    )


@cache
def _beginning(place: int, dialect: str) -> Select[Any]:
    """A stretch of an index on SQLite, where texts are in the order of their code points."""
    column = _IDENTIFIERS[place]
    typed: Any = bindparam("typed")
    end: Any = bindparam("end")
    begins = func.starts_with(column, typed) if dialect == "postgresql" else and_(column >= typed, column < end)
    return select(Device.id).where(begins).order_by(column, Device.id).limit(bindparam("most"))


def _begins(session: Session, column: Any, typed: str) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return func.starts_with(column, typed)
    return and_(column >= typed, column < typed + _LAST)


def _walk(session: Session, query: DeviceQuery, now: datetime, offset: int, limit: int) -> list[int]:
    """As the columns say. A single column of the device is walked by its index: those who have it, then the others."""
    statement = narrow(query, Device.id).where(*conditions(session, query, now))
    column = SORTS.get(query.sort.removeprefix("-"))
    if column is None or query.sort.removeprefix("-") not in _WALKED:
        return list(session.execute(statement.order_by(*order(query)).offset(offset).limit(limit)).scalars())
    known = statement.where(column.is_not(None))
    found = list(session.execute(known.order_by(*_known_first(query)).offset(offset).limit(limit)).scalars())
    if len(found) == limit:
        return found
    before = 0
    if offset and not found:
        counted = narrow(query, func.count(Device.id)).where(*conditions(session, query, now), column.is_not(None))
        before = offset - session.execute(counted).scalar_one()
    blank = statement.where(column.is_(None)).order_by(Device.id).offset(before).limit(limit - len(found))
    return found + list(session.execute(blank).scalars())


def _known_first(query: DeviceQuery) -> tuple[Any, ...]:
    """The order without its word on blanks, which no index has."""
    return tuple(one for place, one in enumerate(order(query)) if place % 2 or one is Device.id)
