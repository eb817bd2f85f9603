"""What waits for somebody this morning, as a screen sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """What a line opens: a list with a search or a group, or one thing by its id."""

    place: Literal[
        "devices", "people", "findings", "runs", "outbox", "own_devices", "incident", "device", "person", "more"
    ]
    text: str = ""
    group: str | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident whose clock runs."""

    device_id: int
    device: str
    kind: str
    model: str | None
    holder: str | None
    reported_at: datetime
    steps_done: int
    told_at: datetime | None = None
    """When the data protection officer was told: nothing presses from then on."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits, with what a line says of it."""

    name: str
    about: str | None
    """Who or what it is about."""
    note: str
    """How long, how far."""
    target: Target


@dataclass(frozen=True, slots=True)
class Pile:
    """Things that wait for the same thing: all of them counted, the first few named."""

    title: str
    count: int
    items: Sequence[Waiting]
    target: Target
    """What the title opens."""
    nothing: str
    """What is said when there is none."""
    noted: str = ""
    """Something to know beside the number."""
    kinds: bool = False
    """The items are kinds of these things, and so all of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A number among its like."""

    name: str
    number: int
    target: Target
    severity: str = ""


@dataclass(frozen=True, slots=True)
class TenantAge:
    """When a tenant was last read, and why not since."""

    tenant: str
    name: str
    at: datetime | None
    failed: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The morning's page."""

    day: date
    incidents: Sequence[OpenIncident] = ()
    piles: Sequence[Pile] = ()
    """Overdue loans, leavers who hold something, starters without a device."""
    severities: dict[str, int] = field(default_factory=dict)
    drift: Sequence[Bar] = ()
    """Open findings by rule, the worst first."""
    stock: Sequence[Bar] = ()
    """Devices in stock or prepared by model, most first."""
    tenants: Sequence[TenantAge] = ()
