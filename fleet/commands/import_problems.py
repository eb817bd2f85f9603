"""Where the problems that comparing with the register found are in the file: under its own headers, with what stands there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleet.domain.records import Problem
from importers.engine import Interpretation
from importers.meanings import text_of

_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "holder_upn": ("holder_login", "holder_name"),
    "holder_name": ("holder_upn", "holder_login"),
    "imei": ("imeis", "imei_or_serial"),
    "serial": ("imei_or_serial", "serial_or_mac"),
    "ethernet_mac": ("serial_or_mac",),
}
"""Field -> those that a column may feed instead, the likeliest first."""


def problems_in_file(told: Interpretation, problems: Iterable[Problem]) -> list[Problem]:
    """The problems with the file's header in place of the field, and the cell as it was.

    For who reads the file only: what is kept of a run has no cells of columns that name people.
    """
    places = {field: at for at, name in reversed([*enumerate(told.header.names)]) if (field := told.columns.get(name))}
    rows = next(one.rows for one in told.book.tables if one.name == told.sheet)
    found = []
    for one in problems:
        fields = (one.column, *_INSTEAD.get(one.column, ())) if one.column else ()
        at = next((places[field] for field in fields if field in places), None)
        if at is None or one.row is None:
            found.append(one)
            continue
        row = rows[one.row - 1]
        written = text_of(row[at]).strip() if at < len(row) else ""
        found.append(replace(one, column=told.header.names[at], value=written or one.value))
    return found
