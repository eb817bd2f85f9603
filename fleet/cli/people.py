"""`fleet people` and `fleet person`."""

import click

from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem


@click.command()
@click.argument("search", nargs=-1)
@click.option(
    "--state", type=click.Choice(["starter", "active", "long_leave", "left"]), help="Only people in this state."
)
@click.option("--limit", type=click.IntRange(1), help="At most so many; 100 in a table.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def people(
    surroundings: Surroundings, search: tuple[str, ...], state: str | None, limit: int | None, as_json: bool
) -> None:
    """List people by words of their name, UPN, team or job."""
    from fleet.queries.people import count_people, find_people

    text = " ".join(search)
    with surroundings.read() as session:
        rows = find_people(session, text=text, state=state, limit=limit or (None if as_json else 100))
        number = count_people(session, text=text, state=state)
    if as_json:
        keys = (
            "id",
            "name",
            "upn",
            "organisation",
            "job_title",
            "team",
            "site",
            "state",
            "manager",
            "devices_held",
            "left_on",
        )
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Name", "UPN", "Job", "Team", "State", "Devices", "Organisation"),
        [
            (row.name, row.upn or "–", row.job_title or "–", row.team or "–", row.state.replace("_", " "),
             row.devices_held, row.organisation)
            for row in rows
        ],
        right=(5,),
    )  # fmt: skip
    click.echo(f"\n{len(rows):,} of {number:,} people" if len(rows) < number else f"\n{number:,} people")


@click.command()
@click.argument("key")
@click.option("--team", help="Let them belong to this team.")
@click.option("--erase", is_flag=True, help="Anonymise them on their request; asks for the UPN, needs a --reason.")
@click.option("--reason", help="Why; kept in history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def person(
    surroundings: Surroundings, key: str, team: str | None, erase: bool, reason: str | None, as_json: bool
) -> None:
    """Show one person, or change what the register says of them. KEY is a UPN, employee number or name."""
    if team or erase:
        _change(surroundings, key, team, erase, reason)
        return
    from fleet.clock import london_text
    from fleet.domain.wording import day_text
    from fleet.queries.history import list_events
    from fleet.queries.keys import person_by_key
    from fleet.queries.people import holdings_of

    with surroundings.read() as session:
        row = person_by_key(session, key)
        held = holdings_of(session, row.id)
        events = list_events(session, person_id=row.id, limit=8)
    if as_json:
        names = ("id", "name", "upn", "organisation", "job_title", "team", "site", "state", "manager", "left_on")
        print_json({
            **{name: getattr(row, name) for name in names},
            "holdings": [
                {"device": one.device, "model": one.model, "issued_on": one.issued_on, "due_on": one.due_on,
                 "returned_on": one.returned_on, "with": one.with_it} for one in held
            ],
        })  # fmt: skip
        return
    click.echo(click.style(inert(row.name), bold=True) + f"  {inert(row.upn or '')}")
    for label, value in (
        ("Job", row.job_title), ("Team", row.team), ("Site", row.site), ("Manager", row.manager),
        ("State", row.state.replace("_", " ") + (f" since {day_text(row.left_on)}" if row.left_on else "")),
        ("Organisation", row.organisation),
    ):  # fmt: skip
        if value:
            click.echo(f"  {label + ':':<14}{inert(value)}")
    for title, part in (
        ("Holds", [one for one in held if one.returned_on is None]),
        ("Held", [one for one in held if one.returned_on is not None]),
    ):
        if part:
            click.echo(f"\n{title}")
        for one in part:
            until = (
                f" to {day_text(one.returned_on)}"
                if one.returned_on
                else f", due {day_text(one.due_on)}"
                if one.due_on
                else ""
            )
            items = f", with {', '.join(one.with_it)}" if one.with_it else ""
            click.echo(
                f"  {inert(one.device)}  {inert(one.model or '')}  from {day_text(one.issued_on)}{until}{inert(items)}"
            )
    click.echo("\nHistory (newest first)")
    for event in events:
        click.echo(f"  {london_text(event.recorded_at)}  {inert(event.actor)}: {inert(event.sentence)}")


def _change(surroundings: Surroundings, key: str, team: str | None, erase: bool, reason: str | None) -> None:
    from fleet.commands import people as commands
    from fleet.queries.keys import person_by_key, place_by_name

    if team and erase:
        raise UsageProblem("--team and --erase do not go together.")
    with surroundings.read() as session:
        row = person_by_key(session, key)
    if erase:
        if not reason:
            raise UsageProblem("Say who asked for it and when: --reason")
        typed = click.prompt(f"This can't be undone. Type {row.upn or row.name} to erase them", err=True)
        if typed != (row.upn or row.name):
            raise UsageProblem("That is not it. Nothing was changed.")
    with surroundings.write("person.erase" if erase else "person.team", reason=reason) as session:
        if erase:
            told = commands.erase(session, row.id, now=surroundings.now)
        else:
            told = commands.move_team(session, row.id, place_by_name(session, "team", str(team)))
    click.echo(inert(told))
