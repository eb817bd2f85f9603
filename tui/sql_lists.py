"""What the lists of devices, events and runs need of the queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from fleet.domain.records import EventRow, RunRow
from fleet.domain.search import parse
from fleet.queries.devices import DeviceQuery
from fleet.queries.near_miss import meant_by
from tui.near import Near
from tui.sorting import CLOSEST

if TYPE_CHECKING:
    from tui.register import Named, Subject

Row = TypeVar("Row")


def device_query(text: str, sort: str, descending: bool) -> DeviceQuery:
    """A search as typed, in an order as the port says it."""
    first, _, rest = sort.partition(",")
    closest = first == CLOSEST
    return DeviceQuery(parse(text), (rest if closest else sort) or "asset_tag", descending, closest=closest)


def or_near(
    session: Any, text: str, offset: int, limit: int, read: Callable[[str, int, int], Sequence[Row]]
) -> Sequence[Row]:
    """A page of what a search finds; where it finds nothing, of what it finds with misspelt names mended."""
    rows = read(text, offset, limit)
    if rows or not text or (offset and read(text, 0, 1)):
        return rows
    for meant in meant_by(session, text):
        if found := read(meant, offset, limit):
            return Near(found, meant)
        if offset and read(meant, 0, 1):
            break
    return rows


def count_or_near(session: Any, text: str, count: Callable[[str], int]) -> int:
    """How many such rows there are."""
    total = count(text)
    nearest = meant_by(session, text) if text and not total else []
    return next((found for meant in nearest if (found := count(meant))), total)


def has_failed(state: str | None) -> bool:
    return state in ("failed", "refused", "killed")


def events(session: Any, about: Subject | None, *, text: str, offset: int, limit: int | None) -> list[EventRow]:
    from fleet.queries import history

    device_id = about.id if about is not None and about.kind == "device" else None
    person_id = about.id if about is not None and about.kind == "person" else None
    return history.list_events(session, device_id=device_id, person_id=person_id, text=text, offset=offset, limit=limit)


def matching(rows: Sequence[RunRow], text: str) -> list[RunRow]:
    words = text.casefold().split()
    return [
        row
        for row in rows
        if all(word in f"{row.kind} {row.source} {row.state} {row.actor}".casefold() for word in words)
    ]


def named(session: Any, texts: Sequence[str], now: datetime) -> Named:
    """The devices that lines of a list are exactly, in its order and each once."""
    from fleet.queries.devices import list_devices
    from fleet.queries.scans import devices_by_scan
    from tui.register import Named

    meant = devices_by_scan(session, texts)
    ids = list(dict.fromkeys(found[0] for found in meant.values() if len(found) == 1))
    rows = {row.id: row for row in list_devices(session, DeviceQuery(ids=ids), now=now)} if ids else {}
    return Named(
        [rows[one] for one in ids if one in rows],
        [text for text, found in meant.items() if not found],
        [text for text, found in meant.items() if len(found) > 1],
    )
