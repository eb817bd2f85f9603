"""What the lists of devices, events and runs need of the queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.domain.records import EventRow, RunRow
from fleet.domain.search import parse
from fleet.queries.devices import DeviceQuery
from tui.sorting import CLOSEST

if TYPE_CHECKING:
    from tui.register import Subject


def device_query(text: str, sort: str, descending: bool) -> DeviceQuery:
    """A search as typed, in an order as the port says it."""
    first, _, rest = sort.partition(",")
    closest = first == CLOSEST
    return DeviceQuery(parse(text), (rest if closest else sort) or "asset_tag", descending, closest=closest)


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
