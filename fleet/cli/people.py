"""`fleet people` and `fleet person`."""

from datetime import date
from typing import TYPE_CHECKING

import click

from fleet.cli.output import inert, print_json, say, say_nearest, table
from fleet.cli.past import as_at_option, asked_day, documents, tell_day, with_day
from fleet.cli.person_cards import card_json, print_card
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from fleet.domain.records import PersonRow
    from fleet.queries.people import PersonHolding
    from fleet.queries.person_cards import PersonCard


_KEYS = (
    "id", "name", "upn", "organisation", "job_title", "team", "site", "state", "manager", "devices_held", "left_on",
)  # fmt: skip
"""Of a person in `fleet people --json`."""


@click.command()
@click.argument("search", nargs=-1)
@click.option(
    "--state", type=click.Choice(["starter", "active", "long_leave", "left"]), help="Only people in this state."
)
@as_at_option("Everybody who was known")
@click.option("--limit", type=click.IntRange(1), help="At most so many; 100 in a table.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def people(
    surroundings: Surroundings, search: tuple[str, ...], state: str | None, as_at: date | None, limit: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List people by words of their name, UPN, team or job."""
    from fleet.queries.people import count_people
    from fleet.queries.people_as_at import people_as_at

    text, as_at = " ".join(search), asked_day(surroundings, as_at)
    limit = limit or (None if as_json else 100)
    with surroundings.read() as session:
        if as_at is None:
            text, rows = _found(session, text, state, limit, exact=as_json)
            number = count_people(session, text=text, state=state)
        else:
            rows = people_as_at(session, as_at, text=text, state=state)
            number, rows = len(rows), rows[:limit]
            if not as_json:
                tell_day(session, as_at)
    if as_json:
        print_json(documents(rows, _KEYS, as_at))
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


def _found(
    session: "Session", text: str, state: str | None, limit: int | None, *, exact: bool
) -> "tuple[str, list[PersonRow]]":
    """People a search finds and the search; unless `exact` that is, where nobody is found, one with names mended."""
    from fleet.queries.near_miss import meant_by
    from fleet.queries.people import find_people

    rows = find_people(session, text=text, state=state, limit=limit)
    for meant in meant_by(session, text) if not rows and not exact else ():
        if rows := find_people(session, text=meant, state=state, limit=limit):
            say_nearest(meant)
            return meant, rows
    return text, rows


@click.command()
@click.argument("key")
@as_at_option("As they were, and what they held,")
@click.option("--team", help="Let them belong to this team.")
@click.option("--erase", is_flag=True, help="Anonymise them on their request; asks for the UPN, needs a --reason.")
@click.option("--reason", help="Why; kept in history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def person(
    surroundings: Surroundings, key: str, as_at: date | None, team: str | None, erase: bool, reason: str | None, as_json: bool
) -> None:  # fmt: skip
    """Show one person, or change what the register says of them. KEY is a UPN, employee number or name."""
    as_at = asked_day(surroundings, as_at, team=team, erase=erase)
    if team or erase:
        _change(surroundings, key, team, erase, reason)
        return
    from fleet.clock import london_date, london_text
    from fleet.domain.wording import day_text
    from fleet.queries.history import list_events
    from fleet.queries.keys import person_by_key
    from fleet.queries.people import holdings_of
    from fleet.queries.people_as_at import person_as_at
    from fleet.queries.person_cards import person_card

    card = None
    with surroundings.read() as session:
        row: PersonRow | None = person_by_key(session, key)
        assert row is not None
        if as_at is None:
            card = person_card(session, row.id)
            held, events = holdings_of(session, row.id), list_events(session, person_id=row.id, limit=8)
        else:
            events = []
            row, held = person_as_at(session, row.id, as_at)
            if not as_json:
                tell_day(session, as_at)
    if as_json:
        _print_document(row, held, card, as_at)
        return
    if row is None:
        assert as_at is not None
        click.echo(f"The register knows nothing of them on {day_text(as_at)}.")
        return
    _print_person(row, held)
    if card is not None:
        print_card(card, london_date(surroundings.now))
        click.echo("\nHistory (newest first)")
    for event in events:
        click.echo(f"  {london_text(event.recorded_at)}  {inert(event.actor)}: {inert(event.sentence)}")


def _print_document(
    row: "PersonRow | None", held: "Sequence[PersonHolding]", card: "PersonCard | None", as_at: date | None
) -> None:
    names = ("id", "name", "upn", "organisation", "job_title", "team", "site", "state", "manager", "left_on")
    document = {
        **{name: getattr(row, name, None) for name in names},
        "holdings": [
            {"device": one.device, "model": one.model, "issued_on": one.issued_on, "due_on": one.due_on,
             "returned_on": one.returned_on, "with": one.with_it} for one in held
        ],
    }  # fmt: skip
    print_json(with_day({**document, **(card_json(card) if card else {})}, as_at))


def _print_person(row: "PersonRow", held: "Sequence[PersonHolding]") -> None:
    from fleet.domain.wording import day_text

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
            click.echo(f"  {inert(_holding_text(one))}")


def _holding_text(one: "PersonHolding") -> str:
    from fleet.domain.wording import day_text

    due = f", due {day_text(one.due_on)}" if one.due_on else ""
    until = f" to {day_text(one.returned_on)}" if one.returned_on else due
    items = f", with {', '.join(one.with_it)}" if one.with_it else ""
    return f"{one.device}  {one.model or ''}  from {day_text(one.issued_on)}{until}{items}"


def _change(surroundings: Surroundings, key: str, team: str | None, erase: bool, reason: str | None) -> None:
    from fleet.commands import people as commands
    from fleet.queries.keys import person_by_key

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
            told = commands.move_team(session, row.id, _team_of(session, row, str(team)))
    click.echo(inert(told))
    if erase:
        _scrub(surroundings)


def _team_of(session: "Session", row: "PersonRow", name: str) -> int:
    """The team of that name in the person's own organisation: every council has a Fostering."""
    from fleet.queries.keys import place_by_name
    from fleet.queries.lookups import organisation_id

    return place_by_name(session, "team", name, within=organisation_id(session, row.organisation))


def _scrub(surroundings: Surroundings) -> None:
    from fleet.database.scrub import scrub

    if not scrub(surroundings.database):
        say("The file still has free pages that may hold what was erased, as others are using it. Run: fleet db scrub")
