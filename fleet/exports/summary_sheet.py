"""Sheets to look at: cross-tables with totals, each with its chart."""

from typing import Any

from fleet.exports.cells import clean
from fleet.exports.charts import alt_text, drawn_columns, drawn_rows, native_chart
from fleet.exports.definition import Chart, Summary
from fleet.exports.frame import NOTHING, Frame, as_at_text, quoted
from fleet.exports.spool import column_letters
from fleet.exports.tally import Cell, Counted, Unit

_FIRST_WIDTH, _SECOND_WIDTH, _COUNT_WIDTH = 34, 26, 12
_FEWEST_COLUMNS = 11
"""So that a chart is as wide as the page, however few statuses there are."""
_ROW_HEIGHT = 20
"""In pixels."""
_CHAR_WIDTH, _TALL = 7.4, 0.66
"""Pixels of a character; height of what an A4 page shows in landscape for each pixel of its width."""
_WORTH_BEGINNING = 15
"""A table longer than a page begins on this one when so many rows are left of it."""
_STYLES: dict[Unit, str] = {"count": "count", "money": "pounds", "mean": "mean"}


def lay_summary(frame: Frame, summary: Summary) -> Any:
    """Each cross-table as an Excel table, its chart under it."""
    sheet = frame.sheet(summary.name, summary.name, summary.question)
    sheet.set_tab_color(frame.accent)
    frame.write(sheet, 2, 0, as_at_text(frame.content.answer), "note")
    counted = [frame.content.crossed[table.key] for table in summary.tables]
    widest = max((len(one.headings) + len(_labels(one)) for one in counted), default=1)
    columns = max(widest, _FEWEST_COLUMNS)
    sheet.set_column(0, 0, _FIRST_WIDTH)
    sheet.set_column(1, 1, _SECOND_WIDTH)
    sheet.set_column(2, columns - 1, _COUNT_WIDTH)
    width = (_FIRST_WIDTH + _SECOND_WIDTH + (columns - 2) * _COUNT_WIDTH) * _CHAR_WIDTH
    pages = _Pages(4, int(width * _TALL / _ROW_HEIGHT))
    for one in counted:
        _lay_table(frame, sheet, summary.name, one, pages)
    sheet.set_h_pagebreaks(pages.breaks)
    sheet.print_area(0, 0, pages.row, columns - 1)
    sheet.fit_to_pages(1, 0)
    return sheet


class _Pages:
    """The next free row, and where pages must end so that no table or chart is cut."""

    def __init__(self, row: int, rows: int) -> None:
        self.row = row
        self._rows = rows
        """Rows that a printed page takes at the scale at which the widest table fits."""
        self.breaks: list[int] = []
        self._page_began = 0

    def take(self, rows: int, spare: int = 0) -> int:
        """Room for something of that many rows, some of them higher than others; returns its first row."""
        self._page_began -= spare
        left = self._rows - (self.row - self._page_began)
        if left < rows and (rows <= self._rows or left < _WORTH_BEGINNING) and self.row > self._page_began + spare + 4:
            self.breaks.append(self.row)
            self._page_began = self.row - spare
        first = self.row
        self.row += rows
        return first


def _labels(counted: Counted) -> tuple[str, ...]:
    """The headings of the numbers."""
    return counted.words if counted.table.measures else (*counted.words, "All")


def _units(counted: Counted) -> tuple[Unit, ...]:
    if counted.table.measures:
        return counted.units
    return (*counted.units, counted.units[0] if counted.units else "count")


