"""Text that a spreadsheet shows and never obeys: cleaned, kept within limits, no formula.

Excel decodes `_x000D_` inside a text and reads U+FFFE and lone surrogates as a damaged file; XlsxWriter takes a text of
the form `<r>...</r>` for markup; a program that opens CSV computes what begins with = + - @, tab or return.
"""

import re

from fleet.domain.identifiers import phone

LONGEST = 32_767
"""Characters of one cell, counted in UTF-16 units as Excel does."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_RETURN = re.compile("\r\n?|\x85|\u2028|\u2029")
_BEGINS_A_FORMULA = re.compile(r"[\s\x00-\x1f\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_DECODED = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_MARKUP = re.compile('[&<>"]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ORDINARY = re.compile(r"[A-Za-z0-9(£][ A-Za-z0-9.,:;/()'£%+@\-]*")
"""What nearly every cell is: nothing to clean, no formula, no markup, nothing decoded."""


def clean(text: str) -> str:
    """A text without characters that no spreadsheet can hold; the mark in their place shows that there were some."""
    if text.isascii() and text.isprintable():
        return text
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", _RETURN.sub("\n", text))


def fitted(text: str) -> str:
    """A text cut to what a cell holds, saying so in words at its end."""
    if len(text) * 2 <= LONGEST or _units(text) <= LONGEST:
        return text
    said = f" … [cut: {len(text):,} characters in all]"
    kept = text[: LONGEST - len(said)]
    while _units(kept) + len(said) > LONGEST:
        kept = kept[: -max(1, (_units(kept) + len(said) - LONGEST) // 2)]
    return kept + said


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula when it is typed, pasted or opened as CSV."""
    return _BEGINS_A_FORMULA.match(text) is not None


def ordinary(text: str) -> bool:
    """Whether a text needs none of this: the quick way for most cells."""
    return len(text) < LONGEST and _ORDINARY.fullmatch(text) is not None


def markup(text: str) -> str:
    """A cleaned text as the content of an XML element of a workbook."""
    text = _DECODED.sub(r"_x005F_\1", text)
    return _MARKUP.sub(lambda found: _ENTITIES[found[0]], text)


def for_xlsxwriter(value: object) -> str:
    """A text to be written by XlsxWriter: cleaned, fitted, and never taken for its rich-text markup."""
    text = fitted(clean(str(value)))
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def for_csv(text: str) -> str:
    """A text for a CSV cell: what would be computed gets an apostrophe before it, except genuine phone numbers."""
    text = clean(text)
    if not text or ordinary(text) or not looks_like_formula(text):
        return text
    return text if _is_phone_number(text) else f"'{text}"


def _is_phone_number(text: str) -> bool:
    return text.startswith("+") and text[1:].isascii() and text[1:].isdigit() and phone.judge(text).normal == text
