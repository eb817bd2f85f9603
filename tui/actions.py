"""Every action of the terminal, declared once: its keys, name, help, where it is, and why it may not be possible.

Footer, help screen, menu and key bindings are made from this table. `[keys]` in config.toml maps an action's id
to other keys. Printable keys are never bound: they search, because a scanner is a keyboard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from fleet.domain.records import DeviceRow, EventRow, FindingRow, PersonRow, RunRow

    AnyRow = DeviceRow | PersonRow | FindingRow | EventRow | RunRow

PLACES = ("devices", "people", "findings", "history", "runs")
LISTS = frozenset(PLACES)
EVERYWHERE = LISTS | {"card"}
DIALOG = frozenset({"dialog"})


@dataclass(frozen=True, slots=True)
class Situation:
    """What the person has in front of them when an action is considered."""

    place: str
    row: AnyRow | None = None
    marked: Sequence[AnyRow] = ()
    is_ready: bool = True
    """False until the register is open, and while it can't be reached."""
    can_undo: bool = False
    can_redo: bool = False

    @property
    def chosen(self) -> Sequence[AnyRow]:
        """The marked rows, or the one under the cursor."""
        return self.marked or ([self.row] if self.row is not None else [])

    @property
    def devices(self) -> list[DeviceRow]:
        """The chosen devices."""
        if not self.chosen:
            return []
        from fleet.domain.records import DeviceRow

        return [row for row in self.chosen if isinstance(row, DeviceRow)]


WhyNot = Callable[[Situation], str | None]


def _always(_situation: Situation) -> str | None:
    return None


def _needs_row(situation: Situation) -> str | None:
    return None if situation.row is not None else "There is no line under the cursor."


def _needs_register(situation: Situation) -> str | None:
    return None if situation.is_ready else "The register can't be reached now."


def _issue(situation: Situation) -> str | None:
    if not situation.devices:
        return "Choose a device first: only devices are issued."
    held = [row for row in situation.devices if row.holder]
    if held:
        return f"{held[0].asset_tag or held[0].serial} is issued to {held[0].holder}. Return it first (F3)."
    gone = [row for row in situation.devices if row.status in ("retired", "disposed")]
    return f"{gone[0].asset_tag or gone[0].serial} is {gone[0].status}." if gone else _needs_register(situation)


def _return(situation: Situation) -> str | None:
    if not situation.devices:
        return "Choose a device first: only devices are returned."
    free = [row for row in situation.devices if not row.holder]
    return f"{free[0].asset_tag or free[0].serial} is not issued to anybody." if free else _needs_register(situation)


def _undo(situation: Situation) -> str | None:
    if situation.place == "history" and situation.row is not None:
        return "That is undone already." if getattr(situation.row, "undone_by", None) else _needs_register(situation)
    return (
        None
        if situation.can_undo
        else "Nothing was done in this session. F9 lists everything; older steps are undone there."
    )


def _redo(situation: Situation) -> str | None:
    return None if situation.can_redo else "Nothing was undone in this session."


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do. A screen does it in its method `do_<id>`."""

    id: str
    keys: str
    label: str
    help: str
    group: str
    places: frozenset[str] = field(default=LISTS)
    why_not: WhyNot = _always
    footer: int = 0
    """Order in the footer; 0 keeps it out."""


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
        "Issue the marked devices, or this one, to a person.",
        "Do",
        frozenset({"devices", "card"}),
        _issue,
        3,
    ),
    Action(
        "return",
        "f3",
        "return",
        "Take the marked devices, or this one, back.",
        "Do",
        frozenset({"devices", "card"}),
        _return,
        4,
    ),
    Action(
        "story",
        "f4",
        "history",
        "Show the history of this line.",
        "Find",
        frozenset({"devices", "people", "card"}),
        _needs_row,
        5,
    ),
    Action("refresh", "f5", "refresh", "Read again now. Changes by others arrive by themselves.", "Find", EVERYWHERE),
    Action("devices", "f6", "Devices", "Go to the devices.", "Go", EVERYWHERE),
    Action("people", "f7", "People", "Go to the people.", "Go", EVERYWHERE),
    Action("findings", "f8", "Drift", "Go to the findings: where sources and register differ.", "Go", EVERYWHERE),
    Action("history", "f9", "History", "Go to everything that was done, by whom and why.", "Go", EVERYWHERE),
    Action("runs", "f12", "Runs", "Go to the syncs and imports.", "Go", EVERYWHERE),
    Action("menu", "f10,ctrl+p", "menu", "Find any action or device by name.", "Find", EVERYWHERE, footer=9),
    Action(
        "undo",
        "ctrl+z",
        "undo",
        "Undo your last step, or the step under the cursor in the history, after a preview.",
        "Do",
        EVERYWHERE,
        _undo,
        6,
    ),
    Action("redo", "ctrl+y", "redo", "Do again what was undone.", "Do", EVERYWHERE, _redo),
    Action("mark", "tab", "mark", "Mark this line and go down.", "Mark", why_not=_needs_row, footer=7),
    Action("mark_up", "shift+tab", "mark up", "Mark this line and go up.", "Mark", why_not=_needs_row),
    Action("mark_all", "ctrl+a", "mark all", "Mark all lines that match, up to 2,000.", "Mark"),
    Action(
        "sort",
        "ctrl+s",
        "sort",
        "Sort by the next column. A click on a title sorts too.",
        "List",
        frozenset({"devices"}),
        footer=8,
    ),
    Action(
        "group",
        "ctrl+s",
        "next group",
        "Narrow the list to the next kind of finding, then to all.",
        "List",
        frozenset({"findings"}),
        footer=3,
    ),
    Action("reverse", "ctrl+r", "reverse", "Turn the order round.", "List", frozenset({"devices"})),
    Action("exact", "ctrl+t", "exact times", "Show exact times instead of ages, and back.", "List", EVERYWHERE),
    Action("copy", "ctrl+c", "copy", "Copy the tag, serial or name of this line.", "List", EVERYWHERE, _needs_row),
    Action("up", "up", "up", "Go up.", "Move"),
    Action("down", "down", "down", "Go down.", "Move"),
    Action("page_up", "pageup", "page up", "Go up by a screen.", "Move", EVERYWHERE),
    Action("page_down", "pagedown", "page down", "Go down by a screen.", "Move", EVERYWHERE),
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
    Action("quit", "ctrl+q", "quit", "Leave Fleet.", "Go", EVERYWHERE),
)
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
        if name in BY_ID and any(len(key.strip()) <= 1 for key in keys.split(",")):
            problems.append(f"[keys] {name}: a printable key always searches; use F1 to F12 or ctrl.")
    for place in (*PLACES, "card", "dialog"):
        problems.extend(problem for problem in _clashes(actions_of(place), keymap) if problem not in problems)
    return problems


def _clashes(actions: Iterable[Action], keymap: Mapping[str, str]) -> list[str]:
    taken: dict[str, str] = {}
    problems = []
    for action in actions:
        for key in keys_of(action, keymap).split(","):
            first = taken.setdefault(key.strip(), action.id)
            if first != action.id:
                problems.append(f"[keys] gives {key.strip()} to both {first} and {action.id}; {first} has it.")
    return problems
