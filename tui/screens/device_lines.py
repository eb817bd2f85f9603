"""The lines that say which devices a dialog is about."""

from collections.abc import Sequence

from fleet.domain.records import DeviceRow
from tui.columns import device_name, model_name, status_span
from tui.text import Span, clean, join, span
from tui.widgets.line_view import Line
from tui.widgets.painting import between, fit, width_of

MOST = 5
LEAST = 14
"""Cells under which a kind says too little."""
TYPED_FROM = 10
"""More devices than this want their number typed before anything is done."""


def lay_devices(devices: Sequence[DeviceRow], width: int) -> list[Line]:
    """A line for each of the first few devices, then how many more."""
    return lay_subjects(
        [(device_name(row), model_name(row), row.holder, status_span(row.status)) for row in devices[:MOST]],
        len(devices),
        width,
    )


def lay_subjects(rows: Sequence[tuple[str, str, str | None, Span]], many: int, width: int) -> list[Line]:
    """A line each of name, kind, whose and state, in columns as wide as they need; then how many more of `many` there are.

    Where all of it does not fit, the kind is cut first, then whose it is goes; the state always stays.
    """
    room = width - 2 - max((width_of(row[3].text) for row in rows), default=0) - 2
    names, kinds, whose = (max(map(width_of, column), default=0) for column in _columns(rows))
    names = min(names, max(room - 4, 8))
    kinds = min(kinds, max(room - names - whose - 4, LEAST))
    whose = min(whose, room - names - kinds - 4)
    if whose < LEAST // 2:
        kinds, whose = min(kinds, max(room - names - 2, 0)), 0
    lines: list[Line] = []
    for name, kind, holder, state in rows:
        left = [span("  "), Span(fit(clean(name), names), "strong"), span("  "), Span(fit(clean(kind), kinds))]
        if whose:
            left += [span("  "), Span(fit(clean(holder), whose), "dim")]
        lines.append(between(left, [state], width))
    if many > len(rows):
        lines.append([Span(join("  … and ", f"{many - len(rows):,}", " more"), "dim")])
    return lines


def _columns(rows: Sequence[tuple[str, str, str | None, Span]]) -> tuple[list[str], list[str], list[str]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] or "" for row in rows]


def number_problem(devices: Sequence[DeviceRow], typed: str) -> str | None:
    """Why a big change is not confirmed yet."""
    if len(devices) <= TYPED_FROM or typed.strip().replace(",", "") == str(len(devices)):
        return None
    return f"Type {len(devices)} to confirm that you mean all of them."
