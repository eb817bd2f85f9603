"""Letters that chase devices, as plain text: one per manager or holder, never one per item."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from fleet.domain.wording import day_text

Row = TypeVar("Row")
Item = tuple[str, str]
"""What, and what about it: (`NB000123, iPhone 13`, `held by A. Person, who left on 3 Nov 2026 (19 days ago)`)."""


@dataclass(frozen=True, slots=True)
class Digest(Generic[Row]):
    """All there is to tell one person."""

    name: str
    """Who gets it; "" when nobody is known."""
    upn: str | None
    items: list[Row]


def gathered(rows: Iterable[Row], to: Callable[[Row], tuple[int | None, str | None, str | None]]) -> list[Digest[Row]]:
    """One digest per recipient by name, those without one last. `to` gives id, name and UPN: namesakes are two."""
    found: dict[tuple[object, ...], Digest[Row]] = {}
    for row in rows:
        key = to(row)
        found.setdefault(key, Digest(key[1] or "", key[2], [])).items.append(row)
    return sorted(found.values(), key=lambda one: (not one.name, one.name, one.upn or ""))


def chase_letter(manager: str, organisation: str, items: Sequence[Item], *, today: date) -> str:
    """A letter to a manager whose leavers still hold devices."""
    number = f"{len(items)} device{'' if len(items) == 1 else 's'}"
    return _letter(
        manager,
        today,
        f"Our register says that people who have left your team still hold {number} of {organisation}:",
        items,
        "Please send them back to IT, or tell us where they are. If one is lost or stolen, ring us today:",
        "the data protection officer has to be told at once.",
    )


def overdue_letter(holder: str, items: Sequence[Item], *, today: date) -> str:
    """A reminder to a holder whose loans are due or overdue."""
    return _letter(
        holder,
        today,
        "You have on loan from IT:",
        items,
        "Please bring back what is overdue, or ask us to extend the loan.",
    )


def loans_letter(manager: str, items: Sequence[Item], *, today: date) -> str:
    """A reminder to the manager of people whose loans are due or overdue."""
    number = f"{len(items)} device{'' if len(items) == 1 else 's'}"
    return _letter(
        manager,
        today,
        f"People in your team have {number} on loan from IT, due back soon or overdue:",
        items,
        "Please see that what is overdue comes back, or ask us to extend the loan.",
    )


def due_text(due_on: date, days_over: int) -> str:
    """`due 3 Nov 2026, 19 days overdue`."""
    if days_over <= 0:
        return f"due {day_text(due_on)}"
    return f"due {day_text(due_on)}, {days_over:,} day{'' if days_over == 1 else 's'} overdue"


def left_text(name: str, left_on: date | None, days: int | None, monthly_pence: int) -> str:
    """`with A. Person, who left on 3 Nov 2026 (19 days ago); its line costs £7.45 a month`."""
    told = f"with {name}, who left" + (f" on {day_text(left_on)}" if left_on else "")
    if days is not None:
        told += f" ({days:,} day{'' if days == 1 else 's'} ago)"
    return told + (f"; its line costs £{monthly_pence / 100:,.2f} a month" if monthly_pence else "")


def _letter(to: str, today: date, opening: str, items: Sequence[Item], *closing: str) -> str:
    listed = [line for what, about in items for line in (f"  - {what}", f"      {about}")]
    lines = [
        day_text(today), "", f"Dear {to or 'colleague'},", "", opening, "", *listed, "", *closing, "",
        "Thank you. IT service desk", "",
    ]  # fmt: skip
    return "\n".join(lines)
