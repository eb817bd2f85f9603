"""Registrations of own devices by what people call them, the enrolments that may be theirs, and what leavers' need."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from fleet.database.models import ByodRegistration, Device, DeviceModel, Enrolment, Person, Tenant
from fleet.domain.byod import OVER, STEPS, WAITS, label, next_step, waits_as
from fleet.domain.search import fold
from fleet.errors import Ambiguous, NotFound, UsageProblem
from fleet.queries.keys import person_by_key
from fleet.queries.reports.own_devices import OwnDeviceRow, own_devices
from fleet.queries.tenants import batches

SHOWN = 8
NO_KEYS = "Name at least one registration: its number, or its owner's sign-in name; or --file with one per line."


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrolment of an own device by a person, which no running registration has."""

    person_id: int
    enrolment_id: int
    device_id: int
    intune_id: str
    tenant: str
    kind: str
    model: str | None
    os_version: str | None
    enrolled_at: datetime | None
    last_seen: datetime | None


_TAKEN = exists().where(ByodRegistration.device_id == Device.id, ByodRegistration.state.not_in(OVER))
_THEIRS = or_(
    and_(Person.tenant_id == Enrolment.tenant_id, Person.entra_id == Enrolment.user_id),
    and_(Person.upn.is_not(None), func.lower(Person.upn) == func.lower(Enrolment.upn)),
)


def candidates(session: Session, people: Collection[int]) -> dict[int, list[Candidate]]:
    """Person -> what they enrolled as their own and no running registration has; the newest first. Serials play no part."""
    found: dict[int, list[Candidate]] = {}
    for batch in batches(sorted(set(people))):
        rows: Any = session.execute(
            select(
                Person.id, Enrolment.id, Device.id, Enrolment.intune_id, Tenant.key, Device.kind,
                func.coalesce(DeviceModel.name, Enrolment.model), Enrolment.os_version, Enrolment.enrolled_at,
                Enrolment.last_seen,
            )
            .select_from(Person)
            .join(Enrolment, (Enrolment.organisation_id == Person.organisation_id) & _THEIRS)
            .join(Device, Device.id == Enrolment.device_id)
            .join(Tenant, Tenant.id == Enrolment.tenant_id)
            .outerjoin(DeviceModel, DeviceModel.id == Device.model_id)
            .where(
                Person.id.in_(batch), Enrolment.closed_at.is_(None), Device.ownership == "personal", ~_TAKEN,
            )
            .order_by(Person.id, Enrolment.enrolled_at.desc(), Enrolment.id.desc())
        )  # fmt: skip
        for row in rows:
            found.setdefault(row[0], []).append(Candidate(*row))
    return found


def registration(session: Session, number: int, today: date) -> OwnDeviceRow:
    """One registration; raises `NotFound`."""
    rows = list(own_devices(session, today, past=False, ids=[number]))
    if not rows:
        raise NotFound(_unknown(number))
    return rows[0]


def registrations_by_keys(session: Session, keys: Sequence[str], step: str | None = None) -> list[int]:
    """The registrations that keys mean, each once: by number, or by their owner where only one of theirs is meant.

    With a step only those are meant that are in a state for it, if there are any. Raises `UsageProblem` that names
    every key which fits none or several.
    """
    wanted = list(dict.fromkeys(key.strip() for key in keys if key.strip()))
    if not wanted:
        raise UsageProblem(NO_KEYS, code="no-keys")
    numbers = [int(key) for key in wanted if _is_number(key)]
    known = set(_known(session, numbers))
    owners = _owners(session, [key for key in wanted if not _is_number(key)], alone=len(wanted) == 1)
    theirs = _of_people(session, owners.values())
    ids: list[int] = []
    problems: list[NotFound | Ambiguous] = []
    for key in wanted:
        try:
            ids.append(_one(key, known, owners, theirs, step))
        except (NotFound, Ambiguous) as error:
            problems.append(error)
    if len(problems) == 1 and len(wanted) == 1:
        raise problems[0]
    if problems:
        lines = [one.message for one in problems]
        raise UsageProblem(
            f"{len(problems):,} of {len(wanted):,} keys can't be used. Nothing was changed.",
            code="unknown-keys", lines=lines[:20], refused=lines,
        )  # fmt: skip
    return list(dict.fromkeys(ids))


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 18


def _unknown(key: object) -> str:
    return (
        f"There is no registration {key}, or it belongs to another organisation. List them with: fleet byod list --all"
    )


def _known(session: Session, numbers: Iterable[int]) -> Iterable[int]:
    for batch in batches(numbers):
        statement = select(ByodRegistration.id).join(Person, Person.id == ByodRegistration.person_id)
        yield from session.execute(
            statement.where(ByodRegistration.id.in_(batch), Person.erased_at.is_(None))
        ).scalars()


def _owners(session: Session, keys: Sequence[str], *, alone: bool) -> dict[str, int]:
    """Key -> person: in a list by sign-in name alone, by itself by anything that fits one person."""
    if alone and keys:
        return {keys[0]: person_by_key(session, keys[0]).id}
    found: dict[str, int] = {}
    for batch in batches(sorted({key.lower() for key in keys})):
        rows = session.execute(select(Person.upn, Person.id).where(Person.upn.in_(batch), Person.erased_at.is_(None)))
        found |= {row[0]: row[1] for row in rows if row[0]}
    return {key: found[key.lower()] for key in keys if key.lower() in found}


