"""Charts drawn on paper: bars with their numbers beside them, told apart by more than colour."""

from collections.abc import Callable

from fleet.domain.fields import money_text
from fleet.exports.charts import drawn_columns, drawn_rows
from fleet.exports.look import series_colours
from fleet.exports.paper.marks import INK, QUIET, Colour, Mark, Panel, Style, Words
from fleet.exports.paper.pen import shortened, width
from fleet.exports.tally import Cell, Counted

_TITLE = Style(9, 14, bold=True, colour=INK)
_TEXT = Style(7, 10)
_QUIET = Style(7, 10, colour=QUIET)
_BAR, _STEP, _NAMES = 7.0, 11.0, 150.0
"""Height of a bar, from one to the next, and room of the names, in points."""


def drawn(counted: Counted, left: float, right: float) -> tuple[Callable[[float], list[Mark]] | None, float]:
    """What draws the chart of a table below a height, and how much room it takes; None when there is nothing to draw.

    Each bar is a line of the table, its parts in the order of the legend, the number at its end.
    """
    wanted = counted.table.chart
    if wanted is None:
        return None, 0.0
    rows = drawn_rows(counted, wanted)
    columns = drawn_columns(counted, wanted, rows)
    if not rows or not columns:
        return None, 0.0
    money = counted.units[columns[0]] == "money"
    colours = [_colour(text) for text in series_colours([counted.words[at] for at in columns])]

    def marks(top: float) -> list[Mark]:
        found: list[Mark] = [Words(left, top - _TITLE.size, wanted.title, _TITLE)]
        found += _legend([counted.words[at] for at in columns], colours, left, top - _TITLE.leading)
        sums = [sum(_number(counted.rows[row][1][at]) for at in columns) for row in rows]
        scale = (right - left - _NAMES - 60) / (max(sums) or 1)
        y = top - _TITLE.leading - _QUIET.leading * 1.6
        for row, whole in zip(rows, sums, strict=True):
            names, cells = counted.rows[row]
            found.append(Words(left, y - _BAR + 1.5, shortened(", ".join(names), _TEXT, _NAMES - 8), _TEXT))
            x = left + _NAMES
            for place, at in enumerate(columns):
                length = _number(cells[at]) * scale
                if length:
                    found.append(Panel(x, y - _BAR, length, _BAR, fill=colours[place]))
                x += length
            said = money_text(int(whole)).rpartition(".")[0] if money else f"{whole:,.0f}"
            found.append(Words(x + 4, y - _BAR + 1.5, said, _QUIET))
            y -= _STEP
        return found

    return marks, _TITLE.leading + _QUIET.leading * 1.6 + _STEP * len(rows)


def _legend(words: list[str], colours: list[Colour], left: float, y: float) -> list[Mark]:
    found: list[Mark] = []
    x = left
    for place, word in enumerate(words):
        found.append(Panel(x, y - 7, 7, 7, fill=colours[place]))
        found.append(Words(x + 10, y - 6.5, word, _QUIET))
        x += 10 + width(word, _QUIET) + 14
    return found


def _colour(text: str) -> Colour:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _number(cell: Cell) -> float:
    return cell if isinstance(cell, int | float) else 0
