"""`fleet byod`: own devices used for work, from the request to the end. Every step is one event, for one or for many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from fleet.cli.arguments import DAY, keys_from
from fleet.cli.bulk import json_option, preview_option, reason_option
from fleet.cli.byod_lists import candidates_table, document, print_list, print_registration
from fleet.cli.output import inert, print_json, say
from fleet.cli.past import as_at_option, asked_day, documents, tell_day
from fleet.cli.surroundings import Surroundings, take_back_if
from fleet.domain.byod import ENDINGS, KINDS, LABELS, OPEN, UNAPPROVED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fleet.commands.byod import Taken
    from fleet.queries.reports.own_devices import OwnDeviceRow

    Act = Callable[[Session, list[int]], list[Taken]]

STATES = (*LABELS, UNAPPROVED)
keys_argument = click.argument("keys", nargs=-1)
file_option = click.option("--file", help="A file with one registration or sign-in name per line; - is stdin.")
on_option = click.option("--on", "day", type=DAY, help="The day it happened; today if not said.")
by_option = click.option("--by", help="The manager who decided: UPN, employee number or name; you if not said.")


@click.group(invoke_without_command=True)
@click.pass_context
def byod(ctx: click.Context) -> None:
    """Own devices used for work: request, approve, consent, enrol, end. Without a command: those in use or asked for."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, "", (*OPEN, UNAPPROVED), attention=False, as_at=None, as_json=False)


@byod.command(name="list")
@click.argument("search", nargs=-1)
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--attention", is_flag=True, help="Only those of which something is to be done.")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@as_at_option("Registrations as they were")
@json_option
@click.pass_obj
def list_(surroundings: Surroundings, search: tuple[str, ...], state: str | None, attention: bool, everything: bool,
          as_at: date | None, as_json: bool) -> None:  # fmt: skip
    """List own devices by owner: how far each has come, and what it needs next."""
    states = (state,) if state else STATES if everything or attention else (*OPEN, UNAPPROVED)
    as_at = asked_day(surroundings, as_at, attention=attention)
    _list(surroundings, " ".join(search), states, attention=attention, as_at=as_at, as_json=as_json)


def _list(
    surroundings: Surroundings, text: str, states: Sequence[str], *, attention: bool, as_at: date | None, as_json: bool
) -> None:
    from fleet.clock import london_date
    from fleet.domain.byod import next_step
    from fleet.queries.byod import matching
    from fleet.queries.reports.own_devices import own_devices

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        found = list(own_devices(session, as_at or today, past=as_at is not None))
        if as_at is not None and not as_json:
            tell_day(session, as_at)
    rows = matching(found, text, states)
    if attention:
        rows = [row for row in rows if next_step(row.position, today) is not None]
    if as_json:
        if as_at is None:
            print_json([document(row, today) for row in rows])
        else:
            print_json(documents(rows, _THEN_KEYS, as_at))
        return
    print_list(rows, as_at or today, past=as_at is not None)


_THEN_KEYS = (
    "id", "organisation", "person", "upn", "state", "requested_on", "approved_by", "approved_on", "refused_by",
    "refused_on", "terms_version", "consent_on", "consent_until", "ended_on", "ended_because",
)  # fmt: skip
"""Of a registration as at a day gone by: what history knows of that day."""


@byod.command()
@click.argument("key")
@json_option
@click.pass_obj
def show(surroundings: Surroundings, key: str, as_json: bool) -> None:
    """Show one registration: what was agreed to, what it needs next, its history. KEY is its number or its owner."""
    from fleet.clock import london_date
    from fleet.queries.byod import candidates, registration, registrations_by_keys
    from fleet.queries.history import list_events

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        (number,) = registrations_by_keys(session, [key])
        row = registration(session, number, today)
        offered = candidates(session, [row.person_id]).get(row.person_id, [])
        events = list_events(session, registration_id=number)
    print_registration(row, offered, events, today, as_json=as_json)


