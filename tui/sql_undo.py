"""What undoing would do, and what was done since: read from the history of the real register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.commands import undo
from fleet.queries import history
from fleet.queries.devices import DeviceQuery, list_devices
from tui.dates import say_moment
from tui.register import Meanwhile, UndoLine

MANY = 100
"""Rows of a long undo that are spelt out."""
MOST = 3
"""Devices, and events of each, that are told of."""


def preview_undo(session: Any, event_id: int) -> Sequence[UndoLine]:
    """What undoing an event would take back and keep, line by line; all lines together stand for all changes."""
    plan = undo.plan_undo(session, [event_id])
    words = plan.in_words(MANY)[1:]
    taken = [UndoLine(line[2:]) for line in words if not line.startswith("= ")]
    parts = [line[2:].partition(": ") for line in words if line.startswith("= ")]
    kept = [UndoLine(what, because or "it changed since") for what, _, because in parts]
    return [*_standing_for(taken, len(plan.reversed)), *_standing_for(kept, len(plan.kept))]


def _standing_for(lines: Sequence[UndoLine], changes: int) -> Iterable[UndoLine]:
    """The last line also stands for those that are not spelt out."""
    return [*lines[:-1], *(replace(one, changes=changes - len(lines) + 1) for one in lines[-1:])]


def meanwhile(session: Any, device_ids: Sequence[int], after: int, now: datetime) -> Meanwhile:
    """What was done to devices after an event, the newest first, and how they are now."""
    found = {
        one.id: one
        for device_id in device_ids[:MOST]
        for one in history.list_events(session, device_id=device_id, limit=MOST)
        if one.id > after
    }
    told = [
        f"{say_moment(one.recorded_at, now)} {one.actor}: {one.sentence}" + (f" ({one.reason})" if one.reason else "")
        for one in sorted(found.values(), key=lambda one: -one.id)
    ]
    rows = {row.id: row for row in list_devices(session, DeviceQuery(ids=list(device_ids)), now=now)}
    return Meanwhile(told[:MOST], [rows[one] for one in device_ids if one in rows])
