"""What must be said of a file's columns, before a cell below them is looked at."""

from fleet.domain.records import Problem
from importers.beside import Beside
from importers.columns import Header, Mapped
from importers.layout import Layout
from importers.words import names_of

DECIDED_BY_VALUE = frozenset(("imeis", "imei_or_serial", "serial_or_mac", "holder_login"))
"""Fields of which each cell says what it is: any of them may identify a row."""

_OBSERVED = frozenset(
    """os os_version compliance last_seen enrolled_at enrolled_upn enrolled_name storage_total supervised encrypted
    intune_id entra_device_id meid source_id""".split()  # noqa: SIM905 fourteen quoted words read worse
)
"""What only a sync may say of a device: shown, and compared where the layout does so."""


def column_problems(header: Header, mapped: Mapped, layout: Layout, beside: Beside | None) -> list[Problem]:
    """Headers that occur twice, are blank or mean the same; a table beside this one; rows that nothing identifies."""
    problems = [
        Problem(
            "duplicate-header", f"row {header.row}", "This header occurs more than once.", column=name, row=header.row
        )
        for name in header.repeated
    ]
    problems += [
        Problem(
            "two-columns-one-field",
            f"row {header.row}",
            f"This column means the same as {taken!r}, which is read instead.",
            remedy=f"Map one of them to {field} yourself.",
            column=name,
            row=header.row,
        )
        for name, field, taken in mapped.contested
    ]
    problems += [
        Problem(
            "blank-header", f"row {header.row}", "This column has values and no header.", column=name, row=header.row
        )
        for name in header.unnamed
        if header.row
    ]
    problems += [
        Problem(
            "records-nothing",
            f"row {header.row}",
            f"A file of this kind records no {field.replace('_', ' ')}: nothing of this column is taken.",
            remedy="Map it to another field, or leave it unread.",
            column=header.names[index],
            row=header.row,
        )
        for index, field in mapped.fields.items()
        if index in mapped.chosen and not _is_of_use(field, layout)
    ]
    return problems + _table_problems(header, mapped, layout, beside)


def _is_of_use(field: str, layout: Layout) -> bool:
    """Whether a column that a person maps to a field can change what is done, or only be looked at."""
    if field in layout.sets | layout.sets_if_new | {*layout.identity} | DECIDED_BY_VALUE:
        return True
    if field == "organisation":
        return layout.subject == "person"  # Of people it tells whose they are, whatever the list.
    return field in layout.columns and field not in _OBSERVED


def _table_problems(header: Header, mapped: Mapped, layout: Layout, beside: Beside | None) -> list[Problem]:
    problems = []
    if beside is not None and beside.apart:
        rows = "1 row was" if beside.rows == 1 else f"{beside.rows} rows were"
        reason = f"Another table begins beside this one, in column {beside.column}; its {rows} not read."
        remedy = "Move it to a sheet of its own and import that."
        problems.append(Problem("second-table", f"row {header.row}", reason, remedy=remedy, row=header.row))
    fields = set(mapped.fields.values())
    if not fields & {*layout.identity, *DECIDED_BY_VALUE}:
        problems.append(
            Problem(
                "no-identity-column",
                f"row {header.row}",
                f"No column identifies a {layout.subject}: {names_of(layout.identity)} is needed.",
                remedy="Map a column to one of them.",
                row=header.row,
            )
        )
    return problems
