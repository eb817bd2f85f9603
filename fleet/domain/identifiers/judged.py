"""What is said about a written identifier, and the reading of a cell before any rule of a kind is asked.

Spreadsheets damage identifiers in a few known ways: a number cell keeps 15 digits and no leading zeros, a general
format writes `3.52E+14` into the CSV, an error cell holds `#N/A`. What is lost is never guessed into the register.
"""

import re
import unicodedata
from datetime import date, time, timedelta
from typing import Literal, NamedTuple

Verdict = Literal["good", "doubtful", "bad"]


class Judged(NamedTuple):
    """A verdict on one value. `normal` is what may be stored: None exactly when the verdict is bad."""

    normal: str | None
    verdict: Verdict
    sentence: str
    """For people; "" when good and nothing is to be said."""
    proposal: str | None = None
    """Another reading, shown and never taken without a person's word."""
    code: str = "good"
    """The cause, stable for scripts and for grouping: `imei-check-digit`."""


EXACT_LIMIT = 10**15
"""A number cell holds 15 digits; every digit after them is a zero that nobody wrote."""

_LONGEST = 10**40

_SCIENTIFIC = re.compile(r"[+-]?(\d(?:[.,]\d+)?)[eE]\+?(\d{1,3})")
_PLAIN_INTEGER = re.compile(r"(\d+)[.,]0+")
_WRAPPED = re.compile(r'="([^"]*)"')
_FORCED_TEXT = re.compile(r"'+(?=[=+\-@0-9])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"))
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_ERROR_CELL = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)", re.IGNORECASE)
_PLACEHOLDERS = re.compile(
    "na|none|null|nil|unknown|notknown|unk|tba|tbc|tbd|todo|tobefilledbyoem|tobefilledbyoemstring|oem|"
    "defaultstring|default|systemserialnumber|serialnumber|chassisserialnumber|baseboardserialnumber|"
    "serialno|notspecified|notapplicable|notavailable|notprovided|notset|notrecorded|notpresent|noserial|"
    "noasset|noassettag|assettag|empty|blank|missing|invalid|undefined|nan|false|true|x{1,4}|test|pending|"
    "seenotes|asabove|ditto|lost|0123456789|imei|iccid|eid|meid"
)


def good(normal: str) -> Judged:
    """Store it; there is nothing to say."""
    return Judged(normal, "good", "")


def doubtful(code: str, normal: str, sentence: str, proposal: str | None = None) -> Judged:
    """Store it, and say why a person should look."""
    return Judged(normal, "doubtful", sentence, proposal, code)


def bad(code: str, sentence: str, proposal: str | None = None) -> Judged:
    """Never store it."""
    return Judged(None, "bad", sentence, proposal, code)


def tidy(text: str) -> str:
    """Text as it was meant: full-width forms, invisible characters, `="00123"` and the apostrophe before a number removed."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    text = text.strip()
    if text[:1] == "=" and (wrapped := _WRAPPED.fullmatch(text)):
        text = wrapped[1]
    if text[:1] == "'":
        text = _FORCED_TEXT.sub("", text, count=1)
    return _SPACES.sub(" ", text).strip()


def is_placeholder(text: str) -> bool:
    """Whether a text stands for `nothing known`: "0", "N/A", "To be filled by O.E.M.", dashes, zeros."""
    word = _NOT_WORD.sub("", text.casefold())
    return not word.strip("0") or _PLACEHOLDERS.fullmatch(word) is not None


def is_repeated(text: str) -> bool:
    """Whether one character fills it: `1111111111`, `XXXXXXXXXX`."""
    return len(text) > 3 and len(set(text)) == 1


def is_number(value: object) -> bool:
    """Whether a cell held a number rather than a text, so that leading zeros could not have survived."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def written(value: object, noun: str) -> str | Judged:
    """The text of a cell, or the verdict when no rule of any kind could accept it.

    `noun` names the kind in sentences: "IMEI".
    """
    if isinstance(value, str):
        text = tidy(value).lstrip("'")
    elif isinstance(value, bool):
        return bad("not-text", f"TRUE or FALSE is written where the {noun} should be.")
    elif isinstance(value, int | float):
        return _from_number(value, noun)
    elif isinstance(value, date | time | timedelta):
        return bad("became-date", f"A date is written here: the spreadsheet turned the {noun} into one.")
    elif value is None:
        text = ""
    else:
        return bad("not-text", f"This can't be read as the {noun}.")
    if not text:
        return bad("blank", "Nothing is written here.")
    return _without_damage(text, noun)


def _without_damage(text: str, noun: str) -> str | Judged:
    if text[0] == "#" and _ERROR_CELL.fullmatch(text):
        return bad("error-cell", f"The cell shows the spreadsheet error {text} instead of the {noun}.")
    if is_placeholder(text):
        return bad("placeholder", f"This is a filler, not a {noun}.")
    if plain := _PLAIN_INTEGER.fullmatch(text):
        return plain[1] if len(plain[1]) <= 15 else _lost(noun)
    return text


def from_scientific(text: str, noun: str) -> str | Judged | None:
    """`3.52099E+14` read back: digits when all of them are written, a refusal when some are lost, else None."""
    match = _SCIENTIFIC.fullmatch(text)
    if match is None or not ("." in text or "," in text or "+" in text):
        return None
    digits = re.sub("[.,]", "", match[1])
    exponent = int(match[2])
    if exponent < 15 and len(digits) == exponent + 1:
        return digits
    return _lost(noun)


def _from_number(value: float, noun: str) -> str | Judged:
    if isinstance(value, float) and not value.is_integer():
        return bad("not-whole", f"This is a number with decimals, not a {noun}.")
    whole = int(value)
    if whole < 0:
        return bad("negative", f"This is a negative number, not a {noun}.")
    if whole == 0:
        return bad("placeholder", f"This is a filler, not a {noun}.")
    if whole >= (EXACT_LIMIT if isinstance(value, float) else _LONGEST):
        return _lost(noun)
    return str(whole)


def _lost(noun: str) -> Judged:
    return bad(
        "precision-lost",
        f"The spreadsheet kept this {noun} as a number and its last digits are gone; take it from the source as text.",
    )
