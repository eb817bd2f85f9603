"""The rows of one sheet as the XML of a workbook, written once, kept outside memory.

A row is encoded a few times faster here than through a library that accepts any cell in any order: the columns are
known beforehand, and what repeats (a status, a model, a day) is encoded once. The style of a cell is written as a
place-holder, because the numbers of styles are known only when the rest of the workbook is done.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from fleet.domain.fields import Field
from fleet.errors import UsageProblem
from fleet.exports.cells import clean, fitted, looks_like_formula, markup, ordinary

STYLES = ("text", "identifier", "prose", "date", "moment", "money", "integer", "quoted")
"""Names of the styles of data cells. `quoted` keeps a text that looks like a formula a text, even when it is edited."""

ROWS = 1_048_576
"""Rows of a sheet, the header and all above it among them."""

_BLOCK = 500
_IN_MEMORY = 8 * 1024 * 1024
_REMEMBERED = {"word": 256, "boolean": 2, "text": 4_096, "identifier": 512, "date": 4_096, "money": 512, "integer": 512}
"""How many values of a column are kept encoded, by kind: enough where values repeat, little where they don't."""

_STYLE_OF = {"date": "date", "moment": "moment", "money": "money", "integer": "integer", "identifier": "identifier"}
_DAY_NOUGHT = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
"""Earlier days have no number that all programs agree about."""

Encode = Callable[[Any], str]


class RowSpool:
    """Encoded rows of one sheet from a given row on; read back in blocks."""

    def __init__(self, fields: Sequence[Field], first_row: int, prose: frozenset[str] = frozenset()) -> None:
        self.rows = 0
        self.first_row = first_row
        self._cut: set[int] = set()
        self._styles = {"text", "quoted"} | {_style(field, field.key in prose) for field in fields}
        """Those that cells of this sheet can have."""
        self._prose = [(field.text, int(field.width * 1.2)) for field in fields if field.key in prose]
        self._columns = [
            (f'<c r="{column_letters(at)}', field.reader(), self._encoder(field, field.key in prose))
            for at, field in enumerate(fields)
        ]
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `close` gives it back
        self._block: list[str] = []
        self._lengths: list[int] = []

    @property
    def texts_cut(self) -> int:
        """How many different texts were longer than a cell holds."""
        return len(self._cut)

    def add(self, row: object) -> None:
        """Encode one row; raises `UsageProblem` when the sheet is full."""
        number = self.first_row + self.rows
        if number > ROWS:
            raise UsageProblem(
                f"A sheet holds {ROWS:,} lines and there are more. Name an organisation, filter, or export to CSV.",
                code="too-many-rows",
            )
        self.rows += 1
        parts = [f'<row r="{number}"{self._height(row) if self._prose else ""}>']
        for start, value_of, encode in self._columns:
            value = value_of(row)
            if value is not None:
                parts.append(f"{start}{number}{encode(value)}")
        parts.append("</row>")
        self._block.append("".join(parts))
        if len(self._block) == _BLOCK:
            self._flush()

    def copy_to(self, target: IO[bytes], style_numbers: Sequence[str]) -> None:
        """Write all rows with the numbers that styles got; nothing can be added afterwards."""
        self._flush()
        self._file.seek(0)
        marks = [
            (b's="@%d"' % place, b's="%s"' % number.encode())
            for place, (style, number) in enumerate(zip(STYLES, style_numbers, strict=True))
            if style in self._styles
        ]
        for length in self._lengths:
            block = self._file.read(length)
            for place, number in marks:
                block = block.replace(place, number)
            target.write(block)

    def close(self) -> None:
        """Give back the temporary file."""
        self._file.close()

    def _flush(self) -> None:
        if self._block:
            data = "".join(self._block).encode()
            self._file.write(data)
            self._lengths.append(len(data))
            self._block.clear()

    def _height(self, row: object) -> str:
        """The height that a row's longest wrapped text needs: not every program works it out when it opens a file."""
        lines = max(-(-len(text_of(row)) // width) for text_of, width in self._prose)
        return f' ht="{15 * min(lines, 20)}" customHeight="1"' if lines > 1 else ""

    def _encoder(self, field: Field, prose: bool) -> Encode:
        to_cell = field.as_cell()
        encode_cell = _NUMBERS.get(field.kind) or self._text_encoder(_style(field, prose))

        def encode(value: Any) -> str:
            return encode_cell(to_cell(value))

        return lru_cache(_REMEMBERED[field.kind])(encode) if field.kind in _REMEMBERED else encode

    def _text_encoder(self, style: str) -> Encode:
        plainly, quoted = _marked(style), _marked("quoted")

        def encode(value: object) -> str:
            text = str(value)
            if ordinary(text):
                return f'{plainly} t="inlineStr"><is><t>{_amp(text)}</t></is></c>'
            text = clean(text)
            short = fitted(text)
            if short != text:
                self._cut.add(hash(text))
            mark = quoted if looks_like_formula(short) else plainly
            return f'{mark} t="inlineStr"><is><t xml:space="preserve">{markup(short)}</t></is></c>'

        return encode


def _style(field: Field, prose: bool) -> str:
    return "prose" if prose else _STYLE_OF.get(field.kind, "text")


def column_letters(at: int) -> str:
    """0 is `A`, 26 is `AA`."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _marked(style: str) -> str:
    return f'" s="@{STYLES.index(style)}"'


def _amp(text: str) -> str:
    return text.replace("&", "&amp;")


def _date(day: date) -> str:
    if day < _FIRST_DAY:
        return f'{_marked("text")} t="inlineStr"><is><t>{day.isoformat()}</t></is></c>'
    return f"{_marked('date')}><v>{(day - _DAY_NOUGHT).days}</v></c>"


def _moment(moment: datetime) -> str:
    if moment.date() < _FIRST_DAY:
        return f'{_marked("text")} t="inlineStr"><is><t>{moment.isoformat(" ")}</t></is></c>'
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{_marked('moment')}><v>{(moment.date() - _DAY_NOUGHT).days + seconds / 86_400:.10f}</v></c>"


def _money(pounds: Decimal) -> str:
    return f"{_marked('money')}><v>{pounds:f}</v></c>"


def _integer(number: int) -> str:
    if abs(number) >= 10**15:
        return f'{_marked("text")} t="inlineStr"><is><t>{number}</t></is></c>'
    return f"{_marked('integer')}><v>{number}</v></c>"


_NUMBERS: dict[str, Encode] = {"date": _date, "moment": _moment, "money": _money, "integer": _integer}
