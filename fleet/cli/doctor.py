"""`fleet doctor`: is everything in order?"""

import click

from fleet.cli.output import inert, print_json
from fleet.cli.surroundings import Surroundings

MARKS = {"good": "ok  ", "warning": "!   ", "bad": "BAD ", "skipped": "-   "}


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask Microsoft for tokens.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_context
def doctor(ctx: click.Context, offline: bool, as_json: bool) -> None:
    """Check configuration, database, migration, tokens, permissions by name, and certificate expiry."""
    from fleet.queries.health import examine

    surroundings: Surroundings = ctx.obj
    checks = []
    for check in examine(surroundings.config, lambda: surroundings.database, now=surroundings.now, offline=offline):
        checks.append(check)
        if not as_json:
            click.echo(f"{MARKS[check.state]}{check.what}: {inert(check.sentence)}")
    if as_json:
        print_json([{"what": one.what, "state": one.state, "sentence": one.sentence} for one in checks])
    bad = [one.exit_code or 1 for one in checks if one.state == "bad"]
    ctx.exit(max(bad) if bad else 0)
