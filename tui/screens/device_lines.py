"""The lines that say which devices a dialog is about."""

from collections.abc import Sequence

from fleet.domain.records import DeviceRow
from tui.columns import device_name, model_name, status_span
from tui.text import Span, clean, join, span
from tui.widgets.line_view import Line
from tui.widgets.painting import between, fit

MOST = 5
TYPED_FROM = 10
"""More devices than this want their number typed before anything is done."""


def lay_devices(devices: Sequence[DeviceRow], width: int) -> list[Line]:
    """A line for each of the first few devices, then how many more."""
    lines: list[Line] = []
    for row in devices[:MOST]:
        left = [
            span("  "),
            Span(fit(clean(device_name(row)), 13), "strong"),
            span("  "),
            Span(fit(clean(model_name(row)), 18)),
            span("  "),
            Span(fit(clean(row.holder), 20), "dim"),
        ]
        lines.append(between(left, [status_span(row.status)], width))
    if len(devices) > MOST:
        lines.append([Span(join("  … and ", f"{len(devices) - MOST:,}", " more"), "dim")])
    return lines


def number_problem(devices: Sequence[DeviceRow], typed: str) -> str | None:
    """Why a big change is not confirmed yet."""
    if len(devices) <= TYPED_FROM or typed.strip().replace(",", "") == str(len(devices)):
        return None
    return f"Type {len(devices)} to confirm that you mean all of them."
