"""Writing a report to a file."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Literal

from sqlalchemy.orm import Session

from fleet.clock import london_date
from fleet.database.engine import unmapped
from fleet.domain.fields import day_text
from fleet.domain.search import Search
from fleet.errors import UsageProblem
from fleet.exports import reading
from fleet.exports.datasets import DATASETS
from fleet.exports.definition import Report, Summary
from fleet.exports.planning import Plan
from fleet.exports.reports import report_named
from fleet.exports.whole_files import whole_file

To = Literal["xlsx", "csv", "json", "pdf"]
EARLIEST = date(1970, 1, 1)
"""No device is older; spreadsheets know no day before 1900."""
FORMATS: tuple[To, ...] = ("xlsx", "csv", "json", "pdf")


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
    since: date | None = None,
    hide_small: bool | None = None,
    plan: Plan | None = None,
) -> Written:
    """Write a report to `path`, or under its default name into `path` when that is a folder.

    `unmask` shows names and numbers of people: the caller has checked the role and records the Event. `hide_small` hides
    small numbers and leaves lists out; None does so where the report asks for it. Raises `FleetError` when the report,
    organisation or day makes no sense, or the file can't be written.
    """
    definition = report_named(report)
    if to not in FORMATS:
        raise UsageProblem(f"A report can't be written as {to}. Choose one of {', '.join(FORMATS)}.")
    _check_days(as_at, since, now)
    hide = definition.small_hidden if hide_small is None else hide_small
    question = reading.Question(
        now, actor, organisation, filters or Search(), as_at, unmask, since, hide, plan or Plan()
    )
    whole, definition = definition, fitted(definition, question)
    if path.is_dir():
        path = path / default_name(report, organisation, question.day, to)
    left_out = {sheet.name: None for sheet in whole.sheets} if question.past else {}
    for sheet in definition.sheets:
        left_out.pop(sheet.name, None)
    with unmapped(session):
        answer = reading.read(session, definition, question, tuple(left_out))
        with whole_file(path, overwrite=overwrite) as file:
            counts = writer_of(to)(file, definition, answer)
    return Written(path, counts)


Writer = Callable[[IO[bytes], Report, reading.Answer], dict[str, int]]


def writer_of(to: To) -> Writer:
    """What writes a form."""
    if to == "xlsx":
        from fleet.exports.workbook import write_workbook as write
    elif to == "pdf":
        from fleet.exports.pages import write_pdf as write
    elif to == "csv":
        from fleet.exports.plain_files import write_csv as write
    else:
        from fleet.exports.plain_files import write_json as write
    return write


def _check_days(as_at: date | None, since: date | None, now: datetime) -> None:
    today = london_date(now)
    if min(as_at or today, since or today) < EARLIEST:
        raise UsageProblem(f"A report can't tell of days before {day_text(EARLIEST)}.")
    if as_at is not None and as_at > today:
        raise UsageProblem("A report can't be as at a day to come.")
    if since is not None and since > (as_at or today):
        raise UsageProblem("The period begins after the day of the report.")


def fitted(report: Report, question: reading.Question) -> Report:
    """The report without what can't be told for a day gone by, and without lists where small numbers are hidden.

    Raises `UsageProblem` when nothing is left.
    """
    if question.past:
        gone = {sheet.key for sheet in report.sheets if not (sheet.past and DATASETS[sheet.dataset].past)}
        report = replace(
            report,
            sheets=tuple(sheet for sheet in report.sheets if sheet.key not in gone),
            summaries=tuple(_without(summary, gone) for summary in report.summaries),
        )
        report = replace(report, summaries=tuple(one for one in report.summaries if one.tables))
        if not report.sheets:
            raise UsageProblem(
                f"{report.title}: what Intune says day by day makes no history, so this is told for today only."
            )
    if question.hide_small:
        if not report.tables:
            raise UsageProblem(f"{report.title} has no counts that could be told without small numbers.")
        report = replace(report, sheets=tuple(replace(sheet, listed=False) for sheet in report.sheets))
    return report


def is_told_of_the_past(report: str) -> bool:
    """Whether a report can be written as at a day gone by; some are made of check-ins, which history does not keep."""
    return any(sheet.past and DATASETS[sheet.dataset].past for sheet in report_named(report).sheets)


def _without(summary: Summary, gone: Collection[str]) -> Summary:
    return replace(summary, tables=tuple(table for table in summary.tables if table.of not in gone))


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:60] or "all"
