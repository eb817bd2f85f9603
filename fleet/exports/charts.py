"""Native charts of cross-tables, with what they show in words."""

from typing import Any

from fleet.domain.fields import money_text
from fleet.exports.cells import clean
from fleet.exports.definition import Chart
from fleet.exports.look import INK, LINE, QUIET, series_colours
from fleet.exports.tally import Cell, Counted

_WIDTH = 1_150
"""In pixels."""
_FONT = {"name": "Calibri", "size": 10, "color": INK}


def drawn_rows(counted: Counted, wanted: Chart) -> range:
    """The rows of a table that its chart draws: the first ones; of a line, the last ones; never the one for no answer."""
    drawn = sum(1 for names, _ in counted.rows if names[0] != counted.table.unsaid)
    if wanted.kind == "line":
        return range(max(0, drawn - wanted.most), drawn)
    return range(min(drawn, wanted.most))


def drawn_columns(counted: Counted, wanted: Chart, rows: range) -> list[int]:
    """The columns that have anything to draw."""
    return [
        at
        for at, word in enumerate(counted.words)
        if (not wanted.series or word in wanted.series) and any(_number(counted.rows[row][1][at]) for row in rows)
    ]


def native_chart(book: Any, sheet: str, counted: Counted, wanted: Chart, lines: tuple[int, int]) -> tuple[Any, int]:
    """The chart over some lines of a sheet, and its height in pixels."""
    first, last = lines
    shown = last - first + 1
    options = {"type": wanted.kind} | ({} if wanted.kind == "line" else {"subtype": "stacked"})
    chart = book.add_chart(options)
    labels = len(counted.headings)
    rows = drawn_rows(counted, wanted)
    same = len({counted.rows[row][0][0] for row in rows}) < len(rows)
    named = labels - 1 if same else 0
    columns = drawn_columns(counted, wanted, rows)
    colours = series_colours([counted.words[at] for at in columns])
    for place, at in enumerate(columns):
        chart.add_series(
            {
                "name": clean(counted.words[at]),
                "categories": [sheet, first, 0, last, named],
                "values": [sheet, first, labels + at, last, labels + at],
                **_look(wanted, place, colours[place], shown),
            }
        )
    chart.set_title({"name": wanted.title, "name_font": {**_FONT, "size": 13, "bold": True}, "overlay": False})
    _axes(chart, wanted)
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_chartarea({"border": {"none": True}})
    height = 130 + 26 * max(shown, 3) if wanted.kind == "bar" else 320
    chart.set_size({"width": _WIDTH, "height": height})
    return chart, height


_DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot", "long_dash_dot")


def _look(wanted: Chart, place: int, colour: str, shown: int) -> dict[str, Any]:
    """Lines are told apart by their dashes and markers too; few columns stay slim."""
    if wanted.kind == "line":
        marker = ("circle", "square", "triangle", "diamond", "x")[place % 5]
        return {
            "line": {"color": colour, "width": 2, "dash_type": _DASHES[place % len(_DASHES)]},
            "marker": {"type": marker, "size": 5, "fill": {"color": colour}, "border": {"color": colour}},
        }
    gap = 300 if wanted.kind == "column" and shown < 4 else 45
    return {"fill": {"color": colour}, "border": {"color": "#FFFFFF", "width": 0.5}, "gap": gap}


def _axes(chart: Any, wanted: Chart) -> None:
    axis = {"num_font": _FONT, "line": {"color": LINE}, "major_tick_mark": "none"}
    pounds = "(£)" in wanted.title
    counts = {**axis, "num_font": {**_FONT, "color": QUIET}, "num_format": "£#,##0" if pounds else "#,##0",
              "line": {"none": True}, "min": 0,
              "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}}}  # fmt: skip
    names = {**axis, "major_gridlines": {"visible": False}, "reverse": wanted.kind == "bar"}
    if wanted.kind == "bar":  # Its names run down the y axis; reversed, the first one is on top.
        chart.set_y_axis(names)
        chart.set_x_axis({**counts, "label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(counts)


def alt_text(counted: Counted, wanted: Chart, rows: range) -> str:
    """What the chart shows, in words and numbers."""
    columns = drawn_columns(counted, wanted, rows)
    kind = "Line chart" if wanted.kind == "line" else "Stacked chart"
    sums = [(counted.rows[row][0], sum(_number(counted.rows[row][1][at]) for at in columns)) for row in rows]
    money = bool(columns) and counted.units[columns[0]] == "money"
    if wanted.kind == "line":
        told, said = "It begins and ends with", [sums[0], sums[-1]]
    else:
        told, said = "The largest are", sorted(sums, key=lambda one: -one[1])[:5]
    words = "; ".join(f"{', '.join(names)}: {_told(number, money=money)}" for names, number in said)
    part = f"{len(rows)} of {len(counted.rows)} lines"
    return clean(f"{kind} of {counted.table.title.lower()}, {part}. {told} {words}.")[:1_000]


def _told(number: float, *, money: bool) -> str:
    return money_text(int(number)) if money else f"{number:,.0f}"


def _number(cell: Cell) -> float:
    return cell if isinstance(cell, int | float) else 0
