"""The frozen text read back as blocks, so that a page can be composed from exactly what was accepted."""

import re
from collections.abc import Iterator, Sequence

from fleet.domain.receipts.blocks import Block, Facts, Heading, Paragraph, Point, Row, Table, Title
from fleet.domain.receipts.characters import columns, cut
from fleet.domain.receipts.laying import DETAIL

_RULES = re.compile(r"-+(?: {2}-+)+")
_POINT = re.compile(r"(\d{1,3}\.|[-•])\s+(?=\S)")
_FACT = re.compile(r"(\S.*?) {2,}(?=\S)")


def read_blocks(body: str) -> list[Block]:
    """The blocks of a text. What has no form that is known here is a paragraph, so no word is ever lost."""
    blocks: list[Block] = []
    for lines in _groups(body):
        blocks += _title(lines) if not blocks else _blocks(lines)
    return blocks


def _groups(body: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in [*body.split("\n"), ""]:
        if line.strip():
            lines.append(line)
        elif lines:
            yield lines
            lines = []


def _title(lines: Sequence[str]) -> list[Block]:
    if len(lines) < 3 or lines[-1].strip("="):
        return _blocks(lines)
    return [Title(" ".join(lines[:-2]), lines[-2])]


def _blocks(lines: Sequence[str]) -> list[Block]:
    if len(lines) > 1 and not lines[-1].strip("-") and len(lines[-1]) == max(columns(line) for line in lines[:-1]):
        return [Heading(" ".join(lines[:-1]))]
    if len(lines) > 1 and _RULES.fullmatch(lines[1]):
        return [_table(lines)]
    if _POINT.match(lines[0]):
        return list(_points(lines))
    if (facts := _facts(lines)) is not None:
        return [facts]
    return [Paragraph(" ".join(line.strip() for line in lines))]


def _points(lines: Sequence[str]) -> Iterator[Point]:
    mark, text = "", ""
    for line in lines:
        found = None if line.startswith(" ") else _POINT.match(line)
        if found is None:
            text += " " + line.strip()
            continue
        if mark:
            yield Point(mark, text)
        mark, text = found[1], line[found.end() :]
    yield Point(mark, text)


def _facts(lines: Sequence[str]) -> Facts | None:
    first = _FACT.match(lines[0])
    if first is None:
        return None
    column = columns(first[0])
    pairs: list[tuple[str, str]] = []
    for line in lines:
        label, value = cut(line, 0, column), cut(line, column)
        if label:
            pairs.append((label, value))
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {value}")
    return Facts(tuple(pairs))


def _table(lines: Sequence[str]) -> Table:
    spans = [(found.start(), found.end()) for found in re.finditer(r"-+", lines[1])]
    rows: list[tuple[list[str], list[str]]] = []
    for line in lines[2:]:
        cells = [cut(line, start, end) for start, end in spans]
        indented = cut(line, spans[1][0])
        if cells[0]:
            rows.append((cells, []))
        elif indented.startswith(DETAIL):
            rows[-1][1].append(indented[len(DETAIL) :])
        elif rows[-1][1]:
            rows[-1][1][-1] += " " + indented
        else:
            rows[-1][0][:] = [f"{old} {new}" if new else old for old, new in zip(rows[-1][0], cells, strict=True)]
    headers = tuple(cut(lines[0], start, end) for start, end in spans)
    return Table(headers, tuple(Row(tuple(cells), tuple(details)) for cells, details in rows))
