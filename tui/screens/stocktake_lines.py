"""How a stocktake reads: progress, the last scan in large, the list of scans, what is amiss. Pure: rows in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.domain.stocktake import GRADES, OUTCOMES
from tui.columns import short_model
from tui.counting import Amiss, Batch, Seen, Stocktaking, Whereabouts
from tui.text import Span, clean, counted, join, span
from tui.widgets.board import bar
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import between, fit, wrap

SIGNS = {
    "found": ("✓", "good"),
    "repeated": ("=", "dim"),
    "unexpected": ("◆", "warn"),
    "wrong_site": ("◆", "warn"),
    "wrong_holder": ("▲", "warn"),
    "unknown": ("✕", "bad"),
    "ambiguous": ("?", "bad"),
    "missing": ("○", "bad"),
}
"""Outcome -> its sign and ink; the words stand beside it."""
TO_DO = {"unknown": "No device has it as tag, serial, IMEI or phone number. Look at the label, or put it aside."}
"""Outcome -> what to do where nothing else is known."""
ON_TOP = ("wrong_holder", "wrong_site", "unexpected", "unknown", "ambiguous", "repeated")


EXPLAINED = frozenset({"unexpected", "wrong_holder"})
"""Outcomes whose sentence says who has the device, or where the register has it."""


def lay_nothing(width: int) -> list[Line]:
    """When no stocktake is open."""
    note = (
        "A stocktake freezes what should be there. Every scan is judged at once and kept; what nobody saw is a finding."
    )
    return [
        [],
        [span("  No stocktake is open.", "strong")],
        [],
        [span("  F4", "key"), span(" opens one, for everything or for a site or a kind.")],
        [],
        *([span("  "), Span(piece, "dim")] for piece in wrap(clean(note), max(width - 4, 8))),
    ]


def lay_progress(stocktake: Stocktaking, counts: dict[str, int], where: Whereabouts) -> Lay:
    """Title, bar, counts, where one scans."""

    def lay(width: int) -> list[Line]:
        expected = counts.get("expected", stocktake.expected)
        seen = expected - counts.get("missing", expected)
        percent = f"{100 * seen // expected} %" if expected else ""
        right = [Span(join(f"{seen:,}", " of ", f"{expected:,}", " seen"), "strong"), span(f"  {percent}", "dim")]
        left = [span(" "), span(stocktake.title, "title"), span("  "), span(stocktake.scope, "dim")]
        drawn = bar(seen, expected, max(width - 2, 4), "good" if seen >= expected else "accent")
        filled = drawn.text.rstrip()
        return [
            between(left, [*right, span(" ")], width),
            [span(" "), span(filled, drawn.ink), span("─" * (len(drawn.text) - len(filled)), "faint")],
            between([span(" "), *_tally(counts)], [*_where(where), span(" ")], width),
        ]

    return lay


def _tally(counts: dict[str, int]) -> list[Span]:
    sign, ink = SIGNS["found"]
    told = [span(f"{sign} {counts.get('found', 0):,} found", ink)]
    told += [span("   "), span(f"○ {counts.get('missing', 0):,} to go", "dim")]
    for outcome in ON_TOP:
        if number := counts.get(outcome, 0):
            sign, ink = SIGNS[outcome]
            told += [span("   "), span(f"{sign} {number:,} {OUTCOMES.get(outcome, outcome)}", ink)]
    return told


def _where(where: Whereabouts) -> list[Span]:
    told = []
    if where.site:
        told += [span("at ", "dim"), span(where.site, "accent")]
    if where.holder:
        told += [span("  with ", "dim"), span(where.holder, "accent")]
    if where.confirmed:
        told += [span("  confirmed by holder", "warn")]
    return told


def lay_verdict(last: Batch | None, waiting: int, trouble: str | None, taken_back: str | None) -> Lay:
    """The last scan in large: a box in its colour, with sign and words."""

    def lay(width: int) -> list[Line]:
        if trouble is not None:
            told = counted(waiting, "scan")
            return box("✕", "NOT KEPT YET", join(told, " waiting. ", trouble, " Trying again."), "bad", width)
        if taken_back is not None:
            return box("↶", "TAKEN BACK", join(taken_back, ": not counted any more."), "accent", width)
        if last is None:
            words = "Each scan is kept at once. ^Z takes the last one back."
            return box("▮", "READY TO SCAN", clean(words), "dim", width)
        if len(last.seen) > 1:
            return _several(last.seen, width)
        one = last.seen[0]
        sign, ink = SIGNS.get(one.outcome, ("·", ""))
        words = OUTCOMES.get(one.outcome, one.outcome)
        why = reason_of(one, words)
        # Where the register has it is said already; what it is, is not.
        known = one.about.partition(" · ")[0] if one.about and one.outcome in EXPLAINED else one.about
        about = ". ".join(part for part in (why[:1].upper() + why[1:], one.hint, known) if part) or TO_DO.get(
            one.outcome, ""
        )
        return box(sign, words.upper(), clean(about), ink, width, one.device or one.scanned)

    return lay


def reason_of(one: Seen, words: str) -> str:
    """The sentence of a scan without the device and the verdict, which stand above it in large."""
    text = one.sentence.removeprefix(one.device or one.scanned).lstrip(": ")
    return text.removeprefix(words).lstrip(": ").rstrip(".")


def _several(seen: Sequence[Seen], width: int) -> list[Line]:
    counts = {outcome: sum(one.outcome == outcome for one in seen) for outcome in OUTCOMES}
    told = ", ".join(f"{number:,} {OUTCOMES[outcome]}" for outcome, number in counts.items() if number)
    bad = any(counts[outcome] for outcome in ("unknown", "ambiguous"))
    amiss = bad or any(counts[outcome] for outcome in ("wrong_holder", "wrong_site", "unexpected"))
    sign, ink = ("✕", "bad") if bad else ("◆", "warn") if amiss else ("✓", "good")
    return box(sign, f"{len(seen):,} SCANS", clean(told + "."), ink, width)


def box(sign: str, title: str, about: str, ink: str, width: int, name: str = "") -> list[Line]:
    """Five lines between heavy rules, thick bars at the left: seen from the end of the table."""
    inner = max(width - 12, 8)
    pieces = wrap(clean(about), inner)[:2]
    rule = "━" * max(width - 2, 0)
    heads: Line = [Span(clean(title), ink), span("   " if name else ""), Span(clean(name), "strong")]
    rows: list[Line] = [heads, *([Span(piece)] for piece in pieces)]
    rows += [()] * (3 - len(rows))
    lines: list[Line] = [[span(" "), span(rule, ink)]]
    for at, row in enumerate(rows):
        lines.append([span(" "), span("███", ink), span(f"  {sign}  " if at == 0 else "     ", ink), *row])
    return [*lines, [span(" "), span(rule, ink)]]


def lay_log(seen: Sequence[Seen]) -> Lay:
    """The scans, the newest first."""

    def lay(width: int) -> list[Line]:
        return [_log_line(one, width) for one in seen] or [[span("  Nothing scanned yet in this session.", "dim")]]

    return lay


def _log_line(one: Seen, width: int) -> Line:
    sign, ink = SIGNS.get(one.outcome, ("·", ""))
    about = one.sentence.removeprefix(one.device or one.scanned).lstrip(": ")
    head = [span(f"  {sign} ", ink), Span(fit(clean(one.device or one.scanned), 16), "strong")]
    return [*head, span(" "), Span(fit(clean(about), max(width - 22, 8)), ink if one.outcome != "found" else "dim")]


def lay_amiss(amiss: Sequence[Amiss] | None, view: str) -> Lay:
    """What is missing, or all that is not as expected."""

    def lay(width: int) -> list[Line]:
        if amiss is None:
            return [[span("  reading …", "dim")]]
        shown = [one for one in amiss if view == "amiss" or one.outcome == "missing"]
        nothing = "Nothing is missing." if view == "missing" else "Everything is as expected."
        return [_amiss_line(one, width) for one in shown] or [[span("  ✓ ", "good"), span(nothing)]]

    return lay


def _amiss_line(one: Amiss, width: int) -> Line:
    sign, ink = SIGNS.get(one.outcome, ("·", ""))
    head = [
        span(f"  {sign} ", ink),
        Span(fit(clean(OUTCOMES.get(one.outcome, one.outcome)), 13), ink),
        Span(fit(clean(one.device), 14), "strong"),
        Span(fit(clean(short_model(one.model or "")), 18)),
        span(" "),
    ]
    known = GRADES.get(one.grade, "") if one.outcome == "missing" and one.grade == "C" else ""
    return [*head, Span(fit(join(one.about, "; " if known and one.about else "", known), max(width - 52, 8)), "dim")]
