"""Whole columns of cells at once, by the same rules as `importers.meanings`.

One look at some hundred cells joined together (in C) shows that all of them are what they should be; then none needs
a look of its own. A piece of a column with anything odd in it is read cell by cell, so that both ways always agree.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from importers.book import Cell
from importers.columns import plain_lines
from importers.meanings import LONGEST_TEXT, UNKNOWN, Reader

PIECE = 512
"""Cells looked at together: one odd cell costs no more than a piece its speed."""

Lines = Callable[[str], list[object] | None]
"""Cells as lines -> their meanings; None when each cell needs a look of its own."""

_SERIALS = re.compile(
    r"(?:(?:(?=[0-9]*[A-Z])(?!([A-Z0-9])\1+\n)"
    r"(?:[A-Z0-9]{8,10}|[A-RT-Z0-9][A-Z0-9]{10}|[A-Z0-9]{14,24}|[A-HJ-NP-Z0-9]{12}))?\n)*"
)
_TAGS = re.compile(r"(?:(?:(?=[A-Z]*[0-9])(?=[0-9]*[1-9A-Z])[A-Z0-9]{4,20}|[A-Z]{2,6}-[0-9]{1,10}|)\n)*")
_MACS = re.compile(
    r"(?:(?:(?!([0-9A-Fa-f])\1{11}\n)[0-9A-Fa-f][048Cc][0-9A-Fa-f]{10}|"
    r"[0-9A-Fa-f][048Cc](?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f][048Cc](?:-[0-9A-Fa-f]{2}){5}|)\n)*"
)
_GUIDS = re.compile(r"(?:(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|)\n)*")
_UPNS = re.compile(r"(?:(?:[a-z0-9'._\-]{1,64}@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+|)\n)*")
_MOBILES = re.compile(r"(?:(?:(?:0|\+44)7[1-57-9][0-9]{8}|)\n)*")
_MOMENTS = re.compile(r"(?:20[0-9]{2}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z?\n)+")
_IMEIS = re.compile(r"(?:[0-9]{15}\n)+")
_ICCIDS = re.compile(r"(?:(?:89[0-9]{17}|0{19})\n)+")
_ODD_TEXT = re.compile(r"(?:^|\n)[ ='\t]| {2}| \n|\t")
_ONE_VALUE = re.compile(r"([0-9A-Fa-f])(?:[:\-]?\1){11}")
_ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_DOUBLED = bytes((code - 48) * 2 // 10 + (code - 48) * 2 % 10 if 48 <= code < 58 else 0 for code in range(256))
_DIGIT = bytes(code - 48 if 48 <= code < 58 else 0 for code in range(256))
_MULTIPLE_OF_TEN = bytes(code % 10 == 0 for code in range(256))


def meanings_of(cells: Sequence[Cell], kind: str, read: Reader, *, utc: bool = False) -> list[object]:
    """What each cell of a column means as one kind of field; a blank one is None. `utc` is for moments without a zone."""
    if not set(map(type, cells)) <= {str}:
        return _of_any_type(cells, read)
    texts: Sequence[str] = cells  # type: ignore[assignment] # every type was looked at
    different = set(texts)
    if len(different) * 2 <= len(texts) or len(different) < PIECE:
        known = {text: read(text) if text != "" else None for text in different}
        return list(map(known.__getitem__, texts))
    if kind in _DIGITS:
        return [meaning for piece in _pieces(texts) for meaning in _of_digits(piece, *_DIGITS[kind], read)]
    lines = _LINES.get(kind) if kind != "moment" or utc else None
    if lines is None:
        return [read(text) if text != "" else None for text in texts]
    found: list[object] = []
    for piece in _pieces(texts):
        joined = "\n".join(piece) + "\n"
        meanings = lines(joined) if joined.count("\n") == len(piece) else None
        found += [read(text) if text != "" else None for text in piece] if meanings is None else meanings
    return found


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), PIECE):
        yield texts[start : start + PIECE]


def _of_any_type(cells: Sequence[Cell], read: Reader) -> list[object]:
    """Read each different cell once. 1, 1.0 and True are equal and yet different cells, so types are kept apart."""
    known: dict[object, object] = {(str, ""): None}
    meanings: list[object] = []
    for cell in cells:
        key = (type(cell), cell)
        if key not in known:
            known[key] = read(cell)
        meanings.append(known[key])
    return meanings


def _values(joined: str) -> list[object]:
    return [line or None for line in joined[:-1].split("\n")]


def _written(pattern: re.Pattern[str]) -> Lines:
    """Lines that mean what is written."""
    return lambda joined: _values(joined) if pattern.fullmatch(joined) else None


def _macs(joined: str) -> list[object] | None:
    if not _MACS.fullmatch(joined) or _ONE_VALUE.search(joined):
        return None
    return _values(joined.replace(":", "").replace("-", "").upper())


def _guids(joined: str) -> list[object] | None:
    return None if _ZERO_GUID in joined or not _GUIDS.fullmatch(joined) else _values(joined.lower())


def _phones(joined: str) -> list[object] | None:
    if not _MOBILES.fullmatch(joined):
        return None
    return [f"+44{line[-10:]}" if line else None for line in joined[:-1].split("\n")]


def _texts(joined: str) -> list[object] | None:
    bare = joined.replace("\n", "")
    if not (bare.isascii() and bare.isprintable()) or _ODD_TEXT.search(joined):
        return None
    lines = joined[:-1].split("\n")
    words = plain_lines(joined)[:-1]
    unknown = not UNKNOWN.isdisjoint(words) and any(
        line and word in UNKNOWN for line, word in zip(lines, words, strict=True)
    )
    return None if unknown or max(map(len, lines)) > LONGEST_TEXT else [line or None for line in lines]


def _moments(joined: str) -> list[object] | None:
    if not _MOMENTS.fullmatch(joined):
        return None
    try:
        return [datetime.fromisoformat(line[:19]).replace(tzinfo=UTC) for line in joined[:-1].split("\n")]
    except ValueError:
        return None


def _of_digits(piece: Sequence[str], pattern: re.Pattern[str], width: int, read: Reader) -> list[object]:
    """Cells of so many digits: those that pass Luhn's check mean what is written, the others are read one by one."""
    filler = "0" * width
    joined = "\n".join([text or filler for text in piece]) + "\n"
    ordinary = pattern.fullmatch(joined) is not None and joined.count("\n") == len(piece)
    if not ordinary or any(digit * width in piece for digit in "0123456789"):
        return [read(text) if text != "" else None for text in piece]
    passing = luhn_of_lines(joined, width, len(piece))
    return [
        (text if passes and text[-4:] != "0000" else read(text)) if text else None
        for text, passes in zip(piece, passing, strict=True)
    ]


def luhn_of_lines(joined: str, width: int, count: int) -> bytes:
    """For each of so many lines of digits, 1 where it passes Luhn: the digits are summed as bytes of one large number.

    The sum of a line is at most 9 times its digits, so up to 28 digits no byte runs over into the next.
    """
    digits = joined.encode("ascii")
    total = 0
    for place in range(width):
        table = _DIGIT if (width - place) % 2 else _DOUBLED
        total += int.from_bytes(digits[place :: width + 1].translate(table), "big")
    return total.to_bytes(count, "big").translate(_MULTIPLE_OF_TEN)


_LINES: dict[str, Lines] = {
    "serial": _written(_SERIALS),
    "asset_tag": _written(_TAGS),
    "upn": _written(_UPNS),
    "mac": _macs,
    "guid": _guids,
    "phone": _phones,
    "text": _texts,
    "moment": _moments,
}
_DIGITS: dict[str, tuple[re.Pattern[str], int]] = {"imei": (_IMEIS, 15), "iccid": (_ICCIDS, 19)}
