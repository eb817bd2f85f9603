"""What a night is asked for, and what it tells."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.commands.clocks import TOLERANCE
from fleet.domain.plan import BrakeLimits


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What the caller asked for."""

    actor: str
    now: datetime
    dry: bool = False
    """Plan only: nothing is written."""
    confirm: int | None = None
    """The number of absences that a person confirmed."""
    reason: str | None = None
    new_status: str = "unrecorded"
    only: str | None = None
    """people or devices; None is both."""
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    support_folder: Path | None = None
    """Folder that a relative `[rules.os-unsupported] table` is in."""
    limits: BrakeLimits = field(default_factory=BrakeLimits)
    clock_tolerance: timedelta = TOLERANCE
    """How much earlier than the register's newest event it may be here."""
    since: datetime | None = None
    """Details and AppleCare last read before it are asked for again; the portal's audit is read from it on."""


@dataclass(slots=True)
class SyncResult:
    """What one tenant's sync did; the keys of `as_json` are a contract with scripts."""

    tenant: str
    complete: bool = False
    people: dict[str, int] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    error: str | None = None
    exit_code: int = 0
    code: str | None = None
    """Of the error, stable for scripts."""
    run: int | None = None
    event: int | None = None
    findings: dict[str, int] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    problems: list[dict[str, Any]] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    """The plan in words, for a dry run."""
    unread: list[str] = field(default_factory=list)
    """What was not asked for, because the application lacks the permission."""

    def note_cost(self, cost: Any) -> None:
        """Keep what the read cost, told also when it failed."""
        self.requests, self.retries, self.seconds = cost.requests, cost.retries, cost.seconds

    def as_json(self) -> dict[str, Any]:
        """One tenant's part of `fleet sync --json`."""
        return {
            "tenant": self.tenant, "complete": self.complete, "people": self.people, "devices": self.devices,
            "requests": self.requests, "retries": self.retries, "seconds": round(self.seconds, 3), "error": self.error,
            "run": self.run, "event": self.event, "findings": self.findings, "problems": self.problems, "plan": self.plan,
            "unread": self.unread,
        }  # fmt: skip
