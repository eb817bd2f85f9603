"""How an import reads: the files at hand, then what one would do. Pure: shapes in, lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tui.cards import lay_heading
from tui.dates import say_moment
from tui.files import NOUNS, FileChange, FilePlace, FilePreview
from tui.text import Inert, Span, clean, counted, join, span
from tui.widgets.line_view import Lay, Line
from tui.widgets.painting import fit, wrap

LABEL = 12
SHOWN_PLACES = 3
COUNTS = (
    ("read", "rows"),
    ("new", "new"),
    ("changed", "changed"),
    ("unchanged", "as they are"),
    ("skipped", "no data"),
)


def on_screen(told: str) -> str:
    """What the command line says with its options, said with the keys of the screen."""
    told = told.replace("with --organisation", "with F3, Owner").replace(
        "repeat with --confirm", "repeat it with F3, Confirm"
    )
    told = told.replace(
        ', say what a column means: --map "Header=field".', ", say in F3, Columns, what a column means."
    )
    told = told.replace("say as what: --as LAYOUT", "say as what with F3, Layout")
    return told.replace("and a --reason", "and a Reason").replace("; --create makes it", "; ^S makes it")


@dataclass(frozen=True, slots=True)
class Offered:
    """A file or folder that may be chosen."""

    path: Path
    is_folder: bool

    @property
    def name(self) -> str:
        """Its name, a folder's with a slash."""
        return f"{self.path.name}/" if self.is_folder else self.path.name


def lay_folder(files: Sequence[Offered], at: int, *, reading: bool) -> Lay:
    """The files to choose from."""

    def lay(width: int) -> list[Line]:
        if reading:
            return [
                [],
                [span("  Reading the file …", "accent")],
                [],
                [span("  You can go on working elsewhere.", "dim")],
            ]
        if not files:
            return [[], [span("  No file of that name that could be read.", "dim")]]
        folder = files[0].path.parent.absolute()
        lines: list[Line] = [[span("  in ", "dim"), Span(fit(clean(folder), max(width - 8, 8)), "dim")], []]
        for number, one in enumerate(files):
            here = number == at
            lines.append([span("▌ " if here else "  ", "accent"), span(one.name, "strong" if here else "")])
        return lines

    return lay


def lay_preview(preview: FilePreview, applied: str | None, now: datetime) -> Lay:
    """What it was read as, what is wrong, what would be done."""

    def lay(width: int) -> list[Line]:
        lines = _head(preview, width)
        if applied is not None:
            lines += [[], [span("✓ Done. ", "good"), span(applied)]]
        elif preview.imported_before is not None:
            when = say_moment(preview.imported_before, now)
            lines += [[], [span("! ", "warn"), Span(join("These very bytes were imported ", when, "."), "warn")]]
        lines += _problems(preview, width)
        lines += _changes(preview.changes, preview.will_change, NOUNS[preview.subject], width)
        return lines + _reading(preview, width)

    return lay


def _head(preview: FilePreview, width: int) -> list[Line]:
    tally: list[Span] = []
    for key, words in COUNTS:
        ink = "good" if key == "new" else "accent" if key == "changed" else "dim"
        number = preview.counts.get(key, 0)
        words = "row" if (key, number) == ("read", 1) else words  # noqa: PLW2901 - one of them
        tally += [
            Span(clean(f"{number:,}"), "strong" if number else "faint"),
            span(f" {words}    ", ink if number else "faint"),
        ]
    rejected = preview.counts.get("rejected", 0)
    tally += [span(f"{rejected:,}", "bad" if rejected else "faint"), span(" rejected", "bad" if rejected else "faint")]
    about = join(preview.layout, " · ", preview.read_as)
    head: list[Line] = [[span(preview.name, "title")], [Span(fit(about, width), "dim")]]
    return [*head, [], tally]


def _problems(preview: FilePreview, width: int) -> list[Line]:
    lines: list[Line] = []
    if preview.problems:
        total = sum(one.count for one in preview.problems)
        lines += lay_heading("Problems", clean(f"{total:,}"), width)
    for one in preview.problems:
        for at, piece in enumerate(wrap(clean(on_screen(one.reason)), max(width - 10, 8))):
            number = fit(clean(f"{one.count:,}×" if at == 0 else ""), 6, right=True)
            lines.append([span("! " if at == 0 else "  ", "warn"), Span(number, "warn"), span("  "), Span(piece)])
        for place in one.places[:SHOWN_PLACES]:
            told = _place(place)
            lines += [[span("          "), Span(piece, "dim")] for piece in wrap(told, max(width - 10, 8)) if told]
        if one.count > SHOWN_PLACES and one.places:
            lines.append([span("          "), span(f"… and {one.count - SHOWN_PLACES:,} more", "faint")])
    for kind, names in preview.proposals.items():
        what = counted(len(names), kind)
        told = join(what, " not in the register: ", ", ".join(names[:8]), " …" if len(names) > 8 else "")
        lines += [[span("! ", "warn"), Span(piece)] for piece in wrap(told, max(width - 2, 8))]
    if preview.proposals or any(one.acceptable for one in preview.problems):
        lines.append([span("  ^S", "key"), span(" takes what is proposed.", "dim")])
    if preview.conflicts:
        what = counted(preview.conflicts, "statement contradicts", "statements contradict")
        told = join(
            what, " the register, which is kept: ", f"{preview.new_findings:,}", " new of it for the findings (F8)."
        )
        lines += [[span("! ", "warn"), Span(piece)] for piece in wrap(told, max(width - 2, 8))]
    return lines


def _place(place: FilePlace) -> Inert:
    """`row 12 · Serial · SDMPX000001 · It may be DMPX000001.`"""
    parts = [
        f"row {place.row}" if place.row else "",
        (place.column or "").replace("_", " "),
        place.value or "",
        place.remedy or "",
    ]
    return clean(" · ".join(part for part in parts if part))


def _changes(changes: Sequence[FileChange], number: int, noun: tuple[str, str], width: int) -> list[Line]:
    if not number:
        return []
    lines = lay_heading("What it would do", counted(number, *noun), width)
    for one in changes:
        sign = span("+ ", "good") if one.is_new else span("~ ", "accent")
        head = [sign, Span(fit(clean(f"row {one.row}"), 9), "dim"), Span(fit(clean(one.name), 14), "strong"), span(" ")]
        lines.append([*head, Span(fit(clean(one.told), max(width - 27, 8)), "dim" if one.is_new else "")])
    if number > len(changes):
        lines.append([Span(join("  … and ", f"{number - len(changes):,}", " more"), "faint")])
    return lines


def _reading(preview: FilePreview, width: int) -> list[Line]:
    lines = lay_heading("How it was read", clean(""), width)
    pairs = [f"{header} → {name.replace('_', ' ')}" for header, name in preview.columns.items()]
    for note in preview.notes:
        lines += [[Span(piece)] for piece in wrap(clean(note), max(width, 8))]
    for label, values in (("Columns", pairs), ("Not read", preview.not_read), ("Unknown", preview.unknown)):
        for at, piece in enumerate(wrap(clean(", ".join(values)), max(width - LABEL, 8)) if values else ()):
            lines.append([Span(fit(clean(label if at == 0 else ""), LABEL), "dim"), Span(piece)])
    if preview.remembered is not None:
        lines.append(
            [span("Read as was said earlier; ", "dim"), span("^O", "key"), span(" changes or forgets that.", "dim")]
        )
    if preview.unknown:
        lines.append([span("F4", "key"), span(" says what a column means.", "dim")])
    return lines
