"""The outbox of remote actions: written down before anything is sent, sent at most once, followed to its end."""

from fleet.commands.outbox.asking import (
    MOST_AT_ONCE,
    Asked,
    Order,
    ask,
    cancel,
    confirm,
    settle,
)
from fleet.commands.outbox.comparing import beside, recorded_of, refuse_other
from fleet.commands.outbox.connecting import configured, reader, sender, technician
from fleet.commands.outbox.following import follow, follow_tenants, reveal
from fleet.commands.outbox.sending import Outcome, Sender, send

__all__ = [
    "MOST_AT_ONCE",
    "Asked",
    "Order",
    "Outcome",
    "Sender",
    "ask",
    "beside",
    "cancel",
    "configured",
    "confirm",
    "follow",
    "follow_tenants",
    "reader",
    "recorded_of",
    "refuse_other",
    "reveal",
    "send",
    "sender",
    "settle",
    "technician",
]
