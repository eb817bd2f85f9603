"""`fleet onboard`: the files of a joining council, staged, scored, corrected, and applied as one undoable run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.imports import mapping_of, save_rejected
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import UsageProblem

if TYPE_CHECKING:
    from fleet.commands.onboarding import Onboarding, Scored

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
create_option = click.option(
    "--create", is_flag=True, help="Make sites, teams and models that the register does not know."
)
SHOWN = 6


@click.group(invoke_without_command=True)
@click.pass_context
def onboard(ctx: click.Context) -> None:
    """Take a joining council in. Without a command: the onboardings that are staged."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, False)


@onboard.command(name="list")
@json_option
@click.pass_obj
def list_(surroundings: Surroundings, as_json: bool) -> None:
    """List what is staged."""
    _list(surroundings, as_json)


@onboard.command(name="new")
@click.argument("name")
@click.option("--organisation", required=True, help="Whose the rows are, where they name no organisation.")
@click.pass_obj
def new(surroundings: Surroundings, name: str, organisation: str) -> None:
    """Begin an onboarding called NAME (small letters, digits, hyphens)."""
    from fleet.commands.onboarding import new_onboarding
    from fleet.queries.lookups import organisation_id

    with surroundings.read() as session:
        organisation_id(session, organisation)
    home = surroundings.config.home
    new_onboarding(home, name, organisation, actor=surroundings.access.name, now=surroundings.now)
    click.echo(f"Begun. Stage its files with: fleet onboard add {name} FILE")


@onboard.command(name="add")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as", "layout", help="Read it as this layout instead of the recognised one.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("--header-row", type=click.IntRange(1), help="The row that holds the headers, where it is not found.")
@click.option("--map", "mapped", multiple=True, help='Say what a column means: --map "Header=field"; may be repeated.')
@click.pass_obj
def add(
    surroundings: Surroundings,
    name: str,
    files: tuple[Path, ...],
    layout: str | None,
    sheet: str | None,
    header_row: int | None,
    mapped: tuple[str, ...],
) -> None:
    """Stage copies of FILES; one of the same name is replaced, which is how a corrected file comes in."""
    from fleet.commands.onboarding import add_file
    from importers.engine import interpret
    from importers.sheets import read

    home, mapping = surroundings.config.home, mapping_of(mapped)
    for file in files:
        told = interpret(  # What can't be read is not staged.
            read(file, sheet=sheet), layout=layout, mapping=mapping, header_row=header_row
        )
        held, replaced = add_file(home, name, file, layout=layout, sheet=sheet, mapping=mapping, header_row=header_row)
        word = "Replaced" if replaced else "Staged"
        click.echo(
            f"{word} {inert(file.name)}: {told.layout.title}, {told.read:,} row{'' if told.read == 1 else 's'}. "
            f"{held.name} has {len(held.files)}."
        )


@onboard.command(name="say")
@click.argument("name")
@click.argument("file")
@click.option("--as", "layout", help="Read it as this layout instead of the recognised one.")
@click.option("--sheet", help="Which sheet, where several of one workbook are staged.")
@click.option(
    "--map", "mapped", multiple=True, help='Say what a column means: --map "Header=field"; "Header=-" takes it back.'
)
@click.pass_obj
def say_of(
    surroundings: Surroundings, name: str, file: str, layout: str | None, sheet: str | None, mapped: tuple[str, ...]
) -> None:
    """Say otherwise how a staged FILE is to be read; nothing is staged anew."""
    from fleet.commands.onboarding import say_of_file
    from importers.layouts import named
    from importers.words import FIELD_KINDS

    mapping = mapping_of(mapped) or {}
    if unknown := [field for field in mapping.values() if field not in ("", "-") and field not in FIELD_KINDS]:
        raise UsageProblem(f"There is no field {unknown[0]!r}. Known are: {', '.join(sorted(FIELD_KINDS))}.")
    if layout is not None:
        named(layout)
    say_of_file(surroundings.config.home, name, file, mapping=mapping, layout=layout, sheet=sheet)
    click.echo(f"{inert(file)} is read like that from now on. See what it does with: fleet onboard score {name}")


@onboard.command(name="show")
@click.argument("name")
@json_option
@click.pass_obj
def show(surroundings: Surroundings, name: str, as_json: bool) -> None:
    """Show the files of an onboarding."""
    from fleet.commands.onboarding import open_onboarding

    held = open_onboarding(surroundings.config.home, name)
    if as_json:
        print_json(_json_of(held))
        return
    click.echo(f"{held.name}, for {held.organisation}, begun by {held.begun_by} on {held.begun_at[:10]}")
    if held.event is not None:
        click.echo(f"Applied as event {held.event}. Take it back with: fleet undo {held.event}")
    table(
        ("File", "Layout", "Sheet", "Columns said"),
        [(one.name, one.layout or "", one.sheet or "", _mapping(one.mapping)) for one in held.files],
    )


@onboard.command(name="score")
@click.argument("name")
@create_option
@click.option(
    "--rejected",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each file's rejected rows here.",
)
@json_option
@click.pass_context
def score(ctx: click.Context, name: str, create: bool, folder: Path | None, as_json: bool) -> None:
    """Say how good the files are and what applying them would do; nothing is written to the register."""
    from fleet.commands.onboarding import open_onboarding, score_onboarding

    surroundings: Surroundings = ctx.obj
    held = open_onboarding(surroundings.config.home, name)
    access = surroundings.access
    scored = score_onboarding(
        surroundings.database, surroundings.config.home, held, actor=access.name, now=surroundings.now, scope=access.scope,
        may_write=access.may_write, create=create,
    )  # fmt: skip
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for one in scored:
            save_rejected(one.preview, folder / f"{Path(one.file.name).stem}-rejected.csv")
    _tell(held, scored, as_json)
    ctx.exit(1 if any(one.quality.good < one.quality.rows for one in scored) else 0)


