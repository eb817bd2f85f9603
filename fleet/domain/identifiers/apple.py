"""Apple's part numbers (`MK2K3B/A`: five characters, region, /A) and model identifiers (`iPad13,18`)."""

import re

from fleet.domain.identifiers.judged import Judged, bad, doubtful, good, written

_PART = re.compile(r"[A-Z0-9]{5}[A-Z]{1,2}/[A-Z]")
_PART_SHORT = re.compile(r"[FMNP3][A-Z0-9]{4}[A-Z]{1,2}")
_PART_SPLIT = re.compile(r"([A-Z0-9]{5}[A-Z]{1,2})[\s\-]([A-Z])")
_MODEL = re.compile(r"([A-Za-z]+)(\d{1,3})([,.])\s?(\d{1,3})")
_FAMILIES = {
    name.casefold(): name
    for name in (
        *("iPad", "iPhone", "iPod", "Mac", "MacBook", "MacBookPro", "MacBookAir", "iMac", "iMacPro"),
        *("Macmini", "MacPro", "AppleTV", "Watch", "RealityDevice", "AudioAccessory"),
    )
}


def judge_part_number(value: object) -> Judged:
    """Judge an Apple part number; the normal form is `MK2K3B/A`."""
    text = written(value, "part number")
    if isinstance(text, Judged):
        return text
    text = text.upper().replace(" /", "/").replace("/ ", "/")
    if _PART.fullmatch(text):
        return good(text)
    if _PART_SHORT.fullmatch(text):
        return doubtful("part-short", text, "An Apple part number ends in /A.", text + "/A")
    if split := _PART_SPLIT.fullmatch(text):
        return doubtful("part-short", f"{split[1]}/{split[2]}", "The stroke of this Apple part number was missing.")
    return bad("part-form", "This is no Apple part number such as MK2K3B/A.")


def judge_model_identifier(value: object) -> Judged:
    """Judge an Apple model identifier; the normal form is spelt as Apple does: `iPad13,18`."""
    text = written(value, "model identifier")
    if isinstance(text, Judged):
        return text
    match = _MODEL.fullmatch(text)
    if match is None:
        return bad("model-form", "This is no Apple model identifier such as iPad13,18.")
    family, number, separator, variant = match.groups()
    known = _FAMILIES.get(family.casefold())
    normal = f"{known or family}{number},{variant}"
    if separator == ".":
        return bad("model-form", "The comma of this Apple model identifier has become a point.", normal)
    if known is None:
        return doubtful("model-family", normal, "This family of Apple devices is not known.")
    return good(normal)
