"""A night's plan in words: what a dry run prints, and what a run keeps."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy.orm import Session

from fleet.domain.plan import DevicePlan, PeoplePlan
from fleet.domain.plan.devices import ChangedEnrolment
from fleet.domain.wording import change_text, field_label, subject_label
from fleet.queries import tenants

NAMED = 15
"""Devices of each kind of change that a dry run names; its counts tell the rest."""


def by_name(session: Session, devices: DevicePlan) -> list[str]:
    """The devices of a plan by name, as far as a person reads: what each would become."""
    gone = [one for one, _ in (*devices.closing[:NAMED], *devices.absent[:NAMED])]
    names = tenants.names_of_enrolments(session, [*(one.id for one in devices.changed[:NAMED]), *gone])
    # Own devices show no serial: a line about one tells least.
    new = sorted(devices.new_devices, key=lambda one: not one.serial)
    return [
        *_told("+", len(new), (f"{one.serial or 'own device'}, {one.model or one.kind}: nobody recorded it" for one in new)),
        *_told("~", len(devices.changed), (f"{names.get(one.id, 'a device')}: {_becomes(one)}" for one in devices.changed)),
        *_told("-", len(devices.closing),
               (f"{names.get(one, 'a device')}: absent twice, its enrolment is closed" for one, _ in devices.closing)),
        *_told("?", len(devices.absent),
               (f"{names.get(one, 'a device')}: absent for the first time" for one, _ in devices.absent)),
    ]  # fmt: skip


def _told(mark: str, number: int, lines: Iterable[str]) -> list[str]:
    """The first lines of a kind of change, and how many more there are."""
    more = [f"{mark} and {number - NAMED:,} more"] if number > NAMED else []
    return [f"{mark} {line}" for line in islice(lines, NAMED)] + more


def _becomes(one: ChangedEnrolment) -> str:
    return ", ".join(change_text(name, one.before.get(name), value) for name, value in one.after.items())


def in_words(people: PeoplePlan, devices: DevicePlan) -> list[str]:
    """What it would do, as counts and as the fields that would change."""
    persons, enrolments = subject_label("person", len(people.new)), subject_label("enrolment", len(devices.new))
    lines = [
        f"{len(people.new)} {persons} to add, {people.counts()['changed']} to change, "
        f"{people.left + people.absent} {'has' if people.left + people.absent == 1 else 'have'} left",
        f"{len(devices.new)} {enrolments} to add ({len(devices.new_devices)} on devices nobody recorded), "
        f"{len(devices.changed)} to change, {len(devices.closing)} to close, {len(devices.absent)} absent for the first time",
    ]
    changed: dict[str, int] = {}
    for one in devices.changed:
        for name in one.after:
            changed[name] = changed.get(name, 0) + 1
    lines += [
        f"  {field_label(name)}: {number} {'change' if number == 1 else 'changes'}"
        for name, number in sorted(changed.items(), key=lambda item: -item[1])
    ]
    return lines
