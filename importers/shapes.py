"""Files without a header row are told by the shape of their first values."""

from collections.abc import Callable, Mapping
from itertools import islice

from fleet.domain.identifiers import imei, mac, serial
from importers.book import Cell, Row, Table
from importers.columns import row_is_blank
from importers.layout import Layout
from importers.meanings import text_of

LOOKED_AT = 8


def headerless_fit(layout: Layout, table: Table) -> bool:
    """Whether the first rows all have the shape that a layout declares."""
    rows = [*islice((row for row in table.rows if not row_is_blank(row)), LOOKED_AT)]
    return bool(rows) and all(_row_fits(layout.shape, row) for row in rows)


def tellingness(layout: Layout) -> int:
    """How much a shape demands; of two that fit, the more demanding one is right."""
    return sum(1 for kind in layout.shape if kind not in ("any", "text")) + ("serial_or_mac" in layout.shape)


def _row_fits(shape: tuple[str, ...], row: Row) -> bool:
    if not len([kind for kind in shape if kind not in ("any", "blank")]) <= len(row) <= len(shape):
        return False
    cells = [*row, *[""] * (len(shape) - len(row))]
    if "serial_or_mac" in shape and not any(map(is_mac, cells)):
        return False
    return all(_KINDS[kind](cell) for kind, cell in zip(shape, cells, strict=True))


def is_mac(cell: Cell) -> bool:
    """Twelve hexadecimal digits, private or not."""
    judged = mac.judge(cell)
    return judged.normal is not None or judged.code == "mac-private"


def is_imei(cell: Cell) -> bool:
    """14 to 16 digits."""
    return imei.judge(cell).normal is not None


def is_serial(cell: Cell) -> bool:
    """A serial with a digit in it, so that a word is not taken for one."""
    normal = serial.judge(cell).normal
    return normal is not None and any(letter.isdigit() for letter in normal) and len(normal) >= 8


_KINDS: Mapping[str, Callable[[Cell], bool]] = {
    "any": lambda _cell: True,
    "blank": lambda cell: not text_of(cell),
    "text": lambda _cell: True,
    "mac": is_mac,
    "imei_or_serial": lambda cell: is_imei(cell) or is_serial(cell),
    "serial": is_serial,
    "serial_or_mac": lambda cell: is_mac(cell) or is_serial(cell),
    "digits": lambda cell: text_of(cell).isdigit(),
    "folder": lambda cell: text_of(cell).startswith("/"),
}
