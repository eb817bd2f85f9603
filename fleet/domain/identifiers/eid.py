"""EID, the number of an embedded SIM: 32 digits, 1 modulo 97 (GSMA SGP.29; it need not begin with 89)."""

import re

from fleet.domain.identifiers.checksums import mod97_ok
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
    """Judge an EID; the normal form is 32 digits."""
    if type(value) is str and len(value) == 32 and value.isascii() and value.isdigit():
        return _whole(value)
    text = written(value, "EID")
    if isinstance(text, Judged):
        return text
    restored = from_scientific(text, "EID")
    if isinstance(restored, Judged):
        return restored
    if is_number(value):
        return bad("precision-lost", "An EID has 32 digits: a number cell can't hold it.")
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        return bad("eid-characters", "An EID has digits only.")
    if len(digits) != 32:
        return bad("eid-length", f"An EID has 32 digits; this has {len(digits)}.")
    return _whole(digits)


def _whole(digits: str) -> Judged:
    if is_repeated(digits):
        return bad("placeholder", "This is a filler, not an EID.")
    if not digits[15:].strip("0"):
        return bad("precision-lost", "This EID ends in zeros: a spreadsheet has rounded it.")
    if mod97_ok(digits):
        return good(digits)
    return doubtful("eid-check-digits", digits, "The check digits of this EID are wrong: one digit may be mistyped.")
