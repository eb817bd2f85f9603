"""The table that is printed and kept in docs/BENCHMARKS.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    size: str
    ratio: str
    target: str
    value: str
    limit: str = ""
    """What the ratio is to, in the same run."""

    def cells(self) -> tuple[str, ...]:
        """In the order of the columns."""
        return (self.what, self.size, self.ratio, self.target, self.value, self.limit)


HEADERS = ("What", "Size", "Ratio", "Target", "Median", "Limit, same run")


def compared(what: str, size: str, ours: Sequence[float], limit: Sequence[float], target: str = "") -> Line:
    """A line for seconds against the seconds of a limit program."""
    ratio = median(ours) / median(limit)
    return Line(what, size, f"{ratio:.2f}×", target, seconds(median(ours)), seconds(median(limit)))


def seconds(value: float) -> str:
    """`0.314 s`, `12.3 s`."""
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def as_markdown(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table with aligned columns."""
    rows = [HEADERS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADERS))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)
