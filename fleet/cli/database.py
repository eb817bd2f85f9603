"""`fleet db`: make, upgrade, back up, verify."""

from pathlib import Path

import click

from fleet.cli.output import print_json
from fleet.cli.surroundings import Surroundings
from fleet.domain.wording import counted
from fleet.errors import Conflict


@click.group()
def db() -> None:
    """Look after the register itself."""


@db.command()
@click.pass_obj
def upgrade(surroundings: Surroundings) -> None:
    """Make the tables, or bring them to this program's form, in one transaction."""
    from fleet.database.engine import open_engine, plain_errors
    from fleet.database.register import REVISIONS
    from fleet.database.register import upgrade as run

    engine = open_engine(surroundings.config.database_url)
    try:
        with plain_errors("upgrade the register"):
            run(engine)
    finally:
        engine.dispose()
    click.echo(f"The register is at migration {REVISIONS[-1]}.")


@db.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup(surroundings: Surroundings, target: Path) -> None:
    """Copy a SQLite register to TARGET while it is in use, check the copy, and print its SHA-256."""
    from fleet.database.backup import back_up

    _ = surroundings.access  # Only operators.
    digest = back_up(surroundings.database, target)
    click.echo(f"{digest}  {target}")


@db.command()
@click.pass_obj
def scrub(surroundings: Surroundings) -> None:
    """Write a SQLite file anew, so that its free pages hold nothing of what was erased."""
    from fleet.database.scrub import scrub as write_anew

    _ = surroundings.access  # Only operators.
    if not write_anew(surroundings.database):
        raise Conflict("Somebody is using the register. Try again when nobody is.", code="busy")
    click.echo("The file holds nothing any more of what was erased. Backups made before still do.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Recompute the hash chain of history and check the file: was anything changed behind Fleet's back?"""
    from fleet.database.verify import verify as check

    surroundings: Surroundings = ctx.obj
    _ = surroundings.access  # Only operators; the chain is one, whatever they may see.
    with surroundings.database.read() as session:
        result = check(session)
    if as_json:
        print_json(
            {
                "events": result.events,
                "changes": result.changes,
                "erased": result.erased,
                "head": result.head,
                "problems": result.problems,
            }
        )
    else:
        numbers = f"{counted(result.events, 'event')}, {counted(result.changes, 'change')}"
        click.echo(f"{numbers}, head {result.head[:16]}…")
        if result.erased:
            click.echo(f"{result.erased:,} of them had a person erased: what those said can't be checked any more.")
        for problem in result.problems:
            click.echo(f"  ! {problem}")
        click.echo("The chain is whole." if not result.problems else f"{counted(len(result.problems), 'problem')}.")
    ctx.exit(1 if result.problems else 0)