@onboard.command(name="apply")
@click.argument("name")
@create_option
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--confirm", type=int, help="The number that a file takes away, when that is many; needs a --reason.")
@click.option("--reason", help="Why; kept in history.")
@json_option
@click.pass_obj
def apply(
    surroundings: Surroundings,
    name: str,
    create: bool,
    yes: bool,
    confirm: int | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Apply all files as one run: all of it, or nothing."""
    from fleet.commands.onboarding import apply_onboarding, mark_applied, open_onboarding, score_onboarding

    held, access, home = open_onboarding(surroundings.config.home, name), surroundings.access, surroundings.config.home
    asking: dict[str, Any] = {
        "actor": access.name, "now": surroundings.now, "scope": access.scope, "may_write": access.may_write, "create": create,
    }  # fmt: skip
    if not yes:
        if as_json:
            raise UsageProblem("With --json nothing is asked: say --yes.")
        _tell(held, score_onboarding(surroundings.database, home, held, **asking), False)
        if not click.confirm("\nApply this?", err=True):
            click.echo("Nothing was changed.")
            return
    scored, run, event = apply_onboarding(surroundings.database, home, held, confirm=confirm, reason=reason, **asking)
    mark_applied(home, name, event)
    if as_json:
        print_json({**_scored_json(held, scored), "run": run, "event": event})
        return
    click.echo(f"Done: run {run}, event {event}. Take it back with: fleet undo {event}")


@onboard.command(name="drop")
@click.argument("name")
@click.argument("file", required=False)
@click.pass_obj
def drop(surroundings: Surroundings, name: str, file: str | None) -> None:
    """Take a staged FILE out, or the whole onboarding; what was applied stays applied."""
    from fleet.commands.onboarding import drop_file, drop_onboarding

    if file is None:
        drop_onboarding(surroundings.config.home, name)
        click.echo(f"Dropped {inert(name)} and its copies of files.")
        return
    held = drop_file(surroundings.config.home, name, file)
    click.echo(f"Dropped {inert(file)}. {held.name} has {len(held.files)} left.")


def _list(surroundings: Surroundings, as_json: bool) -> None:
    from fleet.commands.onboarding import list_onboardings

    rows = list_onboardings(surroundings.config.home)
    if as_json:
        print_json([_json_of(one) for one in rows])
        return
    table(
        ("Name", "Organisation", "Files", "Begun", "State"),
        [
            (
                one.name,
                one.organisation,
                len(one.files),
                one.begun_at[:10],
                f"event {one.event}" if one.event else "staged",
            )
            for one in rows
        ],
        right=(2,),
    )


def _tell(held: "Onboarding", scored: "list[Scored]", as_json: bool) -> None:
    if as_json:
        print_json(_scored_json(held, scored))
        return
    from fleet.domain.plan.imports.quality import LABELS, together
    from importers.problems import grouped

    for one in scored:
        counts = ", ".join(f"{name} {number:,}" for name, number in one.preview.counts.items())
        click.echo(f"{inert(one.file.name)}: {one.preview.interpretation.layout.title}")
        click.echo(f"  {counts}")
        click.echo(f"  {one.quality.score}% of {one.quality.rows:,} rows are good")
        for name, number in one.quality.counts.items():
            if number:
                click.echo(f"    {number:,} {LABELS[name]}")
        for cause in grouped(one.preview.problems)[:SHOWN]:
            rows = ", ".join(str(each.row) for each in cause.examples if each.row)
            click.echo(f"  ! {cause.count:,} × {inert(cause.reason)}" + (f" (row {rows})" if rows else ""))
    whole = together(one.quality for one in scored)
    click.echo(f"{held.name}: {whole.score}% of {whole.rows:,} rows are good.")
    if whole.good < whole.rows:
        say("Correct a file and stage it again under its name, or write its rejected rows with --rejected FOLDER.")


def _json_of(held: "Onboarding") -> dict[str, Any]:
    files = [{"name": one.name, "layout": one.layout, "sheet": one.sheet, "sha256": one.sha256} for one in held.files]
    return {
        "name": held.name, "organisation": held.organisation, "begun_at": held.begun_at, "begun_by": held.begun_by,
        "event": held.event, "files": files,
    }  # fmt: skip


def _scored_json(held: "Onboarding", scored: "list[Scored]") -> dict[str, Any]:
    from fleet.domain.plan.imports.quality import together
    from importers.problems import grouped

    files = [
        {
            "file": one.file.name, "layout": one.preview.interpretation.layout.key, "counts": one.preview.counts,
            "score": one.quality.score, "rows": one.quality.rows, "good": one.quality.good, "wrong": dict(one.quality.counts),
            "sheet": one.file.sheet, "subject": one.preview.plan.subject, "title": one.preview.interpretation.layout.title,
            "columns": dict(one.preview.interpretation.columns), "unmapped": list(one.preview.interpretation.unmapped),
            "not_read": [*one.preview.interpretation.not_read, *one.preview.interpretation.personal],
            "causes": [each.as_json() for each in grouped(one.preview.problems, SHOWN)],
            "proposals": {kind: sorted(names) for kind, names in one.preview.plan.proposals.items()},
        }
        for one in scored
    ]  # fmt: skip
    whole = together(one.quality for one in scored)
    return {
        "name": held.name, "score": whole.score, "rows": whole.rows, "good": whole.good, "wrong": dict(whole.counts),
        "files": files,
    }  # fmt: skip


def _mapping(mapping: Any) -> str:
    return ", ".join(f"{header} → {field or 'not read'}" for header, field in mapping.items())
