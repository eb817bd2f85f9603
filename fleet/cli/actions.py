"""`fleet action …`: what is asked of Intune for devices. What became of it is in `fleet.cli.outbox`."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.arguments import keys_from
from fleet.cli.bulk import file_option, json_option, keys_argument, reason_option
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.domain.remote import ACTIONS, RemoteAction
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.commands.outbox import Asked, Outcome, Sender
    from fleet.domain.remote import Recorded, RemoteRequest, SideBySide

LOOK_EVERY = 2.0
"""Seconds between two looks while somebody waits."""


@click.group(invoke_without_command=True)
@click.pass_context
def action(ctx: click.Context) -> None:
    """Remote actions in Intune: lock, locate, retire, wipe, … Without a command: what is in the outbox."""
    if ctx.invoked_subcommand is None:
        from fleet.cli.outbox import list_orders_of

        list_orders_of(ctx.obj, "", everything=False, as_json=False)


@dataclass(frozen=True)
class Call:
    """An action as it was called."""

    keys: Sequence[str]
    reason: str | None
    tags: Sequence[str]
    wait: float
    preview: bool
    as_json: bool


def _command(one: RemoteAction) -> click.Command:
    """The subcommand of an action."""

    def call(surroundings: Surroundings, /, keys: tuple[str, ...], file: str | None, reason: str | None,
             tag: tuple[str, ...] = (), wait: float = 0.0, preview: bool = False, as_json: bool = False,
             **values: Any) -> None:  # fmt: skip
        told = {name.replace("_", "-"): ("yes" if value is True else value) for name, value in values.items() if value}
        wanted = Call(keys_from(keys, file), reason, tag, wait, preview, as_json)
        run_action(surroundings, one.told(told), wanted)

    command: Any = call
    for wish in reversed(one.wishes):
        command = (
            click.option(f"--{wish.key}", is_flag=True, help=wish.about.capitalize() + ".")(command)
            if wish.flag
            else click.option(f"--{wish.key}", required=wish.needed, help=wish.about.capitalize() + ".")(command)
        )
    if one.typed:
        command = click.option(
            "--tag", multiple=True, help="The asset tag, as typed by you; one for each device, in their order."
        )(command)
    for option in (
        json_option,
        click.option("--preview", is_flag=True, help="Look at the devices and say what would be asked; write nothing."),
        click.option("--wait", default=0.0, type=click.FloatRange(0, 3600), help="Seconds to wait for the result."),
        reason_option,
        file_option,
        keys_argument,
    ):
        command = option(command)
    grave = " Another operator confirms it first." if one.second else ""
    return click.command(name=one.key, help=f"{one.about}{grave}")(click.pass_obj(command))


for _one in ACTIONS.values():
    action.add_command(_command(_one))


def run_action(surroundings: Surroundings, request: "RemoteRequest", call: Call) -> None:
    """Look where looking is due, write down, send, and tell what came of it."""
    from fleet.commands import outbox
    from fleet.commands.outbox.sending import unavailable

    with open_sender(surroundings) as sender:
        recorded = _recorded(surroundings, call.keys)
        sides = _looked_at(sender, recorded, request, call) if request.action.typed or call.preview else {}
        asked = _ask(surroundings, recorded, request, call)
        outcomes: list[Outcome] = []
        if not call.preview:
            outcomes = outbox.send(sender, [one.order_id for one in asked if one.state == "queued"])
            outcomes = _waited(sender, outcomes, call.wait)
    _tell(asked, outcomes, sides, call)
    click.get_current_context().exit(unavailable(outcomes))


def open_sender(surroundings: Surroundings) -> "Sender":
    from fleet.commands import outbox

    return outbox.sender(surroundings.database, surroundings.config, surroundings.access, lambda: surroundings.now)


def _recorded(surroundings: Surroundings, keys: Sequence[str]) -> "list[Recorded]":
    from fleet.commands.outbox import MOST_AT_ONCE, recorded_of
    from fleet.commands.refusals import Refusals
    from fleet.queries.keys import devices_by_keys

    refusals, found = Refusals(), list["Recorded"]()
    with surroundings.read() as session:
        ids = devices_by_keys(session, keys, now=surroundings.now).ids
        if len(ids) > MOST_AT_ONCE:
            raise UsageProblem(f"{len(ids):,} devices are more than one call takes ({MOST_AT_ONCE}).")
        for one in ids:
            with refusals.of_one():
                found.append(recorded_of(session, one))
    refusals.raise_any(len(ids))
    return found


def _looked_at(
    sender: "Sender", recorded: "Sequence[Recorded]", request: "RemoteRequest", call: Call
) -> "dict[int, SideBySide]":
    """Each device read from Intune beside the register, and its tag typed."""
    from fleet.commands.outbox import beside

    if call.tags and len(call.tags) != len(recorded):
        raise UsageProblem(f"{len(recorded)} devices and {len(call.tags)} --tag: give one for each, in their order.")
    sides = {}
    for number, one in enumerate(recorded):
        side = beside(sender.client(one.tenant), one, request.action)
        sides[one.device_id] = side
        if not call.as_json:
            print_sides(side)
        if request.action.typed and not call.preview:
            ask_tag(one, request.action, call.tags[number] if call.tags else None, as_json=call.as_json)
    return sides


def print_sides(side: "SideBySide") -> None:
    """The register beside Intune, to stderr: it is what a question rests on."""
    say(f"{side.recorded.name} in {side.recorded.tenant}:")
    for one in side.sides:
        mark = " " if one.agrees else "≠"
        say(f"  {mark} {one.what:<9}  register: {one.recorded or 'nothing'}   Intune: {one.read or 'nothing'}")


def ask_tag(recorded: "Recorded", action_wanted: RemoteAction, given: str | None, *, as_json: bool) -> None:
    """The typed tag: from `--tag`, or asked for where somebody can answer. Raises `UsageProblem`."""
    from fleet.commands.outbox import refuse_other

    if given is None:
        if as_json or not sys.stdin.isatty():
            raise UsageProblem(
                f"{action_wanted.title} wants the asset tag typed: --tag, once for each device.", code="not-typed"
            )
        what = "asset tag" if recorded.ownership == "organisation" else "owner's sign-in name"
        given = click.prompt(f"{action_wanted.title}: {action_wanted.about} Type the {what} to go on", err=True)
    refuse_other(recorded, given)


def _ask(
    surroundings: Surroundings, recorded: "Sequence[Recorded]", request: "RemoteRequest", call: Call
) -> "list[Asked]":
    from fleet.cli.surroundings import take_back_if
    from fleet.commands import outbox

    asked: list[Asked] = []
    orders = [outbox.Order(one.device_id, one.enrolment_id) for one in recorded]
    with surroundings.write("remote.ask", reason=call.reason) as session:
        asked = outbox.ask(
            session, orders, request, now=surroundings.now, actor=surroundings.access.name,
            rules=surroundings.config.actions, configured=dict.fromkeys(outbox.configured(surroundings.config)),
            reason=call.reason,
        )  # fmt: skip
        take_back_if(call.preview)
    return asked


def _waited(sender: "Sender", outcomes: "list[Outcome]", seconds: float) -> "list[Outcome]":
    """Look again until everything is over, or the time is."""
    from fleet.commands import outbox

    until = time.monotonic() + seconds
    while seconds and any(one.state in ("accepted", "unsure") for one in outcomes) and time.monotonic() < until:
        time.sleep(min(LOOK_EVERY, max(until - time.monotonic(), 0)))
        newer = {one.order_id: one for one in outbox.follow(sender, [one.order_id for one in outcomes])}
        outcomes = [newer.get(one.order_id, one) for one in outcomes]
    return outcomes


def _tell(asked: "Sequence[Asked]", outcomes: "Sequence[Outcome]", sides: "dict[int, SideBySide]", call: Call) -> None:
    if call.as_json:
        print_json(_document(asked, outcomes, sides, call))
        return
    sent = {one.order_id for one in outcomes}
    for one in asked:
        if call.preview:
            click.echo(inert(f"{one.recorded.name}: it would be {'asked for' if one.state == 'asked' else 'sent'}."))
        elif one.order_id not in sent:
            click.echo(inert(f"{one.sentence} Number {one.order_id}."))
    print_outcomes(outcomes)
    if call.preview:
        click.echo("A preview: nothing was asked for.")
    elif any(one.state == "asked" for one in asked):
        click.echo("Another operator confirms with: fleet action confirm NUMBER")
    if any(one.state in ("accepted", "unsure") for one in outcomes):
        click.echo("Look what became of it with: fleet action follow. What was sent can't be undone.")


def print_outcomes(outcomes: "Sequence[Outcome]") -> None:
    """A line for each."""
    if len(outcomes) == 1:
        one = outcomes[0]
        click.echo(inert(f"{one.device}: {one.sentence} (number {one.order_id}, {one.state})"))
    elif outcomes:
        table(("No.", "Device", "State", "Outcome"), [(o.order_id, o.device, o.state, o.sentence) for o in outcomes])


def outcome_document(one: "Outcome") -> dict[str, Any]:
    """An outcome for scripts."""
    return {
        "number": one.order_id, "device": one.device, "device_id": one.device_id, "action": one.action, "state": one.state,
        "sentence": one.sentence, "error": one.trouble.code if one.trouble is not None else None,
    }  # fmt: skip


def _document(
    asked: "Sequence[Asked]", outcomes: "Sequence[Outcome]", sides: "dict[int, SideBySide]", call: Call
) -> dict[str, Any]:
    after = {one.order_id: one for one in outcomes}
    rows = []
    for one in asked:
        side, outcome = sides.get(one.recorded.device_id), after.get(one.order_id)
        rows.append({
            "number": None if call.preview else one.order_id, "device": one.recorded.name, "device_id": one.recorded.device_id,
            "tenant": one.recorded.tenant, "state": outcome.state if outcome else one.state,
            "sentence": outcome.sentence if outcome else one.sentence,
            "error": outcome.trouble.code if outcome and outcome.trouble else None,
            "compared": side.as_json() if side else None, "differing": list(side.differing) if side else [],
        })  # fmt: skip
    return {"preview": call.preview, "devices": rows}


def _add_outbox() -> None:
    """The commands about what was asked for."""
    from fleet.cli import outbox

    for command in outbox.COMMANDS:
        action.add_command(command)


_add_outbox()
