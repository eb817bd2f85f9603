"""What an action is, and the places there are. The table of all actions is in `tui.actions`."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.possible import WhyNot, always

TABS = ("today", "devices", "people", "findings", "history", "runs")
"""Places that the header always names."""
MORE_PLACES = (
    *("stock", "scanning", "stocktake", "incidents", "own_devices", "receipts", "as_at", "reports"),
    *("deliveries", "imports", "onboarding", "outbox", "commands", "health"),
)
"""Places that the header names while one is there; the list of places (^N) has them all."""
PLACES = (*TABS, *MORE_PLACES)
LISTS = frozenset(
    {*TABS[1:], "stock", "incidents", "own_devices", "reports", "deliveries", "receipts", "as_at", "outbox"}
)
WITH_ROW = LISTS | {"card", "own_card"}
EVERYWHERE = frozenset(PLACES) | {"card", "own_card", "incident"}
CUSTODY = frozenset({"devices", "card", "stock", "as_at"})
"""Where devices are handed on; of the past each says why not."""
DIALOG = frozenset({"dialog"})
SORTED = frozenset({"devices"})


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do. A screen does it in its method `do_<id>`."""

    id: str
    keys: str
    label: str
    help: str
    group: str
    places: frozenset[str] = field(default=LISTS)
    why_not: WhyNot = always
    footer: int = 0
    """Order in the footer; 0 keeps it out."""
