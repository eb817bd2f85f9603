"""Every action of the terminal, declared once: its keys, name, help, where it is, and why it may not be possible.

Footer, help screen, menu and key bindings are made from this table. `[keys]` in config.toml maps an action's id
to other keys. Printable keys are never bound: they search, because a scanner is a keyboard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from tui.action import CUSTODY, DIALOG, EVERYWHERE, LISTS, PLACES, WITH_ROW, Action
from tui.byod_actions import BYOD_ACTIONS
from tui.paper_actions import PAPER_ACTIONS
from tui.place_actions import PLACE_ACTIONS
from tui.possible import (
    can_issue,
    can_redo,
    can_undo,
    decidable,
    is_held,
    is_lent,
    may_move,
    needs_register,
    needs_row,
    of_devices,
)
from tui.remote_actions import REMOTE_ACTIONS

ACTIONS: tuple[Action, ...] = (
    Action("help", "f1,ctrl+g", "help", "Show all keys of this screen.", "Find", EVERYWHERE, footer=1),
    Action(
        "open",
        "enter",
        "open",
        "Open exactly what was typed or scanned, else the line under the cursor.",
        "Find",
        footer=2,
    ),
    Action(
        "issue",
        "f2",
        "issue",
        "Issue the marked devices, or this one, to a person, a site or a team.",
        "Do",
        CUSTODY,
        of_devices(can_issue),
        3,
    ),
    Action(
        "return",
        "f3",
        "return",
        "Take the marked devices, or this one, back.",
        "Do",
        CUSTODY,
        of_devices(is_held),
        4,
    ),
    Action(
        "status",
        "ctrl+o",
        "status",
        "Move the marked devices, or this one, to another status: repair, lost, found, retired, disposed.",
        "Do",
        CUSTODY,
        of_devices(may_move),
        5,
    ),
    Action(
        "swap",
        "ctrl+x",
        "swap",
        "Take this device back and give its holder another one, on the same terms.",
        "Do",
        CUSTODY,
        of_devices(is_held, one_only=True),
    ),
    Action(
        "transfer",
        "ctrl+f",
        "pass on",
        "Pass the marked devices, or this one, from their holder to another person.",
        "Do",
        CUSTODY,
        of_devices(is_held),
    ),
    Action(
        "extend",
        "shift+f2,f14",
        "extend",
        "Let the loans of the marked devices, or of this one, run on until another day.",
        "Do",
        CUSTODY,
        of_devices(is_lent),
    ),
    Action(
        "incident",
        "ctrl+k",
        "incident",
        "Report this device lost, stolen or damaged, or open its run sheet.",
        "Do",
        CUSTODY,
        of_devices(lambda _row: None, one_only=True),
    ),
    Action(
        "acknowledge",
        "f2",
        "acknowledge",
        "Say that the marked findings, or this one, are known and why they stay.",
        "Do",
        frozenset({"findings"}),
        decidable,
        3,
    ),
    Action(
        "snooze",
        "f3",
        "snooze",
        "Put the marked findings, or this one, away until a day.",
        "Do",
        frozenset({"findings"}),
        decidable,
        4,
    ),
    Action(
        "note",
        "enter",
        "note as done",
        "Note the step under the cursor as done: now, or by hand elsewhere at a time.",
        "Do",
        frozenset({"incident"}),
        needs_register,
        2,
    ),
    Action(
        "close",
        "f3",
        "close",
        "Close the incident: the device was found, or is given up.",
        "Do",
        frozenset({"incident"}),
        needs_register,
        3,
    ),
    Action(
        "show",
        "enter",
        "open",
        "Open what the line under the cursor counts or names.",
        "Find",
        frozenset({"today"}),
        footer=2,
    ),
    Action(
        "story",
        "f4",
        "history",
        "Show the history of this line.",
        "Find",
        frozenset({"devices", "people", "card", "stock"}),
        needs_row,
        9,
    ),
    Action("refresh", "f5", "refresh", "Read again now. Changes by others arrive by themselves.", "Find", EVERYWHERE),
    Action("today", "ctrl+d", "Today", "Go to what waits for somebody today.", "Go", EVERYWHERE),
    Action("devices", "f6", "Devices", "Go to the devices.", "Go", EVERYWHERE),
    Action("people", "f7", "People", "Go to the people.", "Go", EVERYWHERE),
    Action("findings", "f8", "Drift", "Go to the findings: where sources and register differ.", "Go", EVERYWHERE),
    Action("history", "f9", "History", "Go to everything that was done, by whom and why.", "Go", EVERYWHERE),
    Action("runs", "f12", "Runs", "Go to the syncs and imports.", "Go", EVERYWHERE),
    Action("go", "ctrl+n", "places", "Go to any screen: the list of all of them.", "Go", EVERYWHERE),
    Action("menu", "f10,ctrl+p", "menu", "Find any action by name.", "Find", EVERYWHERE, footer=8),
    Action(
        "undo",
        "ctrl+z",
        "undo",
        "Undo your last step, or the step under the cursor in the history, after a preview.",
        "Do",
        EVERYWHERE,
        can_undo,
        6,
    ),
    Action("redo", "ctrl+y", "redo", "Do again what was undone.", "Do", EVERYWHERE, can_redo),
    Action("mark", "tab", "mark", "Mark this line and go down.", "Mark", why_not=needs_row, footer=7),
    Action("mark_up", "shift+tab", "mark up", "Mark this line and go up.", "Mark", why_not=needs_row),
    Action(
        "mark_range",
        "shift+end,insert",
        "mark to here",
        "Mark every line from the one that was marked last to this; so does a click with Shift.",
        "Mark",
        why_not=needs_row,
    ),
    Action("mark_all", "ctrl+a", "mark all", "Mark all lines that match, up to 2,000.", "Mark"),
    Action(
        "sort",
        "ctrl+s",
        "sort",
        "Sort by the next column. A click on a title sorts too.",
        "List",
        frozenset({"devices"}),
        footer=10,
    ),
    Action(
        "group",
        "ctrl+s",
        "group",
        "Narrow the list to the next kind of finding, then to all.",
        "List",
        frozenset({"findings"}),
        footer=5,
    ),
    Action("reverse", "ctrl+r", "reverse", "Turn the order round.", "List", frozenset({"devices"})),
    Action("exact", "ctrl+t", "exact times", "Show exact times instead of ages, and back.", "List", EVERYWHERE),
    Action("copy", "ctrl+c", "copy", "Copy the tag, serial or name of this line.", "List", WITH_ROW, needs_row),
    Action(
        "export",
        "ctrl+e",
        "export",
        "Write the lines that match to a workbook, a PDF, CSV or JSON file.",
        "List",
        LISTS - {"reports"},
        needs_register,
        11,
    ),
    Action(
        "up",
        "up",
        "up",
        "Go up.",
        "Move",
        LISTS | {"today", "incident", "stocktake", "scanning", "imports", "onboarding", "commands", "health"},
    ),
    Action(
        "down",
        "down",
        "down",
        "Go down.",
        "Move",
        LISTS | {"today", "incident", "stocktake", "scanning", "imports", "onboarding", "commands", "health"},
    ),
    Action("page_up", "pageup", "page up", "Go up by a screen.", "Move", EVERYWHERE | DIALOG),
    Action("page_down", "pagedown", "page down", "Go down by a screen.", "Move", EVERYWHERE | DIALOG),
    Action("top", "ctrl+home", "first", "Go to the first line.", "Move"),
    Action("bottom", "ctrl+end", "last", "Go to the last line.", "Move"),
    Action("left", "shift+left", "left", "Show columns further left.", "Move"),
    Action("right", "shift+right", "right", "Show columns further right.", "Move"),
    Action("card_up", "ctrl+up", "card up", "Scroll the card beside the list up.", "Move"),
    Action("card_down", "ctrl+down", "card down", "Scroll the card beside the list down.", "Move"),
    Action(
        "theme",
        "ctrl+l",
        "look",
        "Change to the next look: dark, light, high contrast, the terminal's own.",
        "Look",
        EVERYWHERE,
    ),
    Action("back", "escape", "back", "Clear the search, then the marks, then go back.", "Find", EVERYWHERE),
    Action("submit", "f2", "do it", "Do what the dialog says, from any of its fields.", "Dialog", DIALOG, footer=1),
    Action(
        "next",
        "enter",
        "next",
        "Go to the next field; in the last one do what the dialog says.",
        "Dialog",
        DIALOG,
        footer=2,
    ),
    Action("cancel", "escape", "cancel", "Close the dialog and change nothing.", "Dialog", DIALOG, footer=3),
    Action("choose_up", "up", "up", "Choose the line above.", "Dialog", DIALOG),
    Action("choose_down", "down", "down", "Choose the line below.", "Dialog", DIALOG),
    Action(
        "clear",
        "ctrl+u",
        "clear",
        "Clear the line that is typed in.",
        "Find",
        LISTS | DIALOG | {"stocktake", "scanning", "imports", "commands"},
    ),
    Action("quit", "ctrl+q", "quit", "Leave Fleet.", "Go", EVERYWHERE),
)
ACTIONS += PLACE_ACTIONS + PAPER_ACTIONS + REMOTE_ACTIONS + BYOD_ACTIONS
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def actions_of(place: str) -> list[Action]:
    """The actions a place has, in the order of the table."""
    return [action for action in ACTIONS if place in action.places]


def bindings_of(place: str) -> list[BindingType]:
    """Bindings for a place's screen; they come before those of the field that has the focus."""
    return [
        Binding(action.keys, f"do('{action.id}')", action.label, show=False, priority=True, id=action.id)
        for action in actions_of(place)
    ]


