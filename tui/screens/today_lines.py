"""How the morning's page is laid out: what presses at the left, how things stand at the right. Pure: rows in, lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fleet.domain.incidents import GONE, clock_left
from tui.columns import SEVERITY_SIGNS, Glance
from tui.dates import say_age, say_exactly
from tui.stock_columns import clock_span
from tui.text import Inert, Span, clean, counted, join, span
from tui.today import Bar, OpenIncident, Pile, Target, TenantAge, Today
from tui.widgets.board import Entry, bar
from tui.widgets.painting import between, fit, width_of

STALE = timedelta(hours=30)
LEAST_BAR, MOST_BAR = 12, 32
"""Cells of the longest bar: where the names leave little room, and where they leave much."""
FINDINGS = Target("findings")
STOCK = Target("devices", "status:in_stock")
MORE = Target("more")
MOST_NAME = 22
"""Cells of a name in a pile; a pile of shorter names leaves the room to what is said of them."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many lines of each kind are named before the rest is only counted."""

    incidents: int = 8
    each: int = 4
    """Of a pile."""
    bars: int = 12


ROOMS = tuple(Room(8 + 2 * more, 4 + more, 12 + 2 * more) for more in (0, 1, 2, 3, 4, 6, 8, 12, 16))
"""From what there always is to what fills a tall terminal."""


def lay_today(
    today: Today | None, glance: Glance, width: int, columns: int, *, everything: bool = False, height: int = 0
) -> list[list[Entry]]:
    """The page in one column or two, with as much of everything as `height` holds; `everything` shows all incidents."""
    if today is None:
        return [[Entry([span("reading …", "dim")])]]
    page = _laid(today, glance, width, columns, ROOMS[0], everything)
    for room in ROOMS[1:]:
        larger = _laid(today, glance, width, columns, room, everything)
        if max(len(column) for column in larger) > height:
            break
        page = larger
    return page


def _laid(today: Today, glance: Glance, width: int, columns: int, room: Room, everything: bool) -> list[list[Entry]]:
    left = [
        Entry([Span(join(f"{today.day:%A} ", today.day.day, f"{today.day: %B %Y}"), "title")]),
        *_incidents(today.incidents, glance, width, None if everything else room.incidents),
    ]
    for pile in today.piles:
        left += _pile(pile, width, room.each)
    right = [*_drift(today, width, room), *_tenants(today.tenants, glance, width), *_stock(today.stock, width, room)]
    return [left, [Entry(()), *right]] if columns > 1 else [[*left, *right]]


def _title(title: str, note: Inert, opens: Target | None, width: int, ink: str = "dim") -> list[Entry]:
    """A blank line, then a title with a rule and a note at its end."""
    text = clean(title)
    rule = span("─" * max(width - len(text) - len(note) - 2, 0), "faint")
    return [Entry(()), Entry([Span(text, "title"), span(" "), rule, span(" "), Span(note, ink)], opens)]


def _incidents(incidents: Sequence[OpenIncident], glance: Glance, width: int, most: int | None) -> list[Entry]:
    note = join(len(incidents), " open · 72 h to report") if incidents else clean("none open")
    entries = _title("Incidents", note, None, width, "bad" if incidents else "dim")
    if not incidents:
        return [*entries, Entry([span("✓ ", "good"), span("Nothing is lost, stolen or damaged.", "dim")])]
    shown = _pressing(incidents, glance)[:most]
    entries += [_incident(one, glance, width) for one in shown]
    if len(shown) < len(incidents):
        entries.append(Entry([Span(join("  … ", f"{len(incidents) - len(shown):,}", " older ones"), "dim")], MORE))
    return entries


def _pressing(incidents: Sequence[OpenIncident], glance: Glance) -> list[OpenIncident]:
    """Those whose clock still runs first, the least time left first; then those it ran out on; then the newest."""
    ticking = [one for one in incidents if one.kind in GONE and one.told_at is None]
    running = [one for one in ticking if clock_left(one.reported_at, glance.now) >= timedelta(0)]
    over = [one for one in incidents if one not in running]
    over.sort(key=lambda one: one.reported_at, reverse=True)
    return sorted(running, key=lambda one: one.reported_at) + sorted(over, key=lambda one: one not in ticking)


