"""A log of giving out and taking back, paired into the periods in which somebody had a device.

Rows come in any order. A check-out lasts until the device's next check-in, or until it is given to somebody else.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fleet.clock import london_date
from fleet.domain.plan.imports.known import Known, KnownDevice
from fleet.domain.plan.imports.result import ImportPlan, Row
from fleet.domain.search import fold
from fleet.domain.wording import day_text

Placed = tuple[Row, KnownDevice]


@dataclass(frozen=True, slots=True)
class Paired:
    """A row that gives a device out, with the day on which that ended: a row as `plan_history` wants it."""

    row: int
    values: dict[str, Any]
    blank: frozenset[str] = frozenset()


def is_log(row: Row) -> bool:
    """Whether a row is one entry of a log and not a period."""
    return "custody_event" in row.values or "happened_at" in row.values


def pair(placed: Iterable[Placed], known: Known, result: ImportPlan) -> list[tuple[Paired, KnownDevice]]:
    """The periods of each device; a row that only ends one, or says nothing new, counts as unchanged."""
    by_device: dict[int, list[tuple[datetime, Row]]] = {}
    devices: dict[int, KnownDevice] = {}
    for row, device in placed:
        at = row.values.get("happened_at")
        if not isinstance(at, datetime):
            result.reject(row, "no-day", "it does not say when", "happened_at")
        elif row.values.get("custody_event") is None:
            result.reject(row, "no-event", "it does not say whether the device went out or came back", "custody_event")
        else:
            devices[device.id] = device
            by_device.setdefault(device.id, []).append((at, row))
    return [
        (period, devices[device_id])
        for device_id, entries in by_device.items()
        for period in _periods(sorted(entries, key=_order), devices[device_id], known, result)
    ]


def _order(entry: tuple[datetime, Row]) -> tuple[datetime, bool, int]:
    """By time; at the same moment what comes back comes before what goes out."""
    at, row = entry
    return at, row.values["custody_event"] == "out", row.row


def _periods(
    entries: list[tuple[datetime, Row]], device: KnownDevice, known: Known, result: ImportPlan
) -> list[Paired]:
    found: list[Paired] = []
    open_row: tuple[date, Row] | None = None
    for at, row in entries:
        day = london_date(at)
        if row.values["custody_event"] == "out":
            if open_row is not None and _name(open_row[1]) == _name(row):
                result.unchanged += 1  # Given to the same person again: they had it all along.
                continue
            if open_row is not None:
                _end(found, open_row, day, known, device, result)
            open_row = (day, row)
        elif open_row is None:
            reason = f"it came back on {day_text(day)}, and nothing says since when somebody had it"
            result.reject(row, "no-check-out", reason, "custody_event")
        else:
            _end(found, open_row, day, known, device, result)
            open_row = None
            result.unchanged += 1
    if open_row is not None:
        _still_out(open_row[1], device, result)
    return found


def _end(
    found: list[Paired], open_row: tuple[date, Row], until: date, known: Known, device: KnownDevice, result: ImportPlan
) -> None:
    since, row = open_row
    name = _name(row)
    if name and (device.organisation_id, fold(name)) in known.sites:
        result.tell(row, "at-a-site", "holder_name", "it was at a site, not with a person; that is not recorded")
        result.unchanged += 1
        return
    values = {**row.values, "issued_on": since, "returned_on": until, "holder_name": name or None}
    found.append(Paired(row.row, {key: value for key, value in values.items() if value is not None}))


def _still_out(row: Row, device: KnownDevice, result: ImportPlan) -> None:
    """Who has it now is the business of a register: told where that says otherwise."""
    if fold(_name(row)) != device.holder_name:
        reason = "it was given out and has not come back; the register has it otherwise"
        result.tell(row, "still-held", "holder_name", reason)
    result.unchanged += 1


def _name(row: Row) -> str:
    return html.unescape(str(row.values.get("holder_name") or ""))
