"""What the lines around a list say: tabs, freshness, status, and the words for an empty list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fleet.domain.search import parse
from tui.action import PLACES, TABS, Action
from tui.actions import BY_ID, key_text, keys_of
from tui.dates import say_age, say_clock
from tui.possible import Situation
from tui.row_source import Ask, RowSource
from tui.text import Span, counted, join, span
from tui.widgets.bars import Hint, Spans, Tab
from tui.widgets.line_view import Line
from tui.widgets.virtual_table import CHANGED

if TYPE_CHECKING:
    from tui.app import FleetApp

LIKE_A_FILTER = re.compile(r"(?:^|\s)-?[a-z]+:", re.I)
STALE = timedelta(hours=30)
"""A nightly sync older than this was missed."""


def tabs_and_news(place: str, app: FleetApp) -> tuple[list[Tab], str, list[Spans]]:
    """The tabs, which one is here, and the freshness of the tenants from long to short."""
    summary = app.summary
    news = {"findings": sum(summary.findings.values()), "today": summary.incidents} if summary else {}
    tabs = [
        (
            name,
            key_text(keys_of(BY_ID[name], app.keymap)),
            BY_ID[name].label,
            f"{number:,}" if (number := news.get(name, 0)) else "",
        )
        for name in (*TABS, *((place,) if place in PLACES and place not in TABS else ()))
    ]
    if summary is None:
        shown = span("opening the register …", "dim") if app.problem is None else span("! not reached", "bad")
        return tabs, place, [[shown]]
    now = app.clock()
    old = {one.tenant: one.at is None or one.failed or now - one.at > STALE for one in summary.syncs}
    each: list[Span] = []
    for one in sorted(summary.syncs, key=lambda sync: sync.name):
        bad = old[one.tenant]
        each += [span(" · ", "faint")] if each else []
        each += [
            span("! " if bad else "✓ ", "warn" if bad else "good"),
            span(one.name),
            Span(join(" ", say_age(one.at, now)), "warn" if bad else "dim"),
        ]
    worst = min(summary.syncs, key=lambda sync: (sync.at is not None, sync.at), default=None)
    if worst is None:
        return tabs, place, [[span("no tenant is synced", "dim")], []]
    bad = old[worst.tenant]
    sign, ink = ("! ", "warn") if bad else ("✓ ", "good")
    short = [span(sign, ink), span("sync ", "dim"), Span(say_age(worst.at, now), "warn" if bad else "dim")]
    tiny = [span(sign, ink), Span(say_age(worst.at, now, ago=False), "warn" if bad else "dim")]
    least = [span(sign.strip(), ink)]  # However narrow: that a night was missed is seen.
    return tabs, place, [[span(summary.title, "strong"), span("   "), *each], each, short, tiny, least, []]


def hints(actions: Sequence[Action], situation: Situation, keymap: Mapping[str, str]) -> list[Hint]:
    """Footer hints of some actions: what is not possible now is told apart."""
    return [
        (action.id, key_text(keys_of(action, keymap)), action.label, action.why_not(situation) is None)
        for action in actions
    ]


def freshness(app: FleetApp, hidden: int) -> list[Span]:
    """How many columns did not fit, and when what is on screen was read."""
    more = [Span(join("+", counted(hidden, "column"), "  shift+→  "), "faint")] if hidden > 0 else []
    return [*more, Span(join("updated ", say_clock(app.clock())), "dim")] if app.summary is not None else []


def status(
    source: RowSource[Any], noun: tuple[str, str], whole: int | None, marks: tuple[int, int], order: str
) -> list[Span]:
    """`3,205 of 200,000 devices · 12 marked · by asset tag ↑`."""
    if not source.loaded:
        return [span("reading …" if source.refused is None else "nothing read yet", "dim")]
    ask, total = source.ask, source.total
    shown = f"{total:,}" if total is not None else f"{len(source):,}+"
    spans = [span(shown, "strong")]
    if whole is not None and (ask.text or ask.group):
        spans.append(span(f" of {whole:,}"))
    spans.append(span(f" {noun[0] if total == 1 and not ask.text else noun[1]}"))
    if (about := getattr(ask.group, "name", None)) is not None:
        spans += [span(" of "), span(about, "strong"), span("  Esc", "key"), span(" shows all", "dim")]
    marked, changed = marks
    if marked:
        spans += [span(" · ", "faint"), Span(join("✓ ", f"{marked:,}", " marked"), "accent")]
    if changed:
        spans += [span(" · ", "faint"), Span(join(CHANGED, " ", f"{changed:,}", " changed"), "accent")]
    if source.meant:
        spans += [span(" · nothing is exactly that, nearest: ", "warn"), span(source.meant, "strong")]
    elif order and total != 0:
        spans += [span(" · ", "faint"), span(order, "dim")]
    if not source.is_current:
        spans.append(span(" · searching …", "dim"))
    return spans


ON_THE_DESK: Line = [
    span(
        '  Filters here: severity:high  organisation:northbridge  team:"Children North"  older:30  assigned:anna',
        "warn",
    )
]


def empty_lines(ask: Ask, noun: tuple[str, str], nothing: Sequence[Line]) -> Sequence[Line]:
    """What stands where rows would be: nothing matches, or `nothing` is there at all."""
    if not ask.text:
        return nothing
    filters_elsewhere = [span("  Filters such as status: are understood in the list of devices (F6).", "warn")]
    return [
        [span("  Nothing matches "), span(ask.text, "strong"), span(".")],
        (ON_THE_DESK if noun[1] == "findings" else filters_elsewhere)
        if noun[1] != "devices" and LIKE_A_FILTER.search(ask.text)
        else [],
        [Span(join("  Each word must occur in one of the ", noun[1], "."), "dim")]
        if noun[1] != "devices"
        else [span(_must_occur(ask.text), "dim")],
        [span("  Esc", "key"), span(" clears the search.", "dim")],
    ]


def _must_occur(text: str) -> str:
    """What a search of devices asked for that none answers."""
    search = parse(text)
    if not search.words:
        return "  No device is all of that." if len(search.filters) > 1 else "  No device is that."
    each = "Each filter must hold and each word" if search.filters else "Each word"
    return f"  {each} must occur: a name, tag, serial, IMEI, phone number, team or site."


HOW_TO_BEGIN: Sequence[Line] = (
    [span("  fleet sync", "accent"), span("    reads them from Intune", "dim")],
    [span("  fleet import", "accent"), span("  reads a spreadsheet; so does Shift+F9", "dim")],
    [span("  fleet demo", "accent"), span("    builds an invented service to try everything on", "dim")],
)


def refused_lines(why: str) -> list[list[Span]]:
    """What stands where rows would be when the search could not be understood before any were read."""
    return [
        [span("  ! ", "bad"), span(why, "strong")],
        [],
        [span("  Esc", "key"), span(" clears the search.", "dim")],
    ]


def unreached_lines() -> list[list[Span]]:
    """What stands where rows would be while the register can't be reached."""
    return [
        [span("  ! ", "bad"), span("The register can't be reached just now.", "strong")],
        [],
        [span("  Fleet tries again by itself. What you type is kept.", "dim")],
        [span("  fleet doctor", "accent"), span("  in another terminal says what is wrong with it.", "dim")],
    ]
