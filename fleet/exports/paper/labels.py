"""Labels for devices: tag as code and text, whose it is, and what to do when it is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.domain.receipts import safe
from fleet.errors import UsageProblem
from fleet.exports.paper import codes
from fleet.exports.paper.glyphs import unprintable
from fleet.exports.paper.marks import A4, HAIR, MM, QUIET, Code, Page, Panel, Style, Words
from fleet.exports.paper.pen import fitted, shortened, width, wrap, write_pages
from fleet.exports.paper.sheets import Sheet
from fleet.exports.whole_files import whole_file
from fleet.queries.bundles import LabelRow

CODES = ("auto", "qr", "code128")
IF_FOUND = "If found, please return to {organisation}."
SMALLEST = 4.8
"""Points: below this office printers smear."""
MOST_LABELS = 5_000
_SMALL_LABEL = 26 * MM
"""A label lower than this has its text beside the code."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What was written."""

    path: Path
    labels: int
    sheets: int
    next_position: int
    """Where to begin on the last sheet the next time, from 1; 1 when it is used up."""
    unprintable: tuple[str, ...]


def write_labels(
    path: Path,
    rows: Sequence[LabelRow],
    sheet: Sheet,
    *,
    start: int = 1,
    code: str = "auto",
    if_found: str = IF_FOUND,
    outline: bool = False,
    overwrite: bool = False,
) -> Printed:
    """Write labels, one per device, beginning at a position of the first sheet.

    Raises `UsageProblem` naming every device without a tag, or whose tag fits no label, before anything is written.
    """
    _check(rows, sheet, start, code)
    pages = compose(rows, sheet, start=start, code=code, if_found=if_found, outline=outline)
    owners = sorted({row.organisation for row in rows})
    with whole_file(path, overwrite=overwrite) as file:
        write_pages(file, pages, A4, title="Asset tag labels", author=", ".join(owners[:3]))
    missing = unprintable(" ".join(safe(f"{row.asset_tag} {row.organisation} {if_found}") for row in rows))
    used = start - 1 + len(rows)
    return Printed(path, len(rows), len(pages), used % sheet.labels + 1, tuple(missing))


def compose(
    rows: Sequence[LabelRow], sheet: Sheet, *, start: int = 1, code: str = "auto", if_found: str = IF_FOUND,
    outline: bool = False,
) -> list[Page]:  # fmt: skip
    """The sheets."""
    pages: list[Page] = []
    wrong: list[str] = []
    for position, row in enumerate(rows, start=start - 1):
        number = position % sheet.labels
        if number == 0 or not pages:
            pages.append([])
        x, y = sheet.place(number)
        if outline:
            pages[-1].append(Panel(x, y, sheet.width * MM, sheet.height * MM, stroke=HAIR))
        try:
            pages[-1] += _Label(row, x, y, sheet, code, if_found).marks()
        except UsageProblem as problem:
            wrong.append(problem.message)
    if wrong:
        raise UsageProblem(_listed(wrong) + " Nothing was written.")
    return pages


def _check(rows: Sequence[LabelRow], sheet: Sheet, start: int, code: str) -> None:
    if not rows:
        raise UsageProblem("Name at least one device.")
    if len(rows) > MOST_LABELS:
        raise UsageProblem(f"{len(rows):,} labels are more than one file takes ({MOST_LABELS:,}).")
    if not 1 <= start <= sheet.labels:
        raise UsageProblem(f"The sheet {sheet.key} has labels 1 to {sheet.labels}; it can't begin at {start}.")
    if code not in CODES:
        raise UsageProblem(f"A code is one of {', '.join(CODES)}, not {code}.")
    if untagged := [row.serial or f"device {row.device_id}" for row in rows if not row.asset_tag]:
        raise UsageProblem(f"No asset tag: {', '.join(untagged[:12])}{_more(untagged)}. Nothing was written.")


