"""The arithmetic of money and age: financial years, straight-line depreciation, when a device is to be replaced.

Pure: dates and pence in, dates and pence out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from fleet.config import OrganisationConfig

LIFETIMES: Mapping[str, int] = MappingProxyType({"ipad": 5, "iphone": 4, "thin_client": 7, "other": 5})
"""Kind -> years that a device serves, where nobody says otherwise."""
OVERDUE, LATER, UNSAID = "Overdue", "Later", "Not known"
WITHIN_A_YEAR = timedelta(days=365)
"""A councillor's replacement that falls this close to the end of a term is moved to it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long devices serve, and when councillors' terms end."""

    lifetimes: Mapping[str, int] = field(default_factory=lambda: LIFETIMES)
    terms_end: Mapping[str, date] = field(default_factory=dict)
    """Organisation -> the day of its next election."""

    def years(self, kind: str) -> int:
        """How many years a device of a kind serves."""
        return self.lifetimes.get(kind) or LIFETIMES["other"]


def configured_plan(organisations: Mapping[str, OrganisationConfig]) -> Plan:
    """The plan with the terms of office that config.toml names: `[organisation.<key>] term_ends_on`."""
    terms = {key: one.term_ends_on for key, one in organisations.items() if one.term_ends_on is not None}
    return Plan(LIFETIMES, terms)


def financial_year(day: date) -> str:
    """The year of a council's books, from 1 April to 31 March: `2026/27`."""
    first = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def year_begins(day: date, later: int = 0) -> date:
    """1 April of the financial year of a day, or of one so many years later."""
    return date(int(financial_year(day)[:4]) + later, 4, 1)


def years_after(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another, none before it."""
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(0, months)


def book_value(price_pence: int, bought: date, years: int, day: date) -> int:
    """What is left of a price in equal monthly steps down to nil."""
    months = years * 12
    return price_pence * max(0, months - months_between(bought, day)) // months


def replacement(
    bought: date | None, years: int, support_ends: date | None, term_ends: date | None, day: date
) -> tuple[date | None, str]:
    """When a device is to be replaced, and why: its age, the end of Apple's support, or the holder's term of office."""
    worn = None if bought is None else years_after(bought, years)
    if worn is None and support_ends is None:
        return None, "No purchase date"
    if worn is None or (support_ends is not None and support_ends < worn):
        due, why = support_ends, "Apple's support ends"
    else:
        due, why = worn, f"{years} years old"
    assert due is not None
    if term_ends is not None and term_ends >= day and abs(term_ends - due) <= WITHIN_A_YEAR and due > day:
        return term_ends, "Term of office ends"
    return due, why


def year_of_replacement(due: date | None, day: date) -> str:
    """`Overdue`, one of three financial years, `Later` or `Not known`."""
    if due is None:
        return UNSAID
    if due <= day:
        return OVERDUE
    return financial_year(due) if due < year_begins(day, 3) else LATER


def years_ahead(day: date) -> tuple[str, ...]:
    """The words of the plan in their order."""
    return (OVERDUE, *(financial_year(year_begins(day, later)) for later in range(3)), LATER, UNSAID)
