"""What a person has in front of them, and why an action is not possible with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fleet.domain.wording import day_text

if TYPE_CHECKING:
    from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow

    AnyRow = DeviceRow | PersonRow | FindingRow | EventRow | RunRow


@dataclass(frozen=True, slots=True)
class Situation:
    """What the person has in front of them when an action is considered."""

    place: str
    row: AnyRow | None = None
    marked: Sequence[AnyRow] = ()
    is_ready: bool = True
    """False until the register is open, and while it can't be reached."""
    day: date | None = None
    """The past day that is shown; None for today."""
    can_undo: bool = False
    can_redo: bool = False

    @property
    def chosen(self) -> Sequence[AnyRow]:
        """The marked rows, or the one under the cursor."""
        return self.marked or ([self.row] if self.row is not None else [])

    @property
    def devices(self) -> list[DeviceRow]:
        """The chosen devices."""
        if not self.chosen:
            return []
        from fleet.domain.records import DeviceRow

        return [row for row in self.chosen if isinstance(row, DeviceRow)]


WhyNot = Callable[[Situation], str | None]


def always(_situation: Situation) -> str | None:
    return None


def needs_row(situation: Situation) -> str | None:
    return None if situation.row is not None else "There is no line under the cursor."


def needs_register(situation: Situation) -> str | None:
    return None if situation.is_ready else "The register can't be reached now."


def _named(row: DeviceRow) -> str:
    return row.asset_tag or row.serial or "It"


@dataclass(frozen=True, slots=True)
class OfDevices:
    """Something is done to devices: to one, or to as many as are chosen."""

    each: Callable[[DeviceRow], str | None]
    """Why not to one of them."""
    one_only: bool = False

    def __call__(self, situation: Situation) -> str | None:
        """The first reason; None when it is possible."""
        if situation.day is not None:
            return f"This is as at {day_text(situation.day)}: nothing is done to the past. Esc goes back to today."
        if not situation.devices:
            return "Choose a device first."
        if self.one_only and len(situation.devices) > 1:
            return "That is done to one device at a time."
        reasons = (self.each(row) for row in situation.devices)
        return next((reason for reason in reasons if reason), None) or needs_register(situation)

    def unsuitable(self, situation: Situation) -> list[tuple[DeviceRow, str]]:
        """The devices it can't be done to, each with the reason."""
        if self.one_only or situation.day is not None:
            return []
        return [(row, reason) for row in situation.devices if (reason := self.each(row))]


def of_devices(why_not: Callable[[DeviceRow], str | None], *, one_only: bool = False) -> WhyNot:
    """Something is done to devices; `why_not` says why not to one of them."""
    return OfDevices(why_not, one_only)


def can_issue(row: DeviceRow) -> str | None:
    if row.ownership == "personal":
        return f"{_named(row)} is somebody's own device: it is registered (^F12), not issued."
    if row.holder:
        return f"{_named(row)} is issued to {row.holder}. Return it first (F3), swap it (^X) or pass it on (^F)."
    return f"{_named(row)} is {row.status}." if row.status in ("retired", "disposed", "lost", "stolen") else None


def can_keep(row: DeviceRow) -> str | None:
    if row.ownership == "personal":
        return f"{_named(row)} is somebody's own device."
    return f"{_named(row)} is {row.status}." if row.status in ("retired", "disposed", "lost", "stolen") else None


def is_held(row: DeviceRow) -> str | None:
    if row.ownership == "personal":
        return f"{_named(row)} is somebody's own device."
    return None if row.holder else f"{_named(row)} is not issued to anybody."


def is_lent(row: DeviceRow) -> str | None:
    return None if row.due_on is not None else f"{_named(row)} is not on loan."


def may_move(row: DeviceRow) -> str | None:
    if row.status == "disposed":
        return f"{_named(row)} is disposed of: no move is allowed from there. Undo it from the history (F9)."
    return None


def decidable(situation: Situation) -> str | None:
    return needs_row(situation) or needs_register(situation)


def can_undo(situation: Situation) -> str | None:
    if situation.place == "runs" and getattr(situation.row, "event_id", None) is not None:
        return needs_register(situation)
    if situation.place == "history" and situation.row is not None:
        return "That is undone already." if getattr(situation.row, "undone_by", None) else needs_register(situation)
    return (
        None
        if situation.can_undo
        else "Nothing was done in this session. F9 lists everything; older steps are undone there."
    )


def can_redo(situation: Situation) -> str | None:
    return None if situation.can_redo else "Nothing was undone in this session."
