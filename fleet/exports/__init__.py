"""Reports on paper and in files: definitions as data over one writer. A column in an export? `reports.py`."""

from fleet.exports.definition import Report
from fleet.exports.reports import REPORTS
from fleet.exports.whole_files import FileProblem
from fleet.exports.writing import FORMATS, To, Written, default_name, write_report

__all__ = ["FORMATS", "REPORTS", "FileProblem", "Report", "To", "Written", "default_name", "write_report"]
