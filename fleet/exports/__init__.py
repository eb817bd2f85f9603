"""Reports on paper and in files: definitions as data over one writer. A column in an export? `reports/` and `datasets/`."""

from fleet.exports.definition import Report
from fleet.exports.lists import ListToWrite, list_of, write_list
from fleet.exports.planning import Plan, configured_plan
from fleet.exports.reports import REPORTS, report_named
from fleet.exports.whole_files import FileProblem
from fleet.exports.writing import FORMATS, To, Written, default_name, is_told_of_the_past, write_report

__all__ = [
    "FORMATS",
    "REPORTS",
    "FileProblem",
    "ListToWrite",
    "Plan",
    "Report",
    "To",
    "Written",
    "configured_plan",
    "default_name",
    "is_told_of_the_past",
    "list_of",
    "report_named",
    "write_list",
    "write_report",
]
