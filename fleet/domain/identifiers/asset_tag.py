"""Asset tags: the organisation's own label. Upper case, inner spaces single, otherwise as written."""

import re

from fleet.domain.identifiers.judged import Judged, bad, doubtful, from_scientific, good, is_number, written

_ORDINARY = re.compile(r"(?=.*[1-9A-Z])[A-Z0-9]{4,20}")
_ALLOWED = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}")


def judge(value: object) -> Judged:
    """Judge an asset tag; leading zeros are part of it, so a number cell is doubtful."""
    if type(value) is str and not value.isalpha() and _ORDINARY.fullmatch(value):
        return good(value)
    text = written(value, "asset tag")
    if isinstance(text, Judged):
        return text
    if from_scientific(text, "asset tag") is not None:
        return bad("precision-lost", "A spreadsheet took this asset tag for a number; take it from the label.")
    if not _ALLOWED.fullmatch(text):
        return bad("tag-characters", "An asset tag has at most 64 characters and no control characters.")
    if text.count(" ") > 2:
        return bad("tag-words", "This is a sentence, not an asset tag.")
    if is_number(value):
        return doubtful("tag-number-cell", text, "This tag was read from a number cell: leading zeros would be lost.")
    return good(text.upper())
