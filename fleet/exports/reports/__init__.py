"""The reports, as data. What does a report answer, on which sheets, with which columns? Look here."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from fleet.errors import UsageProblem
from fleet.exports.definition import Report
from fleet.exports.reports.custody import LEAVERS_HOLDING, NOT_SEEN, STOCK_AND_LOANS, WHO_HAS_WHAT
from fleet.exports.reports.desk import FINDINGS_REPORT, HISTORY, SYNC_HEALTH
from fleet.exports.reports.estate import ESTATE
from fleet.exports.reports.losses import LOST, STOCKTAKES
from fleet.exports.reports.money import REFRESH, SPEND
from fleet.exports.reports.packs import DIFFERENCE, FOI, MONTHLY
from fleet.exports.reports.security import BYOD, COMPLIANCE

REPORTS: Mapping[str, Report] = MappingProxyType(
    {
        report.key: report
        for report in (
            ESTATE, WHO_HAS_WHAT, LEAVERS_HOLDING, STOCK_AND_LOANS, NOT_SEEN, COMPLIANCE, LOST, STOCKTAKES, REFRESH, SPEND, BYOD,
            FINDINGS_REPORT, SYNC_HEALTH, HISTORY, FOI, DIFFERENCE, MONTHLY,
        )
    }
)  # fmt: skip
"""Report key -> its definition."""


def report_named(key: str) -> Report:
    """The report of that key; raises `UsageProblem` naming those that exist."""
    found = REPORTS.get(key)
    if found is None:
        close = get_close_matches(key, REPORTS, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise UsageProblem(f"There is no report called {key}.{hint} There are: {', '.join(REPORTS)}.")
    return found
