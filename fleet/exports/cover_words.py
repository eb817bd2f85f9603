"""What the cover says in words, in a workbook and on paper."""

import shlex
from collections.abc import Iterator
from datetime import datetime

from fleet.clock import london_date
from fleet.domain.fields import day_text
from fleet.domain.search import Search
from fleet.exports.datasets import DATASETS
from fleet.exports.definition import Report
from fleet.exports.frame import Content
from fleet.exports.question import Question, typed
from fleet.exports.reading import SourceAge
from fleet.exports.small_numbers import METHOD
from fleet.queries.past import register_began

_OF_A_PERIOD = frozenset({"fixed", "tenants", "syncs", "events", "key_numbers", "changes"})
"""Data sets that tell what happened between two days."""


def people(question: Question) -> str:
    """Whether the file names people."""
    if question.unmask:
        return "Names, sign-in names and phone numbers are shown. Keep this file to those who need them."
    return "Names are shortened to initials; sign-in names, phone numbers and device names are left out."


def period(report: Report, question: Question) -> str | None:
    """The period of a report that tells of one."""
    if not any(sheet.dataset in _OF_A_PERIOD for sheet in report.sheets):
        return None
    return f"{day_text(question.begins)} to {day_text(question.day)}, compared with {day_text(question.before)}"


def source_age(source: SourceAge, now: datetime) -> str:
    """How long ago a source was read to the end."""
    if source.last_complete_at is None:
        return "never read"
    hours = int((now - source.last_complete_at).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    if hours < 48:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return f"▲ {hours // 24} days"


def repeat_command(report: Report, question: Question) -> str:
    """The call that gives the same numbers again."""
    words = ["fleet", "export", report.key]
    words += typed(question.filters)
    if question.organisation is not None:
        words += ["--organisation", question.organisation]
    words += ["--as-at", question.day.isoformat()]
    if question.since is not None:
        words += ["--since", question.since.isoformat()]
    words += ["--small-numbers", "hide" if question.hide_small else "show"]
    return shlex.join(words)


def notes(content: Content) -> Iterator[str]:
    """How the numbers are made, and what is missing."""
    report, answer = content.report, content.answer
    yield from report.notes
    if answer.question.hide_small:
        yield METHOD
    if report.key in ("refresh", "spend", "monthly"):
        yield _lifetimes(answer.question)
    if report.key == "list":
        return
    support = answer.support
    stale = " These data are older than 60 days." if support.stale(answer.question.day) else ""
    yield f"Apple's support is judged by data of {day_text(support.as_at)}.{stale}"
    yield from _printed(report)
    for key, spool in content.spools.items():
        if spool.texts_cut:
            name = next(sheet.name for sheet in report.listed if sheet.key == key)
            yield f"{name}: {spool.texts_cut:,} texts were longer than a cell holds and end with the word “cut”."
    yield from _of_the_past(content)
    yield from _not_narrowed(content)
    if answer.left_out:
        yield f"Left out, because it can't be told for a day gone by: {', '.join(answer.left_out)}."


def _of_the_past(content: Content) -> Iterator[str]:
    """What is not known, or less well, of days gone by."""
    report, question = content.report, content.answer.question
    if question.past:
        yield "As at a day gone by, check-ins and the number of open findings of a device are not known."
        if any(sheet.dataset == "own_devices" for sheet in report.sheets):
            yield "Personal devices that nobody registered are told for today only: what was seen on them makes no history."
    compared = period(report, question) is not None
    if not (question.past or compared):
        return
    began = register_began(content.answer.material.session)
    if began is not None and london_date(began) > (question.before if compared else question.day):
        more = ", so more may look changed than was" if compared else ""
        yield (
            f"The register's history begins on {day_text(london_date(began))}: for days before it, only dates of purchase and of "
            f"custody are known{more}."
        )


def _not_narrowed(content: Content) -> Iterator[str]:
    """What the filters do not reach, because it is not about devices."""
    if content.answer.question.filters == Search() or content.report.key == "list":
        return
    names = [sheet.name for sheet in content.report.sheets if not DATASETS[sheet.dataset].of_devices]
    if names:
        yield f"The filters are about devices: they do not narrow {', '.join(names)}, nor what is counted of them."


def _printed(report: Report) -> Iterator[str]:
    cut = [sheet for sheet in report.listed if len(sheet.columns) > sheet.printed]
    if len(cut) > _TOLD_ONE_BY_ONE:
        yield "Lists are printed with their first columns only; the others are for the screen."
        return
    for sheet in cut:
        yield f"{sheet.name}: the first {sheet.printed} columns are printed; the others are for the screen."


_TOLD_ONE_BY_ONE = 4


def _lifetimes(question: Question) -> str:
    kinds = {"ipad": "iPads", "iphone": "iPhones", "thin_client": "thin clients", "other": "other devices"}
    years = ", ".join(f"{words} {question.plan.years(kind)}" for kind, words in kinds.items())
    terms = ", ".join(f"{key} {day_text(day)}" for key, day in sorted(question.plan.terms_end.items()))
    return f"Years that devices serve: {years}. Ends of councillors' terms: {terms or 'none given (--term-end)'}."
