"""Writing a report to a file."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.domain.search import Search
from fleet.errors import UsageProblem
from fleet.exports import reading
from fleet.exports.reports import report_named
from fleet.exports.whole_files import whole_file

To = Literal["xlsx", "csv", "json"]
FORMATS: tuple[To, ...] = ("xlsx", "csv", "json")


@dataclass(frozen=True, slots=True)
class Written:
    """A report that is on disk."""

    path: Path
    counts: Mapping[str, int]
    """Sheet -> its rows."""


def default_name(report: str, organisation: str | None, day: date, to: To) -> str:
    """A name that sorts by day and says what it is: `fleet-estate-northbridge-2026-11-22.xlsx`."""
    return f"fleet-{_slug(report)}-{_slug(organisation or 'all')}-{day.isoformat()}.{to}"


def write_report(
    session: Session,
    report: str,
    *,
    to: To,
    path: Path,
    now: datetime,
    actor: str,
    organisation: str | None = None,
    filters: Search | None = None,
    as_at: date | None = None,
    unmask: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write a report to `path`, or under its default name into `path` when that is a folder.

    `unmask` shows names and numbers of people: the caller has checked the role and records the Event. Raises
    `FleetError` when the report, organisation or day makes no sense, or the file can't be written.
    """
    definition = report_named(report)
    if to not in FORMATS:
        raise UsageProblem(f"A report can't be written as {to}. Choose one of {', '.join(FORMATS)}.")
    if as_at is not None and as_at > london_date(now):
        raise UsageProblem("A report can't be as at a day to come.")
    question = reading.Question(now, actor, organisation, filters or Search(), as_at, unmask)
    if path.is_dir():
        path = path / default_name(report, organisation, question.day, to)
    answer = reading.read(session, question)
    with whole_file(path, overwrite=overwrite) as file:
        if to == "xlsx":
            from fleet.exports.workbook import write_workbook as write
        elif to == "csv":
            from fleet.exports.plain_files import write_csv as write
        else:
            from fleet.exports.plain_files import write_json as write
        counts = write(file, definition, answer)
    return Written(path, counts)


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:60] or "all"
