"""Small numbers hidden, so that nobody can be made out behind a count.

One to four becomes a text; every other number is rounded to the nearest five, totals too, so that no hidden number can be
worked out from the others. Money and averages of fewer than five rows are withheld, other money is rounded to £100: one
withheld sum can be guessed from the total to some hundreds of pounds, which tells of no person.
"""

from typing import Any, Literal

SMALLEST = 5
FEW = f"<{SMALLEST}"
WITHHELD = "withheld"
METHOD = (
    "Small numbers are hidden: 1 to 4 is shown as “<5”, every other number is rounded to the nearest 5, totals too, so they may "
    "not add up. Money and averages of fewer than 5 devices are withheld; other money is rounded to £100. No lists are given."
)  # fmt: skip
_HUNDRED_POUNDS = 10_000


def protected(value: Any, rows: int, unit: Literal["count", "money", "mean"]) -> int | float | str | None:
    """A number that may be told, made of so many rows."""
    if value is None:
        return None
    if unit == "count":
        return FEW if 0 < value < SMALLEST else _nearest(value, SMALLEST)
    if 0 < rows < SMALLEST:
        return WITHHELD
    return _nearest(value, _HUNDRED_POUNDS) if unit == "money" else round(value)


def _nearest(value: int, step: int) -> int:
    return (value + step // 2) // step * step
