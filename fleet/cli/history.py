"""`fleet history`, `fleet runs`, `fleet undo`."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from fleet.cli.arguments import DAY
from fleet.cli.output import inert, print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import NotFound, UsageProblem

LARGEST = 2**63 - 1
"""No row has a greater number."""

if TYPE_CHECKING:
    from fleet.commands.undo import UndoPlan


@click.command()
@click.argument("key", required=False)
@click.option("--since", type=DAY, help="From this day.")
@click.option("--until", type=DAY, help="To the end of this day.")
@click.option("--by", "actor", help="Only what this operator did.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def history(
    surroundings: Surroundings,
    key: str | None,
    since: date | None,
    until: date | None,
    actor: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Tell the story of a device or person (KEY), or of everything, newest first."""
    from fleet.clock import london_text
    from fleet.queries.history import list_events

    with surroundings.read() as session:
        device_id, person_id = _subject(session, key, surroundings) if key else (None, None)
        events = list_events(
            session, device_id=device_id, person_id=person_id, actor=actor, since=since, until=until, limit=limit
        )
    if as_json:
        keys = (
            "id",
            "recorded_at",
            "effective_at",
            "actor",
            "action",
            "reason",
            "organisation",
            "changes",
            "sentence",
            "undone_by",
            "run_id",
        )
        print_json([{name: getattr(event, name) for name in keys} for event in events])
        return
    for event in events:
        undone = f"  [undone by {event.undone_by}]" if event.undone_by else ""
        late = _late(event.recorded_at, event.effective_at)
        why = f"  — {inert(event.reason)}" if event.reason else ""
        click.echo(
            f"{event.id:>6}  {london_text(event.recorded_at)}{late}  {inert(event.actor)}: {inert(event.sentence)}{why}{undone}"
        )
    if not events:
        click.echo("Nothing happened that fits.")


def _late(recorded: datetime, effective: datetime) -> str:
    """For which day something was entered late; a whole day has no hour, and the same day is not late."""
    from fleet.clock import london_date, london_text, start_of_day
    from fleet.domain.wording import day_text

    day = london_date(effective)
    if effective != start_of_day(day):
        return f" (for {london_text(effective)})" if effective != recorded else ""
    return f" (for {day_text(day)})" if day != london_date(recorded) else ""


def _subject(session: object, key: str, surroundings: Surroundings) -> tuple[int | None, int | None]:
    """A device first; a person when no device fits."""
    from sqlalchemy.orm import Session

    from fleet.queries.keys import device_by_key, exact_devices, person_by_key

    assert isinstance(session, Session)
    if len(exact := exact_devices(session, key)) == 1:
        return exact[0], None
    try:
        return None, person_by_key(session, key).id
    except NotFound:
        return device_by_key(session, key, now=surroundings.now), None


@click.command()
@click.argument("run_id", type=int, required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="JSON.")
@click.pass_obj
def runs(surroundings: Surroundings, run_id: int | None, limit: int, as_json: bool) -> None:
    """List syncs and imports, newest first, or show one with its counts."""
    from fleet.clock import london_text
    from fleet.domain.wording import reading_text
    from fleet.queries.runs import list_runs, run_problems, run_row

    with surroundings.read() as session:
        rows = [run_row(session, run_id)] if run_id is not None else list_runs(session, limit=limit)
        problems = run_problems(session, run_id) if run_id is not None else []
    keys = (
        "id",
        "kind",
        "source",
        "state",
        "started_at",
        "finished_at",
        "actor",
        "counts",
        "problems",
        "error",
        "event_id",
        "files",
    )
    if as_json:
        documents = [{name: getattr(row, name) for name in keys} for row in rows]
        print_json({**documents[0], "problems": problems} if run_id is not None else documents)
        return
    table(
        ("Run", "Source", "State", "Started", "By", "Problems", "Event", "Error"),
        [
            (row.id, row.source, row.state, london_text(row.started_at), row.actor, row.problems, row.event_id or "–",
             row.error or "")
            for row in rows
        ],
        right=(0, 5),
    )  # fmt: skip
    if run_id is not None:
        for part, numbers in rows[0].counts.items():
            told = (
                ", ".join(f"{name} {value}" for name, value in numbers.items())
                if isinstance(numbers, dict)
                else numbers
            )
            click.echo(f"  {part}: {told}")
        for file in rows[0].files:
            click.echo(inert(f"  {file['file']}: {reading_text(file)}"))
            click.echo(inert(f"    SHA-256 {file['sha256']}"))
        for problem in problems:
            click.echo(f"  {inert(problem['code'])} {inert(problem['where'])}: {inert(problem['reason'])}")


@click.command()
@click.argument("what")
@click.option("--preview", is_flag=True, help="Show the plan and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--reason", help="Why; kept in history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def undo(surroundings: Surroundings, what: str, preview: bool, yes: bool, reason: str | None, as_json: bool) -> None:
    """Take an event back, or a whole run: WHAT is an event's number, or `run:12`.

    Shows its plan first. What changed since is kept and said, row by row.
    """
    from fleet.commands.undo import apply_undo, events_of_run, plan_undo

    is_run, number = _what(what)
    with surroundings.read() as session:
        events = events_of_run(session, number) if is_run else [number]
        plan = plan_undo(session, events)
    if not preview:
        _refuse_undo(surroundings, plan)
    if not as_json:
        for line in plan.in_words():
            click.echo(inert(line))
    if preview or not plan.reversed:
        if as_json:
            print_json(plan.as_json())
        elif not preview:
            click.echo("There is nothing to take back.")
        return
    if not yes and not _agreed(as_json):
        return
    with surroundings.write("undo", reason=reason, undoes_id=events[0] if len(events) == 1 else None) as session:
        from fleet.database.history import open_event

        plan = plan_undo(session, events)
        apply_undo(session, plan)
        event = open_event(session)
    if as_json:
        print_json({**plan.as_json(), "event": event.id})
    else:
        changes = f"{len(plan.reversed):,} change{'' if len(plan.reversed) == 1 else 's'}"
        click.echo(f"Done: {changes} taken back, {len(plan.kept):,} kept. Event {event.id}.")


def _agreed(as_json: bool) -> bool:
    if as_json:
        raise UsageProblem("Look with --preview, or say --yes to take it back.")
    if click.confirm("Take these changes back?", err=True):
        return True
    click.echo("Nothing was changed.")
    return False


def _refuse_undo(surroundings: Surroundings, plan: "UndoPlan") -> None:
    """Before anything is asked: may they write, and is it theirs to say who may use the register?"""
    access = surroundings.access
    from fleet.commands.operators import raise_if_not_theirs_to_undo

    raise_if_not_theirs_to_undo(access, (one.subject for one in plan.reversed))


def _what(what: str) -> tuple[bool, int]:
    kind, colon, number = what.partition(":")
    text = number if colon else kind
    if (colon and kind.lower() not in ("run", "event")) or not (text.isascii() and text.isdigit()):
        raise UsageProblem(
            f"{what} is neither an event nor a run. Write 17 or run:3; list them with: fleet history, fleet runs"
        )
    if int(text) > LARGEST:
        noun = "run" if colon and kind.lower() == "run" else "event"
        raise NotFound(f"There is no {noun} {text}. List them with: fleet {'runs' if noun == 'run' else 'history'}")
    return colon != "" and kind.lower() == "run", int(text)
