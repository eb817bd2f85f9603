"""`fleet action list`, `confirm`, `send`, `follow`, `reveal`, …: what was asked for, and what becomes of it."""

import sys
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.bulk import json_option, reason_option
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.commands.outbox import Outcome
    from fleet.queries.outbox import OutboxRow

number_argument = click.argument("number", type=click.IntRange(1, 2**62))


@click.command(name="list")
@click.argument("words", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@json_option
@click.pass_obj
def list_(surroundings: Surroundings, words: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List the outbox: what waits to be confirmed or sent, and what Intune has not done yet."""
    list_orders_of(surroundings, " ".join(words), everything=everything, as_json=as_json)


def list_orders_of(surroundings: Surroundings, text: str, *, everything: bool, as_json: bool) -> None:
    """Print the outbox."""
    from fleet.queries.outbox import list_orders

    with surroundings.read() as session:
        rows = list_orders(session, open_only=not everything, text=text)
    if as_json:
        print_json([document(row) for row in rows])
        return
    if not rows:
        click.echo("The outbox is empty." if not everything else "No remote action was asked for yet.")
        return
    table(
        ("No.", "State", "Action", "Device", "Asked by", "When", "Outcome"),
        [
            (row.id, row.state_text, row.title, row.device, row.asked_by, london_text(row.asked_at), row.outcome or "")
            for row in rows
        ],
        right=(0,),
    )


@click.command()
@number_argument
@json_option
@click.pass_obj
def show(surroundings: Surroundings, number: int, as_json: bool) -> None:
    """Show one remote action with everything that is known of it."""
    from fleet.queries.outbox import order_row

    with surroundings.read() as session:
        row = order_row(session, number)
    if as_json:
        print_json(document(row))
        return
    click.echo(
        f"{row.title}, {row.state_text}: {inert(row.device)} ({inert(row.model or 'model not known')}) in {row.tenant}"
    )
    for name, value in row.told.items():
        click.echo(f"  {name}: {inert(value)}")
    click.echo(
        inert(f"  asked by {row.asked_by} at {london_text(row.asked_at)}" + (f": {row.reason}" if row.reason else ""))
    )
    if row.confirmed_by:
        click.echo(inert(f"  confirmed by {row.confirmed_by}"))
    if row.sent_at:
        click.echo(inert(f"  sent at {london_text(row.sent_at)} as {row.sent_as or 'nobody known'}"))
    if row.outcome:
        click.echo(inert(f"  {row.outcome}"))


@click.command()
@number_argument
@click.option("--tag", help="The asset tag, as typed by you.")
@json_option
@click.pass_obj
def confirm(surroundings: Surroundings, number: int, tag: str | None, as_json: bool) -> None:
    """Confirm what another operator asked for: the device is read and compared again, then it is sent."""
    from fleet.cli.actions import ask_tag, open_sender, outcome_document, print_outcomes, print_sides
    from fleet.commands import outbox
    from fleet.commands.outbox.asking import get_order, refuse_confirming
    from fleet.commands.outbox.sending import unavailable
    from fleet.domain.remote import ACTIONS

    with surroundings.read() as session:
        row = get_order(session, number)
        refuse_confirming(row, surroundings.access.name)
        recorded = outbox.recorded_of(session, row.device_id, row.enrolment_id)
        wanted, asked_by, reason = ACTIONS[row.action], row.asked_by, row.reason
    with open_sender(surroundings) as sender:
        side = outbox.beside(sender.client(recorded.tenant), recorded, wanted)
        if not as_json:
            say(f"{asked_by} asks for: {wanted.title}" + (f" ({reason})" if reason else ""))
            print_sides(side)
        ask_tag(recorded, wanted, tag, as_json=as_json)
        with surroundings.write("remote.confirm") as session:
            outbox.confirm(session, number, now=surroundings.now, actor=surroundings.access.name)
        outcomes = outbox.send(sender, [number])
    if as_json:
        print_json({**outcome_document(outcomes[0]), "compared": side.as_json(), "differing": list(side.differing)})
    else:
        print_outcomes(outcomes)
    click.get_current_context().exit(unavailable(outcomes))


@click.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1, 2**62))
@reason_option
@json_option
@click.pass_obj
def cancel(surroundings: Surroundings, numbers: tuple[int, ...], reason: str | None, as_json: bool) -> None:
    """Take back what was not sent yet. What was sent can't be taken back."""
    from fleet.commands import outbox

    with surroundings.write("remote.cancel", reason=reason) as session:
        for one in dict.fromkeys(numbers):
            outbox.cancel(session, one, now=surroundings.now, actor=surroundings.access.name, reason=reason)
    if as_json:
        print_json({"cancelled": list(dict.fromkeys(numbers))})
    else:
        click.echo(f"Taken back: {', '.join(map(str, dict.fromkeys(numbers)))}.")


@click.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(1, 2**62))
@json_option
@click.pass_obj
def send(surroundings: Surroundings, numbers: tuple[int, ...], as_json: bool) -> None:
    """Send what waits to be sent. What may have been sent already is looked at first, and never sent again."""
    from fleet.cli.actions import open_sender
    from fleet.commands import outbox

    wanted = list(numbers) or None
    with open_sender(surroundings) as sender:
        looked = outbox.follow(sender, wanted)
        sent = outbox.send(sender, wanted)
    after = {one.order_id: one for one in (*looked, *sent)}
    _finish(list(after.values()), as_json, "Nothing waits to be sent.")


@click.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(1, 2**62))
@json_option
@click.pass_obj
def follow(surroundings: Surroundings, numbers: tuple[int, ...], as_json: bool) -> None:
    """Ask Intune what became of what was sent."""
    from fleet.cli.actions import open_sender
    from fleet.commands import outbox

    with open_sender(surroundings) as sender:
        outcomes = outbox.follow(sender, list(numbers) or None)
    _finish(outcomes, as_json, "Nothing is under way.")


