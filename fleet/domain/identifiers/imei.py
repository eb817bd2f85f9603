"""IMEI: 15 digits with a Luhn check digit, 14 without it, 16 with a software version instead (3GPP TS 23.003, 6.2)."""

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

_SEPARATORS = re.compile(r"[\s\-/.]")
_LABEL = re.compile(r"IMEI(?:SV)?\s*[12]?\s*[:#]?\s*", re.IGNORECASE)


def imei_key(imei: str | None) -> str | None:
    """The 14 digits in which all spellings of one IMEI agree; None for anything that is none."""
    if imei is None:
        return None
    digits = imei if imei.isdigit() else _SEPARATORS.sub("", imei)
    if not (14 <= len(digits) <= 16 and digits.isascii() and digits.isdigit()):
        return None
    return digits[:14]


def judge(value: object) -> Judged:
    """Judge an IMEI or IMEISV; the normal form is digits only."""
    if type(value) is str and len(value) == 15 and value.isascii() and value.isdigit():
        return _fifteen(value)
    text = written(value, "IMEI")
    if isinstance(text, Judged):
        return text
    restored = from_scientific(text, "IMEI")
    if isinstance(restored, Judged):
        return restored
    digits = restored or _SEPARATORS.sub("", _LABEL.sub("", text, count=1))
    if not (digits.isascii() and digits.isdigit()):
        return _not_digits(digits)
    if len(digits) == 15:
        return _fifteen(digits)
    if len(digits) == 14:
        return _fourteen(digits)
    if len(digits) == 16:
        return _sixteen(digits)
    if 11 <= len(digits) <= 13 and is_number(value):
        return _padded(digits)
    if len(digits) >= 28:
        return bad("several", "Several IMEIs are written in one cell.")
    return bad("imei-length", f"An IMEI has 15 digits; this has {len(digits)}.")


def _fifteen(digits: str) -> Judged:
    if is_repeated(digits):
        return bad("placeholder", "This is a filler, not an IMEI.")
    if digits.endswith("0000000"):
        return bad("precision-lost", "This IMEI ends in zeros as if a spreadsheet had rounded it.")
    if luhn_ok(digits):
        return good(digits)
    return doubtful("imei-check-digit", digits, "The check digit of this IMEI is wrong: one digit may be mistyped.")


def _fourteen(digits: str) -> Judged:
    """Either the check digit was left out or a leading zero was lost; issuers 01 and 00 are the only zeros."""
    if is_repeated(digits):
        return bad("placeholder", "This is a filler, not an IMEI.")
    if digits[0] != "1":
        return doubtful(
            "imei-no-check-digit",
            digits,
            "This IMEI has 14 digits: its check digit was left out.",
            digits + luhn_digit(digits),
        )
    certain = luhn_ok("0" + digits)
    return bad(
        "imei-lost-zero",
        "This IMEI has 14 digits and begins with 1: a spreadsheet has probably dropped its leading zero.",
        "0" + digits if certain else None,
    )


def _padded(digits: str) -> Judged:
    whole = digits.zfill(15)
    return bad(
        "imei-lost-zero",
        "A number cell dropped the leading zeros of this IMEI.",
        whole if luhn_ok(whole) else None,
    )


def _sixteen(digits: str) -> Judged:
    if is_repeated(digits):
        return bad("placeholder", "This is a filler, not an IMEI.")
    return doubtful(
        "imeisv",
        digits,
        "This is an IMEISV: 14 digits and the software version; matched on the first 14.",
        digits[:14] + luhn_digit(digits[:14]),
    )


def _not_digits(text: str) -> Judged:
    if len([part for part in re.split(r"[,;|]", text) if len(part) in (14, 15, 16)]) > 1:
        return bad("several", "Several IMEIs are written in one cell.")
    return bad("imei-characters", "An IMEI has digits only.")
