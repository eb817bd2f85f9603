"""Letters that chase devices, as plain text: one per manager or holder, never one per item."""

from collections.abc import Sequence
from datetime import date

from fleet.domain.wording import day_text

Item = tuple[str, str]
"""What, and what about it: (`NB000123, iPhone 13`, `held by A. Person, who left on 3 Nov 2026 (19 days ago)`)."""


def chase_letter(manager: str, organisation: str, items: Sequence[Item], *, today: date) -> str:
    """A letter to a manager whose leavers still hold devices."""
    number = f"{len(items)} device{'' if len(items) == 1 else 's'}"
    lines = [
        f"{day_text(today)}",
        "",
        f"Dear {manager or 'colleague'},",
        "",
        f"Our register says that people who have left your team still hold {number} of {organisation}:",
        "",
        *_listed(items),
        "",
        "Please send them back to IT, or tell us where they are. If one is lost or stolen, ring us today:",
        "the data protection officer has to be told at once.",
        "",
        "Thank you. IT service desk",
        "",
    ]
    return "\n".join(lines)


def overdue_letter(holder: str, items: Sequence[Item], *, today: date) -> str:
    """A reminder to a holder whose loans are due or overdue."""
    lines = [
        f"{day_text(today)}",
        "",
        f"Dear {holder},",
        "",
        "You have on loan from IT:",
        "",
        *_listed(items),
        "",
        "Please bring back what is overdue, or ask us to extend the loan.",
        "",
        "Thank you. IT service desk",
        "",
    ]
    return "\n".join(lines)


def _listed(items: Sequence[Item]) -> list[str]:
    return [line for what, about in items for line in (f"  - {what}", f"      {about}")]
