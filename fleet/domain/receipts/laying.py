"""Blocks as plain text of 80 columns: what is shown, signed, hashed and kept."""

from collections.abc import Iterable, Sequence

from fleet.domain.receipts.blocks import Block, Facts, Heading, Paragraph, Point, Row, Table, Title
from fleet.domain.receipts.characters import columns, padded, wrapped

WIDTH = 80
GAP = "  "
DETAIL = "+ "
"""What a sentence under a line of the table begins with."""
_WIDEST = {"Tag": 18, "Serial": 14, "IMEI": 15}
_NARROWEST_MODEL = 12


def lay(blocks: Iterable[Block]) -> str:
    """The text, ending with a line break; one blank line between blocks, none between points."""
    lines: list[str] = []
    previous: Block | None = None
    for block in blocks:
        if previous is not None and not (isinstance(block, Point) and isinstance(previous, Point)):
            lines.append("")
        lines += _lines(block)
        previous = block
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _lines(block: Block) -> list[str]:
    match block:
        case Title(organisation, text):
            lines = [*wrapped(organisation, WIDTH), *wrapped(text, WIDTH)]
            return [*lines, "=" * min(WIDTH, max(columns(line) for line in lines))]
        case Heading(text):
            lines = wrapped(text, WIDTH)
            return [*lines, "-" * max(columns(line) for line in lines)]
        case Facts(pairs):
            return _facts(pairs)
        case Table(headers, rows):
            return _table(headers, rows)
        case Point(mark, text):
            return _hanging(mark + " ", text, " " * (columns(mark) + 1))
        case Paragraph(text):
            return wrapped(text, WIDTH)


def _hanging(first: str, text: str, then: str) -> list[str]:
    lines = wrapped(text, WIDTH - columns(first))
    return [(first if number == 0 else then) + line for number, line in enumerate(lines)]


def _facts(pairs: Sequence[tuple[str, str]]) -> list[str]:
    label_width = max(columns(label) for label, _ in pairs)
    return [
        line
        for label, value in pairs
        for line in _hanging(padded(label, label_width) + GAP, value, " " * label_width + GAP)
    ]


def _table(headers: Sequence[str], rows: Sequence[Row]) -> list[str]:
    widths = _widths(headers, rows)
    lines = [_line(headers, widths), GAP.join("-" * width for width in widths)]
    for row in rows:
        cells = [wrapped(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
        for number in range(max(len(cell) for cell in cells)):
            lines.append(_line([cell[number] if number < len(cell) else "" for cell in cells], widths))
        indent = " " * widths[0] + GAP
        for detail in row.details:
            lines += _hanging(indent + DETAIL, detail, indent + " " * len(DETAIL))
    return lines


def _widths(headers: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """As wide as needed, within limits; the model takes what is left."""
    widths = [
        min(
            _WIDEST.get(header, WIDTH),
            max([columns(header), *(columns(row.cells[position]) for row in rows)]),
        )
        for position, header in enumerate(headers)
    ]
    model = headers.index("Model")
    others = sum(widths) - widths[model] + len(GAP) * (len(widths) - 1)
    widths[model] = max(_NARROWEST_MODEL, min(widths[model], WIDTH - others))
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(
        padded(cell, width, right=position == 0)
        for position, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
