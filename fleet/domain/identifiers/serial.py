"""Serial numbers of devices: upper case, without spaces.

Apple's older serials have 11 or 12 characters, newer ones 8 to 14 at random and usually 10; no meaning is read from
them. A barcode scanner puts an `S` before what is printed on an Apple box.
"""

import re

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

_ORDINARY = re.compile(r"[A-Z0-9]{8,10}|[A-RT-Z0-9][A-Z0-9]{10}|[A-Z0-9]{14,24}")
_ALLOWED = re.compile(r"[A-Z0-9][A-Z0-9\-_/.+:]{3,63}")
_LABEL = re.compile(r"(?:S/N|SN|SERIAL(?:\s*(?:NO|NUMBER))?)\s*[:#]\s*", re.IGNORECASE)


def judge(value: object) -> Judged:
    """Judge a device's serial number; the normal form is upper case without spaces."""
    if type(value) is str and _ORDINARY.fullmatch(value) and not value.isdigit() and len(set(value)) > 1:
        text = value
    else:
        read = _read(value)
        if isinstance(read, Judged):
            return read
        text = read
    if is_number(value):
        return doubtful(
            "serial-number-cell", text, "This serial was read from a number cell: leading zeros would be lost."
        )
    if len(text) in (11, 13) and text[0] == "S" and text.isalnum():
        return doubtful(
            "serial-scanned",
            text,
            "This serial is one character longer than Apple's and begins with S: a scanner may have put it there.",
            text[1:],
        )
    if len(text) == 12 and text.isalnum() and ("O" in text or "I" in text):
        return doubtful(
            "serial-letters", text, "This serial holds an O or I, which Apple's 12-character serials avoid."
        )
    return good(text)


def _read(value: object) -> str | Judged:
    text = written(value, "serial number")
    if isinstance(text, Judged):
        return text
    restored = from_scientific(text, "serial number")
    if restored is not None:
        return bad(
            "precision-lost",
            "A spreadsheet took this serial number for a number; take it from the source as text.",
        )
    text = _LABEL.sub("", text, count=1).replace(" ", "").upper()
    if is_repeated(text):
        return bad("placeholder", "This is a filler, not a serial number.")
    if len(text) < 4:
        return bad("serial-short", "A serial number has at least 4 characters.")
    if not _ALLOWED.fullmatch(text):
        return bad("serial-characters", "A serial number has letters, digits and - _ / . + : only, at most 64.")
    return text
