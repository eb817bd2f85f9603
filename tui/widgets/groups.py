"""A column of groups with counts beside a list; a click narrows the list to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.columns import SEVERITY_SIGNS
from tui.text import Span, clean, span
from tui.widgets.line_view import Line, LineView
from tui.widgets.painting import fit


@dataclass(frozen=True, slots=True)
class Group:
    """One line: what the list is narrowed to, and how many there are."""

    key: str | None
    title: str
    count: int
    severity: str = ""


class Groups(LineView):
    """The groups, one of them here."""

    def __init__(self) -> None:
        super().__init__(id="groups")
        self.groups: Sequence[Group] = ()
        self.here: str | None = None

    def set(self, groups: Sequence[Group], here: str | None) -> None:
        """Show these groups and which one the list is narrowed to."""
        self.groups, self.here = groups, here
        self.show(self._lay_groups, keep_place=True)

    def at(self, line: int) -> Group | None:
        """The group on a line."""
        return self.groups[line] if 0 <= line < len(self.groups) else None

    def following(self, here: str | None) -> str | None:
        """The key of the next group, after the last the first."""
        keys = [group.key for group in self.groups]
        return keys[(keys.index(here) + 1) % len(keys)] if here in keys else (keys[0] if keys else here)

    def _lay_groups(self, width: int) -> list[Line]:
        return [self._line(group, width) for group in self.groups]

    def _line(self, group: Group, width: int) -> Line:
        here = group.key == self.here
        sign, ink = SEVERITY_SIGNS.get(group.severity, (" ", ""))
        return [
            span("▌" if here else " ", "accent"),
            span(f"{sign} ", ink),
            Span(fit(clean(group.title), max(width - 11, 4)), "strong" if here else ""),
            Span(fit(clean(f"{group.count:,}"), 6, right=True), "dim"),
            span(" "),
        ]
