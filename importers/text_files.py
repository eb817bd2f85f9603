"""CSV, TSV and TXT: encoding by a fixed rule, delimiter by scoring, rows by the csv module.

No detector is used: on short Western files the fixed rule (byte-order mark, NUL pattern, strict UTF-8, bare CR means
MacRoman, else cp1252) is right where detectors guess.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fleet.errors import BadFile
from importers import limits
from importers.book import Row

csv.field_size_limit(16 * 1024 * 1024)

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNDEFINED_CP1252 = re.compile(b"[\x81\x8d\x8f\x90\x9d]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = bytes(code for code in range(128) if _CONTROLS.match(chr(code)))
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_LINE = re.compile(b"[^\n]*\n|[^\n]+")

_NOISE = "This is no table: the file holds binary data. Export it again as CSV or XLSX."
_NOISE_SAMPLE = 256 * 1024
DELIMITERS = ",;\t|"
SCORED_ROWS = 40
MOST_LINES_IN_A_CELL = 200
MOST_MENDED_QUOTES = 20


@dataclass(frozen=True, slots=True)
class TextRead:
    """The rows of a text file and how they were found."""

    rows: list[Row]
    encoding: str
    delimiter: str
    notes: tuple[str, ...]


def read_text(data: bytes) -> TextRead:
    """Read delimited text.

    Raises:
        BadFile: the bytes are empty or are no text.
    """
    _refuse_noise(data)
    text, encoding, notes = decode(data)
    if not text.strip():
        raise BadFile("The file is empty: there is no text in it.", code="empty")
    text = _without_controls(text, notes)
    delimiter, text = _hinted(text)
    delimiter = delimiter or best_delimiter(text)
    _refuse_boundless(text, delimiter)
    rows = _parse(text, delimiter, notes)
    if rows and (widest := max(map(len, rows))) > limits.TEXT_COLUMNS:
        raise BadFile(
            f"A row of the file has {widest:,} cells, more than any spreadsheet. Export it again.", code="extent"
        )
    while rows and not any(rows[-1]):
        rows.pop()
    return TextRead(rows, encoding, delimiter, tuple(notes))


def _refuse_boundless(text: str, delimiter: str) -> None:
    """Refuse what would unfold to gigabytes of blank rows or cells."""
    lines = max(text.count("\n"), text.count("\r"))
    if lines > limits.ROWS or text.count(delimiter) > limits.TEXT_CELLS:
        raise BadFile(
            f"The file has more than {limits.ROWS:,} rows, or {limits.TEXT_CELLS:,} cells. Export less at a time.",
            code="extent",
        )


def _refuse_noise(data: bytes) -> None:
    """Refuse binary noise by its beginning, before megabytes of it are decoded. Wide text is full of NULs."""
    sample = data[:_NOISE_SAMPLE]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or _wide(data):
        return
    found = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    if found > 20 + len(sample) // 20:
        raise BadFile(_NOISE, code="binary")


def decode(data: bytes) -> tuple[str, str, list[str]]:
    """Bytes to text, the name of the encoding, and what had to be repaired."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], name.removesuffix("-sig"), name)
    if wide := _wide(data):
        return _strictly(data, wide, wide)
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError:
        pass
    if b"\r" in data and b"\n" not in data:
        return data.decode("mac_roman"), "mac_roman", []
    return _line_by_line(data)


