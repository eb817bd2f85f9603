"""`--fix` of `fleet finding` and `fleet findings`: the plan, the question, one event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.output import inert, print_json, say
from fleet.cli.surroundings import Surroundings, take_back_if
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.commands.fixes import FixPlan

SHOWN = 40
"""Sentences of a plan that are printed; the rest is counted."""


def fix_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """The options of a command that can settle findings."""
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--preview", is_flag=True, help="Show what would be done; write nothing."),
        click.option("--reason", help="Why; kept in history."),
        click.option("--with", "wanted", help="Settle it in this way instead of the one that is suggested."),
        click.option("--fix", "settle", is_flag=True, help="Settle it as suggested: shows its plan first; one event."),
    ):
        command = option(command)
    return command


@dataclass(slots=True)
class _Told:
    """A plan with what the rules will say of the devices afterwards."""

    plan: "FixPlan"
    settled: list[tuple[str, str]] = field(default_factory=list)
    """(rule, subject) of findings that will be gone."""
    found: list[tuple[str, str]] = field(default_factory=list)
    """(rule, subject) of findings that will be there instead."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    finding_ids: Sequence[int]
    wanted: str | None
    reason: str | None
    preview: bool
    yes: bool
    as_json: bool


def fix(surroundings: Surroundings, wish: Wish) -> None:
    """Show what would be done and what the rules would say then; ask; do it as one event."""
    told, _ = _attempt(surroundings, wish, preview=True)
    if not wish.as_json:
        _print_plan(told, wish)
    event = None
    if not wish.preview:
        if not wish.yes and not _agreed(wish.as_json):
            return
        told, event = _attempt(surroundings, wish, preview=False, told=told)
    if wish.as_json:
        print_json(_document(told, event))
    elif event is None:
        click.echo("A preview: nothing was changed.")
    else:
        click.echo(f"Done. Event {event}. Take it back with: fleet undo {event}")


def _attempt(
    surroundings: Surroundings, wish: Wish, *, preview: bool, told: _Told | None = None
) -> tuple[_Told, int | None]:
    """Do it, or try it and take it back; a try looks at the devices with the rules of the configuration."""
    from fleet.commands.fixes import apply_fixes, judged_then
    from fleet.commands.outbox import configured
    from fleet.commands.outbox.from_findings import Orders
    from fleet.database.history import open_event

    opened = None
    made = told
    with surroundings.write("finding.fix", reason=wish.reason) as session:
        plan = apply_fixes(
            session, wish.finding_ids, now=surroundings.now, actor=surroundings.access.name, wanted=wish.wanted,
            reason=wish.reason, orders=Orders(surroundings.config.actions, configured(surroundings.config)),
        )  # fmt: skip
        if made is None:
            config = surroundings.config
            made = _Told(plan, *judged_then(session, plan, config.rules, config.home))
        take_back_if(preview)
        opened = open_event(session)
    assert made is not None
    return made, None if opened is None else opened.id


def _agreed(as_json: bool) -> bool:
    if as_json:
        raise UsageProblem("Look with --preview, or say --yes to apply it.")
    if click.confirm("Apply this?", err=True):
        return True
    click.echo("Nothing was changed.")
    return False


def _print_plan(told: _Told, wish: Wish) -> None:
    for one in {fix.key: fix for fix in told.plan.fixes.values()}.values():
        click.echo(click.style(one.title, bold=True) + f": {one.changes}")
        if one.first:
            click.echo(f"  First: {one.first}")
    lines = told.plan.done if len(told.plan.done) <= SHOWN else told.plan.done[:SHOWN]
    for done in lines:
        click.echo(f"  {inert(done.sentence)}")
        for warning in done.warnings:
            say(f"    ! {warning}")
    if len(told.plan.done) > SHOWN:
        click.echo(f"  and {len(told.plan.done) - SHOWN:,} more; --json shows all.")
    findings = f"{len(told.settled):,} finding{'' if len(told.settled) == 1 else 's'}"
    click.echo(f"  {findings} {'would be' if wish.preview else 'will be'} settled.")
    for rule, number in _counted(told.found).items():
        click.echo(f"  {number:,} will be found instead: {rule}")


def _counted(found: Sequence[tuple[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rule, _ in found:
        counts[rule] = counts.get(rule, 0) + 1
    return counts


def _document(told: _Told, event: int | None) -> dict[str, Any]:
    return {
        "event": event, "preview": event is None,
        "fixes": [
            {"finding": one.finding_id, "rule": one.rule, "subject": one.subject, "fix": one.fix.key, "changes": one.fix.changes,
             "first": one.fix.first or None}
            for one in told.plan.targets
        ],
        "devices": [
            {"id": one.device_id, "device": one.device, "sentence": one.sentence, "warnings": one.warnings, "grave": one.grave}
            for one in told.plan.done
        ],
        "settled": [{"rule": rule, "subject": subject} for rule, subject in told.settled],
        "found": [{"rule": rule, "subject": subject} for rule, subject in told.found],
    }  # fmt: skip
