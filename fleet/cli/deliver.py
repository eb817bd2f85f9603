"""`fleet deliver`: reports that go to folders, mailboxes and drives by themselves."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text
from fleet.errors import NoAccess, UsageProblem

if TYPE_CHECKING:
    from fleet.commands.deliveries import Outcome
    from fleet.domain.nightly.deliveries import Order, Period

STATES = ("intended", "sent", "failed", "unknown")


@click.group()
def deliver() -> None:
    """Deliver the reports of [deliver.<name>] in config.toml: each to each recipient once for its period."""


@deliver.command("plan")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def plan(surroundings: Surroundings, name: str | None, as_json: bool) -> None:
    """Say what is due, for whom, and what went already; nothing is sent."""
    outcomes = _run(surroundings, name, dry=True)
    _print(outcomes, as_json)


@deliver.command("run")
@click.argument("name", required=False)
@click.option("--again", is_flag=True, help="Send NAME once more although it went already; needs a --reason.")
@click.option("--reason", help="Why it goes again; kept in history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def run(ctx: click.Context, name: str | None, again: bool, reason: str | None, as_json: bool) -> None:
    """Deliver what is due, or what is due of NAME. Exits 1 when something failed or needs a look."""
    if again and not (name and reason):
        raise UsageProblem("--again goes with the name of one delivery and a --reason.")
    surroundings: Surroundings = ctx.obj
    if not surroundings.access.may_write:
        raise NoAccess(f"{surroundings.access.name} may read the register, but not send reports.")
    if again:
        _note_again(surroundings, name or "", reason or "")
    outcomes = _run(surroundings, name, again=again)
    _print(outcomes, as_json)
    _tell(surroundings, outcomes)
    ctx.exit(1 if any(one.needs_a_look for one in outcomes) else 0)


@deliver.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def list_(surroundings: Surroundings, state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, newest first."""
    from dataclasses import asdict

    from fleet.commands.deliveries import standings

    with surroundings.read() as session:
        rows = standings(session, limit=limit, state=state)
    if as_json:
        print_json([asdict(one) for one in rows])
        return
    if not rows:
        say("Nothing was delivered yet. What would be: fleet deliver plan")
        return
    table(
        ("Delivery", "When", "Report", "Period", "To", "State", "Times", "Why"),
        [
            (one.id, london_text(one.ended_at or one.intended_at), one.report, one.period, one.recipient, one.state,
             one.attempts, one.error)
            for one in rows
        ],
        right=(0, 6),
    )  # fmt: skip


@deliver.command("settle")
@click.argument("delivery", type=int)
@click.option(
    "--sent/--not-sent", "sent", required=True, default=None, help="Whether it arrived. What did not is sent again."
)
@click.option("--reason", help="How you know; kept in history.")
@click.pass_obj
def settle(surroundings: Surroundings, delivery: int, sent: bool, reason: str | None) -> None:
    """Say what became of a delivery of which nobody knew."""
    from fleet.commands.deliveries import settle as settle_one

    with surroundings.write("report.deliver", reason=reason) as session:
        settle_one(session, delivery, sent=sent, now=surroundings.now)
    click.echo(
        f"Delivery {delivery}: " + ("it arrived." if sent else "it did not arrive; the next run sends it again.")
    )


def _run(surroundings: Surroundings, name: str | None, *, dry: bool = False, again: bool = False) -> "list[Outcome]":
    from fleet.commands.deliveries import Tools, deliver, orders_of, within_walls
    from fleet.commands.deliveries.running import refuse_unseen
    from fleet.exports import report_named
    from fleet.exports.whole_files import copy_whole

    found, mail = orders_of(surroundings.config)
    if name is not None and name not in {order.job for order in found}:
        raise UsageProblem(
            f"There is no [deliver.{name}]. There are: {', '.join({one.job: 0 for one in found}) or 'none'}."
        )
    if not found:
        say("Nothing is to be delivered: config.toml has no [deliver.<name>] (docs/REPORTS.md).")
    found = [order for order in found if name in (None, order.job)]
    for order in found:
        report_named(order.report)
    mine = within_walls(found, _served(surroundings))
    refuse_unseen(found, mine, name or "Every delivery")
    tools = Tools(_writer(surroundings), copy_whole)
    return list(
        deliver(surroundings.database, surroundings.config, mine, mail, tools, actor=surroundings.access.name,
                now=surroundings.now, dry=dry, again=again)
    )  # fmt: skip


