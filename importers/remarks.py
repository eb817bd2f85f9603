"""Rows that are no data: subtotals, notes, titles between the rows."""

from collections.abc import Mapping

from importers.book import Row
from importers.columns import plain

_TOTALS = ("total", "subtotal", "grandtotal")
_REMARKS = (*_TOTALS, "sum", "note", "source", "endof", "count", "printed", "vat", "numberof")
LITTLE = 4
"""A row with fewer values than these may be no data although it seems to name something."""
_SHORT = 6
"""Letters of a word that no maker uses as a serial number."""


def is_footer(cells: Row, *, alone: bool) -> bool:
    """A subtotal, or a remark: by its words, or (`alone`) because one cell only is filled in a row of several."""
    filled = [cell for cell in cells if cell != ""]
    words = [plain(cell) for cell in filled if isinstance(cell, str)]
    if any(word.startswith(_TOTALS) for word in words) or (words and words[0].startswith(_REMARKS)):
        return True
    return alone and len(filled) == 1 and len(cells) > 1


def is_tag_of_words(values: Mapping[str, object], cells: Row) -> bool:
    """`Total` or `Spare phones` in the column of asset tags or serial numbers, in a row that says little else."""
    if len(values) >= LITTLE:
        return False
    if "asset_tag" in values:
        return is_footer(cells[:1], alone=False)
    first = cells[0] if cells else ""
    if "serial" not in values or not isinstance(first, str) or any(letter.isdigit() for letter in first):
        return False
    if plain(first).startswith(_REMARKS):
        return True
    is_mixed = not (first.isupper() or first.islower())
    is_title = is_mixed or " " in first.strip() or len(first.strip()) <= _SHORT
    return is_title and len(cells) > 1 and first != "" and not any(cell != "" for cell in cells[1:])
