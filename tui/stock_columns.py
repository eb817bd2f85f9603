"""Columns and cards of the stock screen and of the list of incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fleet.clock import london_date
from fleet.domain.incidents import BREACH_CLOCK, GONE, clock_left, clock_text
from fleet.domain.records import DeviceRow
from fleet.queries.incidents import IncidentRow
from fleet.queries.reservations import ReservationRow
from tui.cards import lay_heading, lay_pair
from tui.columns import KINDS, Column, Glance, device_name, model_name, short_model
from tui.dates import say_day, say_exactly, say_moment
from tui.stockroom import StockLine
from tui.text import Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import between


def _due(row: DeviceRow, glance: Glance) -> Span:
    if row.due_on is None:
        return span("")
    days = (london_date(glance.now) - row.due_on).days
    ink = "bad" if days > 0 else "warn" if days > -7 else ""
    return Span(say_day(row.due_on, london_date(glance.now)), ink)


def _late(row: DeviceRow, glance: Glance) -> Span:
    days = (london_date(glance.now) - row.due_on).days if row.due_on else 0
    if days > 0:
        return Span(join("▲ ", counted(days, "day"), " late"), "bad")
    return span("today" if days == 0 else join("in ", counted(-days, "day")), "warn" if days > -7 else "dim")


LOANS = (
    Column("device", "Device", 11, 1, lambda row, _: span(device_name(row), "strong"), wish=(7, 1)),
    Column("late", "Left", 15, 2, _late),
    Column("due", "Due back", 13, 4, _due),
    Column("holder", "Holder", 18, 3, lambda row, _: span(row.holder), flex=2, wish=(7, 8)),
    Column("model", "Model", 15, 5, lambda row, _: span(short_model(model_name(row))), flex=1, wish=(8, 5)),
    Column("team", "Team", 14, 6, lambda row, _: span(row.team), flex=1),
    Column("issued", "Issued", 12, 8, lambda row, glance: Span(say_day(row.issued_on, london_date(glance.now)), "dim")),
    Column("organisation", "Organisation", 12, 9, lambda row, _: span(row.organisation)),
)


def _number(value: int, ink: str = "") -> Span:
    return span(f"{value:,}", ink) if value else span("—", "faint")


STOCK = (
    Column(
        "model", "Model", 20, 1, lambda row, _: span(short_model(row.model or KINDS.get(row.kind, row.kind)), "strong"),
        flex=2,
    ),
    Column("site", "Site", 16, 3, lambda row, _: span(row.site or "no site", "" if row.site else "faint"), flex=2),
    Column("free", "Free", 6, 2, lambda row, _: _number(row.free, "good"), right=True),
    Column("in_stock", "In stock", 8, 4, lambda row, _: _number(row.in_stock), right=True),
    Column("prepared", "Prepared", 8, 5, lambda row, _: _number(row.prepared), right=True),
    Column("reserved", "Kept", 6, 6, lambda row, _: _number(row.reserved, "warn"), right=True),
    Column("organisation", "Organisation", 12, 7, lambda row, _: span(row.organisation)),
)  # fmt: skip


def _from(row: ReservationRow, glance: Glance) -> Span:
    today = london_date(glance.now)
    return Span(say_day(row.from_on, today), "warn" if row.from_on <= today else "")


KEPT = (
    Column("device", "Device", 11, 1, lambda row, _: span(row.device, "strong"), wish=(7, 1)),
    Column("person", "Kept for", 20, 2, lambda row, _: span(row.person), flex=2),
    Column("from", "From", 12, 3, _from),
    Column(
        "until", "Until", 12, 4,
        lambda row, glance: Span(say_day(row.until_on, london_date(glance.now))) if row.until_on else span("—", "faint"),
    ),
    Column("model", "Model", 15, 5, lambda row, _: span(short_model(row.model or "")), flex=1),
    Column("made_by", "Kept by", 14, 6, lambda row, _: span(row.made_by, "dim")),
    Column("organisation", "Organisation", 12, 7, lambda row, _: span(row.organisation)),
)  # fmt: skip

VIEWS: Mapping[str, tuple[str, Sequence[Column]]] = {
    "loans": ("All loans", LOANS),
    "overdue": ("Overdue", LOANS),
    "soon": ("Due within a week", LOANS),
    "stock": ("In stock", STOCK),
    "kept": ("Kept for somebody", KEPT),
}
"""View -> its title and columns."""


def lay_stock(row: StockLine) -> Lay:
    """One model at one site."""

    def lay(width: int) -> list[Line]:
        return [
            between([span(row.model or KINDS.get(row.kind, row.kind), "strong")], [span(f"{row.free:,} free", "good")], width),
            [span(row.site or "no site", "dim"), span(" · ", "faint"), span(row.organisation, "dim")],
            *lay_heading("Counts", clean(""), width),
            *lay_pair("In stock", _number(row.in_stock), width),
            *lay_pair("Prepared", _number(row.prepared), width),
            *lay_pair("Kept", _number(row.reserved), width),
            [],
            [span("Enter", "key"), span(" lists the devices.", "dim")],
        ]  # fmt: skip

    return lay


KEPT_HOURS = 200
"""Hours up to which the time since the clock ran out is told exactly."""


def clock_span(kind: str, reported_at: datetime, told_at: datetime | None, now: datetime) -> Span:
    """How much of the 72 hours is left, or how long they are over; or why no clock runs."""
    if kind not in GONE:
        return span("no clock", "dim")
    if told_at is not None:
        late = told_at > reported_at + BREACH_CLOCK
        return span("officer told late" if late else "officer told", "warn" if late else "good")
    left = clock_left(reported_at, now)
    if left >= timedelta(0):
        return span(clock_text(reported_at, now).removesuffix(" of 72 h"), "warn")
    hours = int(-left.total_seconds() // 3600)
    return Span(join(f"{hours} h" if hours < KEPT_HOURS else f"{hours // 24} days", " over"), "bad")


INCIDENT_SIGNS = {"lost": "✕", "stolen": "✕", "damaged": "▲"}


def _state(row: IncidentRow, glance: Glance) -> Span:
    if row.closed_at is not None:
        return Span(join("✓ closed ", say_moment(row.closed_at, glance.now)), "dim")
    told = clock_span(row.kind, row.reported_at, row.dpo_told_at, glance.now)
    return Span(join("✓ " if row.dpo_told_at else "◷ " if row.kind in GONE else "· ", told.text), told.ink)


def _kind(row: IncidentRow) -> Span:
    ink = "dim" if row.closed_at else "bad" if row.kind != "damaged" else "warn"
    return span(f"{INCIDENT_SIGNS.get(row.kind, '·')} {row.kind}", ink)


INCIDENTS = (
    Column("device", "Device", 11, 1, lambda row, _: span(row.device, "strong"), wish=(7, 1)),
    Column("kind", "What", 9, 2, lambda row, _: _kind(row)),
    Column("state", "72 h clock", 18, 3, _state),
    Column("holder", "Holder", 18, 4, lambda row, _: span(row.holder or "nobody", "" if row.holder else "faint"), flex=2),
    Column("steps", "Steps", 5, 6, lambda row, _: _number(row.steps_done), right=True),
    Column("reported", "Reported", 17, 7, lambda row, glance: Span(
        say_exactly(row.reported_at) if glance.exact else say_moment(row.reported_at, glance.now))),
    Column("model", "Model", 15, 5, lambda row, _: span(short_model(row.model or "")), flex=1),
    Column("reference", "Reference", 14, 8, lambda row, _: span(row.reference, "dim")),
    Column("organisation", "Organisation", 12, 9, lambda row, _: span(row.organisation)),
)  # fmt: skip
