"""The sheet to look at: cross-tables with totals, each with its chart."""

from typing import Any

from fleet.exports.cells import clean
from fleet.exports.definition import Chart
from fleet.exports.frame import Frame, as_at_text
from fleet.exports.look import INK, LINE, QUIET, SERIES
from fleet.exports.spool import column_letters
from fleet.exports.tally import Counted

NAME = "Summary"
_FIRST_WIDTH, _SECOND_WIDTH, _COUNT_WIDTH = 34, 18, 12
_FEWEST_COLUMNS = 11
"""So that a chart is as wide as the page, however few statuses there are."""
_CHART_WIDTH, _ROW_HEIGHT = 1_150, 20
"""In pixels."""
_PAGE_ROWS = 42
"""Rows that a printed page takes at the scale at which the widest table fits."""


def lay_summary(frame: Frame, question: str) -> Any:
    """Each cross-table as an Excel table, its chart under it."""
    sheet = frame.sheet(NAME, NAME, question)
    frame.write(sheet, 2, 0, as_at_text(frame.content.answer), "note")
    widest = max((len(one.headings) + len(one.words) + 1 for one in frame.content.crossed), default=1)
    columns = max(widest, _FEWEST_COLUMNS)
    sheet.set_column(0, 0, _FIRST_WIDTH)
    sheet.set_column(1, 1, _SECOND_WIDTH)
    sheet.set_column(2, columns - 1, _COUNT_WIDTH)
    pages = _Pages(4)
    for counted in frame.content.crossed:
        if counted.rows:
            _lay_table(frame, sheet, counted, pages)
    sheet.set_h_pagebreaks(pages.breaks)
    sheet.print_area(0, 0, pages.row, columns - 1)
    sheet.fit_to_pages(1, 0)
    return sheet


class _Pages:
    """The next free row, and where pages must end so that no table or chart is cut."""

    def __init__(self, row: int) -> None:
        self.row = row
        self.breaks: list[int] = []
        self._page_began = 0

    def take(self, rows: int) -> int:
        """Room for something of that many rows; returns its first row."""
        if self.row + rows - self._page_began > _PAGE_ROWS and self.row > self._page_began + 4:
            self.breaks.append(self.row)
            self._page_began = self.row
        first = self.row
        self.row += rows
        return first


def _lay_table(frame: Frame, sheet: Any, counted: Counted, pages: _Pages) -> None:
    labels = len(counted.headings)
    last_column = labels + len(counted.words)
    top = pages.take(len(counted.rows) + 5)
    header, first = top + 1, top + 2
    last = first + len(counted.rows) - 1
    frame.write(sheet, top, 0, counted.table.title, "section")
    sheet.set_row(top, 22)
    sheet.set_row(header, 32)
    sheet.add_table(header, 0, last, last_column, _table(frame, counted))
    for offset, (names, numbers) in enumerate(counted.rows):
        for at, name in enumerate(names):
            frame.write(sheet, first + offset, at, name, "name")
        for at, number in enumerate((*numbers, sum(numbers))):
            sheet.write_number(first + offset, labels + at, number, frame.page["count"])
    _lay_totals(frame, sheet, counted, first, last)
    if counted.table.chart is not None:
        _lay_chart(frame, sheet, counted, counted.table.chart, first, pages)


def _table(frame: Frame, counted: Counted) -> dict[str, Any]:
    heads = [{"header": label, "header_format": frame.page["header"]} for label in counted.headings]
    heads += [{"header": word, "header_format": frame.page["header_right"]} for word in (*counted.words, "All")]
    return {
        "name": counted.table.key,
        "style": "Table Style Light 1",
        "autofilter": False,
        "title": counted.table.title,
        "description": f"{counted.table.title}: {counted.total:,} in all.",
        "columns": heads,
    }


def _lay_totals(frame: Frame, sheet: Any, counted: Counted, first: int, last: int) -> None:
    """Totals that the spreadsheet program adds up again, and a name for the grand total."""
    labels = len(counted.headings)
    for at in range(labels):
        frame.write(sheet, last + 1, at, "" if at else "Total", "total_text")
    sums = [sum(numbers[at] for _, numbers in counted.rows) for at in range(len(counted.words))]
    for at, number in enumerate((*sums, counted.total), start=labels):
        column = column_letters(at)
        formula = f"=SUM({column}{first + 1}:{column}{last + 1})"
        sheet.write_formula(last + 1, at, formula, frame.page["total"], number)
    where = f"={NAME}!${column_letters(labels + len(counted.words))}${last + 2}"
    frame.book.define_name(f"{counted.table.key}Total", where)


def _lay_chart(frame: Frame, sheet: Any, counted: Counted, wanted: Chart, first: int, pages: _Pages) -> None:
    drawn = sum(1 for names, _ in counted.rows if names[0] != counted.table.unsaid)
    shown = min(drawn, wanted.most)
    if not shown:
        return
    height = 130 + 26 * max(shown, 3) if wanted.kind == "bar" else 320
    chart = _chart(frame, counted, wanted, first, shown)
    chart.set_size({"width": _CHART_WIDTH, "height": height})
    top = pages.take(height // _ROW_HEIGHT + 2)
    options = {"description": _alt_text(counted, shown), "object_position": 1, "x_offset": 2, "y_offset": 2}
    sheet.insert_chart(top, 0, chart, options)


def _chart(frame: Frame, counted: Counted, wanted: Chart, first: int, shown: int) -> Any:
    chart = frame.book.add_chart({"type": wanted.kind, "subtype": "stacked"})
    last, labels = first + shown - 1, len(counted.headings)
    for at, word in enumerate(counted.words):
        if not any(numbers[at] for _, numbers in counted.rows[:shown]):
            continue
        chart.add_series(
            {
                "name": word,
                "categories": [NAME, first, 0, last, 0],
                "values": [NAME, first, labels + at, last, labels + at],
                "fill": {"color": SERIES[at % len(SERIES)]},
                "border": {"color": "#FFFFFF", "width": 0.5},
                "gap": 45,
            }
        )
    font = {"name": "Calibri", "size": 10, "color": INK}
    chart.set_title({"name": wanted.title, "name_font": {**font, "size": 13, "bold": True}, "overlay": False})
    axis = {"num_font": font, "line": {"color": LINE}, "major_tick_mark": "none"}
    counts = {**axis, "num_font": {**font, "color": QUIET}, "num_format": "#,##0", "line": {"none": True},
              "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}}}  # fmt: skip
    names = {**axis, "major_gridlines": {"visible": False}, "reverse": wanted.kind == "bar"}
    if wanted.kind == "bar":  # Its names run down the y axis; reversed, the first one is on top.
        chart.set_y_axis(names)
        chart.set_x_axis({**counts, "label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(counts)
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _alt_text(counted: Counted, shown: int) -> str:
    """What the chart shows, in words and numbers."""
    largest = sorted(counted.rows[:shown], key=lambda row: -sum(row[1]))[:5]
    said = "; ".join(f"{', '.join(names)}: {sum(numbers):,}" for names, numbers in largest)
    part = f"{shown} of {len(counted.rows)} lines"
    return clean(f"Stacked chart of {counted.table.title.lower()}, {part}. The largest are {said}.")[:1_000]
