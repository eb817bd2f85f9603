"""Reports on paper and in files: definitions as data over one writer. A column in an export? `reports/` and `datasets/`."""

from fleet.exports.definition import Report
from fleet.exports.planning import Plan
from fleet.exports.reports import REPORTS, report_named
from fleet.exports.whole_files import FileProblem
from fleet.exports.writing import FORMATS, To, Written, default_name, write_report

__all__ = [
    "FORMATS",
    "REPORTS",
    "FileProblem",
    "Plan",
    "Report",
    "To",
    "Written",
    "default_name",
    "report_named",
    "write_report",
]
