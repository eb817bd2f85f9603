"""The run sheet of an incident as a screen sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One thing to do, or done."""

    key: str
    title: str
    how: str = ""
    done_at: datetime | None = None
    done_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RunSheet:
    """All that one needs on the telephone at nine in the evening."""

    device_id: int
    device: str
    kind: str
    """lost, stolen or damaged."""
    reported_at: datetime
    occurred_on: date
    closed_at: datetime | None
    facts: Sequence[tuple[str, str]]
    """What to tell the carrier, the police, the data protection officer: label and value."""
    steps: Sequence[SheetStep]
    """Those done, in the order they were done, then those to do."""

    @property
    def told_at(self) -> datetime | None:
        """When the data protection officer was told."""
        return next((step.done_at for step in self.steps if step.key == "dpo-told"), None)
