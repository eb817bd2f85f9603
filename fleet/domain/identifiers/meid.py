"""MEID: 14 hexadecimal digits, or 18 decimal ones for the same number (3GPP2 S.R0048)."""

import re

from fleet.domain.identifiers.judged import Judged, bad, doubtful, from_scientific, good, is_repeated, written

_SEPARATORS = re.compile(r"[\s\-:.]")
_HEX = re.compile(r"[0-9A-F]{14}")


def judge(value: object) -> Judged:
    """Judge a MEID; the normal form is 14 upper-case hexadecimal digits."""
    text = written(value, "MEID")
    if isinstance(text, Judged):
        return text
    bare = _SEPARATORS.sub("", text).upper()
    if _HEX.fullmatch(bare):
        if is_repeated(bare):
            return bad("placeholder", "This is a filler, not a MEID.")
        return good(bare)
    restored = from_scientific(text, "MEID")
    if isinstance(restored, Judged):
        return restored
    bare = restored or bare
    if len(bare) == 18 and bare.isascii() and bare.isdigit():
        return _decimal(bare)
    if len(bare) == 15 and _HEX.fullmatch(bare[:14]) and bare[14] in "0123456789ABCDEF":
        return doubtful("meid-check-digit", bare[:14], "The 15th character is a check digit; it is not part of a MEID.")
    return bad("meid-form", "A MEID has 14 hexadecimal digits or 18 decimal ones.")


def _decimal(digits: str) -> Judged:
    high, low = int(digits[:10]), int(digits[10:])
    if high > 0xFFFFFFFF or low > 0xFFFFFF:
        return bad("meid-form", "These 18 digits are too large to be a MEID.")
    return good(f"{high:08X}{low:06X}")
