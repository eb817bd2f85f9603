"""UK phone numbers: read in any of the usual spellings, kept as +44 and the national number (ITU-T E.164).

Ofcom's numbers for drama (07700 900000 to 900999) are accepted: tests and demonstrations use them.
"""

import re

from fleet.domain.identifiers.judged import Judged, bad, doubtful, from_scientific, good, written

_SPELLING = re.compile(r"[\s\-().\u00a0]")
_TRUNK_ZERO = re.compile(r"\(0\)")
_MASKED = re.compile(r"[*xX•#]{2,}")
_SEVERAL = re.compile(r"[/,;&|]|\bor\b|\band\b")
_EXTENSION = re.compile(r"(?:ext?n?\.?|x|#)\s*\d+$", re.IGNORECASE)
_NATIONAL = re.compile(r"(?:7\d{9}|[1238]\d{9}|[158]\d{8}|800\d{6,7}|55\d{8}|56\d{8})")


def judge(value: object) -> Judged:
    """Judge a phone number; the normal form is `+447700900123`."""
    if type(value) is str and len(value) == 11 and value[:2] == "07" and value.isascii() and value.isdigit():
        return _national(value[1:])
    text = written(value, "phone number")
    if isinstance(text, Judged):
        return text
    restored = from_scientific(text, "phone number")
    if isinstance(restored, Judged):
        return restored
    text = restored or text
    if _MASKED.search(text):
        return bad("phone-masked", "This phone number is masked: the source does not show it in full.")
    if _EXTENSION.search(text):
        return bad("phone-extension", "This is a number with an extension, not the number of a SIM.")
    bare = _SPELLING.sub("", _TRUNK_ZERO.sub("", text))
    if not (bare.lstrip("+").isascii() and bare.lstrip("+").isdigit()):
        if _SEVERAL.search(text):
            return bad("several", "Several phone numbers are written in one cell.")
        return bad("phone-characters", "A phone number has digits only.")
    return _digits(bare)


def _digits(bare: str) -> Judged:
    if bare.startswith(("+44", "0044")):
        return _national(bare.removeprefix("+44").removeprefix("0044").removeprefix("0"))
    if bare.startswith("44") and len(bare) in (11, 12, 13):
        return _national(bare[2:].removeprefix("0"))
    if bare.startswith(("+", "00")):
        return _foreign(bare.removeprefix("+").removeprefix("00"))
    if bare.startswith("0"):
        return _national(bare[1:])
    if len(bare) == 10 and bare[0] == "7":
        read = _national(bare)
        if read.normal is None:
            return read
        return doubtful(
            "phone-lost-zero", read.normal, "The leading 0 of this mobile number is missing.", read.proposal
        )
    return bad("phone-form", "This is no UK phone number: it begins with neither 0 nor 44.")


def _national(digits: str) -> Judged:
    if not digits.strip("0"):
        return bad("placeholder", "This is a filler, not a phone number.")
    if not _NATIONAL.fullmatch(digits):
        return bad("phone-length", "A UK phone number has 10 digits after the leading 0; some landlines have 9.")
    normal = "+44" + digits
    if digits[:2] in ("70", "76") and digits[:4] != "7624":
        return doubtful("phone-not-mobile", normal, "Numbers beginning 070 or 076 are not mobile numbers.")
    return good(normal)


def _foreign(digits: str) -> Judged:
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        return bad("phone-form", "This is neither a UK phone number nor an international one.")
    return doubtful("phone-foreign", "+" + digits, "This is not a UK phone number.")
