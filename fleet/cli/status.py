"""`fleet status`: one document for monitoring, and the file that every sync leaves for who watches files."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleet import __version__
from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text

if TYPE_CHECKING:
    from fleet.commands.apple import AppleResult
    from fleet.commands.sync import SyncResult

LAST_SYNC = "last-sync.json"
"""In Fleet's folder."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say how the nights go: 0 all is well, 1 something to look at, 4 data older than 36 hours or no register."""
    from fleet.queries.nightly import night_status

    surroundings: Surroundings = ctx.obj
    with surroundings.read() as session:
        found = night_status(session, surroundings.now)
    if as_json:
        print_json({**found, "next": _next(surroundings), "host": socket.gethostname(), "version": __version__})
    else:
        _print(found)
    ctx.exit(found["exit_code"])


def _next(surroundings: Surroundings) -> dict[str, datetime]:
    """When what is scheduled comes next; nothing for a schedule that can't be read."""
    from fleet.cli.schedule import jobs_of
    from fleet.errors import FleetError

    try:
        return {job.name: job.at.next_after(surroundings.now) for job in jobs_of(surroundings.config)}
    except FleetError:
        return {}


def _print(found: dict[str, Any]) -> None:
    rows = []
    for one in (*found["tenants"], *found["apple"]):
        last, running = one["last_run"] or {}, one["running"]
        state = "well" if one["well"] else "OLD" if one["stale"] else "look"
        now = (
            f"running since {london_text(running['since'])} on {running['host']}"
            + ("" if running["alive"] else ", and not heard of any more")
            if running else ""
        )  # fmt: skip
        read = london_text(one["last_complete_at"]) if one["last_complete_at"] else "never"
        name = one["tenant"] if "tenant" in one else f"Apple account {one['account']}"
        rows.append((name, state, read, last.get("state"), last.get("problems"), now or last.get("error")))
    if rows:
        table(("Read from", "", "Complete", "Newest run", "Problems", "What"), rows, right=(4,))
    waiting = {state: number for state, number in found["deliveries"].items() if number and state != "sent"}
    for state, number in waiting.items():
        click.echo(f"Deliveries {state}: {number}. See: fleet deliver list --state {state}")
    if not rows:
        click.echo("No tenant was synced yet.")


def keep_last_sync(
    surroundings: Surroundings, results: "Sequence[SyncResult]", exit_code: int, apple: "Sequence[AppleResult]" = ()
) -> None:
    """Leave what a sync did as `last-sync.json`, whole or as it was. A file that can't be written costs a line, no night."""
    import orjson

    from fleet.clock import utc_now

    document = {
        "started_at": surroundings.now, "written_at": utc_now(), "host": socket.gethostname(), "process": os.getpid(),
        "operator": surroundings.config.operator, "version": __version__, "exit_code": exit_code,
        "tenants": [{**one.as_json(), "code": one.code, "exit_code": one.exit_code} for one in results],
        "apple": [{**one.as_json(), "code": one.code, "exit_code": one.exit_code} for one in apple],
    }  # fmt: skip
    path = surroundings.config.home / LAST_SYNC
    try:
        _replace(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
    except OSError as error:
        say(f"fleet: {inert(path)} was not written: {error.strerror or error}.")


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
