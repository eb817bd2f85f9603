"""Measuring and drawing: the only file that talks to the PDF library about text and lines."""

from collections.abc import Sequence
from typing import IO, Any

from fleet.exports.paper import codes
from fleet.exports.paper.glyphs import Piece, known, pieces
from fleet.exports.paper.marks import Code, Mark, Page, Panel, Rule, Style, Words

_BOX_WIDTH = 0.62
"""Of the box for what can't be printed, in ems."""


def width(text: str, style: Style) -> float:
    """Points a line takes."""
    known(style.font)
    return sum(_advance(piece, style) for piece in pieces(text, style.font))


def wrap(text: str, style: Style, room: float) -> list[str]:
    """Lines that fit, broken between words; a word that does not fit alone is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        tried = f"{line} {word}" if line else word
        if width(tried, style) <= room:
            line = tried
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, style, room)
        lines += whole
    return [*lines, line]


def _broken(word: str, style: Style, room: float) -> list[str]:
    if width(word, style) <= room:
        return [word]
    parts, part = [], ""
    for char in word:
        if part and width(part + char, style) > room:
            parts.append(part)
            part = char
        else:
            part += char
    return [*parts, part]


def fitted(text: str, style: Style, room: float, smallest: float) -> Style:
    """The style made smaller until a line fits, but not below a size."""
    needed = width(text, style)
    if needed <= room:
        return style
    size = max(smallest, style.size * room / needed)
    return Style(size, style.leading * size / style.size, style.bold, style.colour)


def shortened(text: str, style: Style, room: float) -> str:
    """A line cut to what fits, with an ellipsis."""
    if width(text, style) <= room:
        return text
    kept = text
    while kept and width(kept.rstrip() + "…", style) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def write_pages(file: IO[bytes], pages: Sequence[Page], size: tuple[float, float], *, title: str, author: str) -> None:
    """Draw pages into a PDF. The same pages always give the same bytes."""
    from reportlab.pdfgen.canvas import Canvas

    canvas: Any = Canvas(file, pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setCreator("Fleet")
    canvas.setCatalogEntry("Lang", "en-GB")
    for page in pages:
        for mark in page:
            _draw(canvas, mark)
        canvas.showPage()
    canvas.save()


def _draw(canvas: Any, mark: Mark) -> None:
    match mark:
        case Words():
            _draw_words(canvas, mark)
        case Rule():
            canvas.setStrokeColorRGB(*mark.colour)
            canvas.setLineWidth(mark.weight)
            canvas.line(mark.x1, mark.y1, mark.x2, mark.y2)
        case Panel():
            _draw_panel(canvas, mark)
        case Code():
            _draw_code(canvas, mark)


def _draw_panel(canvas: Any, panel: Panel) -> None:
    if panel.fill is not None:
        canvas.setFillColorRGB(*panel.fill)
    if panel.stroke is not None:
        canvas.setStrokeColorRGB(*panel.stroke)
        canvas.setLineWidth(0.75)
    canvas.rect(
        panel.x, panel.y, panel.width, panel.height, stroke=panel.stroke is not None, fill=panel.fill is not None
    )


def _draw_words(canvas: Any, words: Words) -> None:
    style, x = words.style, words.x
    canvas.setFillColorRGB(*style.colour)
    canvas.setFont(style.font, style.size)
    for piece in pieces(words.text, style.font):
        if not piece.is_plain:
            # The character itself goes along for search and screen readers (PDF 32000-1, 14.9.4).
            actual = ("\ufeff" + piece.actual).encode("utf-16-be", "replace").hex().upper()
            canvas._code.append(f"/Span <</ActualText <{actual}>>> BDC")
        _draw_piece(canvas, piece, x, words.y, style)
        if not piece.is_plain:
            canvas._code.append("EMC")
        x += _advance(piece, style)


def _draw_piece(canvas: Any, piece: Piece, x: float, y: float, style: Style) -> None:
    if not piece.shown:
        canvas.setStrokeColorRGB(*style.colour)
        canvas.setLineWidth(style.size * 0.06)
        canvas.drawString(x, y, " ")  # Something for the character to be found at.
        canvas.rect(x + style.size * 0.08, y, style.size * (_BOX_WIDTH - 0.16), style.size * 0.7, stroke=1, fill=0)
        return
    canvas.drawString(x, y, piece.shown)
    room = _string_width(piece.shown, style)
    for accent, lift in piece.accents:
        canvas.drawString(x + (room - _string_width(accent, style)) / 2, y + lift * style.size, accent)


def _draw_code(canvas: Any, code: Code) -> None:
    canvas.setFillColorRGB(0, 0, 0)
    if code.kind == "code128":
        bars = codes.code128(code.value)
        module = code.width / sum(bars)
        x = code.x
        for position, bar in enumerate(bars):
            if position % 2 == 0:
                canvas.rect(x, code.y, bar * module, code.height, stroke=0, fill=1)
            x += bar * module
        return
    rows = codes.qr(code.value)
    canvas.saveState()
    canvas.translate(code.x, code.y + code.height)
    canvas.scale(code.width / len(rows), -code.height / len(rows))  # From here a module is 1 by 1, from the top.
    for number, row in enumerate(rows):
        for start, length in _runs(row):
            canvas.rect(start, number, length, 1, stroke=0, fill=1)
    canvas.restoreState()


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for position, ink in enumerate(row):
        if ink and runs and sum(runs[-1]) == position:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif ink:
            runs.append((position, 1))
    return runs


def _advance(piece: Piece, style: Style) -> float:
    return _string_width(piece.shown, style) if piece.shown else style.size * _BOX_WIDTH


def _string_width(text: str, style: Style) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    found: float = stringWidth(text, style.font, style.size)
    return found
