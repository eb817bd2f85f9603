"""How joining councils read: the list of them, then one with its files and how good they are. Pure: shapes in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from tui.cards import lay_heading
from tui.onboarding import Joining, StagedFile
from tui.screens.import_lines import on_screen
from tui.text import Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import fit, wrap

GOOD, FAIR = 95, 75
"""Percent of good rows from which a file reads as good, or as fair."""
NEW = (
    "A council that joins brings several files: people, devices, past holders, SIMs. They are staged here as copies, "
    "scored together, corrected, and taken in as one step that can be undone."
)


def ink_of(score: int) -> str:
    """How a score is painted; it is always told in figures too."""
    return "good" if score >= GOOD else "warn" if score >= FAIR else "bad"


def lay_all(joining: Sequence[Joining], at: int) -> Lay:
    """The onboardings, one a line."""

    def lay(width: int) -> list[Line]:
        if not joining:
            about = [[span("  "), Span(piece, "dim")] for piece in wrap(clean(NEW), max(width - 4, 8))]
            return [[], *about, [], [span("  F2", "key"), span(" begins one.", "dim")]]
        lines: list[Line] = [[]]
        for number, one in enumerate(joining):
            here = number == at
            state = f"applied as event {one.event}" if one.event is not None else counted(len(one.files), "file")
            lines.append(
                [
                    span("▌ " if here else "  ", "accent"),
                    Span(fit(clean(one.name), 20), "strong" if here else ""),
                    Span(fit(clean(one.organisation), 16), "dim"),
                    Span(fit(clean(state), 19), "good" if one.event is not None else ""),
                    Span(clean(one.begun), "faint"),
                ]
            )
        return lines

    return lay


def lay_one(one: Joining, at: int) -> Lay:
    """One onboarding: its files, and what is wrong with the one under the bar."""

    def lay(width: int) -> list[Line]:
        lines: list[Line] = [
            [span("  "), span(one.name, "title"), Span(join("   for ", one.organisation, ", begun ", one.begun), "dim")]
        ]
        if one.event is not None:
            told = f"Applied as event {one.event}. Its files are gone; undo it from the history (F9)."
            return [*lines, [], [span("  ✓ ", "good"), span(told)]]
        if one.score is not None:
            score = Span(clean(f"{one.score}%"), ink_of(one.score))
            made = "  as if unknown sites, teams and models were made" if one.create else ""
            lines.append(
                [span("  "), score, Span(join(" of ", f"{one.rows:,}", " rows are good"), "dim"), span(made, "dim")]
            )
        lines.append([])
        if not one.files:
            return [
                *lines,
                [span("  F2", "key"), span(" stages a file. People first is not needed: Fleet sorts them.", "dim")],
            ]
        for number, file in enumerate(one.files):
            lines.append(_file_line(file, number == at, width))
        return lines + _about(one.files[at], width)

    return lay


def _file_line(file: StagedFile, here: bool, width: int) -> Line:
    name = join(file.name, f" · {file.sheet}" if file.sheet else "")
    score = "not scored" if file.score is None else f"{file.score}%"
    ink = "faint" if file.score is None else ink_of(file.score)
    counts = file.counts or {}
    told = ", ".join(f"{counts[key]:,} {key}" for key in ("new", "changed", "rejected") if counts.get(key))
    return [
        span("▌ " if here else "  ", "accent"),
        Span(fit(name, min(max(width // 3, 16), 40)), "strong" if here else ""),
        Span(fit(clean(score), 11), ink),
        Span(fit(clean(told), 34 if width >= 100 else 24), ""),
        Span(clean(file.title), "dim"),
    ]


def _about(file: StagedFile, width: int) -> list[Line]:
    lines: list[Line] = []
    if file.wrong:
        lines += lay_heading("Rows", clean(f"{file.good:,} of {file.rows:,} good"), width)
        lines += [
            [Span(fit(clean(f"{number:,}"), 8, right=True), "warn"), span("  "), span(told)]
            for number, told in file.wrong
        ]
    if file.problems:
        lines += lay_heading("Problems", clean(""), width)
    for one in file.problems:
        for at, piece in enumerate(wrap(clean(on_screen(one.reason)), max(width - 12, 8))):
            number = fit(clean(f"{one.count:,}×" if at == 0 else ""), 8, right=True)
            lines.append([Span(number, "warn"), span("  "), Span(piece)])
        rows = ", ".join(str(place.row) for place in one.places if place.row)
        if rows:
            lines.append([span("          "), Span(join("row ", rows), "dim")])
    for kind, names in (file.proposals or {}).items():
        told = join(
            counted(len(names), kind), " not in the register: ", ", ".join(names[:8]), " …" if len(names) > 8 else ""
        )
        lines += [[span("! ", "warn"), Span(piece)] for piece in wrap(told, max(width - 2, 8))]
    if file.columns:
        lines += lay_heading("Columns", clean("F4 says otherwise"), width)
        words = [f"{header} → {means.replace('_', ' ')}" for header, means in file.columns if means not in ("", "?")]
        unknown = [header for header, means in file.columns if means == "?"]
        lines += [[span("  "), Span(piece)] for piece in wrap(clean(", ".join(words)), max(width - 2, 8))]
        if unknown:
            told = join("not known: ", ", ".join(unknown))
            lines += [[span("  "), Span(piece, "warn")] for piece in wrap(told, max(width - 2, 8))]
    return lines