def _served(surroundings: Surroundings) -> frozenset[str] | None:
    """Keys of the organisations that the operator serves; None is all."""
    if surroundings.access.scope is None:
        return None
    from fleet.queries.filter_values import organisation_keys

    with surroundings.read() as session:
        return frozenset(organisation_keys(session))


def _writer(surroundings: Surroundings) -> "Callable[[Order, Period, Path], str]":
    """How a report is written for an order: within the operator's walls, masked unless the order says why not."""
    from fleet.clock import london_date
    from fleet.domain.search import parse
    from fleet.exports import configured_plan, is_told_of_the_past, report_named, write_report

    def write(order: "Order", period: "Period", path: Path) -> str:
        if order.unmask:
            _note_unmasking(surroundings, order)
        past = period.until < london_date(surroundings.now) and is_told_of_the_past(order.report)
        with surroundings.read() as session:
            write_report(
                session, order.report, to=order.format, path=path, now=surroundings.now, actor=surroundings.access.name,  # type: ignore[arg-type]
                organisation=order.organisation, filters=parse(order.search), as_at=period.until if past else None,
                unmask=order.unmask, since=period.since if past else None, hide_small=order.hide_small,
                plan=configured_plan(surroundings.config.organisations),
            )  # fmt: skip
        return report_named(order.report).title

    return write


def _note_unmasking(surroundings: Surroundings, order: "Order") -> None:
    from fleet.commands.disclosures import note_disclosure

    if not surroundings.access.may_write:
        raise NoAccess("Names are shown to technicians and administrators only.")
    with surroundings.write("disclosure", reason=order.reason) as session:
        note_disclosure(session, report=f"{order.report}, delivery {order.job}")


def _note_again(surroundings: Surroundings, name: str, reason: str) -> None:
    from fleet.database.history import keep_event

    with surroundings.write("report.again", reason=reason) as session:
        keep_event(session, f"delivery {name} once more")


def _tell(surroundings: Surroundings, outcomes: "Sequence[Outcome]") -> None:
    """Tell whoever is to be told of what went wrong; that never changes how the run ends."""
    from fleet.commands.notices import tell
    from fleet.domain.nightly.notices import Notice

    notices = [
        Notice(
            "delivery", f"{one.order.what} | {one.period.name} | {one.recipient} | {one.state}",
            f"Fleet: {one.file or one.order.job} to {one.recipient}: {one.state}", one.error or "",
        )
        for one in outcomes
        if one.needs_a_look
    ]  # fmt: skip
    for line in tell(surroundings.config, notices, surroundings.now):
        say(f"fleet: {line}")


def _as_json(one: "Outcome") -> dict[str, Any]:
    return {
        "id": one.id, "job": one.order.job, "report": one.order.report, "organisation": one.order.organisation,
        "period": one.period.name, "recipient": str(one.recipient), "state": one.state, "attempts": one.attempts,
        "file": one.file, "error": one.error,
    }  # fmt: skip


def _print(outcomes: "Sequence[Outcome]", as_json: bool) -> None:
    if as_json:
        print_json({"deliveries": [_as_json(one) for one in outcomes]})
        return
    if outcomes:
        table(
            ("Delivery", "Report", "Whose", "Period", "To", "State", "Why"),
            [
                (one.order.job, one.order.report, one.order.organisation or "all", one.period.name, one.recipient, one.state,
                 one.error)
                for one in outcomes
            ],
        )  # fmt: skip
    for one in outcomes:
        if one.state == "unknown":
            say(inert(f"  Ask whether it arrived, then: fleet deliver settle {one.id} --sent, or --not-sent"))
