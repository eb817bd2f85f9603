"""What the rows above a header say of the whole file: the date of a bill."""

from collections.abc import Sequence
from datetime import date

from importers.book import Cell, Row
from importers.columns import plain
from importers.meanings import reader, text_of


def date_above(rows: Sequence[Row], labels: Sequence[str]) -> date | None:
    """The first date beside one of these labels, in the next filled cell or behind a colon; None without any."""
    read = reader("date", order="day-first", assume_utc=False)
    wanted = tuple(map(plain, labels))
    for row in rows:
        cells = [cell for cell in row if cell != ""]
        for place, cell in enumerate(cells):
            said = _beside(cell, cells[place + 1 :], wanted)
            found = read(said) if said is not None else None
            if isinstance(found, date):
                return found
    return None


def _beside(cell: Cell, rest: Sequence[Cell], wanted: tuple[str, ...]) -> Cell | None:
    label, colon, behind = text_of(cell).partition(":")
    if not plain(label).startswith(wanted):
        return None
    if colon and behind.strip():
        return behind.strip()
    return rest[0] if rest else None