class _Label:
    """One label: the code, the tag, the owner and a line for the finder."""

    def __init__(self, row: LabelRow, x: float, y: float, sheet: Sheet, code: str, if_found: str) -> None:
        self.tag, self.owner = safe(row.asset_tag), safe(row.organisation)
        self.found = safe(if_found.replace("{organisation}", row.organisation))
        self.small = sheet.height * MM < _SMALL_LABEL
        pad = (1.6 if self.small else 3) * MM
        self.left, self.bottom = x + pad, y + pad
        self.room, self.height = sheet.width * MM - 2 * pad, sheet.height * MM - 2 * pad
        self.kind = self._kind(code)

    def marks(self) -> Page:
        """What is drawn; raises `UsageProblem` when the tag can't be read at any size."""
        return self._beside() if self.kind == "qr" else self._stacked()

    def _kind(self, code: str) -> str:
        fits = codes.can_be_code128(self.tag) and not self.small
        if fits and code == "auto":
            bar = self.room / (codes.code128_modules(self.tag) + 2 * codes.QUIET_MODULES)
            fits = bar >= codes.COMFORTABLE_BAR
        if code == "code128":
            fits = codes.can_be_code128(self.tag)
            bar = self.room / (codes.code128_modules(self.tag) + 2 * codes.QUIET_MODULES) if fits else 0
            if bar < codes.NARROWEST_BAR:
                raise UsageProblem(f"{self.tag} does not fit this label as Code 128; use a larger sheet, or QR.")
        return "code128" if fits and code != "qr" else "qr"

    def _stacked(self) -> Page:
        """Owner, bars, tag, finder's line, from top to bottom, centred."""
        owner = Style(5.5, 7, bold=True) if self.small else Style(7.5, 10, bold=True)
        finder = Style(SMALLEST, 5.6, colour=QUIET) if self.small else Style(6, 7.4, colour=QUIET)
        tag = self._tag_style(Style(8, 9, bold=True) if self.small else Style(12.5, 15, bold=True), self.room)
        finders = _lines(self.found, finder, self.room, 1 if self.small else 2)
        top = self.bottom + self.height
        marks: Page = [self._centred(shortened(self.owner, owner, self.room), top - owner.size, owner)]
        y = self.bottom + 1
        for line in reversed(finders):
            marks.append(self._centred(line, y, finder))
            y += finder.leading
        y += 1
        marks.append(self._centred(self.tag, y, tag))
        y += tag.size + 1
        modules = codes.code128_modules(self.tag)
        bar = min(0.42 * MM, self.room / (modules + 2 * codes.QUIET_MODULES))
        wide, high = bar * modules, top - owner.leading - 2 - y
        marks.append(Code(self.left + (self.room - wide) / 2, y, wide, high, self.tag, "code128"))
        return marks

    def _beside(self) -> Page:
        """The QR left, everything else right of it."""
        value = self.tag
        if len(value.encode()) > codes.LONGEST_QR:
            raise UsageProblem(f"{value[:40]}… is too long for a label.")
        modules = len(codes.qr(value))
        side = min(self.height, self.room * 0.42)
        quiet = side * 4 / (modules + 8) if self.small else 0  # A larger label has the margin to be quiet.
        size = side - quiet
        gap = max(2.2 * MM, size * 4 / modules)
        x = self.left + size + gap
        room = self.left + self.room - x
        marks: Page = [Code(self.left, self.bottom + (self.height - size) / 2, size, size, value, "qr")]
        owner = Style(5.5, 6.6, bold=True) if self.small else Style(7.5, 9.6, bold=True)
        finder = Style(SMALLEST, 5.6, colour=QUIET) if self.small else Style(6.2, 7.8, colour=QUIET)
        tag = self._tag_style(Style(9, 11, bold=True) if self.small else Style(14, 18, bold=True), room)
        parts = [
            *((line, owner) for line in _lines(self.owner, owner, room, 2)),
            *((line, tag) for line in self._tag_lines(tag, room)),
            *((line, finder) for line in _lines(self.found, finder, room, 3)),
        ]
        total = sum(style.leading for _, style in parts) + 3
        if total > self.height + 3:
            raise UsageProblem(f"{self.tag[:40]} is too long for this label; use a larger sheet.")
        y = self.bottom + (self.height + total) / 2 - owner.size
        previous = owner
        for line, style in parts:
            if style is not previous:
                y -= (style.size - previous.size) * (0.73 if style is tag else 0.6) + 2
                previous = style
            marks.append(Words(x, y, line, style))
            y -= style.leading
        return marks

    def _tag_style(self, style: Style, room: float) -> Style:
        return fitted(self.tag, style, room, 5.5 if self.small else 7)

    def _tag_lines(self, style: Style, room: float) -> list[str]:
        return wrap(self.tag, style, room)

    def _centred(self, text: str, y: float, style: Style) -> Words:
        return Words(self.left + (self.room - width(text, style)) / 2, y, text, style)


def _lines(text: str, style: Style, room: float, most: int) -> list[str]:
    lines = wrap(text, style, room)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], shortened(" ".join(lines[most - 1 :]), style, room)]


def _listed(wrong: Sequence[str]) -> str:
    return " ".join(wrong[:8]) + (f" … and {len(wrong) - 8} more." if len(wrong) > 8 else "")


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - 12} more" if len(names) > 12 else ""