def _incident(one: OpenIncident, glance: Glance, width: int) -> Entry:
    clock = clock_span(one.kind, one.reported_at, one.told_at, glance.now)
    about = join(one.holder or "nobody", " · ", one.model or "")
    head = [span("✕ ", "bad"), Span(fit(clean(one.device), 11), "strong"), span(f"{one.kind:<9}")]
    room = max(width - 22 - len(clock.text) - 2, 0)
    return Entry(between([*head, Span(fit(about, room))], [clock], width, 1), Target("incident", id=one.device_id))


def _pile(pile: Pile, width: int, most: int) -> list[Entry]:
    note = f"{pile.count:,}" if not pile.noted else f"{pile.noted} · {pile.count:,}"
    entries = _title(pile.title, clean(note), pile.target, width, "warn" if pile.count else "dim")
    if not pile.count:
        return [*entries, Entry([span("✓ ", "good"), span(pile.nothing, "dim")])]
    items = pile.items if pile.kinds else pile.items[:most]
    named = min(max((len(one.name) for one in items), default=0), MOST_NAME)
    for item in items:
        head = [span("◆ ", "warn"), Span(fit(clean(item.name), named), "strong"), span("  ")]
        note_span = span(item.note, "dim")
        room = max(width - named - 4 - len(note_span.text) - 1, 0)
        entries.append(Entry(between([*head, Span(fit(clean(item.about), room))], [note_span], width, 1), item.target))
    more = 0 if pile.kinds else pile.count - len(items)
    if more > 0:
        entries.append(Entry([Span(join("  … and ", f"{more:,}", " more"), "faint")]))
    return entries


def _drift(today: Today, width: int, room: Room) -> list[Entry]:
    total = sum(today.severities.values())
    entries = _title("Drift", join(f"{total:,}", " open"), FINDINGS, width, "warn" if total else "dim")
    if not total:
        return [*entries, Entry([span("✓ ", "good"), span("The register and its sources agree.", "dim")])]
    parts: list[Span] = []
    for severity in ("high", "medium", "low"):
        sign, ink = SEVERITY_SIGNS[severity]
        parts += [span(f"{sign} {today.severities.get(severity, 0):,} {severity}   ", ink)]
    entries.append(Entry(parts))
    return [*entries, *_bars(today.drift, width, room.bars)]


def _stock(stock: Sequence[Bar], width: int, room: Room) -> list[Entry]:
    total = sum(one.number for one in stock)
    return [*_title("Stock", join(f"{total:,}", " free"), STOCK, width), *_bars(stock, width, room.bars)]


def _bars(bars: Sequence[Bar], width: int, shown: int) -> list[Entry]:
    """A line each, drawn in proportion to the largest."""
    most = max((one.number for one in bars), default=0)
    signs = 2 if any(one.severity for one in bars) else 0
    longest = max((width_of(one.name) for one in bars[:shown]), default=0)
    named = min(longest, max(width - LEAST_BAR - signs - 9, 8))
    drawn = min(max(width - named - signs - 9, LEAST_BAR), MOST_BAR)
    entries = []
    for one in bars[:shown]:
        sign, ink = SEVERITY_SIGNS.get(one.severity, ("", "accent"))
        head = [span(f"{sign} ", ink)] if sign else []
        number = Span(fit(clean(f"{one.number:,}"), 7, right=True))
        line = [*head, Span(fit(clean(one.name), named)), number, span("  "), bar(one.number, most, drawn, ink)]
        entries.append(Entry(line, one.target))
    if len(bars) > shown:
        rest = sum(one.number for one in bars[shown:])
        words = join("  … and ", len(bars) - shown, " more kinds with ", f"{rest:,}", " in all")
        entries.append(Entry([Span(words, "faint")]))
    return entries


def _tenants(tenants: Sequence[TenantAge], glance: Glance, width: int) -> list[Entry]:
    apple = sum(one.tenant.startswith("apple:") for one in tenants)
    told = counted(len(tenants) - apple, "tenant")
    if apple:
        told = join(told, ", ", counted(apple, "Apple account"))
    entries = _title("Last sync", told, Target("runs"), width)
    if not tenants:
        return [*entries, Entry([span("No tenant is configured.", "dim")])]
    for one in tenants:
        bad = one.failed or one.at is None or glance.now - one.at > STALE
        when = say_exactly(one.at) if glance.exact else say_age(one.at, glance.now)
        head = [span("! " if bad else "✓ ", "warn" if bad else "good"), span(one.name)]
        why = [span(f"  {one.error}", "bad")] if one.error else []
        age = Span(when, "warn" if bad else "dim")
        entries.append(Entry(between([*head, *why], [age], width, 1), Target("runs", one.tenant)))
    return entries
