"""What each action does on a list screen, by action id. The table `tui.actions` says when it is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from fleet.domain.records import DeviceRow
from tui.sorting import parts_of
from tui.text import counted

if TYPE_CHECKING:
    from tui.screens.desk import DeskScreen

MARK_ALL = 2000
"""Lines that may be marked at once; more than that is no selection but a project."""

Deed = Callable[["DeskScreen[Any]"], None]


def _open(desk: DeskScreen[Any]) -> None:
    """Enter: exactly what was typed, else the line under the cursor once the list answers the same text."""
    from tui.screens.resolving import open_when_read, resolve

    typed = desk.search.value.strip()
    if typed:
        resolve(desk, typed)
    else:
        open_when_read(desk)


def _back(desk: DeskScreen[Any]) -> None:
    if desk.search.value:
        desk.search.value = ""
    elif desk.source.asked.group != desk.FIRST_ASK.group:
        desk.ask(replace(desk.source.asked, group=desk.FIRST_ASK.group))
    elif desk.table.marks:
        desk.table.clear_marks()
    elif desk.PLACE != "devices":
        desk.fleet.switch_mode("devices")
    else:
        desk.fleet.notify("This is the first screen. ^Q leaves Fleet.", severity="warning")


def _mark_all(desk: DeskScreen[Any]) -> None:
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


def mark_range(desk: DeskScreen[Any]) -> None:
    """Mark from the line that was marked last, or the first one, to the one under the cursor."""
    ask, here = desk.source.asked, desk.table.cursor
    before = desk.table.last_marked
    found = desk.source.index_of(before, here) if before is not None else None
    first, last = sorted((here if found is None else found, here))
    if last - first >= MARK_ALL:
        desk.fleet.notify(f"More than {MARK_ALL:,} lines. Mark fewer at once.", severity="warning")
        return
    desk.fleet.background.read(
        "mark-range",
        lambda register: list(desk.fetch(register, ask, first, last - first + 1)),
        desk.table.mark,
        desk.fleet.trouble,
    )


def _sort(desk: DeskScreen[Any]) -> None:
    names = [column.sort for column in desk.COLUMNS if column.sort]
    ask = desk.source.asked
    first = next((name for name, _down in parts_of(ask)), "")
    following = names[(names.index(first) + 1) % len(names)] if first in names else names[0]
    desk.ask(replace(ask, sort=following, descending=False, by_column=True))


def _group(desk: DeskScreen[Any]) -> None:
    from tui.screens.findings import FindingsScreen

    if isinstance(desk, FindingsScreen):
        desk.next_group()


def _reverse(desk: DeskScreen[Any]) -> None:
    ask = desk.source.asked
    if ask.sort:
        desk.ask(replace(ask, descending=not ask.descending, by_column=True))


def _export(desk: DeskScreen[Any]) -> None:
    from tui.screens.exporting import ask_export

    ask_export(desk)


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
    from tui.screens.place import arrive

    kind: Literal["device", "person"] = "device" if isinstance(row, DeviceRow) else "person"
    about = Subject(kind, row.id, desk.name_of(row))

    async def go() -> None:
        screen = await arrive(desk.fleet, "history")
        if isinstance(screen, HistoryScreen):
            screen.show_story(about)

    desk.fleet.run_worker(go())


def _columns(desk: DeskScreen[Any]) -> None:
    from tui.screens.arranging import ask_columns

    ask_columns(desk)


def _views(desk: DeskScreen[Any]) -> None:
    from tui.screens.arranging import ask_views

    ask_views(desk)


def _papers(action_id: str) -> Deed:
    """What is done with papers, the past and what is kept."""

    def deed(desk: DeskScreen[Any]) -> None:
        from tui.screens.papers import PAPER_DEEDS

        PAPER_DEEDS[action_id](desk)

    return deed


PAPERS = (
    *("papers", "labels", "look_back", "accept", "withdraw", "save", "release", "hand_out"),
    *("sync_now", "change_person"),
)
DEEDS: dict[str, Deed] = {
    **{action_id: _papers(action_id) for action_id in PAPERS},
    "open": _open,
    "story": _story,
    "mark": lambda desk: desk.table.toggle_mark(1),
    "mark_up": lambda desk: desk.table.toggle_mark(-1),
    "mark_all": _mark_all,
    "mark_range": mark_range,
    "sort": _sort,
    "group": _group,
    "reverse": _reverse,
    "columns": _columns,
    "views": _views,
    "copy": _copy,
    "export": _export,
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
    "back": _back,
}
"""What only lists do; the rest is in `PlaceScreen` and `Custody`."""
