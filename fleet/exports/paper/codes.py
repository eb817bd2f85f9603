"""QR and Code 128: modules and bars as numbers, so that a page draws rectangles and a test can read them back."""

from functools import lru_cache
from typing import Any

from fleet.exports.paper.marks import MM

NARROWEST_BAR = 0.19 * MM
"""Below this (7.5 mil) hand scanners begin to fail on office printers."""
COMFORTABLE_BAR = 0.25 * MM
QUIET_MODULES = 10
"""Blank modules on both sides of a Code 128; a QR wants four."""
LONGEST_QR = 400
"""Bytes: more makes a code of 30 mm hard to read."""


def can_be_code128(value: str) -> bool:
    """Whether Code 128 can hold a text: printable ASCII."""
    return bool(value) and value.isascii() and value.isprintable()


@lru_cache(maxsize=1024)
def code128(value: str) -> tuple[int, ...]:
    """Widths of bars and spaces in modules, beginning with a bar."""
    from reportlab.graphics.barcode.code128 import Code128Auto

    encoder: Any = Code128Auto(value, quiet=False)
    encoder.validate()
    encoder.encode()
    encoder.decompose()
    # The library spells a bar's width as a letter and a space's as its lower case: `B` is 2 modules of ink.
    return tuple(ord(char.upper()) - ord("A") + 1 for char in encoder.decomposed)


def code128_modules(value: str) -> int:
    """Width of the bars in modules, without the quiet zones."""
    return sum(code128(value))


@lru_cache(maxsize=4096)
def qr(value: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules from the top; True is ink. Error correction M: a scratch of 15% is survived."""
    from reportlab.graphics.barcode import qrencoder

    code: Any = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(value)
    code.make()
    return tuple(tuple(bool(module) for module in row) for row in code.modules)