def footer_of(place: str, most: int = 7) -> list[Action]:
    """The actions a place's footer names: the most useful, never more than fit."""
    shown = [action for action in actions_of(place) if action.footer]
    return sorted(shown, key=lambda action: action.footer)[:most]


def keys_of(action: Action, keymap: Mapping[str, str]) -> str:
    """The keys of an action after the configuration had its say."""
    return keymap.get(action.id, action.keys)


def key_text(keys: str) -> str:
    """The first of some keys as people write it: `f2,x` is `F2`, `ctrl+z` is `^Z`."""
    key = keys.split(",", maxsplit=1)[0]
    names = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "enter": "Enter", "tab": "Tab"}
    parts = [names.get(part, part) for part in key.split("+")]
    if parts[0] == "ctrl" and len(parts) == 2:
        return "^" + parts[1].title()
    return "+".join(
        part.upper() if part[:1] == "f" and part[1:].isdigit() else part[:1].upper() + part[1:] for part in parts
    )


def keymap_problems(keymap: Mapping[str, str]) -> list[str]:
    """What is wrong with `[keys]` of the configuration, all at once: unknown ids, printable keys, clashes."""
    problems = [f"[keys] names {key}, which is no action." for key in keymap if key not in BY_ID]
    for name, keys in keymap.items():
        if name in BY_ID and _has_printable(keys):
            problems.append(f"[keys] {name}: a printable key always searches; use F1 to F12 or ctrl.")
    for place in (*PLACES, "card", "own_card", "incident", "dialog"):
        problems.extend(problem for problem in _clashes(actions_of(place), keymap) if problem not in problems)
    return problems


def usable_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """What of `[keys]` holds: keys that would never be typed, of actions that there are. The rest stays as it was."""
    return {name: keys for name, keys in keymap.items() if name in BY_ID and not _has_printable(keys)}


def _has_printable(keys: str) -> bool:
    return any(len(key.strip()) <= 1 for key in keys.split(","))


def _clashes(actions: Iterable[Action], keymap: Mapping[str, str]) -> list[str]:
    taken: dict[str, str] = {}
    problems = []
    for action in actions:
        for key in keys_of(action, keymap).split(","):
            first = taken.setdefault(key.strip(), action.id)
            if first != action.id:
                problems.append(f"[keys] gives {key.strip()} to both {first} and {action.id}; {first} has it.")
    return problems
