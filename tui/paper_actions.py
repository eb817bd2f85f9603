"""The actions of receipts, labels, what is kept for somebody, findings to settle, the past, and the command line."""

from __future__ import annotations

from tui.action import CUSTODY, EVERYWHERE, Action
from tui.possible import Situation, can_keep, decidable, needs_register, needs_row, of_devices

RECEIPTS, AS_AT, COMMANDS = frozenset({"receipts"}), frozenset({"as_at"}), frozenset({"commands"})
STOCK, FINDINGS = frozenset({"stock"}), frozenset({"findings"})
RUNS, PEOPLE = frozenset({"runs"}), frozenset({"people"})
LOOKS_BACK, HAVE_PAPERS = frozenset({"devices", "card", "as_at"}), frozenset({"devices", "people", "card", "stock"})
ANY_DEVICE = of_devices(lambda _row: None)


def signable(situation: Situation) -> str | None:
    """Whether there is a draft under the cursor."""
    if getattr(situation.row, "accepted_at", None) is not None:
        return "What was accepted is never changed."
    return needs_row(situation) or needs_register(situation)


PAPER_ACTIONS: tuple[Action, ...] = (
    Action("receipts", "ctrl+f7", "Receipts", "Go to what people sign.", "Go", EVERYWHERE),
    Action("as_at", "ctrl+f10", "As at", "Go to the estate as at a day, read only.", "Go", EVERYWHERE),
    Action("commands", "ctrl+f8", "Commands", "Go to every command of the command line.", "Go", EVERYWHERE),
    Action("look_back", "ctrl+f2", "as at", "Show the estate as it was at the end of a day.", "Find", LOOKS_BACK),
    Action(
        "labels", "ctrl+f3", "labels", "Write labels for the marked devices, or this one.", "Do", CUSTODY, ANY_DEVICE
    ),
    Action(
        "receipt",
        "ctrl+f4",
        "receipt",
        "Make one receipt for the marked devices, or this one.",
        "Do",
        CUSTODY,
        ANY_DEVICE,
    ),
    Action(
        "papers", "ctrl+f5", "receipts", "Show the receipts of this device or person.", "Find", HAVE_PAPERS, needs_row
    ),
    Action(
        "reserve",
        "ctrl+f6",
        "keep",
        "Keep the marked devices, or this one, for somebody, from a day to a day.",
        "Do",
        CUSTODY,
        of_devices(can_keep),
    ),
    Action(
        "hand_out", "ctrl+f11", "hand out", "Issue what is kept to whom it is kept for.", "Do", STOCK, needs_register
    ),
    Action("release", "ctrl+f12", "release", "Keep it for them no longer.", "Do", STOCK, needs_register),
    Action("accept", "f2", "accept", "The receipt is signed: it never changes again.", "Do", RECEIPTS, signable, 3),
    Action("withdraw", "f3", "take away", "Take the draft away.", "Do", RECEIPTS, signable, 4),
    Action("save", "f4", "save", "Write the receipt to a PDF or text file.", "List", RECEIPTS, needs_row, 5),
    Action(
        "settle",
        "ctrl+o",
        "settle",
        "Settle the marked findings, or this one, as suggested.",
        "Do",
        FINDINGS,
        decidable,
        6,
    ),
    Action(
        "assign", "ctrl+x", "assign", "Say who sees to the marked findings, or this one.", "Do", FINDINGS, decidable
    ),
    Action("sync_now", "f2", "sync", "Read the tenants now: plan first, then for good.", "Do", RUNS, needs_register, 3),
    Action(
        "change_person", "f2", "change", "Move the person to another team, or erase them.", "Do", PEOPLE, needs_row, 3
    ),
    Action("past_view", "ctrl+s", "view", "Show the devices, or the findings, of that day.", "List", AS_AT, footer=5),
    Action(
        "run_command", "enter", "run", "Take the command under the bar, or run what is typed.", "Do", COMMANDS, footer=2
    ),
    Action(
        "preview_command", "f2", "preview", "Run it so that it only says what it would do.", "Do", COMMANDS, footer=3
    ),
)
