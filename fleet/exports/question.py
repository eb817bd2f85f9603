"""What is asked of the register: which report, of whom, as at when, for which period."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fleet.clock import end_of_day, london_date
from fleet.domain.search import Filter, Search
from fleet.exports.planning import Plan


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the register."""

    now: datetime
    actor: str
    organisation: str | None = None
    filters: Search = Search()  # noqa: RUF009 - frozen
    as_at: date | None = None
    unmask: bool = False
    since: date | None = None
    """First day of the period, for what happened; by default the first of the month."""
    hide_small: bool = False
    """Whether small numbers are hidden, so that nobody can be made out behind them."""
    plan: Plan = Plan()  # noqa: RUF009 - frozen
    """How long devices serve, and when councillors' terms end."""

    @property
    def day(self) -> date:
        """The day that the report describes."""
        return self.as_at or london_date(self.now)

    @property
    def past(self) -> bool:
        """Whether that day has gone by, so that history tells."""
        return self.as_at is not None and self.as_at < london_date(self.now)

    @property
    def moment(self) -> datetime:
        """The end of that day; now, while it lasts."""
        return min(self.now, end_of_day(self.day))

    @property
    def begins(self) -> date:
        """The first day of the period that ends with the day."""
        return self.since or self.day.replace(day=1)

    @property
    def before(self) -> date:
        """The day to compare with: the last one before the period."""
        return self.begins - timedelta(days=1)

    @property
    def search(self) -> Search:
        """The filters, with the organisation among them."""
        if self.organisation is None:
            return self.filters
        return replace(self.filters, filters=(*self.filters.filters, Filter("org", "=", self.organisation)))


def describe(search: Search) -> str:
    """A search as a person would type it; `none` when it filters nothing."""
    return " ".join(typed(search)) or "none"


def typed(search: Search) -> list[str]:
    """The words of a search, each as a person would type it."""
    filters = (
        f"{'-' if one.negative else ''}{one.name}:{'' if one.operator == '=' else one.operator}{_quoted(one.value)}"
        for one in search.filters
    )
    return [*map(_quoted, search.words), *filters]


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
