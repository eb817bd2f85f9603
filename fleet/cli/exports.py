"""`fleet export`."""

import sys
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
    from sqlalchemy.orm import Session

    from fleet.exports import Plan, Written


@click.command(cls=SearchCommand)
@click.argument("report", required=False)
@click.argument("search", nargs=-1)
@click.option("--organisation", help="Only this organisation.")
@click.option("--as-at", type=DAY, help="As it was at the end of a day.")
@click.option("--since", type=DAY, help="First day of the period; the first of the month by default.")
@click.option(
    "--to", type=click.Choice(["xlsx", "csv", "json", "pdf"]), help="By default what the name of -o ends in, else xlsx."
)
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
@click.option("--rows", is_flag=True, hidden=True, help="Write the list that comes as JSON on standard input.")
@click.option("--list", "list_reports", is_flag=True, help="List the reports and the question each answers.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@click.pass_obj
def export(
    surroundings: Surroundings, report: str | None, search: tuple[str, ...], organisation: str | None, as_at: date | None,
    since: date | None, to: str | None, output: Path | None, overwrite: bool, unmask: bool, reason: str | None,
    small_numbers: str | None, term_end: tuple[str, ...], years: tuple[str, ...], rows: bool, list_reports: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write REPORT as a workbook a manager can use as it arrives. SEARCH narrows it as in `fleet devices`."""
    from fleet.domain.search import parse
    from fleet.exports import REPORTS, report_named, write_report

    if list_reports:
        _list_reports(as_json)
        return
    to = _form(to, output)
    if rows:
        _tell(_write_rows(surroundings, to, output, overwrite, unmask, reason), as_json)
        return
    if report is None:
        raise UsageProblem(f"Name a report: {', '.join(REPORTS)}. What they answer: fleet export --list")
    report_named(report)  # Before anything is noted in history.
    access, plan = surroundings.access, _plan(surroundings, term_end, years)
    as_at = past_day(as_at, surroundings.now)
    if unmask:
        _note_unmasking(surroundings, report, reason)
    with surroundings.read() as session:
        _check_terms(session, term_end)
        written = write_report(
            session, report, to=to, path=(output or Path.cwd()).expanduser(), now=surroundings.now, actor=access.name,  # type: ignore[arg-type]
            organisation=organisation, filters=parse(search_text(search)), as_at=as_at, unmask=unmask, overwrite=overwrite,
            since=since, hide_small=None if small_numbers is None else small_numbers == "hide", plan=plan,
        )  # fmt: skip
    _tell(written, as_json)


def _form(to: str | None, output: Path | None) -> str:
    """The form of the file; raises `UsageProblem` when its name says another one."""
    from fleet.exports.writing import FORMATS

    said = "" if output is None or output.is_dir() else output.suffix.lower().removeprefix(".")
    if said not in FORMATS:
        return to or "xlsx"
    if to not in (None, said):
        raise UsageProblem(
            f"{output} would not be what its name says: --to {to}. Give it another name, or leave --to out."
        )
    return said


def _tell(written: "Written", as_json: bool) -> None:
    if as_json:
        print_json({"path": str(written.path), "counts": dict(written.counts)})
    else:
        counts = ", ".join(f"{number:,} {sheet.replace('_', ' ')}" for sheet, number in written.counts.items())
        click.echo(inert(f"{written.path} ({counts})"))


def _write_rows(
    surroundings: Surroundings, to: str, output: Path | None, overwrite: bool, unmask: bool, reason: str | None
) -> "Written":
    """A list of the screen: its rows come as they were shown."""
    import json

    from fleet.exports import list_of, write_list

    if output is None:
        raise UsageProblem("--rows needs --output.")
    try:
        what = list_of(json.loads(sys.stdin.read()))
    except ValueError:
        raise UsageProblem("Standard input holds no JSON.") from None
    if unmask:
        _note_unmasking(surroundings, f"list {what.title}", reason)
    with surroundings.read() as session:
        return write_list(
            session, what, to=to, path=output.expanduser(), now=surroundings.now, actor=surroundings.access.name,  # type: ignore[arg-type]
            unmask=unmask, overwrite=overwrite,
        )  # fmt: skip


def _list_reports(as_json: bool) -> None:
    from fleet.exports import REPORTS

    if as_json:
        print_json([{"report": one.key, "title": one.title, "question": one.question} for one in REPORTS.values()])
        return
    table(("Report", "Question it answers"), [(one.key, one.question) for one in REPORTS.values()])


def _plan(surroundings: Surroundings, terms: Iterable[str], years: Iterable[str]) -> "Plan":
    """What config.toml, `--term-end` and `--years` say; raises `UsageProblem` for what can't be understood."""
    from fleet.exports.planning import LIFETIMES, Plan, configured_plan

    ends: dict[str, date] = dict(configured_plan(surroundings.config.organisations).terms_end)
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


def _check_terms(session: "Session", terms: Iterable[str]) -> None:
    """Raises `NotFound` for an organisation that nobody knows: its councillors would be left out in silence."""
    from fleet.exports.reading import organisations_of

    for text in terms:
        organisations_of(session, text.partition("=")[0].strip())


def _note_unmasking(surroundings: Surroundings, report: str, reason: str | None) -> None:
    """Who saw names, when and why: an event of its own, before anything is written."""
    from fleet.commands.disclosures import note_disclosure

    if not (reason or "").strip():
        raise UsageProblem("Say why names are needed: --reason")
    if not surroundings.access.may_write:
        raise NoAccess("Names are shown to technicians and administrators only.")
    with surroundings.write("disclosure", reason=reason) as session:
        note_disclosure(session, report=report)
