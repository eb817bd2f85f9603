"""`fleet export`."""

from datetime import date
from pathlib import Path

import click

from fleet.cli.arguments import DAY, SearchCommand, past_day, search_text
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import NoAccess, UsageProblem


@click.command(cls=SearchCommand)
@click.argument("report", required=False)
@click.argument("search", nargs=-1)
@click.option("--organisation", help="Only this organisation.")
@click.option("--as-at", type=DAY, help="As it was at the end of a day.")
@click.option("--to", type=click.Choice(["xlsx", "csv", "json"]), default="xlsx", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File or folder; by default this folder and a telling name."
)
@click.option("--overwrite", is_flag=True, help="Replace a file of that name.")
@click.option("--unmask", is_flag=True, help="Show names and numbers of people; kept in history with your --reason.")
@click.option("--reason", help="Why names are needed.")
@click.option("--list", "list_reports", is_flag=True, help="List the reports and the question each answers.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@click.pass_obj
def export(
    surroundings: Surroundings, report: str | None, search: tuple[str, ...], organisation: str | None, as_at: date | None,
    to: str, output: Path | None, overwrite: bool, unmask: bool, reason: str | None, list_reports: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write REPORT as a workbook a manager can use as it arrives. SEARCH narrows it as in `fleet devices`."""
    from fleet.exports import REPORTS, write_report

    if list_reports:
        table(("Report", "Question it answers"), [(one.key, one.question) for one in REPORTS.values()])
        return
    if report is None:
        raise UsageProblem(f"Name a report: {', '.join(REPORTS)}. What they answer: fleet export --list")
    from fleet.domain.search import parse

    access = surroundings.access
    as_at = past_day(as_at, surroundings.now)
    if unmask:
        _note_unmasking(surroundings, report, reason)
    with surroundings.read() as session:
        written = write_report(
            session, report, to=to, path=(output or Path.cwd()).expanduser(), now=surroundings.now, actor=access.name,  # type: ignore[arg-type]
            organisation=organisation, filters=parse(search_text(search)), as_at=as_at, unmask=unmask, overwrite=overwrite,
        )  # fmt: skip
    if as_json:
        print_json({"path": str(written.path), "counts": dict(written.counts)})
    else:
        counts = ", ".join(f"{number:,} {sheet.lower()}" for sheet, number in written.counts.items())
        click.echo(inert(f"{written.path} ({counts})"))


def _note_unmasking(surroundings: Surroundings, report: str, reason: str | None) -> None:
    """Who saw names, when and why: an event of its own, before anything is written."""
    from fleet.commands.disclosures import note_disclosure

    if not reason:
        raise UsageProblem("Say why names are needed: --reason")
    if not surroundings.access.may_write:
        raise NoAccess("Names are shown to technicians and administrators only.")
    with surroundings.write("disclosure", reason=reason) as session:
        note_disclosure(session, report=report)