def _of_people(session: Session, people: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Person -> (number, state) of their registrations."""
    found: dict[int, list[tuple[int, str]]] = {}
    for batch in batches(sorted(set(people))):
        rows = session.execute(
            select(ByodRegistration.person_id, ByodRegistration.id, ByodRegistration.state)
            .where(ByodRegistration.person_id.in_(batch))
            .order_by(ByodRegistration.id)
        )
        for person_id, number, state in rows:
            found.setdefault(person_id, []).append((number, state))
    return found


def _one(
    key: str, known: Collection[int], owners: dict[str, int], theirs: dict[int, list[tuple[int, str]]], step: str | None
) -> int:
    """The one registration that a key means."""
    if _is_number(key):
        if int(key) not in known:
            raise NotFound(_unknown(key))
        return int(key)
    if key not in owners:
        raise NotFound(f"{key} is no registration's number and nobody's sign-in name.")
    mine = theirs.get(owners[key], [])
    fit = [one for one in mine if step is None or one[1] in STEPS[step].after]
    found = fit or [one for one in mine if one[1] not in OVER] or mine[-1:]
    if not found:
        raise NotFound(f"{key} has no registration. Request one with: fleet byod request {key}", code="no-registration")
    if len(found) > 1:
        listed = [f"{number} ({label(state).lower()})" for number, state in found[:SHOWN]]
        raise Ambiguous(f"{key} has several registrations. Say which: {', '.join(listed)}.", matches=listed)
    return found[0][0]


def choose_candidate(offered: Sequence[Candidate], wanted: str | None, *, only: bool, name: str) -> Candidate:
    """The enrolment to link: the one that was named, or with `only` the one there is. Raises where that is not sure."""
    if wanted is not None:
        named = [one for one in offered if wanted.strip().casefold() in (one.intune_id.casefold(), str(one.device_id))]
        if len(named) == 1:
            return named[0]
        raise NotFound(
            f"{name}: {wanted} is no own device of theirs that is free to link. {_offer(offered)}", offered=offered
        )
    if not offered:
        raise NotFound(f"{name}: {_offer(offered)}", code="not-enrolled")
    if len(offered) > 1 or not only:
        raise Ambiguous(
            f"{name}: {_offer(offered)} Say which: --to NUMBER", matches=[str(one.device_id) for one in offered]
        )
    return offered[0]


def _offer(offered: Sequence[Candidate]) -> str:
    if not offered:
        return "Intune has no own device of theirs that is not linked yet. Let them enrol it, sync, then link it."
    listed = ", ".join(f"{one.device_id} ({one.model or one.kind})" for one in offered[:SHOWN])
    return f"In Intune and not linked: {listed}."


def leavers_own_devices(session: Session, today: date) -> list[OwnDeviceRow]:
    """Own devices of people who left, with something still to be done about them."""
    people = (
        select(ByodRegistration.id).join(Person, Person.id == ByodRegistration.person_id).where(Person.state == "left")
    )
    ids = list(session.execute(people).scalars())
    rows = own_devices(session, today, past=False, ids=ids) if ids else ()
    return [row for row in rows if next_step(row.position, today) is not None]


@dataclass(frozen=True, slots=True)
class OwnWaiting:
    """Own devices that wait for the same thing: how many, whose that has waited longest, and since or until when."""

    kind: str
    """One of `fleet.domain.byod.WAITS`."""
    count: int
    people: tuple[str, ...]
    """The first few owners, the one who waits longest first."""
    day: date | None
    """When the first was asked for or approved, or when the first consent ends; None where no day says it."""
    overdue: int = 0
    """How many of these consents have ended, or were never given."""


def waiting(session: Session, today: date) -> list[OwnWaiting]:
    """What own devices wait for, as `WAITS` has them; nothing of what nothing waits for."""
    found: dict[str, list[OwnDeviceRow]] = {}
    for row in own_devices(session, today, past=False):
        if (kind := waits_as(row.position, today)) is not None:
            found.setdefault(kind, []).append(row)
    return [_waiting(kind, found[kind], today) for kind in WAITS if kind in found]


def _waiting(kind: str, rows: list[OwnDeviceRow], today: date) -> OwnWaiting:
    days = {row.id: getattr(row, _SINCE[kind]) if kind in _SINCE else None for row in rows}
    rows.sort(key=lambda row: (days[row.id] or date.max, fold(row.person), row.id))
    overdue = sum(row.consent_until is None or row.consent_until < today for row in rows) if kind == "consents" else 0
    return OwnWaiting(kind, len(rows), tuple(row.person for row in rows[:SHOWN]), days[rows[0].id], overdue)


_SINCE = {"requests": "requested_on", "consents": "consent_until", "enrolling": "approved_on"}


def matching(rows: Iterable[OwnDeviceRow], words: str, states: Collection[str]) -> list[OwnDeviceRow]:
    """Rows in one of the states in which every word occurs."""

    def hay(row: OwnDeviceRow) -> str:
        parts = (row.person, row.upn, row.team, row.called, row.kind or row.said_kind, row.organisation, row.state)
        return "\x1f".join(fold(part) for part in parts if part)

    wanted = [fold(word) for word in words.split()]
    return [row for row in rows if row.state in states and all(word in hay(row) for word in wanted)]
