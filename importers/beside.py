"""Two tables in one sheet, side by side: a blank column parts them, and their rows do not run together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from importers.book import Row, column_name
from importers.columns import Header, Mapped

IDENTITIES = frozenset(("serial", "imei", "asset_tag", "iccid", "phone_number", "employee_number", "upn", "email"))


@dataclass(frozen=True, slots=True)
class Beside:
    """A second table right of the first."""

    column: str
    """Letters of its first column."""
    rows: int
    """Rows that hold something of it."""
    apart: bool
    """Whether its rows are others than those of the first table; else it may be one table with a gap."""


def part(
    header: Header, mapped: Mapped, rows: Sequence[tuple[int, Row]]
) -> tuple[Mapped, list[tuple[int, Row]], Beside | None]:
    """The columns and rows of the first table, and what stands beside it."""
    at = _gap(header, mapped)
    if at is None:
        return mapped, list(rows), None
    left = [any(cell != "" for cell in row[:at]) for _, row in rows]
    right = [any(cell != "" for cell in row[at:]) for _, row in rows]
    found = Beside(column_name(at + 2), sum(right), left != right)
    if not found.apart:
        return mapped, list(rows), found
    fields = {index: name for index, name in mapped.fields.items() if index < at}
    others = tuple(header.names[index] for index in mapped.fields if index > at)
    kept = [pair for pair, filled in zip(rows, left, strict=True) if filled]
    return replace(mapped, fields=fields, unmapped=(*mapped.unmapped, *others)), kept, found


def _gap(header: Header, mapped: Mapped) -> int | None:
    """The first column without header and values that has an identity on either side; counted from 0."""
    identities = [index for index, name in mapped.fields.items() if name in IDENTITIES]
    if len(identities) < 2 or header.row == 0:
        return None
    first, last = min(identities), max(identities)
    for index in range(first + 1, last):
        name = header.names[index]
        if name == f"column {column_name(index + 1)}" and name not in header.unnamed:
            return index
    return None