@byod.command()
@click.argument("person")
@click.option("--kind", type=click.Choice(KINDS), help="What it is.")
@click.option("--model", help="The model as its owner says. No serial number, IMEI or phone number: they are not kept.")
@click.option("--os", "os_version", help="The OS version as its owner says.")
@click.option("--purpose", help="What it is wanted for.")
@on_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def request(surroundings: Surroundings, person: str, kind: str | None, model: str | None, os_version: str | None,
            purpose: str | None, day: date | None, reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Ask for leave to use an own device. PERSON is its owner: a UPN, employee number or name."""
    from fleet.commands import byod as commands
    from fleet.queries.keys import person_by_key

    wish = commands.Wish(kind, model, os_version, purpose)

    def act(session: "Session", _ids: list[int]) -> "list[Taken]":
        owner = person_by_key(session, person).id
        return [commands.request(session, owner, wish, now=surroundings.now, on=day)]

    _do(surroundings, Call("request", (), None, reason, day, preview, as_json), act)


@byod.command()
@keys_argument
@by_option
@on_option
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def approve(surroundings: Surroundings, keys: tuple[str, ...], by: str | None, day: date | None, file: str | None,
            reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """A manager agrees to requests. Nobody approves their own."""
    from fleet.commands import byod as commands

    def act(session: "Session", ids: list[int]) -> "list[Taken]":
        manager = _person(session, by)
        return commands.approve(session, ids, actor=surroundings.access.name, now=surroundings.now, by=manager, on=day)

    _do(surroundings, Call("approve", keys, file, reason, day, preview, as_json), act)


@byod.command()
@keys_argument
@by_option
@on_option
@file_option
@click.option("--reason", required=True, help="Why it is refused; kept in history.")
@preview_option
@json_option
@click.pass_obj
def refuse(surroundings: Surroundings, keys: tuple[str, ...], by: str | None, day: date | None, file: str | None,
           reason: str, preview: bool, as_json: bool) -> None:  # fmt: skip
    """A manager does not agree to requests."""
    from fleet.commands import byod as commands

    def act(session: "Session", ids: list[int]) -> "list[Taken]":
        return commands.refuse(
            session,
            ids,
            actor=surroundings.access.name,
            now=surroundings.now,
            reason=reason,
            by=_person(session, by),
            on=day,
        )

    _do(surroundings, Call("refuse", keys, file, reason, day, preview, as_json), act)


@byod.command()
@keys_argument
@click.option("--terms", help="The version that was accepted; terms under [byod] in config.toml if not said.")
@on_option
@click.option(
    "--until", "last", type=DAY, help="The last day it holds; 12 months, or as config.toml says, if not said."
)
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def consent(surroundings: Surroundings, keys: tuple[str, ...], terms: str | None, day: date | None, last: date | None,
            file: str | None, reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Owners accept the terms, for the first time or for another year."""
    from fleet.commands import byod as commands

    rules = surroundings.config.byod

    def act(session: "Session", ids: list[int]) -> "list[Taken]":
        version = terms or rules.terms
        return commands.consent(
            session, ids, terms=version, now=surroundings.now, on=day, until=last, months=rules.months
        )

    _do(surroundings, Call("consent", keys, file, reason, day, preview, as_json), act)


@byod.command()
@keys_argument
@click.option("--to", help="The enrolment: its Intune id, or the number of the device in the register.")
@click.option(
    "--only", is_flag=True, help="Link the one own device of theirs that Intune has, where there is just one."
)
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def enrol(surroundings: Surroundings, keys: tuple[str, ...], to: str | None, only: bool, file: str | None,
          reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """Link registrations to what their owners enrolled. Without --to or --only: list what there is to link."""
    from fleet.commands import byod as commands

    call = Call("enrol", keys, file, reason, None, preview, as_json)
    if to is None and not only:
        _offer(surroundings, call)
        return

    def act(session: "Session", ids: list[int]) -> "list[Taken]":
        return commands.enrol(session, ids, now=surroundings.now, to=to, only=only)

    _do(surroundings, call, act)


@byod.command()
@keys_argument
@click.option("--because", required=True, type=click.Choice([*ENDINGS]), help="Why it ends.")
@on_option
@file_option
@reason_option
@preview_option
@json_option
@click.pass_obj
def end(surroundings: Surroundings, keys: tuple[str, ...], because: str, day: date | None, file: str | None,
        reason: str | None, preview: bool, as_json: bool) -> None:  # fmt: skip
    """End registrations: the owner left, the device was lost or replaced, the consent was withdrawn. Tells what remains."""
    from fleet.commands import byod as commands

    def act(session: "Session", ids: list[int]) -> "list[Taken]":
        return commands.end(session, ids, because=because, now=surroundings.now, on=day, reason=reason)

    _do(surroundings, Call("end", keys, file, reason, day, preview, as_json), act)


@dataclass(frozen=True)
class Call:
    """A step as it was called."""

    step: str
    keys: Sequence[str]
    file: str | None
    reason: str | None
    day: date | None
    preview: bool
    as_json: bool

    def ids(self, session: "Session") -> list[int]:
        """The registrations that it names."""
        from fleet.queries.byod import registrations_by_keys

        return registrations_by_keys(session, _keys(self.keys, self.file), self.step)


def _keys(keys: Sequence[str], file: str | None) -> list[str]:
    """As `keys_from`, which speaks of devices where there are none."""
    from fleet.cli.arguments import NO_KEYS
    from fleet.errors import UsageProblem
    from fleet.queries import byod as queries

    try:
        return keys_from(keys, file)
    except UsageProblem as error:
        raise (UsageProblem(queries.NO_KEYS, code=NO_KEYS) if error.code == NO_KEYS else error) from None


def _person(session: "Session", key: str | None) -> int | None:
    from fleet.queries.keys import person_by_key

    return person_by_key(session, key).id if key else None


def _do(surroundings: Surroundings, call: Call, act: "Act") -> None:
    """Do a step as one event for all, or not at all; a preview does the same and takes it back."""
    from fleet.database.history import open_event

    taken: list[Taken] = []
    opened = None
    with surroundings.write(f"byod.{call.step}", reason=call.reason, effective=call.day) as session:
        taken = act(session, [] if call.step == "request" else call.ids(session))
        take_back_if(call.preview)
        opened = open_event(session)
    _tell(taken, opened.id if opened is not None else None, call)


def _tell(taken: "Sequence[Taken]", event: int | None, call: Call) -> None:
    if call.as_json:
        print_json({
            "event": event, "preview": call.preview,
            "registrations": [
                {"id": None if call.preview and call.step == "request" else one.id, "person": one.person, "state": one.state,
                 "sentence": one.sentence, "warnings": one.warnings, "to_do": one.to_do,
                 "retire": one.still}
                for one in taken
            ],
        })  # fmt: skip
        return
    for one in taken:
        click.echo(inert(one.sentence))
        for warning in one.warnings:
            say(f"  ! {warning}")
        for line in one.to_do:
            click.echo(inert(f"  → {line}"))
        if one.still is not None:
            click.echo(f"  → fleet action retire {inert(one.still)}")
    counted = f"{len(taken):,} registrations. " if len(taken) > 1 else ""
    if call.preview:
        click.echo(f"{counted}A preview: nothing was changed.")
    else:
        click.echo(f"{counted}Event {event}. Take it back with: fleet undo {event}")


def _offer(surroundings: Surroundings, call: Call) -> None:
    """What the owners enrolled and nothing has yet, to choose from. Nothing is linked."""
    from fleet.clock import london_date
    from fleet.queries.byod import candidates, registration

    today = london_date(surroundings.now)
    with surroundings.read() as session:
        rows: list[OwnDeviceRow] = [registration(session, one, today) for one in call.ids(session)]
        offered = candidates(session, [row.person_id for row in rows])
    candidates_table(rows, offered, surroundings.now, as_json=call.as_json)
