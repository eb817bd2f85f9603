"""`fleet findings` and `fleet finding`."""

from datetime import date

import click

from fleet.cli.arguments import DAY
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import NotFound, UsageProblem

KEYS = ("rule", "severity", "subject", "organisation", "first_seen", "last_seen", "state", "sentence")
"""Keys that scripts rely on."""


@click.command()
@click.argument("search", nargs=-1)
@click.option("--rule", help="Only this rule.")
@click.option("--organisation", help="Only this organisation.")
@click.option("--state", "states", multiple=True, default=("open",), show_default=True,
              type=click.Choice(["open", "acknowledged", "snoozed", "fixed"]), help="Which states; may be repeated.")  # fmt: skip
@click.option("--groups", is_flag=True, help="Numbers per rule, with what each means and what to do.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def findings(
    surroundings: Surroundings, search: tuple[str, ...], rule: str | None, organisation: str | None, states: tuple[str, ...],
    groups: bool, as_json: bool,
) -> None:  # fmt: skip
    """List what does not agree, worst first."""
    from fleet.clock import london_date
    from fleet.queries.findings import list_findings

    if groups:
        _print_groups(surroundings, organisation, as_json)
        return
    with surroundings.read() as session:
        rows = list_findings(session, states=states, rule=rule, organisation=organisation, text=" ".join(search))
    if as_json:
        print_json([{key: getattr(row, key) for key in KEYS} for row in rows])
        return
    table(
        ("Id", "Severity", "Rule", "Subject", "Since", "What"),
        [
            (row.id, row.severity, row.rule, row.subject, f"{london_date(row.first_seen):%d %b}", row.sentence)
            for row in rows
        ],
        right=(0,),
    )
    click.echo(f"\n{len(rows):,} finding{'' if len(rows) == 1 else 's'}")


def _print_groups(surroundings: Surroundings, organisation: str | None, as_json: bool) -> None:
    from fleet.queries.findings import finding_groups

    with surroundings.read() as session:
        rows = finding_groups(session, organisation=organisation)
    if as_json:
        print_json([{"rule": one.rule, "title": one.title, "severity": one.severity, "open": one.open} for one in rows])
        return
    table(
        ("Open", "Severity", "Rule", "What it means", "What to do"),
        [(one.open, one.severity, one.rule, one.meaning, one.what_to_do) for one in rows],
        right=(0,),
    )


@click.command()
@click.argument("finding_id", type=int)
@click.option("--acknowledge", is_flag=True, help="It is known and stays; needs a --note.")
@click.option("--snooze", type=DAY, help="Put it away until a day.")
@click.option("--until", type=DAY, help="How long an acknowledgement holds.")
@click.option("--note", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def finding(
    surroundings: Surroundings, finding_id: int, acknowledge: bool, snooze: date | None, until: date | None, note: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Look at one finding with its evidence, or decide it."""
    from fleet.queries.findings import finding_detail

    if acknowledge or snooze:
        _decide(surroundings, finding_id, snooze, until, note)
    with surroundings.read() as session:
        detail = finding_detail(session, finding_id)
    if detail is None:
        raise NotFound(f"There is no finding {finding_id}. List them with: fleet findings")
    row = detail.row
    if as_json:
        print_json({**{key: getattr(row, key) for key in KEYS}, "recorded": detail.recorded, "observed": detail.observed,
                    "meaning": detail.meaning, "what_to_do": detail.what_to_do, "note": detail.note})  # fmt: skip
        return
    click.echo(click.style(inert(f"{row.title}: {row.subject}"), bold=True) + f"  ({row.severity}, {row.state})")
    click.echo(f"  {inert(row.sentence)}\n\n  What it means: {detail.meaning}\n  What to do:    {detail.what_to_do}")
    for title, values in (("Recorded", detail.recorded), ("Intune", detail.observed)):
        if values:
            click.echo(f"\n  {title}")
            for name, value in values.items():
                click.echo(f"    {name.replace('_', ' ') + ':':<24}{inert('–' if value is None else value)}")
    if detail.note:
        click.echo(f"\n  {inert(detail.decided_by or '')}: {inert(detail.note)}")


def _decide(
    surroundings: Surroundings, finding_id: int, snooze: date | None, until: date | None, note: str | None
) -> None:
    """Snooze until a day, or acknowledge, as one event."""
    from fleet.clock import london_date
    from fleet.commands import findings as desk
    from fleet.domain.wording import day_text

    if not snooze and not note:
        raise click.UsageError("An acknowledgement says why: --note")
    if (day := snooze or until) and day <= london_date(surroundings.now):
        raise UsageProblem(f"{day_text(day)} is today or past: nothing would be put away. Name a later day.")
    with surroundings.write("finding.snooze" if snooze else "finding.acknowledge", reason=note) as session:
        actor = surroundings.access.name
        if snooze:
            desk.snooze(session, [finding_id], actor=actor, until=snooze, note=note)
        else:
            desk.acknowledge(session, [finding_id], actor=actor, note=note, until=until)
