"""`fleet export`."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.arguments import DAY, SearchCommand, past_day, search_text
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import NoAccess, UsageProblem

if TYPE_CHECKING:
    from fleet.exports import Plan


@click.command(cls=SearchCommand)
@click.argument("report", required=False)
@click.argument("search", nargs=-1)
@click.option("--organisation", help="Only this organisation.")
@click.option("--as-at", type=DAY, help="As it was at the end of a day.")
@click.option("--since", type=DAY, help="First day of the period; the first of the month by default.")
@click.option("--to", type=click.Choice(["xlsx", "csv", "json", "pdf"]), default="xlsx", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File or folder; by default this folder and a telling name."
)
@click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
@click.option("--unmask", is_flag=True, help="Show names and numbers of people; kept in history with your --reason.")
@click.option("--reason", help="Why names are needed.")
@click.option(
    "--small-numbers",
    type=click.Choice(["hide", "show"]),
    help="Hide numbers below 5 and leave lists out, or not; by default as the report needs it.",
)
@click.option(
    "--term-end", multiple=True, metavar="ORGANISATION=DAY", help="When councillors' terms end (refresh plan)."
)
@click.option("--years", multiple=True, metavar="KIND=NUMBER", help="How long a kind of device serves: ipad=5.")
@click.option("--list", "list_reports", is_flag=True, help="List the reports and the question each answers.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@click.pass_obj
def export(
    surroundings: Surroundings, report: str | None, search: tuple[str, ...], organisation: str | None, as_at: date | None,
    since: date | None, to: str, output: Path | None, overwrite: bool, unmask: bool, reason: str | None,
    small_numbers: str | None, term_end: tuple[str, ...], years: tuple[str, ...], list_reports: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write REPORT as a workbook a manager can use as it arrives. SEARCH narrows it as in `fleet devices`."""
    from fleet.domain.search import parse
    from fleet.exports import REPORTS, report_named, write_report

    if list_reports:
        _list_reports(as_json)
        return
    if report is None:
        raise UsageProblem(f"Name a report: {', '.join(REPORTS)}. What they answer: fleet export --list")
    report_named(report)  # Before anything is noted in history.
    access, plan = surroundings.access, _plan(term_end, years)
    as_at = past_day(as_at, surroundings.now)
    if unmask:
        _note_unmasking(surroundings, report, reason)
    with surroundings.read() as session:
        written = write_report(
            session, report, to=to, path=(output or Path.cwd()).expanduser(), now=surroundings.now, actor=access.name,  # type: ignore[arg-type]
            organisation=organisation, filters=parse(search_text(search)), as_at=as_at, unmask=unmask, overwrite=overwrite,
            since=since, hide_small=None if small_numbers is None else small_numbers == "hide", plan=plan,
        )  # fmt: skip
    if as_json:
        print_json({"path": str(written.path), "counts": dict(written.counts)})
    else:
        counts = ", ".join(f"{number:,} {sheet.replace('_', ' ')}" for sheet, number in written.counts.items())
        click.echo(inert(f"{written.path} ({counts})"))


def _list_reports(as_json: bool) -> None:
    from fleet.exports import REPORTS

    if as_json:
        print_json([{"report": one.key, "title": one.title, "question": one.question} for one in REPORTS.values()])
        return
    table(("Report", "Question it answers"), [(one.key, one.question) for one in REPORTS.values()])


def _plan(terms: Iterable[str], years: Iterable[str]) -> "Plan":
    """What `--term-end` and `--years` say; raises `UsageProblem` for what can't be understood."""
    from fleet.exports.planning import LIFETIMES, Plan

    ends: dict[str, date] = {}
    for text in terms:
        key, _, day = text.partition("=")
        try:
            ends[key.strip()] = date.fromisoformat(day.strip())
        except ValueError:
            raise UsageProblem(f"--term-end {text} is not understood. Write northbridge=2027-05-06.") from None
    served = dict(LIFETIMES)
    for text in years:
        key, _, number = text.partition("=")
        if key.strip() not in LIFETIMES or not number.strip().isdecimal() or not 1 <= int(number) <= 20:
            kinds = ", ".join(LIFETIMES)
            raise UsageProblem(
                f"--years {text} is not understood. Write ipad=5, with one of {kinds} and 1 to 20 years."
            )
        served[key.strip()] = int(number)
    return Plan(served, ends)


def _note_unmasking(surroundings: Surroundings, report: str, reason: str | None) -> None:
    """Who saw names, when and why: an event of its own, before anything is written."""
    from fleet.commands.disclosures import note_disclosure

    if not reason:
        raise UsageProblem("Say why names are needed: --reason")
    if not surroundings.access.may_write:
        raise NoAccess("Names are shown to technicians and administrators only.")
    with surroundings.write("disclosure", reason=reason) as session:
        note_disclosure(session, report=report)
