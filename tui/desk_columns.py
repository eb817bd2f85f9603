"""Columns and cards of the personal devices and of the reports."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.clock import london_date
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.cards import lay_heading, lay_pair
from tui.columns import KINDS, Column, Glance, short_model
from tui.dates import say_day
from tui.files import ReportLine
from tui.text import Inert, Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import wrap

SOON = 30
"""Days before the end of a consent at which it is to be renewed."""
OVER = frozenset({"ended", "refused"})
ASKING = frozenset({"requested", "unapproved"})
"""States in which nobody has agreed yet."""
STATES: Mapping[str, tuple[str, str]] = {
    "requested": ("○", "accent"),
    "approved": ("◐", "accent"),
    "enrolled": ("●", "good"),
    "ended": ("■", "dim"),
    "refused": ("✕", "dim"),
    "unapproved": ("▲", "bad"),
}
"""State of a registration -> its sign and ink; the word stands beside it."""


def days_left(row: OwnDeviceRow, glance: Glance) -> int | None:
    """Days until the consent ends, negative when it has; None where there is none."""
    return (row.consent_until - london_date(glance.now)).days if row.consent_until else None


def needs_attention(row: OwnDeviceRow, glance: Glance) -> bool:
    """Whether somebody has to ask for consent: it is missing, over or ends soon."""
    left = days_left(row, glance)
    if row.state in OVER or row.state in ASKING:
        return row.state in ASKING
    return left is None or left <= SOON


def _state(row: OwnDeviceRow) -> Span:
    sign, ink = STATES.get(row.state, ("·", ""))
    return Span(join(sign, " ", row.state), ink)


def _consent(row: OwnDeviceRow, glance: Glance) -> Span:
    left = days_left(row, glance)
    if row.state in OVER:
        return span("—", "faint")
    if left is None:
        return span("" if row.state in ASKING else "▲ none", "bad")
    if left < 0:
        return Span(join("▲ ended ", counted(-left, "day"), " ago"), "bad")
    if left <= SOON:
        return Span(join("◆ ends in ", counted(left, "day")), "warn")
    return span("✓ valid", "good")


def _enrolled(row: OwnDeviceRow) -> Span:
    if row.enrolled:
        return span("yes")
    return span("apps only", "accent") if row.apps_only else span("no", "dim")


def _day(day: object, glance: Glance) -> Inert:
    return say_day(day, london_date(glance.now)) if day else clean("")  # type: ignore[arg-type]


OWN_DEVICES = (
    Column("person", "Owner", 20, 1, lambda row, _: span(row.person, "strong"), flex=2),
    Column("state", "State", 12, 2, lambda row, _: _state(row)),
    Column("consent", "Consent", 20, 3, _consent),
    Column("until", "Until", 12, 5, lambda row, glance: Span(_day(row.consent_until, glance))),
    Column("given", "Given", 12, 6, lambda row, glance: Span(_day(row.consent_on, glance), "dim")),
    Column("model", "Model", 14, 4, lambda row, _: span(short_model(row.model or KINDS.get(row.kind or "", ""))), flex=1),
    Column("os", "OS", 8, 8, lambda row, _: span(row.os_version)),
    Column("enrolled", "In Intune", 9, 7, lambda row, _: _enrolled(row)),
    Column("team", "Team", 14, 9, lambda row, _: span(row.team), flex=1),
    Column("organisation", "Organisation", 12, 10, lambda row, _: span(row.organisation)),
)  # fmt: skip


def lay_own_device(row: OwnDeviceRow, glance: Glance) -> Lay:
    """A registration beside the list: whose it is, how far it has come, what was agreed to."""

    def lay(width: int) -> list[Line]:
        parts = (
            ("Owner", (("Name", span(row.person, "strong")), ("Team", span(row.team)))),
            ("Registration", (
                ("State", _state(row)),
                ("Requested", Span(_day(row.requested_on, glance))),
                ("Approved", Span(_day(row.approved_on, glance))),
                ("By", span(row.approved_by)),
                ("Ended", Span(_day(row.ended_on, glance))),
            )),
            ("Consent", (
                ("Now", _consent(row, glance)),
                ("Given", Span(_day(row.consent_on, glance))),
                ("Until", Span(_day(row.consent_until, glance))),
                ("Terms", span(row.terms_version)),
            )),
            ("Device", (
                ("Model", span(row.model or KINDS.get(row.kind or "", ""))),
                ("OS", span(row.os_version)),
                ("In Intune", _enrolled(row)),
            )),
        )  # fmt: skip
        lines: list[Line] = []
        for title, facts in parts:
            lines += lay_heading(title, clean(row.organisation if title == "Owner" else ""), width)
            for label, value in facts:
                lines += lay_pair(label, value, width)
        return lines[1:]

    return lay


REPORTS = (
    Column("report", "Report", 30, 1, lambda row, _: span(row.title, "strong"), flex=1),
    Column("question", "Question it answers", 40, 2, lambda row, _: span(row.question), flex=3),
    Column("key", "fleet export", 16, 3, lambda row, _: span(row.key, "dim")),
)


def lay_report(row: ReportLine) -> Lay:
    """A report below the list: its question in full, and how to have it."""

    def lay(width: int) -> list[Line]:
        asked: list[Line] = [[Span(piece)] for piece in wrap(clean(row.question), max(width, 8))]
        how = [span("Enter", "key"), span(" writes it to a file. ", "dim"), span(f"fleet export {row.key}", "accent")]
        return [[span(row.title, "strong")], *asked, [], [*how, span(" does the same.", "dim")]]

    return lay
