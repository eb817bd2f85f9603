"""The row that a person once named as the one with the headers, found again in a later file of the same headers."""

from collections.abc import Iterable, Mapping

from importers.book import Row, Table
from importers.columns import SEARCHED_ROWS, Header, header_at, plain
from importers.layout import Remembered


def header_said_earlier(table: Table, remembered: Mapping[str, Remembered]) -> Header | None:
    """The headers whose row was named earlier, where the very same ones stand: in that row, or in the nearest about it.

    None where they are nowhere near. Of several that are there, what was said last counts (`remembered` has it first).
    """
    for signature, said in remembered.items():
        if said.header_row is None:
            continue
        words = set(map(plain, said.headers)) | {""}
        for row in _nearest(said.header_row, len(table.rows)):
            if _may_be(table.rows[row - 1], words) and (header := header_at(table, row)).signature == signature:
                return header
    return None


def _nearest(row: int, last: int) -> list[int]:
    """Where to look: notes above a table grow and shrink, and a file of rejected rows begins with its headers."""
    places = {*range(1, SEARCHED_ROWS + 1), *range(row - SEARCHED_ROWS, row + SEARCHED_ROWS + 1)}
    return sorted((one for one in places if 1 <= one <= last), key=lambda one: (abs(one - row), one))


def _may_be(row: Row, words: Iterable[str]) -> bool:
    """Whether a row holds something, and nothing but such headers."""
    cells = [cell for cell in row if cell != ""]
    return bool(cells) and all(isinstance(cell, str) and plain(cell) in words for cell in cells)
