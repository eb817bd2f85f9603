"""A glance over a whole worksheet part: is it as Excel and its kin write it, with nothing in it that must be told?

Most sheets are. Then expat need not call for each of a million elements; the reader that follows parses every byte
anyway, in a process of its own. Whatever is unusual here is left to the scan element by element.
"""

import re

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'][Uu][Tt][Ff]-8[\"'])?(?: standalone=[\"'](?:yes|no)[\"'])?\s*\?>)?"
    rb"\s*<worksheet[\s>]"
)
_FIRST, _LAST = b"<sheetData>", b"</sheetData>"
_ROWS = re.compile(
    rb'(?:<row r="[1-9][0-9]{0,6}"[^<>]*+>'
    rb'(?:<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"[^<>]*+>'
    rb"(?:(?:<v>[^<]*+</v>|<is><t[^<>]*+>[^<]*+</t></is>)?+</c>)?+)*+"
    rb"(?:</row>)?+)*+"
)
"""Rows of cells that say where they are and hold a value or a text: no prefix, formula, comment or entity of its own."""
_ROW = re.compile(rb'<row r="([1-9][0-9]*)"')
_COLUMN = re.compile(rb'<c r="([A-Z]+)')


def extents(part: bytes) -> tuple[int, int] | None:
    """How far the rows and columns of an ordinary part can reach, blank cells included; None for any other part.

    Nothing is hidden and nothing an error in it. Of the rows that cells name only the number of digits is looked at.
    """
    begin, end = part.find(_FIRST) + len(_FIRST), part.rfind(_LAST)
    if not _BEGINS.match(part) or not len(_FIRST) <= begin <= end or part.count(b"<sheetData") != 1:
        return None
    if any(sign in part for sign in (b"<!", b"hidden", b'"e"', b"'e'")):
        return None
    found = _ROWS.match(part, begin, end)
    if found is None or found.end() != end:
        return None
    digits = len(max(_ROW.findall(part, begin, end), key=len, default=b"1"))
    if re.compile(rb'<c r="[A-Z]+[0-9]{%d}' % (digits + 1)).search(part, begin, end):
        return None
    return 10**digits - 1, max(map(_number_of, set(_COLUMN.findall(part, begin, end))), default=0)


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