def _finish(outcomes: "list[Outcome]", as_json: bool, nothing: str) -> None:
    from fleet.cli.actions import outcome_document, print_outcomes
    from fleet.commands.outbox.sending import unavailable

    if as_json:
        print_json([outcome_document(one) for one in outcomes])
    elif outcomes:
        print_outcomes(outcomes)
    else:
        click.echo(nothing)
    click.get_current_context().exit(unavailable(outcomes))


@click.command()
@number_argument
@json_option
@click.pass_obj
def reveal(surroundings: Surroundings, number: int, as_json: bool) -> None:
    """Show once what an action brought back: a passcode, a PIN, a bypass code, a place. It is kept nowhere."""
    from fleet.cli.actions import open_sender
    from fleet.commands import outbox

    if not as_json and not sys.stdout.isatty():
        raise UsageProblem("That is shown on a terminal, once. For a program that keeps it safe: --json")
    with open_sender(surroundings) as sender:
        found = outbox.reveal(sender, number)
    if as_json:
        print_json({"number": number, "what": found.what, "value": found.reveal()})
    else:
        click.echo(f"{found.what}: {inert(found.reveal())}")
        say("It is not kept, and not shown again.")


@click.command()
@number_argument
@click.option("--happened/--not", "happened", required=True, help="Whether the device did it, by what you know.")
@click.option("--note", required=True, help="How you know; kept.")
@json_option
@click.pass_obj
def settle(surroundings: Surroundings, number: int, happened: bool, note: str, as_json: bool) -> None:
    """Say what became of an action where Intune can't: it is not followed any more, and may be asked for anew."""
    from fleet.commands import outbox

    with surroundings.write("remote.settle", reason=note) as session:
        row = outbox.settle(
            session, number, happened=happened, now=surroundings.now, actor=surroundings.access.name, note=note
        )
        state = row.state
    if as_json:
        print_json({"number": number, "state": state})
    else:
        click.echo(f"Number {number} is {state}.")


@click.command(name="sign-in")
@click.argument("tenant")
@click.option("--browser", is_flag=True, help="In this machine's browser instead of by a code.")
@json_option
@click.pass_obj
def sign_in(surroundings: Surroundings, tenant: str, browser: bool, as_json: bool) -> None:
    """Sign in as yourself for the remote actions of TENANT: Intune's roles and audit apply to you."""
    from fleet.commands.outbox import technician

    config = surroundings.config.tenant(tenant)
    who = technician(surroundings.config, tenant, surroundings.access.name)
    if config.actions is not None and config.actions.sign_in is None:
        raise UsageProblem(
            f"Remote actions of {tenant} are sent by an application: nobody signs in ([tenant.{tenant}.actions])."
        )
    if browser or (config.actions is not None and config.actions.sign_in == "browser"):
        say("A browser opens; sign in there.")
        name = who.browser()
    else:
        code = who.begin()
        say(code.message or f"Open {code.address} and type {code.user_code}.")
        name = who.finish(code)
    if as_json:
        print_json({"tenant": tenant, "name": name, "kept": who.protection})
    else:
        click.echo(inert(f"Signed in to {tenant} as {name}. The sign-in is kept {who.protection}."))


@click.command(name="sign-out")
@click.argument("tenant")
@json_option
@click.pass_obj
def sign_out(surroundings: Surroundings, tenant: str, as_json: bool) -> None:
    """Forget who is signed in for the remote actions of TENANT."""
    from fleet.commands.outbox import technician

    gone = technician(surroundings.config, tenant, surroundings.access.name).sign_out()
    if as_json:
        print_json({"tenant": tenant, "signed_out": gone})
    else:
        click.echo(f"Signed out of {tenant}." if gone else f"Nobody was signed in to {tenant}.")


def document(row: "OutboxRow") -> dict[str, Any]:
    """A remote action for scripts."""
    return {
        "number": row.id, "action": row.action, "state": row.state, "device": row.device, "device_id": row.device_id,
        "organisation": row.organisation, "tenant": row.tenant, "ownership": row.ownership, "told": row.told,
        "asked_by": row.asked_by, "asked_at": row.asked_at, "reason": row.reason, "needs_second": row.needs_second,
        "confirmed_by": row.confirmed_by, "sent_as": row.sent_as, "sent_at": row.sent_at, "ended_at": row.ended_at,
        "outcome": row.outcome, "brought": row.brought, "shown_to": row.shown_to,
    }  # fmt: skip


COMMANDS = (list_, show, confirm, cancel, send, follow, reveal, settle, sign_in, sign_out)
"""What `fleet action` has besides the actions."""
