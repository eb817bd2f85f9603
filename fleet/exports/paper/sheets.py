"""Sheets of labels as they are sold in the UK, and where each label lies. All are A4."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fleet.errors import UsageProblem
from fleet.exports.paper.marks import A4, MM


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grid of labels, in millimetres."""

    key: str
    columns: int
    rows: int
    width: float
    height: float
    gap: float
    """Between columns; rows touch on all of these sheets."""

    @property
    def labels(self) -> int:
        """How many there are on one sheet."""
        return self.columns * self.rows

    def place(self, position: int) -> tuple[float, float]:
        """Lower left corner of a label in points; position 0 is the first, counted along the rows."""
        row, column = divmod(position, self.columns)
        left = (210 - self.columns * self.width - (self.columns - 1) * self.gap) / 2
        top = (297 - self.rows * self.height) / 2
        return (left + column * (self.width + self.gap)) * MM, A4[1] - (top + (row + 1) * self.height) * MM


SHEETS: Mapping[str, Sheet] = MappingProxyType(
    {
        sheet.key: sheet
        for sheet in (
            Sheet("a4-14", 2, 7, 99.1, 38.1, 2.5),
            Sheet("a4-21", 3, 7, 63.5, 38.1, 2.5),
            Sheet("a4-24", 3, 8, 63.5, 33.9, 2.5),
            Sheet("a4-65", 5, 13, 38.1, 21.2, 2.5),
        )
    }
)
"""Key -> sheet; the number is how many labels it has."""


def sheet_named(key: str) -> Sheet:
    """The sheet of a key; raises `UsageProblem` listing them."""
    if key not in SHEETS:
        listed = ", ".join(f"{one.key} ({one.width} x {one.height} mm)" for one in SHEETS.values())
        raise UsageProblem(f"There is no sheet called {key}. Sheets: {listed}.")
    return SHEETS[key]
