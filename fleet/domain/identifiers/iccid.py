"""ICCID, the number of a SIM: begins with 89, 19 or 20 digits, Luhn check digit last (ITU-T E.118)."""

import re

from fleet.domain.identifiers.checksums import luhn_digit, luhn_ok
from fleet.domain.identifiers.judged import (
    Judged,
    bad,
    doubtful,
    from_scientific,
    good,
    is_number,
    is_repeated,
    written,
)

_SEPARATORS = re.compile(r"[\s\-.]")


def judge(value: object) -> Judged:
    """Judge an ICCID; the normal form is 18 to 20 digits without the BCD padding `F`."""
    if type(value) is str and len(value) == 19 and value.isascii() and value.isdigit():
        return _whole(value)
    text = written(value, "ICCID")
    if isinstance(text, Judged):
        return text
    restored = from_scientific(text, "ICCID")
    if isinstance(restored, Judged):
        return restored
    digits = _SEPARATORS.sub("", text).upper()
    if 19 <= len(digits) <= 20:
        digits = digits.rstrip("F")
    if not (digits.isascii() and digits.isdigit()):
        return bad("iccid-characters", "An ICCID has digits only.")
    if is_number(value):
        return bad("precision-lost", "An ICCID has 19 or 20 digits: a number cell can't hold it.")
    return _whole(digits)


def _whole(digits: str) -> Judged:
    if is_repeated(digits):
        return bad("placeholder", "This is a filler, not an ICCID.")
    if not digits.startswith("89"):
        return bad("iccid-prefix", "An ICCID begins with 89: the first line of the printed number may be missing.")
    if not 18 <= len(digits) <= 20:
        return bad("iccid-length", f"An ICCID has 19 or 20 digits; this has {len(digits)}.")
    if not digits[15:].strip("0"):
        return bad("precision-lost", "This ICCID ends in zeros: a spreadsheet has rounded it.")
    if len(digits) == 18:
        return doubtful(
            "iccid-no-check-digit",
            digits,
            "This ICCID has 18 digits: its check digit was left out.",
            digits + luhn_digit(digits),
        )
    if luhn_ok(digits):
        return good(digits)
    return doubtful(
        "iccid-check-digit", digits, "The check digit of this ICCID is wrong: a digit may be mistyped or left out."
    )
