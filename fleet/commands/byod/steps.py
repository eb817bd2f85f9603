"""The steps of a registration: request, approval or refusal, consent, the enrolment, the end."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.commands.byod.registrations import (
    One,
    Seen,
    Taken,
    locked,
    manager_of,
    names_of,
    open_enrolments,
    operator_names,
    refuse_leaver,
)
from fleet.commands.cautions import unpatched
from fleet.commands.refusals import Refusals
from fleet.database.models import ByodRegistration, Person
from fleet.domain.byod import (
    ENDINGS,
    KINDS,
    MONTHS,
    NEEDS_WHY,
    ONLY_RETIRE,
    STEPS,
    check_step,
    consent_end,
    label,
    said,
)
from fleet.domain.os_support import model_key
from fleet.domain.wording import day_text
from fleet.errors import Conflict, NotAllowed, NotFound, UsageProblem
from fleet.queries.byod import Candidate, candidates, choose_candidate


@dataclass(frozen=True, slots=True)
class Wish:
    """An own device as its owner describes it; all of it may be left out."""

    kind: str | None = None
    model: str | None = None
    os_version: str | None = None
    purpose: str | None = None


def request(session: Session, person_id: int, wish: Wish, *, now: datetime, on: date | None = None) -> Taken:
    """Ask for leave to use an own device for work. Nobody has agreed to anything yet.

    Raises `NotAllowed` for somebody who left, `Conflict` for what was asked for already.
    """
    day = _day(on, london_date(now))
    person = session.execute(
        select(Person).where(Person.id == person_id, Person.erased_at.is_(None)).with_for_update()
    ).scalar_one_or_none()
    if person is None:
        raise NotFound("That person is not in the register, or belongs to another organisation.")
    refuse_leaver(person, "their own device is not registered any more")
    if wish.kind is not None and wish.kind not in KINDS:
        raise UsageProblem(f"There is no kind {wish.kind}. Kinds are: {', '.join(KINDS)}.")
    row = ByodRegistration(
        organisation_id=person.organisation_id, person_id=person.id, state="requested", requested_on=day,
        said_kind=wish.kind, said_model=said(wish.model, "model"), said_os=said(wish.os_version, "os"),
        purpose=said(wish.purpose, "purpose"),
    )  # fmt: skip
    warnings = list(_beside(session, row))
    session.add(row)
    session.flush()
    if (words := unpatched(row.said_model, row.said_os, london_date(now))) is not None:
        warnings.append(words)
    one = One(row, person)
    return one.taken(f"{one.name}: {_what(row)} requested.", warnings)


def approve(
    session: Session, ids: Sequence[int], *, actor: str, now: datetime, by: int | None = None, on: date | None = None,
    seen: Seen | None = None,
) -> list[Taken]:  # fmt: skip
    """A manager agrees: `by` is that person, else it is the operator. Nobody approves their own. All or none."""
    return _decide(session, ids, "approve", actor=actor, now=now, by=by, on=on, seen=seen)


def refuse(
    session: Session, ids: Sequence[int], *, actor: str, now: datetime, reason: str | None, by: int | None = None,
    on: date | None = None, seen: Seen | None = None,
) -> list[Taken]:  # fmt: skip
    """A manager does not agree, and says why. All or none."""
    if not (reason or "").strip():
        raise UsageProblem("Say why it is refused: a reason. It is kept in history.")
    return _decide(session, ids, "refuse", actor=actor, now=now, by=by, on=on, seen=seen)


def _decide(
    session: Session, ids: Sequence[int], step: str, *, actor: str, now: datetime, by: int | None, on: date | None,
    seen: Seen | None,
) -> list[Taken]:  # fmt: skip
    today = london_date(now)
    manager = manager_of(session, by)
    decider = manager.display_name if manager is not None else actor
    refusals, done = Refusals(), []
    found = locked(session, ids, seen)
    operator = operator_names(session, actor)
    for one in found:
        with refusals.of_one():
            check_step(one.name, one.row.state, step)
            day = _day(on, today, one.row.requested_on, "requested")
            _refuse_own(one, manager, operator)
            if step == "approve":
                refuse_leaver(one.person, "end their registration instead")
                one.row.approved_by, one.row.approved_on = decider, day
            else:
                one.row.refused_by, one.row.refused_on, one.row.ended_on = decider, day, day
            one.row.state = STEPS[step].to or one.row.state
            verb = label(one.row.state).lower()
            done.append(one.taken(f"{one.name} {verb} by {decider}.", tuple(_not_theirs(one, manager))))
    refusals.raise_any(len(found), "registrations")
    session.flush()
    return done


def consent(
    session: Session, ids: Sequence[int], *, terms: str | None, now: datetime, on: date | None = None,
    until: date | None = None, months: int = MONTHS, seen: Seen | None = None,
) -> list[Taken]:  # fmt: skip
    """Owners accept a version of the terms, for the first time or again: until a day, else for so many months.

    All or none. Raises `UsageProblem` for a day that can't be.
    """
    today, version = london_date(now), said(terms, "terms")
    if version is None:
        raise UsageProblem(
            "Say which version of the terms was accepted: --terms, or terms under [byod] in config.toml."
        )
    refusals, done = Refusals(), []
    found = locked(session, ids, seen)
    for one in found:
        with refusals.of_one():
            check_step(one.name, one.row.state, "consent")
            refuse_leaver(one.person, "end their registration instead")
            day = _day(
                on,
                today,
                one.row.consent_on or one.row.requested_on,
                "consented" if one.row.consent_on else "requested",
            )
            last = until or consent_end(day, months)
            if last < day:
                raise UsageProblem(f"A consent can't end ({day_text(last)}) before it is given ({day_text(day)}).")
            again = " again" if one.row.consent_on is not None else ""
            one.row.terms_version, one.row.consent_on, one.row.consent_until = version, day, last
            over = (f"It is over already: it ended on {day_text(last)}.",) if last < today else ()
            done.append(one.taken(f"{one.name}: terms {version} accepted{again}, until {day_text(last)}.", over))
    refusals.raise_any(len(found), "registrations")
    session.flush()
    return done


def enrol(
    session: Session, ids: Sequence[int], *, now: datetime, to: str | None = None, only: bool = False,
    seen: Seen | None = None,
) -> list[Taken]:  # fmt: skip
    """Link the enrolment that is the device: the one named by its Intune id or device number, or with `only` the one
    there is. All or none.

    Raises `NotAllowed` without a consent that holds, `NotFound` and `Ambiguous` where it is not sure which.
    """
    if to is not None and len(set(ids)) > 1:
        raise UsageProblem(
            "One enrolment is one device: link one registration at a time, or let each take its only one."
        )
    found = locked(session, ids, seen)
    offered = candidates(session, [one.person.id for one in found])
    still = open_enrolments(session, [one.row.device_id for one in found if one.row.device_id is not None])
    today, taken = london_date(now), set[int]()
    refusals, done = Refusals(), []
    for one in found:
        with refusals.of_one():
            check_step(one.name, one.row.state, "enrol")
            refuse_leaver(one.person, "nothing of theirs is linked any more")
            _refuse_without_consent(one, today)
            if one.row.device_id in still:
                raise _linked(one)
            free = [each for each in offered.get(one.person.id, ()) if each.device_id not in taken]
            choice = choose_candidate(free, to, only=only, name=one.name)
            taken.add(choice.device_id)
            one.row.device_id, one.row.intune_id, one.row.state = choice.device_id, choice.intune_id, "enrolled"
            done.append(one.taken(f"{one.name} is {_called(choice)} now.", tuple(_odd(one, choice, today))))
    refusals.raise_any(len(found), "registrations")
    session.flush()
    return done


def end(
    session: Session, ids: Sequence[int], *, because: str, now: datetime, on: date | None = None, reason: str | None = None,
    seen: Seen | None = None,
) -> list[Taken]:  # fmt: skip
    """The leave to use an own device for work is over; what then remains to be done is told. All or none."""
    if because not in ENDINGS:
        raise UsageProblem(f"There is no ending {because}. Endings are: {', '.join(ENDINGS)}.")
    if because in NEEDS_WHY and not (reason or "").strip():
        raise UsageProblem("Say why it ends: a reason. It is kept in history.")
    today = london_date(now)
    refusals, done = Refusals(), []
    found = locked(session, ids, seen)
    still = open_enrolments(session, [one.row.device_id for one in found if one.row.device_id is not None])
    for one in found:
        with refusals.of_one():
            check_step(one.name, one.row.state, "end")
            day = _day(on, today, one.row.requested_on, "requested")
            one.row.state, one.row.ended_on, one.row.ended_because = "ended", day, because
            done.append(_ended(one, still.get(one.row.device_id or 0)))
    refusals.raise_any(len(found), "registrations")
    session.flush()
    return done


def _ended(one: One, intune_id: str | None) -> Taken:
    """What ending a registration leaves to be done: the register changes nothing in Intune."""
    told = f"{one.name} ended: {ENDINGS[one.row.ended_because or 'other']}."
    if intune_id is None:
        return one.taken(f"{told} Intune does not have it by the register: nothing is left to do there.")
    now = " at once" if one.row.ended_because == "lost" else ""
    return one.taken(told, to_do=(f"It is still in Intune: retire it{now}.", ONLY_RETIRE), still=intune_id)


def _day(on: date | None, today: date, first: date | None = None, what: str = "") -> date:
    """The day of a step: not in the future, and not before the step that it follows."""
    day = on or today
    if day > today:
        raise UsageProblem(f"{day_text(day)} is in the future. Enter it on the day it happens, or today.")
    if first is not None and day < first:
        raise UsageProblem(f"It was {what} on {day_text(first)}: {day_text(day)} is before that.")
    return day


def _refuse_own(one: One, manager: Person | None, operator: Collection[str]) -> None:
    """Nobody decides about their own device, as the manager who is named or as the operator who types."""
    theirs = names_of(one.person)
    if manager is not None and manager.id == one.person.id:
        raise NotAllowed(f"{one.name} is their own: another manager decides.", code="own-request")
    if not theirs.isdisjoint(operator):
        raise NotAllowed(f"{one.name} is your own: another operator enters the decision.", code="own-request")


def _not_theirs(one: One, manager: Person | None) -> Iterator[str]:
    if manager is not None and one.person.manager_id is not None and one.person.manager_id != manager.id:
        yield f"{manager.display_name} is not {one.person.display_name}'s manager by the register."


def _refuse_without_consent(one: One, today: date) -> None:
    until = one.row.consent_until
    if until is None:
        raise NotAllowed(
            f"{one.name} has no consent yet: record it first. Allowed from here: consent, end.", code="no-consent"
        )
    if until < today:
        raise NotAllowed(
            f"{one.name}: the consent ended on {day_text(until)}. Renew it first. Allowed from here: consent, end.",
            code="no-consent",
        )


def _linked(one: One) -> Conflict:
    """One registration is one device: what Intune still has is not exchanged for something else."""
    return Conflict(
        f"{one.name} has an enrolment that is still in Intune. Request another registration for another device.",
        code="linked-already",
    )


def _odd(one: One, choice: Candidate, today: date) -> Iterator[str]:
    """What to know of an enrolment before it is taken for the device that was asked for."""
    if (words := unpatched(choice.model, choice.os_version, today)) is not None:
        yield words
    model = one.row.said_model
    if model and choice.model and model_key(model) != model_key(choice.model):
        yield f"Its owner said that it is another model: {model}."


def _beside(session: Session, row: ByodRegistration) -> Iterator[str]:
    """What else they have; raises `Conflict` for the same request again."""
    others = session.execute(
        select(ByodRegistration)
        .where(ByodRegistration.person_id == row.person_id, ByodRegistration.ended_on.is_(None))
        .order_by(ByodRegistration.id)
    ).scalars()
    for other in others:
        if other.state == "requested" and _same_wish(other, row):
            raise Conflict(
                f"It was asked for on {day_text(other.requested_on)} already, and nobody has decided: registration {other.id}.",
                code="requested-already",
            )
        yield f"They have another own device: registration {other.id}, {label(other.state).lower()}."


def _same_wish(one: ByodRegistration, other: ByodRegistration) -> bool:
    return (one.said_kind, (one.said_model or "").casefold()) == (other.said_kind, (other.said_model or "").casefold())


def _what(row: ByodRegistration) -> str:
    kinds = {"ipad": "an iPad", "iphone": "an iPhone"}
    return row.said_model or kinds.get(row.said_kind or "", "an own device")


def _called(choice: Candidate) -> str:
    since = f", enrolled on {day_text(london_date(choice.enrolled_at))}" if choice.enrolled_at else ""
    return f"the {choice.model or choice.kind} in {choice.tenant} (device {choice.device_id}{since})"
