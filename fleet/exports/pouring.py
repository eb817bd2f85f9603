"""Rows poured into a finished workbook whose tables are still empty.

XlsxWriter makes everything but the rows: styles, tables, charts, print set-up. Each sheet of rows holds one sample row
with a blank cell of every style; here it gives way to the rows, and the ranges that end at it reach to the last one.
Only the file format is relied upon, not the library's inside.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from fleet.exports.spool import RowSpool, column_letters

_CELL_STYLE = re.compile(rb'<c r="[A-Z]+\d+"(?: s="(\d+)")?')
_LEVEL = 5
"""Of compression: beyond it files hardly get smaller."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a sheet go."""

    member: str
    """Its part of the workbook."""
    table: str
    """Name of its Excel table, which reaches from the header to the sample row."""
    columns: int
    spool: RowSpool

    @property
    def sample_row(self) -> int:
        """The row, from 1, that the sample is in and the first real row comes to."""
        return self.spool.first_row

    @property
    def last_row(self) -> int:
        """The last row of the table; an empty table keeps one blank row."""
        return self.spool.first_row + max(self.spool.rows, 1) - 1

    def reach(self, last_row: int) -> bytes:
        """The table's range when it ends at a row."""
        return f"A{self.sample_row - 1}:{column_letters(self.columns - 1)}{last_row}".encode()


def pour(skeleton: IO[bytes], places: Mapping[str, Place], target: IO[bytes]) -> None:
    """Copy a workbook to `target` with the rows in their places (by part name)."""
    with ZipFile(skeleton) as source, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as made:
        for entry in source.infolist():
            place = places.get(entry.filename)
            data = source.read(entry)
            if place is not None:
                _pour_sheet(made, _like(entry), data, place)
            else:
                made.writestr(_like(entry), _stretched(entry.filename, data, places), compresslevel=_LEVEL)


def _pour_sheet(made: ZipFile, entry: ZipInfo, data: bytes, place: Place) -> None:
    start = data.index(b'<row r="%d"' % place.sample_row)
    end = data.index(b"</row>", start) + len(b"</row>")
    styles = [found.decode() or "0" for found in _CELL_STYLE.findall(data[start:end])]
    before = re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:%s"/>' % _corner(place), data[:start], count=1)
    with made.open(entry, "w", force_zip64=True) as part:
        part.write(before)
        place.spool.copy_to(part, styles)
        part.write(data[end:])


def _corner(place: Place) -> bytes:
    return place.reach(place.last_row).partition(b":")[2]


def _stretched(name: str, data: bytes, places: Mapping[str, Place]) -> bytes:
    """The definition of a table that is filled, reaching to its last row."""
    if not name.startswith("xl/tables/"):
        return data
    for place in places.values():
        if b' displayName="%s"' % place.table.encode() in data:
            sample, whole = place.reach(place.sample_row), place.reach(place.last_row)
            return data.replace(b'ref="%s"' % sample, b'ref="%s"' % whole)
    return data


def _like(entry: ZipInfo) -> ZipInfo:
    """The same part with the same date, so that the same register gives the same file."""
    made = ZipInfo(entry.filename, entry.date_time)
    made.compress_type = ZIP_DEFLATED
    made.external_attr = entry.external_attr
    return made
