"""Own devices used for work: how far a registration has come, the one table of its steps, and what it needs next.

An own device has no serial here: it is its owner and their enrolment. Nothing is kept of it that says more than
whose it is, what kind of thing, and what was agreed to.
"""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from fleet.domain.wording import day_text
from fleet.errors import NotAllowed, UsageProblem

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "requested": "Requested",
        "approved": "Approved",
        "enrolled": "Enrolled",
        "ended": "Ended",
        "refused": "Refused",
    }
)
"""Every state of a registration, in the order of its life."""
UNAPPROVED = "unapproved"
"""What a device with work apps is whose owner has no registration for it."""
OVER: frozenset[str] = frozenset({"ended", "refused"})
OPEN: tuple[str, ...] = tuple(state for state in LABELS if state not in OVER)
KINDS: tuple[str, ...] = ("iphone", "ipad", "other")


class Step(NamedTuple):
    """Something that is done to a registration."""

    after: tuple[str, ...]
    """The states from which it may be done."""
    to: str | None
    """The state it leads to; None leaves it as it is."""
    words: str
    """What can or can't be done, after `can't`."""


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "approve": Step(("requested",), "approved", "be approved"),
        "refuse": Step(("requested",), "refused", "be refused"),
        "consent": Step(("approved", "enrolled"), None, "get a consent"),
        "enrol": Step(("approved", "enrolled"), "enrolled", "be linked to an enrolment"),
        "end": Step(("requested", "approved", "enrolled"), "ended", "be ended"),
    }
)
"""The one table of what may be done in which state. An enrolled one is linked anew after each new enrolment."""
ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "left": "the owner left",
        "lost": "the device was lost or stolen",
        "replaced": "the device was replaced",
        "withdrew": "the owner withdrew their consent",
        "other": "for another reason",
    }
)
"""Why a registration ends."""
NEEDS_WHY: frozenset[str] = frozenset({"other"})
"""Endings that say nothing by themselves."""
MONTHS = 12
"""For how long a consent holds, unless the configuration says otherwise."""
SOON = 30
"""Days before the end of a consent at which it is to be renewed."""
ONLY_RETIRE = (
    "Somebody's own device is only retired, never wiped: that takes the council's data off it and nothing else."
)

_LONGEST = {"model": 60, "os": 30, "purpose": 200, "terms": 40}
_NUMBER = re.compile(r"\d(?:[\s().+-]?\d){8,}")
"""Nine digits or more, however they are grouped: a phone number, an IMEI, an ICCID."""
_SERIAL = re.compile(r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{10,14}\b", re.IGNORECASE)


def label(state: str) -> str:
    """The words for a state; an unknown one is shown as it is."""
    return LABELS.get(state, state)


def allowed_steps(state: str) -> tuple[str, ...]:
    """What may be done to a registration in this state."""
    return tuple(key for key, step in STEPS.items() if state in step.after)


def check_step(name: str, state: str, step: str) -> None:
    """Pass a step that is allowed; raises `NotAllowed` saying of which registration, why not, and what is allowed."""
    if state in STEPS[step].after:
        return
    allowed = allowed_steps(state)
    if state == STEPS[step].to:
        told = f"{name} is {label(state).lower()} already."
    else:
        told = f"{name} is {label(state).lower()}: it can't {STEPS[step].words}."
    raise NotAllowed(f"{told} {_ways_on(state, allowed)}", state=state, step=step, allowed=allowed)


def _ways_on(state: str, allowed: tuple[str, ...]) -> str:
    if allowed:
        return f"Allowed from here: {', '.join(allowed)}."
    return f"It is over: request it anew, or undo what made it {label(state).lower()}."


def consent_end(day: date, months: int) -> date:
    """The last day of a consent that was given on a day: so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def standing(state: str, consent_until: date | None, today: date) -> str:
    """How a consent stands: none, valid, ending, ended; `-` where the registration is over or not that far."""
    if state not in ("approved", "enrolled"):
        return "-"
    if consent_until is None:
        return "none"
    left = (consent_until - today).days
    return "ended" if left < 0 else "ending" if left <= SOON else "valid"


class Position(NamedTuple):
    """What is looked at to say what a registration needs."""

    state: str
    consent_until: date | None
    enrolled: bool
    """Whether Intune has it now."""
    apps_only: bool = False
    left: bool = False
    """Whether its owner has left."""


WAITS: Mapping[str, str] = MappingProxyType(
    {
        "requests": "Requests to approve",
        "consents": "Consents to renew",
        "enrolling": "Approved, not enrolled",
        "ending": "To be ended or retired",
        "unapproved": "Apps, not approved",
    }
)
"""What own devices wait for, the kind that presses most first."""


def waits_as(at: Position, today: date) -> str | None:
    """Which of `WAITS` it waits for; None when nothing does."""
    if next_step(at, today) is None:
        return None
    if at.state in OVER or at.left:
        return "ending"
    if at.state in _ASKED:
        return _ASKED[at.state]
    if _consent_needs(at, today) is not None:
        return "consents"
    return "enrolling" if at.state == "approved" else "ending"


_ASKED = {"requested": "requests", UNAPPROVED: "unapproved"}


def next_step(at: Position, today: date) -> str | None:
    """What somebody should do about it, as a request; None when nothing waits."""
    if at.state in OVER:
        return "retire it in Intune: it is still enrolled" if at.enrolled else None
    if at.left:
        return "retire it in Intune, and end it: its owner has left" if at.enrolled else "end it: its owner has left"
    if at.state == UNAPPROVED:
        return "let its owner request approval, or take the work apps off"
    if at.state == "requested":
        return "let a manager approve or refuse it"
    return _consent_needs(at, today) or _enrolment_needs(at)


def _consent_needs(at: Position, today: date) -> str | None:
    consent = standing(at.state, at.consent_until, today)
    if consent == "none":
        return "have the terms accepted, and record the consent"
    if consent == "ended":
        return "renew the consent, or retire and end it" if at.enrolled else "renew the consent, or end it"
    if consent == "ending" and at.consent_until is not None:
        return f"renew the consent by {day_text(at.consent_until)}"
    return None


def _enrolment_needs(at: Position) -> str | None:
    if at.state == "approved" and not at.apps_only:
        return "let its owner enrol it, and link the enrolment"
    if at.state == "enrolled" and not at.enrolled:
        return "it is gone from Intune: link its new enrolment, or end it"
    return None


def said(text: str | None, what: str) -> str | None:
    """Words of a person about an own device, on one line; None for none.

    Raises `UsageProblem` for what is too long, and for what looks like a phone number, an IMEI or a serial number:
    those are not kept of somebody's own device.
    """
    words = " ".join(_storable(text).split()) if text else ""
    if not words:
        return None
    if len(words) > _LONGEST[what]:
        raise UsageProblem(f"The {_CALLED[what]} is too long: at most {_LONGEST[what]} characters.")
    if what != "terms" and (_NUMBER.search(words) or _SERIAL.search(words)):
        raise UsageProblem(
            f"The {_CALLED[what]} holds what looks like a phone number or a serial number. "
            "Neither is kept of somebody's own device: leave it out.",
            code="too-much",
        )
    return words


_CALLED = {"model": "model", "os": "OS version", "purpose": "purpose", "terms": "version of the terms"}


def _storable(text: str) -> str:
    """Without what a database can't store: NUL and halves of characters."""
    return "".join(char for char in text if char != "\x00" and not 0xD800 <= ord(char) <= 0xDFFF)
