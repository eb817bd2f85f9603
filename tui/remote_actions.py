"""The actions about Intune: what is asked of it for devices, and the outbox."""

from __future__ import annotations

from tui.action import CUSTODY, EVERYWHERE, Action
from tui.possible import Situation, needs_register, needs_row, of_devices

OUTBOX = frozenset({"outbox"})


def waits(situation: Situation) -> str | None:
    """Whether the order under the cursor waits to be confirmed."""
    if getattr(situation.row, "state", "asked") != "asked":
        return "It does not wait for anybody's confirmation."
    return needs_row(situation) or needs_register(situation)


def unsent(situation: Situation) -> str | None:
    """Whether it can be taken back."""
    if getattr(situation.row, "state", "asked") not in ("asked", "queued"):
        return "An action that was sent can't be taken back."
    return needs_row(situation) or needs_register(situation)


def unknown(situation: Situation) -> str | None:
    """Whether a person may say what became of it."""
    if getattr(situation.row, "state", "unsure") not in ("unsure", "accepted"):
        return "What became of it is known."
    return needs_row(situation) or needs_register(situation)


def has_brought(situation: Situation) -> str | None:
    """Whether there is something to show."""
    if getattr(situation.row, "brought", True) is False:
        return "It has brought nothing that could be shown."
    return needs_row(situation) or needs_register(situation)


_CHOSEN = of_devices(lambda _row: None)


def can_ask(situation: Situation) -> str | None:
    """A run sheet is about its device; elsewhere devices are chosen."""
    if situation.place in ("own_devices", "own_card"):
        return _own(situation)
    return needs_register(situation) if situation.place == "incident" else _CHOSEN(situation)


def _own(situation: Situation) -> str | None:
    """Only what Intune has can be asked for something."""
    chosen = situation.chosen
    if not chosen:
        return "There is no line under the cursor."
    away = next((row for row in chosen if not getattr(row, "enrolled", False)), None)
    if away is not None:
        return f"The own device of {getattr(away, 'person', 'somebody')} is not in Intune by the register."
    return needs_register(situation)


REMOTE_ACTIONS: tuple[Action, ...] = (
    Action("outbox", "shift+f10,f22", "Outbox", "Go to the remote actions: what waits, what was sent.", "Go", EVERYWHERE),
    Action(
        "remote",
        "shift+f11,f23",
        "Intune",
        "Ask Intune to do something with the marked devices, or this one: lock, locate, retire, wipe.",
        "Do",
        CUSTODY | {"incident", "own_devices", "own_card"},
        can_ask,
    ),
    Action("confirm", "f2", "confirm", "Look at the device and confirm what another operator asked for.", "Do", OUTBOX, waits, 3),
    Action("take_off", "f3", "cancel", "Take back what was not sent yet.", "Do", OUTBOX, unsent, 4),
    Action(
        "ask_intune",
        "f4",
        "follow",
        "Ask Intune what became of everything, and send what waits.",
        "Do",
        OUTBOX,
        needs_register,
        5,
    ),
    Action("reveal", "ctrl+o", "show once", "Show the passcode, PIN, code or place that it brought.", "Do", OUTBOX, has_brought),
    Action("settle_order", "ctrl+x", "settle", "Say what became of it, where Intune can't.", "Do", OUTBOX, unknown),
    Action("pending", "ctrl+s", "open/all", "Show what is open, or all.", "List", OUTBOX),
)  # fmt: skip