def _lay_table(frame: Frame, sheet: Any, name: str, counted: Counted, pages: _Pages) -> None:
    labels = len(counted.headings)
    longest = max((_lines(label) for label in _labels(counted)), default=1)
    top = pages.take(len(counted.rows) + 5, spare=longest)
    header, first = top + 1, top + 2
    frame.write(sheet, top, 0, counted.table.title, "section")
    sheet.set_row(top, 22)
    if not counted.rows:
        frame.write(sheet, header, 0, NOTHING, "note")
        return
    last = first + len(counted.rows) - 1
    sheet.set_row(header, max(32, 16 * longest))
    sheet.add_table(header, 0, last, labels + len(_labels(counted)) - 1, _table(frame, counted))
    for offset, (names, cells) in enumerate(counted.rows):
        for at, text in enumerate(names):
            frame.write(sheet, first + offset, at, text, "name")
        for at, (cell, unit) in enumerate(zip(cells, _units(counted), strict=True)):
            _write(frame, sheet, (first + offset, labels + at), cell, _STYLES[unit])
    if counted.table.totalled:
        _lay_totals(frame, sheet, name, counted, first, last)
    if counted.table.chart is not None:
        _lay_chart(frame, sheet, name, counted, counted.table.chart, first, pages)


def _lines(label: str) -> int:
    """Lines that a heading takes, broken between words."""
    lines, room = 1, 0
    for word in label.split():
        room += len(word) + 1
        if room > _COUNT_WIDTH:
            lines, room = lines + 1, len(word) + 1
    return min(lines, 5)


def _write(frame: Frame, sheet: Any, where: tuple[int, int], cell: Cell, style: str) -> None:
    row, column = where
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, frame.page["hidden"])
    elif cell is None:
        sheet.write_string(row, column, "–", frame.page["hidden"])
    else:
        sheet.write_number(row, column, cell / 100 if style.startswith("pounds") else cell, frame.page[style])


def _table(frame: Frame, counted: Counted) -> dict[str, Any]:
    heads = [{"header": label, "header_format": frame.page["header"]} for label in counted.headings]
    heads += [{"header": clean(word), "header_format": frame.page["header_right"]} for word in _labels(counted)]
    return {
        "name": counted.table.key,
        "style": "Table Style Light 1",
        "autofilter": False,
        "title": counted.table.title,
        "description": f"{counted.table.title}: {len(counted.rows):,} lines.",
        "columns": heads,
    }


def _lay_totals(frame: Frame, sheet: Any, name: str, counted: Counted, first: int, last: int) -> None:
    """Totals that the spreadsheet program adds up again, and a name for the grand total."""
    labels = len(counted.headings)
    for at in range(labels):
        frame.write(sheet, last + 1, at, "" if at else "Total", "total_text")
    means = {one.label for one in counted.table.measures if one.mean}
    for at, (word, unit, cell) in enumerate(zip(_labels(counted), _units(counted), counted.totals, strict=True)):
        style = {"count": "total", "money": "pounds_total", "mean": "mean_total"}[unit]
        if counted.hidden or word in means or not isinstance(cell, int | float):
            _write(frame, sheet, (last + 1, labels + at), cell, style)
            continue
        column = column_letters(labels + at)
        value = cell / 100 if unit == "money" else cell
        formula = f"=SUM({column}{first + 1}:{column}{last + 1})"
        sheet.write_formula(last + 1, labels + at, formula, frame.page[style], value)
    at = labels if counted.table.measures else labels + len(counted.words)
    frame.book.define_name(f"{counted.table.key}Total", f"={quoted(name)}!${column_letters(at)}${last + 2}")


def _lay_chart(frame: Frame, sheet: Any, name: str, counted: Counted, wanted: Chart, first: int, pages: _Pages) -> None:
    shown = drawn_rows(counted, wanted)
    if not shown or not drawn_columns(counted, wanted, shown):
        return
    chart, height = native_chart(frame.book, name, counted, wanted, (first + shown.start, first + shown.stop - 1))
    top = pages.take(height // _ROW_HEIGHT + 2)
    options = {"description": alt_text(counted, wanted, shown), "object_position": 1, "x_offset": 2, "y_offset": 2}
    sheet.insert_chart(top, 0, chart, options)
