"""What a complete read of a list of bought devices means for the one that is held: new, changed, absent, given up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fleet.domain.sources import ObservedListing

LISTED = ("model", "family", "order_number", "ordered_on", "added_on", "status", "server")
"""What is kept of a listed device, in the order of `RecordedListing.values`."""


class RecordedListing(NamedTuple):
    """A device of the list as held."""

    id: int
    values: tuple[Any, ...]
    missing_runs: int
    gone: bool
    """Absent from two complete reads: Apple released it."""


@dataclass(slots=True)
class ListingPlan:
    """The differences; nothing is written yet."""

    read: int = 0
    new: list[ObservedListing] = field(default_factory=list)
    changed: list[tuple[int, ObservedListing]] = field(default_factory=list)
    """Those that are back again count as changed."""
    unchanged: int = 0
    absent: list[int] = field(default_factory=list)
    """Absent for the first time: noted, not concluded."""
    closing: list[int] = field(default_factory=list)
    """Absent for the second time."""
    held: int = 0
    """Devices of the list as held that were not given up."""

    def counts(self) -> dict[str, int]:
        """As `fleet sync --json` has them."""
        return {
            "read": self.read, "new": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged,
            "missing": len(self.absent), "gone": len(self.closing),
        }  # fmt: skip


def plan_listings(observed: Iterable[ObservedListing], recorded: Mapping[str, RecordedListing]) -> ListingPlan:
    """Compare a complete list with the one held, by serial. What is absent twice in a row is gone."""
    plan = ListingPlan(held=sum(1 for one in recorded.values() if not one.gone))
    seen: set[str] = set()
    for one in observed:
        if one.serial in seen:
            continue
        seen.add(one.serial)
        known = recorded.get(one.serial)
        if known is None:
            plan.new.append(one)
        elif known.gone or known.missing_runs or known.values != values_of(one):
            plan.changed.append((known.id, one))
        else:
            plan.unchanged += 1
    for serial, known in recorded.items():
        if serial not in seen and not known.gone:
            (plan.closing if known.missing_runs else plan.absent).append(known.id)
    plan.read = len(seen)
    return plan


def values_of(one: ObservedListing) -> tuple[Any, ...]:
    """What is kept of a listed device, in the order of `LISTED`."""
    return one.model, one.family, one.order_number, one.ordered_on, one.added_on, one.status, one.server
