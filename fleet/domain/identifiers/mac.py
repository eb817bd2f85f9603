"""MAC address: 12 hexadecimal digits. A locally administered one (iOS private Wi-Fi address) identifies nothing."""

import re

from fleet.domain.identifiers.judged import Judged, bad, from_scientific, good, is_number, is_repeated, written

_BARE = re.compile(r"[0-9A-Fa-f]{12}")
_GROUPS = re.compile(r"[0-9A-Fa-f]{1,2}(?:([:\- .])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2}){4}")
_SEPARATORS = re.compile(r"[\s:\-.]")


def judge(value: object) -> Judged:
    """Judge a MAC address; the normal form is 12 upper-case hexadecimal digits without separators."""
    if type(value) is str and _BARE.fullmatch(value):
        return _whole(value.upper())
    text = written(value, "MAC address")
    if isinstance(text, Judged):
        return text
    if _GROUPS.fullmatch(text):
        return _whole("".join(part.zfill(2) for part in _SEPARATORS.split(text)).upper())
    bare = _SEPARATORS.sub("", text).upper()
    if _BARE.fullmatch(bare) and not is_number(value):
        return _whole(bare)
    return _damaged(text, bare, value)


def _whole(bare: str) -> Judged:
    if is_repeated(bare):
        return bad("placeholder", "This is a filler, not a MAC address.")
    second = int(bare[1], 16)
    if second & 1:
        return bad("mac-multicast", "This is a group address, not the address of a device.")
    if second & 2:
        return bad("mac-private", "This is a private Wi-Fi address, which changes: it identifies no device.")
    return good(bare)


def _damaged(text: str, bare: str, value: object) -> Judged:
    restored = from_scientific(text, "MAC address")
    if isinstance(restored, Judged):
        return restored
    bare = restored or bare
    if 6 < len(bare) <= 12 and bare.isascii() and bare.isdigit():
        whole = bare.zfill(12)
        kept = _whole(whole)
        if kept.normal is None:
            return kept
        proposal = whole if is_number(value) or len(bare) in (10, 11) else None
        return bad("mac-lost-zero", "A spreadsheet took this MAC address for a number and dropped its zeros.", proposal)
    return bad("mac-form", "A MAC address has 12 hexadecimal digits.")
