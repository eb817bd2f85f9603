"""How issuing, taking back and receiving by scanner read. Pure: outcomes in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from tui.counting import Arrival, Batch, Seen
from tui.screens.stocktake_lines import box
from tui.text import Inert, Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import between, fit, wrap
from tui.writes import Recipient

OUTCOMES = {
    "issued": ("✓", "good", "issued"),
    "returned": ("✓", "good", "back"),
    "received": ("✓", "good", "in stock"),
    "added": ("✓", "good", "new, in stock"),
    "repeated": ("=", "dim", "already"),
    "in_register": ("▲", "warn", "known before"),
    "not_held": ("=", "warn", "nobody has it"),
    "wrong_holder": ("▲", "warn", "somebody else has it"),
    "refused": ("✕", "bad", "not possible"),
    "unknown": ("✕", "bad", "not known"),
    "ambiguous": ("?", "bad", "fits several"),
}
"""Outcome -> its sign, ink and words."""


def lay_doing(
    mode: str, to: Recipient | None, due: str | None, seen: Sequence[Seen], arrival: Arrival | None = None
) -> Lay:
    """What happens with what is scanned, and how many it was."""

    def lay(width: int) -> list[Line]:
        if not mode:
            note = "Then scan: each device is done at once, as a step of its own."
            return [
                [span("  What is to happen with what you scan?", "strong")],
                [
                    span("  F2", "key"),
                    span(" issue it to somebody   "),
                    span("F3", "key"),
                    span(" take it back"),
                    span("   "),
                    span("F4", "key"),
                    span(" receive a delivery"),
                ],
                *([span("  "), Span(piece, "dim")] for piece in wrap(clean(note), max(width - 4, 8))),
            ]
        what: Line = [span(" Taking back", "title")]
        if to is not None:
            until = join("  loan, due back ", due) if due else clean("")
            what = [span(" Issuing to ", "title"), span(to.name, "strong"), Span(until, "accent")]
        if arrival is not None:
            what = [span(" Receiving for ", "title"), span(arrival.organisation or "", "strong")]
        done = sum(one.outcome in ("issued", "returned", "received", "added") for one in seen)
        with_what = [[span(" "), span(_came_with(arrival), "accent")]] if arrival is not None else []
        counts = [Span(join(counted(done, "device"), " "), "strong")]
        return [between(what, counts, width), *with_what, _tally(seen)]

    return lay


def _came_with(arrival: Arrival) -> str:
    parts = (
        f"order {arrival.order}" if arrival.order else "",
        f"note {arrival.note}" if arrival.note else "",
        f"at {arrival.site}" if arrival.site else "",
        f"new ones are {arrival.model}" if arrival.model else "",
    )
    return " · ".join(part for part in parts if part)


def _tally(seen: Sequence[Seen]) -> Line:
    told: list[Span] = [span(" ")]
    for outcome, (sign, ink, words) in OUTCOMES.items():
        if number := sum(one.outcome == outcome for one in seen):
            told += [span(f"{sign} {number:,} {words}   ", ink)]
    return told


def lay_last(last: Batch | None, mode: str, waiting: int, trouble: str | None, taken_back: str | None) -> Lay:
    """The last scan in large."""

    def lay(width: int) -> list[Line]:
        if not mode:
            return []
        if trouble is not None:
            about = join(counted(waiting, "scan"), " waiting. ", trouble, " Trying again.")
            return box("✕", "NOT DONE YET", about, "bad", width)
        if taken_back is not None:
            return box("↶", "TAKEN BACK", join(taken_back, " is as it was before."), "accent", width)
        if last is None:
            return box(
                "▮", "READY TO SCAN", clean("Each scan is done at once. ^Z takes the last one back."), "dim", width
            )
        one = last.seen[0]
        sign, ink, words = OUTCOMES.get(one.outcome, ("·", "", one.outcome))
        said = " · ".join(part for part in (_why(one), one.about) if part)
        return box(sign, words.upper(), clean(said), ink, width, one.device or one.scanned)

    return lay


def _why(one: Seen) -> str:
    why = one.sentence.partition(": ")[2].removeprefix(f"{one.device} ")
    return why[:1].upper() + why[1:]


def lay_done(seen: Sequence[Seen]) -> Lay:
    """The scans, the newest first."""

    def lay(width: int) -> list[Line]:
        return [_line(one, width) for one in seen]

    return lay


def _line(one: Seen, width: int) -> Line:
    sign, ink, words = OUTCOMES.get(one.outcome, ("·", "", one.outcome))
    name: Inert = fit(clean(one.device or one.scanned), 16)
    about = fit(clean(_why(one)), max(width - 46, 8))
    return [span(f"  {sign} ", ink), Span(name, "strong"), Span(fit(clean(words), 22), ink), Span(about, "dim")]
