"""Columns and cards of the personal devices and of the reports."""

from __future__ import annotations

from fleet.clock import london_date
from fleet.domain.byod import ENDINGS, OVER, SOON, next_step
from fleet.queries.reports.own_devices import OwnDeviceRow
from tui.cards import lay_heading, lay_pair, lay_timeline
from tui.columns import KINDS, OWN_STATES, Column, Glance, short_model
from tui.dates import say_day
from tui.files import ReportLine
from tui.stockroom import OwnDeviceCard
from tui.text import Inert, Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import wrap

ASKING = frozenset({"requested", "unapproved"})
"""States in which nobody has agreed yet."""


def days_left(row: OwnDeviceRow, glance: Glance) -> int | None:
    """Days until the consent ends, negative when it has; None where there is none."""
    return (row.consent_until - london_date(glance.now)).days if row.consent_until else None


def waits_for(row: OwnDeviceRow, glance: Glance) -> str | None:
    """What somebody should do about it next; None when nothing waits."""
    return next_step(row.position, london_date(glance.now))


def state_span(state: str) -> Span:
    """A state with its sign."""
    sign, ink = OWN_STATES.get(state, ("·", ""))
    return Span(join(sign, " ", state), ink)


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


def _device(row: OwnDeviceRow, *, short: bool = True) -> Span:
    """What it is: as Intune or its apps say, else as its owner does."""
    known = row.model or KINDS.get(row.kind or "", "")
    told = known or row.said_model or KINDS.get(row.said_kind or "", "")
    return span(short_model(told) if short else told, "" if known else "dim")


def _day(day: object, glance: Glance) -> Inert:
    return say_day(day, london_date(glance.now)) if day else clean("")  # type: ignore[arg-type]


OWN_DEVICES = (
    Column("person", "Owner", 20, 1, lambda row, _: span(row.person, "strong"), flex=2),
    Column("state", "State", 12, 2, lambda row, _: state_span(row.state)),
    Column("consent", "Consent", 20, 3, _consent),
    Column("until", "Until", 12, 5, lambda row, glance: Span(_day(row.consent_until, glance))),
    Column("given", "Given", 12, 6, lambda row, glance: Span(_day(row.consent_on, glance), "dim")),
    Column("model", "Model", 14, 4, lambda row, _: _device(row), flex=1),
    Column("os", "OS", 8, 8, lambda row, _: span(row.os_version)),
    Column("enrolled", "In Intune", 9, 7, lambda row, _: _enrolled(row)),
    Column("team", "Team", 14, 9, lambda row, _: span(row.team), flex=1),
    Column("organisation", "Organisation", 12, 10, lambda row, _: span(row.organisation)),
)  # fmt: skip


def lay_own_device(card: OwnDeviceCard, glance: Glance) -> Lay:
    """A registration beside the list: whose it is, how far it has come, what was agreed to, what happened."""
    row = card.row

    def lay(width: int) -> list[Line]:
        parts = (
            ("Owner", (("Name", span(row.person, "strong")), ("Team", span(row.team)))),
            ("Registration", (
                ("State", state_span(row.state)),
                ("Requested", Span(_day(row.requested_on, glance))),
                ("Approved", Span(_day(row.approved_on, glance))),
                ("By", span(row.approved_by or row.refused_by)),
                *([("Wanted for", span(row.purpose))] if row.purpose else ()),
                ("Ended", Span(_day(row.ended_on, glance))),
                *([("Because", span(ENDINGS.get(row.ended_because, row.ended_because)))] if row.ended_because else ()),
            )),
            ("Consent", (
                ("Now", _consent(row, glance)),
                ("Given", Span(_day(row.consent_on, glance))),
                ("Until", Span(_day(row.consent_until, glance))),
                ("Terms", span(row.terms_version)),
            )),
            ("Device", (
                ("Model", _device(row, short=False)),
                ("OS", span(row.os_version or row.said_os, "" if row.os_version else "dim")),
                ("In Intune", _enrolled(row)),
            )),
        )  # fmt: skip
        lines: list[Line] = []
        for title, facts in parts:
            lines += lay_heading(title, clean(row.organisation if title == "Owner" else ""), width)
            for label, value in facts:
                lines += lay_pair(label, value, width)
        return [
            *_lay_next(row, glance, width),
            *lines[1:],
            *_lay_offered(card, width),
            *lay_timeline(card.timeline, width, glance),
        ]

    return lay


def _lay_next(row: OwnDeviceRow, glance: Glance, width: int) -> list[Line]:
    """What waits for somebody, first of all."""
    told = waits_for(row, glance)
    if told is None:
        return []
    pieces = wrap(clean(told[:1].upper() + told[1:] + "."), max(width - 2, 8))
    return [*([span("→ " if at == 0 else "  ", "warn"), Span(piece, "warn")] for at, piece in enumerate(pieces)), []]


def _lay_offered(card: OwnDeviceCard, width: int) -> list[Line]:
    """What Intune has of the owner and is not linked."""
    if not card.offered or card.row.state in OVER:
        return []
    lines = lay_heading("In Intune, not linked", clean(""), width)
    for one in card.offered:
        lines += lay_pair(f"Device {one.device_id}", span(f"{one.model or one.kind}  {one.os_version or ''}"), width)
    return lines


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
