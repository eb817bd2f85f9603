"""The findings: groups with counts, the list, what each rests on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.domain.records import FindingRow
from tui.actions import bindings_of
from tui.cards import lay_finding
from tui.columns import FINDINGS, SEVERITY_SIGNS, Column
from tui.register import FindingCard, FindingGroup, Register
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.text import Span, clean, span
from tui.widgets.line_view import Lay, Line, LineView
from tui.widgets.painting import fit


class Groups(LineView):
    """The rules that found something, with counts; a click narrows the list to one."""

    def __init__(self) -> None:
        super().__init__(id="groups")
        self.groups: Sequence[FindingGroup] = ()
        self.here: str | None = None

    def set(self, groups: Sequence[FindingGroup], here: str | None) -> None:
        """Show these groups and which one the list is narrowed to."""
        self.groups, self.here = groups, here
        self.show(self._lay_groups, keep_place=True)

    def rule_at(self, line: int) -> str | None:
        """The rule on a line; None is all of them."""
        return self.groups[line - 1].rule if 0 < line <= len(self.groups) else None

    def _lay_groups(self, width: int) -> list[Line]:
        total = sum(group.count for group in self.groups)
        lines = [self._line(None, "All findings", "", total, width)]
        lines += [self._line(group.rule, group.title, group.severity, group.count, width) for group in self.groups]
        return lines

    def _line(self, rule: str | None, title: str, severity: str, count: int, width: int) -> Line:
        here = rule == self.here
        sign, ink = SEVERITY_SIGNS.get(severity, (" ", ""))
        number = fit(clean(f"{count:,}"), 6, right=True)
        text = fit(clean(title), max(width - 11, 4))
        return [
            span("▌" if here else " ", "accent"),
            span(f"{sign} ", ink),
            Span(text, "strong" if here else ""),
            Span(number, "dim"),
            span(" "),
        ]


class FindingsScreen(DeskScreen[FindingRow]):
    """What a person has to decide."""

    PLACE = "findings"
    COLUMNS: ClassVar[Sequence[Column]] = FINDINGS
    PLACEHOLDER = "Type a tag, serial, name, or part of what was found"
    NOUN = ("finding", "findings")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("findings")

    def __init__(self) -> None:
        super().__init__()
        self.groups = Groups()

    def side(self) -> ComposeResult:
        """The groups."""
        yield self.groups

    def fetch(self, register: Register, ask: Ask, offset: int, limit: int) -> Sequence[FindingRow]:
        """Findings that match."""
        return register.findings(ask.text, ask.group, offset, limit)

    def count(self, register: Register, ask: Ask) -> int:
        """How many match."""
        return register.count_findings(ask.text, ask.group)

    def read_card(self, register: Register, row: FindingRow) -> FindingCard:
        """What it rests on."""
        return register.finding_card(row.id)

    def lay_card(self, card: FindingCard) -> Lay:
        """Its lines."""
        return lay_finding(card, self.fleet.glance)

    def name_of(self, row: FindingRow) -> str:
        """The subject."""
        return row.subject

    def whole(self) -> int | None:
        """All open findings."""
        return sum(self.fleet.summary.findings.values()) if self.fleet.summary else None

    def ask(self, ask: Ask) -> None:
        """Ask, and read the groups anew."""
        super().ask(ask)
        self._read_groups()

    def something_changed(self) -> None:
        """The groups may have changed as well."""
        super().something_changed()
        self._read_groups()

    def _read_groups(self) -> None:
        self.fleet.background.look(
            "groups",
            lambda register: register.finding_groups(),
            lambda groups: self.groups.set(groups, self.source.asked.group),
            self.fleet.trouble,
        )

    def next_group(self) -> None:
        """Narrow the list to the next rule, then to all."""
        rules: list[str | None] = [None, *(group.rule for group in self.groups.groups)]
        here = self.source.asked.group
        at = rules.index(here) if here in rules else 0
        self.ask(replace(self.source.asked, group=rules[(at + 1) % len(rules)]))

    def on_click(self, event: events.Click) -> None:
        """A click on a group narrows to it."""
        if event.widget is self.groups:
            rule = self.groups.rule_at(self.groups.scroll_offset.y + event.get_content_offset_capture(self.groups).y)
            self.ask(replace(self.source.asked, group=rule))
