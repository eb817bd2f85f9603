"""What is no file for the register, unless a person says otherwise: prose, and lists of things that Fleet does not keep."""

from collections import Counter

from fleet.errors import BadFile
from importers import layouts
from importers.book import Table
from importers.columns import Header, plain, row_is_blank


def refuse_foreign(header: Header, table: Table, *, recognised: bool) -> None:
    """Raise `BadFile` for text that is no table, and for other tools' lists that look like one of ours."""
    words = frozenset(map(plain, header.names))
    what = next((one.what for one in layouts.FOREIGN if one.fits(words)), None)
    if what is not None:
        raise BadFile(f"This is {what}. To read it all the same, say as what: --as LAYOUT.", code="foreign-list")
    if not recognised:
        refuse_prose(table)


def refuse_prose(table: Table) -> None:
    """Raise `BadFile` for a text file whose lines are no rows of one table."""
    if table.name is None and _is_prose(table):
        raise BadFile(
            "This is text, not a table: no row of headers is known and its lines have no columns in common. "
            'If it is a table all the same, say what a column means: --map "Header=field".',
            code="not-a-table",
        )


def _is_prose(table: Table) -> bool:
    """Whether no width of two cells or more is that of most rows."""
    widths = Counter(len(row) for row in table.rows if not row_is_blank(row))
    width, count = max(widths.items(), key=lambda item: item[1])
    return width < 2 or count * 10 < widths.total() * 6
