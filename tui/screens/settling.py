"""Settle findings as their rule suggests, or in another of its ways; say who sees to them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fleet.domain.records import FindingRow
from fleet.domain.rules import RULES
from fleet.domain.rules.fixes import Fix
from tui.screens.choosing import Alternative, Choosing, warned
from tui.screens.device_lines import TYPED_FROM
from tui.screens.dialog import Dialog
from tui.screens.finding_lines import lay_findings
from tui.text import Span, clean, counted, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import wrap
from tui.writes import Assign, Settle

_FIXES = {rule.key: rule.fixes for rule in RULES}
_ELSEWHERE = {rule.key: rule.elsewhere for rule in RULES}


def fixes_of(findings: Sequence[FindingRow]) -> list[Fix]:
    """What settles all of them: of several rules only what each suggests."""
    rules = {row.rule for row in findings}
    known = [_FIXES.get(rule, ()) for rule in rules]
    if not known or not all(known):
        return []
    return list(known[0]) if len(rules) == 1 else []


class SettleScreen(Choosing[Settle]):
    """The ways in which the chosen findings can be settled here."""

    SUBMIT = "settle"

    def __init__(self, findings: Sequence[FindingRow]) -> None:
        what = findings[0].subject if len(findings) == 1 else counted(len(findings), "finding")
        super().__init__([span("Settle ", "title"), span(what, "strong")])
        self.findings = findings
        self.fixes = fixes_of(findings)
        self.mixed = not self.fixes and all(_FIXES.get(row.rule) for row in findings)
        self.options = [Alternative(one.key, span(one.title)) for one in self.fixes]
        if self.mixed:
            self.options = [Alternative("", span("As each rule suggests"))]
        self.reason = Entry("", "Optional: ticket, why", id="reason")
        self.number = Entry("", f"Type {len(findings)} to confirm", id="number")
        self._warnings: Sequence[str] = ()

    def fields(self) -> ComposeResult:
        """Why; and the number when there are many."""
        yield from self.field("Reason", self.reason)
        if len(self.findings) > TYPED_FROM:
            yield from self.field("Confirm", self.number)

    def on_mount(self) -> None:
        """Look what it would do."""
        super().on_mount()
        self.chosen()

    def chosen(self) -> None:
        """Another way does something else: try it and take it back."""
        if self.options:
            asked = self.choice

            def known(warnings: Sequence[str]) -> None:
                if self.is_mounted and asked == self.choice:
                    self._warnings = warnings
                    self.lines.show(self.lay, keep_place=True)

            self._warnings = ()
            self.fleet.custody.try_out(self._write(), known)

    def _write(self) -> Settle:
        ids = tuple(row.id for row in self.findings)
        return Settle(self.reason.value.strip() or None, finding_ids=ids, wanted=self.choice or None)

    def lay(self, width: int) -> Sequence[Line]:
        """What was found, what settles it, what that changes."""
        lines = [*lay_findings(self.findings, width), []]
        if not self.options:
            told = next(
                (_ELSEWHERE[row.rule] for row in self.findings if not _FIXES.get(row.rule) and row.rule in _ELSEWHERE),
                "",
            )
            told = f"Nothing can be applied here: {told or 'acknowledge it, or put it right where it comes from.'}"
            return [*lines, *([span("  "), Span(piece, "warn")] for piece in wrap(clean(told), max(width - 2, 8))), []]
        lines += self.lay_options()
        fix = next((one for one in self.fixes if one.key == self.choice), None)
        for told in (fix.changes, f"First: {fix.first}" if fix.first else "") if fix is not None else ():
            lines += [[span("  "), Span(piece, "dim")] for piece in wrap(clean(told), max(width - 2, 8)) if told]
        return [*lines, *warned(self._warnings, width), []]

    def do_submit(self) -> None:
        """Give the answer back if something can be done."""
        if not self.options:
            self.complain("Nothing can be applied here. F2 acknowledges it.")
        elif len(self.findings) > TYPED_FROM and self.number.value.strip() != str(len(self.findings)):
            self.complain(f"Type {len(self.findings)} to confirm that you mean all of them.")
            self.number.focus()
        else:
            self.dismiss(self._write())


class AssignScreen(Dialog[Assign]):
    """Who sees to the chosen findings."""

    SUBMIT = "assign"

    def __init__(self, findings: Sequence[FindingRow]) -> None:
        what = findings[0].subject if len(findings) == 1 else counted(len(findings), "finding")
        super().__init__([span("Who sees to ", "title"), span(what, "strong")])
        self.findings = findings
        self.operator = Entry("", "An operator; me; nobody", id="operator")

    def fields(self) -> ComposeResult:
        """The operator."""
        yield from self.field("Operator", self.operator)

    def lay(self, width: int) -> Sequence[Line]:
        """What was found."""
        return [*lay_findings(self.findings, width), []]

    def do_submit(self) -> None:
        """Give the answer back."""
        name = self.operator.value.strip()
        if not name:
            self.complain("Name an operator; me, or nobody.")
        else:
            self.dismiss(Assign(finding_ids=tuple(row.id for row in self.findings), operator=name))
