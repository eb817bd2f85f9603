"""What a person wants the screen to look like: columns, widths, order, saved views, colours. Kept per operator in a small file.

A file that can't be read is no reason not to work: the lists look as they come. Unknown columns are left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fleet.errors import UsageProblem
from tui.columns import Column

NARROWEST, WIDEST = 4, 80
"""Cells a column may be made."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The columns of a list, in order, and what it is sorted by."""

    columns: tuple[str, ...] = ()
    """Keys of the columns that are shown; none: as they come."""
    widths: Mapping[str, int] = field(default_factory=dict)
    sort: str = ""
    """Names of sorts with commas, each with a minus when it is turned round; "" as it comes."""


@dataclass(frozen=True, slots=True)
class View:
    """A search that was given a name."""

    name: str
    place: str
    text: str = ""
    sort: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything one operator prefers."""

    lists: Mapping[str, Arrangement] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    look: str = ""
    """The theme that was chosen last; "" for the one that suits the terminal."""

    def arrangement(self, place: str) -> Arrangement:
        """How a list is arranged."""
        return self.lists.get(place, Arrangement())

    def views_of(self, place: str) -> list[View]:
        """The saved views of a list, by name."""
        return sorted((one for one in self.views if one.place == place), key=lambda one: one.name.casefold())

    def arranged(self, place: str, arrangement: Arrangement) -> Preferences:
        """With a list arranged otherwise."""
        return replace(self, lists={**self.lists, place: arrangement})

    def with_view(self, view: View) -> Preferences:
        """With a view saved, in place of one of that name."""
        return replace(self, views=(*self.without(view).views, view))

    def without(self, view: View) -> Preferences:
        """Without a view."""
        kept = (one for one in self.views if (one.place, one.name) != (view.place, view.name))
        return replace(self, views=tuple(kept))


def arrange(columns: Sequence[Column], arrangement: Arrangement) -> Sequence[Column]:
    """The columns as they are wanted: the first one always, then those chosen, the first chosen staying longest."""
    widths = arrangement.widths
    if not arrangement.columns and not widths:
        return columns
    by_key = {one.key: one for one in columns}
    chosen = [by_key[key] for key in arrangement.columns if key in by_key and key != columns[0].key]
    shown = [columns[0], *chosen] if arrangement.columns else list(columns)
    sized = [_sized(one, widths[one.key]) if one.key in widths else one for one in shown]
    if not arrangement.columns:
        return sized
    return [replace(one, priority=at, wish=(100, one.wish[1])) for at, one in enumerate(sized, 1)]


def _sized(column: Column, width: int) -> Column:
    """A column of a width that a person chose: it does not stretch."""
    return replace(column, width=min(max(width, NARROWEST), WIDEST), flex=0, wish=(0, 0))


# --- the file ----------------------------------------------------------------------------------------------------


def load_preferences(path: Path, operator: str) -> Preferences:
    """What an operator prefers; nothing in particular when the file says nothing that makes sense."""
    known = _read(path).get(operator)
    if not isinstance(known, dict):
        return Preferences()
    try:
        lists = {
            str(place): Arrangement(
                tuple(map(str, one.get("columns", ()))),
                {str(key): int(width) for key, width in one.get("widths", {}).items()},
                str(one.get("sort", "")),
            )
            for place, one in known.get("lists", {}).items()
        }
        views = tuple(View(**{key: one.get(key) or "" for key in ("name", "place", "text", "sort")}, group=one.get("group"))
                      for one in known.get("views", ()))  # fmt: skip
    except (AttributeError, TypeError, ValueError):
        return Preferences()
    look = known.get("look")
    return Preferences(lists, views, look if isinstance(look, str) else "")


def save_preferences(path: Path, operator: str, preferences: Preferences) -> None:
    """Write them beside those of the others; raises `UsageProblem` when the file can't be written."""
    known = _read(path)
    known[operator] = {
        "lists": {place: asdict(one) for place, one in preferences.lists.items()},
        "views": [asdict(one) for one in preferences.views],
        "look": preferences.look,
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageProblem(f"{path} can't be written ({error.strerror}): this lasts until Fleet is left.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
