"""How a person wants a list: its columns, their order and width, several sorts; and searches saved under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from textual import events
from textual.app import ComposeResult

from tui.columns import Column
from tui.preferences import NARROWEST, WIDEST, Arrangement, View, arrange
from tui.row_source import Ask
from tui.screens.choosing import Alternative, Choosing
from tui.screens.desk import DeskScreen
from tui.screens.dialog import Dialog
from tui.sorting import cycled, known, parts_of, told, written
from tui.text import Span, clean, join, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import fit

KEYS = (
    ("Space", "shows or hides"),
    ("← →", "narrower, wider"),
    ("- +", "order"),
    ("S", "sorts by it too"),
    ("R", "as it came"),
)


def _lay_keys(width: int) -> list[Line]:
    """The keys, as many on a line as fit."""
    lines: list[list[Span]] = [[]]
    taken = 0
    for key, words in KEYS:
        needed = len(key) + 1 + len(words) + 3
        if taken and taken + needed > width:
            lines.append([])
            taken = 0
        lines[-1] += [span(key, "key"), span(f" {words}   ", "dim")]
        taken += needed
    return list(lines)


class ColumnsScreen(Dialog[Arrangement]):
    """The columns, one a line."""

    FIELDS_FIRST = True
    SUBMIT = "set"

    def __init__(self, columns: Sequence[Column], wanted: Arrangement, sort: Sequence[tuple[str, bool]]) -> None:
        super().__init__([span("Columns", "title")])
        self.columns = {one.key: one for one in columns}
        self.first = columns[0].key
        shown = [self.first, *(key for key in wanted.columns if key in self.columns and key != self.first)]
        self.shown = set(shown if wanted.columns else self.columns)
        self.order = [*shown, *(key for key in self.columns if key not in shown)]
        self.widths = {key: width for key, width in wanted.widths.items() if key in self.columns}
        self.sort = list(sort)
        self.chosen_any = bool(wanted.columns)
        self.at = 0

    def fields(self) -> ComposeResult:
        """The keys, always in sight."""
        yield LineView(_lay_keys, id="keys")

    def lay(self, width: int) -> Sequence[Line]:
        """A line for each."""
        return [self._line(number, key, width) for number, key in enumerate(self.order)]

    def _line(self, number: int, key: str, width: int) -> Line:
        column, here = self.columns[key], number == self.at
        shown = key in self.shown
        names = [name for name, _down in self.sort]
        place = names.index(column.sort) if column.sort in names else None
        sign = "" if place is None else f"{'↓' if self.sort[place][1] else '↑'}{place + 1}"
        cells = f"{self.widths[key]} cells" if key in self.widths else ""
        title = Span(
            fit(clean(column.title), max(min(width - 26, 24), 8)), ("strong" if here else "") if shown else "faint"
        )
        return [
            span("▌ " if here else "  ", "accent"),
            span("✓ " if shown else "· ", "good" if shown else "faint"),
            title,
            Span(fit(clean(sign), 4), "accent"),
            span(cells if key != self.first else join(cells, "  always first").strip(), "dim"),
        ]

    def on_key(self, event: events.Key) -> None:
        """The keys of this dialog; there is no field to type into."""
        deeds = {"space": self._toggle, "s": self._sort_by, "r": self._as_it_came}
        moves = {
            "left": (self._widen, -1),
            "right": (self._widen, 1),
            "minus": (self._move, -1),
            "plus": (self._move, 1),
        }
        if event.key in deeds:
            deeds[event.key]()
        elif event.key in moves:
            deed, by = moves[event.key]
            deed(by)
        else:
            return
        event.stop()
        self.lines.show(self.lay, keep_place=True)

    def _toggle(self) -> None:
        key = self.order[self.at]
        if key != self.first:
            self.shown ^= {key}
            self.chosen_any = True

    def _sort_by(self) -> None:
        if name := self.columns[self.order[self.at]].sort:
            self.sort = cycled(self.sort, name)
        else:
            self.complain("This list can't be sorted by that.")

    def _as_it_came(self) -> None:
        self.order, self.shown = list(self.columns), set(self.columns)
        self.widths, self.sort, self.chosen_any = {}, [], False

    def _widen(self, by: int) -> None:
        key = self.order[self.at]
        now = self.widths.get(key, self.columns[key].width)
        self.widths[key] = min(max(now + by, NARROWEST), WIDEST)

    def _move(self, by: int) -> None:
        to = self.at + by
        if self.at and 0 < to < len(self.order):
            self.order[self.at], self.order[to] = self.order[to], self.order[self.at]
            self.at, self.chosen_any = to, True

    def do_choose_up(self) -> None:
        """The column above."""
        self._go(-1)

    def do_choose_down(self) -> None:
        """The column below."""
        self._go(1)

    def _go(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), len(self.order) - 1)
        self.complain(None)
        self.lines.show(self.lay, keep_place=True)
        top, height = self.lines.scroll_offset.y, self.lines.size.height
        if not top <= self.at < top + height:
            self.lines.scroll_to(y=self.at - height // 2, animate=False)

    def do_submit(self) -> None:
        """Give the answer back."""
        columns = tuple(key for key in self.order if key in self.shown) if self.chosen_any else ()
        self.dismiss(Arrangement(columns, self.widths, written(self.sort)))


def ask_columns(desk: DeskScreen[Any]) -> None:
    """Choose the columns of a list, and keep the choice."""
    fleet = desk.fleet

    def answered(wanted: Arrangement | None) -> None:
        if wanted is None:
            return
        fleet.prefer(fleet.preferences.arranged(desk.PLACE, wanted))
        desk.table.set_columns(arrange(desk.COLUMNS, wanted))
        sort = known(wanted.sort, desk.COLUMNS) or desk.FIRST_ASK.sort
        desk.ask(replace(desk.source.asked, sort=sort, descending=False, by_column=True))

    wanted, asked = fleet.preferences.arrangement(desk.PLACE), desk.source.asked
    as_it_came = not wanted.sort and asked.sort == desk.FIRST_ASK.sort and not asked.descending
    fleet.push_screen(ColumnsScreen(desk.COLUMNS, wanted, [] if as_it_came else parts_of(asked)), answered)


# --- saved views -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picked:
    """What is to be done with which view."""

    deed: Literal["open", "save", "forget"]
    view: View


class ViewsScreen(Choosing[Picked]):
    """The saved views of a list; a name that is typed saves the present search under it."""

    SUBMIT = "open"

    def __init__(self, present: View, views: Sequence[View]) -> None:
        super().__init__([span("Saved views", "title")])
        self.present, self.views = present, views
        self.called = Entry("", "Type a name to save the present search under it", id="name")
        self._forget: View | None = None

    def fields(self) -> ComposeResult:
        """A name."""
        yield from self.field("Name", self.called)

    def on_mount(self) -> None:
        """The views, or what to do without any."""
        self._offer()
        super().on_mount()

    def _offer(self) -> None:
        typed = self.called.value.strip()
        fits = [one for one in self.views if typed.casefold() in one.name.casefold()]
        self.options = [Alternative(f"open:{one.name}", span(one.name, "strong"), _told(one)) for one in fits]
        if typed:
            again = any(one.name == typed for one in self.views)
            label = Span(join("save as ", typed, " again" if again else ""), "accent")
            self.options.append(Alternative("save", label, _told(self.present)))
            self.at = 0 if again else len(self.options) - 1
        self.at = min(self.at, max(len(self.options) - 1, 0))

    def on_input_changed(self) -> None:
        """Another name."""
        self._forget = None
        self._offer()
        self.complain(None)
        self.lines.show(self.lay)

    def lay(self, width: int) -> Sequence[Line]:
        """The views."""
        del width
        nothing: list[Line] = [[span("  No view of this list is saved yet.", "dim")]]
        hint: list[Line] = [[], [span("  Delete", "key"), span(" forgets one.", "dim")]] if self.views else []
        return [*(self.lay_options() or nothing), *hint, []]

    def on_key(self, event: events.Key) -> None:
        """Delete forgets the chosen view, when it is said twice."""
        if event.key == "delete" and not self.called.value and self.options:
            event.stop()
            view = next(one for one in self.views if f"open:{one.name}" == self.choice)
            if self._forget == view:
                self.dismiss(Picked("forget", view))
            else:
                self._forget = view
                self.complain(f"Delete once more forgets {view.name}.")

    def do_submit(self) -> None:
        """Give the answer back."""
        if not self.options:
            self.complain("Type a name to save the present search.")
        elif self.choice == "save":
            self.dismiss(Picked("save", replace(self.present, name=self.called.value.strip())))
        else:
            view = next(one for one in self.views if f"open:{one.name}" == self.choice)
            self.dismiss(Picked("open", view))


def _told(view: View) -> str:
    parts = (view.text or "everything", view.group, told(Ask(sort=view.sort), ()) or None)
    return " · ".join(part for part in parts if part)


def ask_views(desk: DeskScreen[Any]) -> None:
    """Save the present search, or go to a saved one."""
    fleet = desk.fleet
    asked = desk.source.asked
    group = asked.group if isinstance(asked.group, str) else None
    present = View("", desk.PLACE, desk.search.value.strip(), written(parts_of(asked)), group)

    def answered(picked: Picked | None) -> None:
        if picked is None:
            return
        if picked.deed == "open":
            desk.search.value = picked.view.text
            sort = known(picked.view.sort, desk.COLUMNS) or desk.FIRST_ASK.sort
            wanted = picked.view.group if picked.view.group is not None else desk.FIRST_ASK.group
            asked = replace(desk.source.asked, text=picked.view.text, sort=sort, descending=False, group=wanted)
            desk.ask(replace(asked, by_column=sort != desk.FIRST_ASK.sort))
        elif picked.deed == "save":
            fleet.prefer(fleet.preferences.with_view(picked.view))
            fleet.notify(join("Saved as ", picked.view.name, "."))
        else:
            fleet.prefer(fleet.preferences.without(picked.view))
            fleet.notify(join("Forgotten: ", picked.view.name, "."))

    fleet.push_screen(ViewsScreen(present, fleet.preferences.views_of(desk.PLACE)), answered)
