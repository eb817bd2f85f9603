"""What each action does on a list screen, by action id. The table `tui.actions` says when it is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from fleet.domain.records import DeviceRow, EventRow
from tui.text import counted

if TYPE_CHECKING:
    from tui.screens.desk import DeskScreen

Deed = Callable[["DeskScreen[Any]"], None]


def _open(desk: DeskScreen[Any]) -> None:
    """Enter: exactly what was typed, else the line under the cursor once the list answers the same text."""
    from tui.screens.devices import DevicesScreen

    typed = desk.search.value.strip()
    if typed and isinstance(desk, DevicesScreen):
        desk.resolve(typed)
    else:
        open_when_read(desk)


def open_when_read(desk: DeskScreen[Any]) -> None:
    """Open the cursor row, after the rows for the present text have arrived."""
    if desk.source.is_current:
        desk.open_row()
    else:
        desk._open_when_read = True


def _back(desk: DeskScreen[Any]) -> None:
    if desk.search.value:
        desk.search.value = ""
    elif desk.source.asked.group is not None:
        desk.ask(replace(desk.source.asked, group=None))
    elif desk.table.marks:
        desk.table.clear_marks()
    elif desk.PLACE != "devices":
        desk.fleet.switch_mode("devices")
    else:
        desk.fleet.notify("This is the first screen. ^Q leaves Fleet.")


def _undo(desk: DeskScreen[Any]) -> None:
    row = desk.table.row
    if isinstance(row, EventRow):
        desk.fleet.custody.ask_undo(row.id, row.sentence)
    else:
        desk.fleet.custody.ask_undo(desk.fleet.custody.done[-1], "your last step")


def _redo(desk: DeskScreen[Any]) -> None:
    desk.fleet.custody.ask_undo(desk.fleet.custody.undone[-1], "the undo", redo=True)


def _mark_all(desk: DeskScreen[Any]) -> None:
    from tui.screens.desk import MARK_ALL

    ask = desk.source.asked

    def marked(rows: list[Any]) -> None:
        if len(rows) > MARK_ALL:
            desk.fleet.notify(f"More than {MARK_ALL:,} match. Narrow the search first.", severity="warning")
            return
        desk.table.mark(rows)
        desk.fleet.notify(f"{counted(len(rows), *desk.NOUN)} marked.")

    desk.fleet.background.read(
        "mark-all", lambda register: list(desk.fetch(register, ask, 0, MARK_ALL + 1)), marked, desk.fleet.trouble
    )


def _sort(desk: DeskScreen[Any]) -> None:
    names = [column.sort for column in desk.COLUMNS if column.sort]
    ask = desk.source.asked
    following = names[(names.index(ask.sort) + 1) % len(names)] if ask.sort in names else names[0]
    desk.ask(replace(ask, sort=following, descending=False))


def _group(desk: DeskScreen[Any]) -> None:
    from tui.screens.findings import FindingsScreen

    if isinstance(desk, FindingsScreen):
        desk.next_group()


def _reverse(desk: DeskScreen[Any]) -> None:
    ask = desk.source.asked
    if ask.sort:
        desk.ask(replace(ask, descending=not ask.descending))


def _copy(desk: DeskScreen[Any]) -> None:
    """Copy, and show the value too: not every terminal takes it."""
    name = desk.name_of(desk.table.row)
    desk.fleet.copy_to_clipboard(name)
    desk.fleet.notify(f"Copied: {name}")


def _story(desk: DeskScreen[Any]) -> None:
    show_story(desk, desk.table.row)


def show_story(desk: DeskScreen[Any], row: Any) -> None:
    """Go to the history of one device or person."""
    from tui.register import Subject
    from tui.screens.history import HistoryScreen

    kind: Literal["device", "person"] = "device" if isinstance(row, DeviceRow) else "person"
    about = Subject(kind, row.id, desk.name_of(row))

    async def go() -> None:
        await desk.fleet.switch_mode("history")
        screen = desk.fleet.screen
        if isinstance(screen, HistoryScreen):
            screen.show_story(about)

    desk.fleet.run_worker(go())


def _exact(desk: DeskScreen[Any]) -> None:
    desk.fleet.exact = not desk.fleet.exact
    desk.table.show_exact(desk.fleet.glance)
    desk.something_changed()


def _refresh(desk: DeskScreen[Any]) -> None:
    desk.fleet.something_changed()


def _help(desk: DeskScreen[Any]) -> None:
    from tui.screens.help import HelpScreen

    desk.fleet.push_screen(HelpScreen(desk.PLACE, desk.fleet.keymap))


def _menu(desk: DeskScreen[Any]) -> None:
    from tui.screens.menu import MenuScreen

    def chosen(action_id: str | None) -> None:
        if action_id is not None:
            desk.action_do(action_id)

    desk.fleet.push_screen(MenuScreen(desk.situation(), desk.fleet.keymap), chosen)


def _theme(desk: DeskScreen[Any]) -> None:
    desk.fleet.notify(f"Look: {desk.fleet.next_theme().removeprefix('fleet-')}")


def _quit(desk: DeskScreen[Any]) -> None:
    desk.fleet.call_later(desk.fleet.action_quit)


DEEDS: dict[str, Deed] = {
    "help": _help,
    "open": _open,
    "issue": lambda desk: desk.fleet.custody.ask_issue(desk.situation().devices),
    "return": lambda desk: desk.fleet.custody.ask_return(desk.situation().devices),
    "story": _story,
    "refresh": _refresh,
    "menu": _menu,
    "undo": _undo,
    "redo": _redo,
    "mark": lambda desk: desk.table.toggle_mark(1),
    "mark_up": lambda desk: desk.table.toggle_mark(-1),
    "mark_all": _mark_all,
    "sort": _sort,
    "group": _group,
    "reverse": _reverse,
    "exact": _exact,
    "copy": _copy,
    "up": lambda desk: desk.table.move(-1),
    "down": lambda desk: desk.table.move(1),
    "page_up": lambda desk: desk.table.page(-1),
    "page_down": lambda desk: desk.table.page(1),
    "top": lambda desk: desk.table.move_to(0),
    "bottom": lambda desk: desk.table.move_to(len(desk.source) - 1),
    "left": lambda desk: desk.table.shift(-1),
    "right": lambda desk: desk.table.shift(1),
    "card_up": lambda desk: desk.pane.page(-1),
    "card_down": lambda desk: desk.pane.page(1),
    "theme": _theme,
    "back": _back,
    "quit": _quit,
}
"""Every action that is not simply another screen."""
