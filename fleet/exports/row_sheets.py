"""Sheets of rows: an Excel table with filters under a frozen header, marks with their legend, ready to print."""

from collections.abc import Sequence
from typing import Any

from fleet.domain.fields import Field
from fleet.exports.definition import Mark, Sheet
from fleet.exports.frame import NOTHING, Frame, as_at_text
from fleet.exports.look import DATE, MOMENT, RULED, TONES
from fleet.exports.spool import STYLES, column_letters

HEADER_ROW = 3
"""From 0; above it are the title, the question and the legend."""
FIRST_ROW = HEADER_ROW + 2
"""Of data, from 1."""

_RIGHT = frozenset({"money", "integer"})


def lay_rows(frame: Frame, definition: Sheet, fields: Sequence[Field]) -> Any:
    """A sheet with everything but its rows: they are poured in later, in the place of the sample row."""
    spool = frame.content.spools[definition.key]
    sheet = frame.sheet(definition.name, definition.name, definition.question)
    frame.write(sheet, 2, 0, _legend(frame, definition, fields) if spool.rows else _empty(frame), "note")
    for at, field in enumerate(fields):
        sheet.set_column(at, at, field.width + 1)
    sheet.set_row(HEADER_ROW, 32)
    for at, style in enumerate(STYLES):
        sheet.write_blank(FIRST_ROW - 1, at, None, frame.data[style])
    sheet.add_table(
        HEADER_ROW, 0, FIRST_ROW - 1, len(fields) - 1,
        {
            "name": definition.table,
            "style": "Table Style Light 1",
            "title": definition.name,
            "description": for_alt_text(definition, spool.rows),
            "columns": [_column(frame, field) for field in fields],
        },
    )  # fmt: skip
    last = FIRST_ROW - 1 + max(spool.rows, 1) - 1
    sheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.repeat_rows(HEADER_ROW)
    printed = min(definition.printed, len(fields))
    sheet.print_area(0, 0, last, printed - 1)
    sheet.fit_to_pages(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letters(len(fields) - 1)}{last + 1}"})
    for mark in definition.marks:
        _mark(frame, sheet, mark, fields, last)
    ruled = {"type": "formula", "criteria": "=TRUE", "format": frame.book.add_format(RULED)}
    sheet.conditional_format(FIRST_ROW - 1, 0, last, len(fields) - 1, ruled)
    return sheet


def for_alt_text(definition: Sheet, rows: int) -> str:
    """The alternative text of a table."""
    return f"{definition.question} {rows:,} lines."


def _column(frame: Frame, field: Field) -> dict[str, Any]:
    style = "header_right" if field.kind in _RIGHT else "header"
    return {"header": field.label, "header_format": frame.page[style]}


def _legend(frame: Frame, definition: Sheet, fields: Sequence[Field]) -> str:
    shown = {field.key for field in fields}
    signs = [f"{mark.sign}{mark.legend}" for mark in definition.marks if mark.sign and mark.column in shown]
    words = ["words in bold on a tint need attention"] if len(signs) < len(definition.marks) else []
    return "   ·   ".join([as_at_text(frame.content.answer), *signs, *words])


def _empty(frame: Frame) -> str:
    """In the place of the legend, where an Excel table must have a line and there is none."""
    return f"{as_at_text(frame.content.answer)}   ·   {NOTHING}"


def _mark(frame: Frame, sheet: Any, mark: Mark, fields: Sequence[Field], last: int) -> None:
    """One conditional format; days count from the as-at date, so that the sheet says the same next year."""
    keys = [field.key for field in fields]
    if mark.column not in keys:
        return
    at = keys.index(mark.column)
    first = f"${column_letters(at)}{FIRST_ROW}"
    look: dict[str, Any] = dict(TONES[mark.tone])
    if mark.test == "before":
        look["num_format"] = f'"{mark.sign}"{MOMENT if fields[at].kind == "moment" else DATE}'
        criteria = f"=AND(ISNUMBER({first}),{first}<AsAt-{mark.limit})"
    elif mark.test == "above":
        look["num_format"] = f'"{mark.sign}"#,##0'
        criteria = f"=AND(ISNUMBER({first}),{first}>{mark.limit})"
    else:
        tests = ",".join(f'{first}="{word}"' for word in mark.words)
        criteria = f"=OR({tests})"
    sheet.conditional_format(
        FIRST_ROW - 1, at, last, at,
        {"type": "formula", "criteria": criteria, "format": frame.book.add_format(look), "stop_if_true": True},
    )  # fmt: skip
