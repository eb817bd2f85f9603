"""The run sheet of a lost or stolen device: what to do, in order, usable at nine in the evening."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BREACH_CLOCK = timedelta(hours=72)
"""A personal data breach that is likely to be a risk is reported to the ICO within 72 hours of becoming aware of it
(UK GDPR, article 33)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    key: str
    title: str
    how: str
    only_stolen: bool = False
    only_managed: bool = False
    """Needs the device to be in Intune."""
    only_with_sim: bool = False


STEPS: tuple[Step, ...] = (
    Step("lost-mode", "Lost mode or remote lock", "Intune: Lost mode when supervised, else Remote lock. ", only_managed=True),
    Step("line-barred", "SIM and line barred", "Ring the carrier; have the number and ICCID ready.", only_with_sim=True),
    Step("police", "Police told", "Crime reference number goes into the note. 101, or the force's web form.", only_stolen=True),
    Step("dpo-told", "Data protection officer told", "What it could reach, and if it is encrypted. They decide about the ICO."),
    Step("manager-told", "Holder's manager told", "They decide what the holder needs for tomorrow."),
    Step("replacement", "Replacement issued", "fleet issue, or tomorrow's day team."),
    Step("wiped", "Wiped or retired", "Only when lost mode has no hope left: a wiped device can't be found.", only_managed=True),
    Step("insurance", "Value reported", "Value at loss is on the sheet."),
)  # fmt: skip
"""Every step there is, in the order that serves."""

KEYS = tuple(one.key for one in STEPS)


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
        and not (one.only_stolen and kind != "stolen")
        and not (one.only_managed and not managed)
        and not (one.only_with_sim and not has_sim)
    ]


def clock_left(reported_at: datetime, now: datetime) -> timedelta:
    """What is left of the 72 hours; negative when they have passed."""
    return reported_at + BREACH_CLOCK - now


def clock_text(reported_at: datetime, now: datetime) -> str:
    """`61 h 20 min left of 72`, or how long it is over."""
    left = clock_left(reported_at, now)
    seconds = int(abs(left.total_seconds()))
    told = f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{told} left of 72 h" if left.total_seconds() >= 0 else f"72 h passed {told} ago"
