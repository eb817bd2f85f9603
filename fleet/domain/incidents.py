"""The run sheet of a lost or stolen device: what to do, in order, usable at nine in the evening."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

BREACH_CLOCK = timedelta(hours=72)
"""A personal data breach that is likely to be a risk is reported to the ICO within 72 hours of becoming aware of it
(UK GDPR, article 33)."""


GONE = frozenset({"lost", "stolen"})
"""Incidents in which nobody knows who has the device, so that what it could reach may be read by others."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    key: str
    title: str
    how: str
    only_gone: bool = False
    """Not for a device that is only damaged."""
    only_stolen: bool = False
    only_managed: bool = False
    """Needs the device to be in Intune."""
    only_with_sim: bool = False
    closes: bool = False
    """Ends the incident."""


STEPS: tuple[Step, ...] = (
    Step("lost-mode", "Lost mode or remote lock", "Intune: Lost mode when supervised, else Remote lock.", only_gone=True,
         only_managed=True),
    Step("line-barred", "SIM and line barred", "Ring the carrier; have the number and ICCID ready.", only_gone=True,
         only_with_sim=True),
    Step("police", "Police told", "Crime reference number goes into the note. 101, or the force's web form.", only_gone=True,
         only_stolen=True),
    Step("dpo-told", "Data protection officer told", "What it could reach, and if it is encrypted. They decide about the ICO.",
         only_gone=True),
    Step("manager-told", "Holder's manager told", "They decide what the holder needs for tomorrow."),
    Step("replacement", "Replacement issued", "fleet issue, or tomorrow's day team."),
    Step("wiped", "Wiped or retired", "Only when lost mode has no hope left: a wiped device can't be found.", only_gone=True,
         only_managed=True),
    Step("insurance", "Value reported", "Value at loss is on the sheet."),
    Step("found", "Found again", "Where, by whom, in what condition. It ends the incident; then look at the device.",
         only_gone=True, closes=True),
)  # fmt: skip
"""Every step there is, in the order that serves."""

GIVEN_UP, SETTLED = "given-up", "settled"
ENDS: Mapping[str, str] = MappingProxyType({"found": "Found again", GIVEN_UP: "Given up for lost", SETTLED: "Settled"})
"""How an incident ends, in words: found or given up for one that is gone, settled for one that was damaged."""
KEYS = (*(one.key for one in STEPS), GIVEN_UP)
"""Every step that may be noted."""


def step_title(key: str) -> str:
    """A step in words; an unknown one as it is."""
    return ENDS.get(key) or next((one.title for one in STEPS if one.key == key), key)


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step that was taken."""

    key: str
    at: datetime
    by: str
    note: str | None = None


def due_steps(kind: str, *, managed: bool, has_sim: bool, done: set[str]) -> list[Step]:
    """The steps still to take for this incident, in order."""
    return [
        one
        for one in STEPS
        if one.key not in done
        and not (one.only_gone and kind not in GONE)
        and not (one.only_stolen and kind != "stolen")
        and not (one.only_managed and not managed)
        and not (one.only_with_sim and not has_sim)
    ]


def clock_left(reported_at: datetime, now: datetime) -> timedelta:
    """What is left of the 72 hours; negative when they have passed."""
    return reported_at + BREACH_CLOCK - now


def clock_text(reported_at: datetime, now: datetime) -> str:
    """`61 h 20 min left of 72`, or how long it is over: in days after two of them."""
    left = clock_left(reported_at, now)
    seconds = int(abs(left.total_seconds()))
    if left < -timedelta(days=2):
        return f"72 h passed {seconds // 86_400} days ago"
    told = f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{told} left of 72 h" if left.total_seconds() >= 0 else f"72 h passed {told} ago"


def clock_said(kind: str, reported_at: datetime, told_at: datetime | None, now: datetime) -> str:
    """What to say of the clock: it runs for what is gone, until the data protection officer knows."""
    if kind not in GONE:
        return "no clock: nothing left our hands"
    if told_at is None:
        return clock_text(reported_at, now)
    after = int(max(told_at - reported_at, timedelta(0)).total_seconds())
    late = ", too late" if told_at > reported_at + BREACH_CLOCK else ""
    return f"officer told after {after // 3600} h {after % 3600 // 60:02d} min{late}"