def _strictly(data: bytes, codec: str, name: str) -> tuple[str, str, list[str]]:
    try:
        return data.decode(codec), name, []
    except UnicodeDecodeError:
        if codec == "utf-8":
            text, _, notes = _line_by_line(data)
            return text, name, notes
        text = data.decode(codec, errors="replace")
        return text, name, [f"{text.count(chr(0xFFFD))} characters could not be read."]


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is NUL."""
    sample = data[:2000]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.7 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _line_by_line(data: bytes) -> tuple[str, str, list[str]]:
    """Files glued from two sources: each line is UTF-8 when it can be, else cp1252; the majority names the file."""
    lines: list[str] = []
    kinds: Counter[str] = Counter()
    for line in _LINE.findall(data):
        if line.isascii():
            lines.append(line.decode("ascii"))
            continue
        try:
            lines.append(line.decode("utf-8"))
            kinds["utf-8"] += 1
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace"))
            kinds["cp1252"] += 1
    name = "utf-8" if kinds["utf-8"] > kinds["cp1252"] else "cp1252"
    notes = []
    if stray := kinds["cp1252" if name == "utf-8" else "utf-8"]:
        notes.append(f"{stray} lines are not in {name} like the rest; they were read line by line.")
    if undefined := len(_UNDEFINED_CP1252.findall(data)) if name == "cp1252" else 0:
        notes.append(f"{undefined} bytes have no meaning in cp1252 and are shown as a question mark.")
    return "".join(lines), name, notes


def _without_controls(text: str, notes: list[str]) -> str:
    """Refuse binary noise; drop the odd NUL or control character, which no database stores and no one wrote."""
    written = text.encode("utf-8", "surrogatepass")
    if len(written) == len(written.translate(None, _CONTROL_BYTES)):
        return text
    found = len(_CONTROLS.findall(text))
    if found > 20 + len(text) // 100:
        raise BadFile(_NOISE, code="binary")
    notes.append(f"{found} control characters were dropped.")
    return _CONTROLS.sub("", text)


def _hinted(text: str) -> tuple[str | None, str]:
    """Excel's own first line `sep=;` names the delimiter. The line is kept blank so that row numbers stay."""
    if hint := _EXCEL_HINT.match(text):
        return hint[1], "\n" + text[hint.end() :]
    return None, text


def best_delimiter(text: str) -> str:
    """The delimiter that cuts most of the first rows into the same number of cells, more than one."""
    sample = text[:65536]
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter))


def _score(sample: str, delimiter: str) -> tuple[float, int]:
    widths = Counter(_widths(sample, delimiter))
    wide = [(count, width) for width, count in widths.items() if width > 1]
    if not wide:
        return (0.0, 0)
    count, width = max(wide)
    return (count / widths.total(), width)


def _widths(sample: str, delimiter: str) -> list[int]:
    if delimiter not in sample:
        return [1]
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
            if len(widths) == SCORED_ROWS:
                break
    except csv.Error:
        return widths or [1]
    return widths


def _parse(text: str, delimiter: str, notes: list[str]) -> list[Row]:
    rows = _rows(text, delimiter, quoted=True)
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > len(rows):
        rows = _mending_quotes(text, delimiter, notes)
    open_at = _open_quote(rows) if lines - len(rows) >= MOST_LINES_IN_A_CELL else None
    if open_at is not None:
        notes.append(f"A quotation mark in row {open_at} never closes; quotation marks were read as ordinary text.")
        rows = _rows(text, delimiter, quoted=False)
    return rows


def _mending_quotes(text: str, delimiter: str, notes: list[str]) -> list[Row]:
    """Rows where a quotation mark that was never meant as one must not swallow the lines after it.

    A cell over several lines that does not end as a quoted cell does began with such a mark: its line is read as it is.
    """
    lines = [*io.StringIO(text, newline="")]
    rows: list[Row] = []
    start = mended = 0
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter)
        begins = start
        for row in _raising_bad_file(reader):
            ends = start + reader.line_num
            if ends - begins > 1 and mended < MOST_MENDED_QUOTES and not _well_quoted(lines[begins:ends], delimiter):
                break
            rows.append(row)
            begins = ends
        else:
            break
        mended += 1
        notes.append(f"A quotation mark in row {len(rows) + 1} never closes; it was read as ordinary text.")
        rows += _rows(lines[begins], delimiter, quoted=False)
        start = begins + 1
    return rows


def _well_quoted(lines: list[str], delimiter: str) -> bool:
    try:
        [*csv.reader(lines, delimiter=delimiter, strict=True)]
    except csv.Error:
        return False
    return True


def _rows(text: str, delimiter: str, *, quoted: bool) -> list[Row]:
    lines = io.StringIO(text, newline="")
    if quoted:
        return [*_raising_bad_file(csv.reader(lines, delimiter=delimiter))]
    return [*_raising_bad_file(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))]


def _raising_bad_file(rows: Iterable[Any]) -> Iterator[Row]:
    try:
        yield from rows
    except csv.Error as error:
        raise BadFile(
            "The file can't be cut into rows: a cell is larger than 16 MB. Export it again.", code="cell-too-large"
        ) from error


def _open_quote(rows: list[Row]) -> int | None:
    """The row of a cell that swallowed hundreds of lines: its opening quotation mark was never meant as one."""
    for number, row in enumerate(rows, start=1):
        for cell in row:
            if isinstance(cell, str) and len(cell) > MOST_LINES_IN_A_CELL and cell.count("\n") > MOST_LINES_IN_A_CELL:
                return number
    return None
