"""The lines that say which findings a dialog is about: whole sentences, on as many lines as they take."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.domain.records import FindingRow
from tui.columns import severity_span
from tui.screens.device_lines import MOST
from tui.text import Span, clean, join, span
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, wrap

SEVERITY = 10
"""Cells of the severity before a sentence."""


def lay_findings(findings: Sequence[FindingRow], width: int) -> list[Line]:
    """The first few findings, then how many more. A single one, or a pair, is told in full."""
    lines: list[Line] = []
    for row in findings[:MOST]:
        severity = severity_span(row.severity)
        pieces = wrap(clean(row.sentence), max(width - SEVERITY - 2, 8))
        for at, piece in enumerate(pieces if len(findings) < 3 else [clean(row.sentence)]):
            head = Span(fit(severity.text if not at else clean(""), SEVERITY), severity.ink)
            lines.append([span("  "), head, Span(piece)])
    if len(findings) > MOST:
        lines.append([Span(join("  … and ", f"{len(findings) - MOST:,}", " more"), "dim")])
    return lines
