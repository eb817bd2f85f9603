"""Plan what a read of a directory means for the people we know."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from fleet.clock import london_date
from fleet.domain.plan.recorded import RecordedPerson, RecordedTenant
from fleet.domain.records import ObservedPerson

_T = TypeVar("_T", ObservedPerson, RecordedPerson)

SYNCED = (
    "upn", "display_name", "given_name", "surname", "email", "job_title", "department", "office",
    "employee_id", "employee_type", "account_enabled",
)  # fmt: skip
"""Fields of a person that the directory sets. Blank never overwrites. Phone numbers are not taken."""
_NAME = SYNCED.index("display_name")


class NewPerson(NamedTuple):
    """A person to add."""

    observed: ObservedPerson
    left_on: date | None
    """The day they left; None for one who is here."""

    @property
    def state(self) -> str:
        """As the register calls it."""
        return "left" if self.left_on else "active"

    def values(self) -> tuple[Any, ...]:
        """What is stored of them, in the order of `SYNCED`."""
        values = [getattr(self.observed, name) for name in SYNCED]
        values[_NAME] = values[_NAME] or self.observed.upn or "(no name)"
        return tuple(values)


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    """A person to change: only the differing fields. `manager_entra_id` is set when the manager differs."""

    id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    manager_entra_id: str | None = None


@dataclass(slots=True)
class PeoplePlan:
    """Changes and counts: read = new + changed + unchanged + left."""

    new: list[NewPerson] = field(default_factory=list)
    changed: list[ChangedPerson] = field(default_factory=list)
    removed: int = 0
    """How many of the changes are people who left the directory: what the brake looks at."""
    read: int = 0
    unchanged: int = 0
    left: int = 0
    absent: int = 0
    """Recorded people who are not in a complete answer at all: they have left too, but were not read."""
    skipped: int = 0
    """Removals of accounts that the register never knew, and repeats of an account within one answer."""

    def counts(self) -> dict[str, int]:
        """The counts as the command line reports them."""
        return {
            "read": self.read, "new": len(self.new), "changed": len(self.changed) - self.left - self.absent,
            "unchanged": self.unchanged, "left": self.left, "absent": self.absent,
        }  # fmt: skip


def plan_people(
    observed: Sequence[ObservedPerson],
    recorded: RecordedTenant,
    *,
    complete: bool,
    today: date,
    unreadable: Collection[str] = (),
) -> PeoplePlan:
    """Compare a directory read (complete, or a delta) with the people recorded for its organisation.

    `unreadable` are ids of accounts that were there but could not be read: they have not left.
    """
    plan = PeoplePlan()
    latest = {person.entra_id: person for person in observed}
    plan.skipped = len(observed) - len(latest)
    plan.read = len(latest)
    living = [person for person in latest.values() if not person.removed]
    links = _links(living, recorded)
    managers = recorded.people.keys() | {person.entra_id for person in living}
    for person in latest.values():
        held = recorded.people.get(person.entra_id) or links.get(person.entra_id)
        if held is not None:
            _compare(plan, person, held, managers, today)
        elif person.removed:
            plan.skipped += 1
            plan.read -= 1
        else:
            plan.new.append(NewPerson(person, _left_on(person, today)))
    if complete:
        for entra_id, held in recorded.people.items():
            if entra_id not in latest and entra_id not in unreadable and held.state != "left":
                _leave(plan, held, today)
                plan.left -= 1
                plan.absent += 1
    return plan


def _links(living: Sequence[ObservedPerson], recorded: RecordedTenant) -> dict[str, RecordedPerson]:
    """Accounts and the people recorded without one whom they belong to: by address first, then by employee number.

    One account fits one person or nobody: an administrator's second account carries the same employee number.
    """
    links: dict[str, RecordedPerson] = {}
    linked: set[int] = set()
    for name in ("upn", "employee_id"):
        people = _only_ones(recorded.unlinked_people, name)
        free = [one for one in living if one.entra_id not in recorded.people and one.entra_id not in links]
        for value, account in _only_ones(free, name).items():
            person = people.get(value)
            if person is not None and person.id not in linked:
                links[account.entra_id] = person
                linked.add(person.id)
    return links


def _only_ones(people: Sequence[_T], name: str) -> dict[str, _T]:
    """People by a value that only one of them has."""
    found: dict[str, _T | None] = {}
    for person in people:
        if value := getattr(person, name):
            found[value] = None if value in found else person
    return {value: person for value, person in found.items() if person is not None}


def _left_on(person: ObservedPerson, today: date) -> date | None:
    if person.left_at is None:
        return None
    day = london_date(person.left_at)
    return day if day <= today else None


def _compare(plan: PeoplePlan, person: ObservedPerson, held: RecordedPerson, managers: Set[str], today: date) -> None:
    if person.removed:
        if held.state == "left":
            plan.unchanged += 1
        else:
            _leave(plan, held, today)
        return
    after = {
        name: value
        for name in SYNCED
        if (value := getattr(person, name)) is not None and value != held.values.get(name)
    }
    if held.entra_id is None:
        after["entra_id"] = person.entra_id
    leaves = _state_change(person, held, after, today)
    manager = _new_manager(person, held, managers)
    if not after and manager is None:
        plan.unchanged += 1
        return
    before = {name: _held_value(held, name) for name in after}
    plan.changed.append(ChangedPerson(held.id, before, after, manager))
    plan.left += leaves


def _new_manager(person: ObservedPerson, held: RecordedPerson, managers: Set[str]) -> str | None:
    """A manager who can be linked: one we do not know would be announced every night and never written."""
    manager = person.manager_entra_id
    return manager if manager in managers and manager not in (held.manager_entra_id, person.entra_id) else None


def _state_change(person: ObservedPerson, held: RecordedPerson, after: dict[str, Any], today: date) -> bool:
    """Add a change of state to `after`; whether the person left."""
    left_on = _left_on(person, today)
    if left_on and held.state != "left":
        after |= {"state": "left", "left_on": left_on}
        return True
    came_back = after.get("account_enabled") is True and held.values.get("account_enabled") is False
    if held.state == "left" and came_back and not left_on:
        after |= {"state": "active", "left_on": None}
    return False


def _leave(plan: PeoplePlan, held: RecordedPerson, today: date) -> None:
    after: dict[str, Any] = {"state": "left", "left_on": held.left_on or today, "account_enabled": False}
    before = {name: _held_value(held, name) for name in after}
    plan.changed.append(ChangedPerson(held.id, before, after))
    plan.left += 1
    plan.removed += 1


def _held_value(held: RecordedPerson, name: str) -> Any:
    if name in ("state", "left_on", "entra_id"):
        return getattr(held, name)
    return held.values.get(name)
