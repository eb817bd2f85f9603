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
from tui.columns import FINDINGS, Column
from tui.register import FindingCard, FindingGroup, Register
from tui.row_source import Ask
from tui.screens.desk import DeskScreen
from tui.text import span
from tui.widgets.groups import Group, Groups
from tui.widgets.line_view import Lay, Line


class FindingsScreen(DeskScreen[FindingRow]):
    """What a person has to decide."""

    PLACE = "findings"
    COLUMNS: ClassVar[Sequence[Column]] = FINDINGS
    PLACEHOLDER = "Type a tag, serial, name, or part of what was found"
    NOUN = ("finding", "findings")
    STACKED = True
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

    def in_full(self, row: FindingRow) -> str:
        """What was found."""
        return row.sentence

    def whole(self) -> int | None:
        """All open findings."""
        return sum(self.fleet.summary.findings.values()) if self.fleet.summary else None

    def nothing(self) -> list[Line]:
        """Nothing is a good sign here."""
        return [[span("  ✓ ", "good"), span("No open findings: the register and its sources agree.")]]

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
            self._groups_are,
            self.fleet.trouble,
        )

    def _groups_are(self, groups: Sequence[FindingGroup]) -> None:
        lines = [Group(one.rule, one.title, one.count, one.severity) for one in groups]
        everything = Group(None, "All findings", sum(one.count for one in groups))
        self.groups.set([everything, *lines], self.source.asked.group)

    def next_group(self) -> None:
        """Narrow the list to the next rule, then to all."""
        self.ask(replace(self.source.asked, group=self.groups.following(self.source.asked.group)))

    def on_click(self, event: events.Click) -> None:
        """A click on a group narrows to it."""
        if event.widget is self.groups:
            line = self.groups.scroll_offset.y + event.get_content_offset_capture(self.groups).y
            if (group := self.groups.at(line)) is not None:
                self.ask(replace(self.source.asked, group=group.key))
