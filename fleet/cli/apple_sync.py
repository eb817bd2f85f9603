"""The accounts of Apple Business Manager in `fleet sync`: after the tenants, each by itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from fleet.cli.mistakes import keep_mistake
from fleet.cli.output import end_progress, progress, say, table
from fleet.cli.surroundings import Surroundings
from fleet.config.apple import AppleConfig
from fleet.errors import ConfigurationProblem, NoAccess

if TYPE_CHECKING:
    from fleet.commands.apple import AppleResult
    from fleet.commands.sync import SyncOptions


def accounts(surroundings: Surroundings, wanted: tuple[str, ...]) -> list[AppleConfig]:
    """The accounts named, or all; within the operator's walls. Raises `ConfigurationProblem`, `NoAccess`."""
    known = surroundings.config.apple
    unknown = [key for key in wanted if key not in known]
    if unknown:
        raise ConfigurationProblem(
            f"No Apple account called {unknown[0]} in {surroundings.config.home / 'config.toml'} "
            f"(known: {', '.join(known) or 'none is configured'})."
        )
    chosen = [known[key] for key in dict.fromkeys(wanted)] if wanted else list(known.values())
    if surroundings.access.scope is None or not chosen:
        return chosen
    from sqlalchemy import select

    from fleet.database.models import Organisation

    with surroundings.read() as session:
        mine = set(session.execute(select(Organisation.key)).scalars())
    if wanted and any(one.organisation not in mine for one in chosen):
        raise NoAccess(f"{surroundings.access.name} may read only the accounts of organisations they serve.")
    return [one for one in chosen if one.organisation in mine]


def read_accounts(
    surroundings: Surroundings, chosen: Sequence[AppleConfig], options: "SyncOptions"
) -> "list[AppleResult]":
    """Each account's result; a mistake of the program is this account's failure alone, and its traceback is kept."""
    return [_read(surroundings, one, options) for one in chosen]


def _read(surroundings: Surroundings, account: AppleConfig, options: "SyncOptions") -> "AppleResult":
    from fleet.apple.read import read_account
    from fleet.commands.apple import AppleResult, sync_apple

    result, database = AppleResult(account.key), surroundings.database
    try:
        sync_apple(database, account, replace(options), read_account, progress(f"Apple {account.key}"), result)
    except Exception as error:  # noqa: BLE001 - the edge: the other accounts must still be read
        result.error, result.exit_code = f"Apple account {account.key}: {keep_mistake(error, surroundings.home)}", 1
        result.code = "crash"
    finally:
        end_progress()
    return result


def print_accounts(results: "Sequence[AppleResult]", dry: bool, *, below: bool) -> None:
    """A table of what was read, then plans and problems; `below` another table."""
    rows = [
        (
            one.account, "planned" if dry and not one.error else "complete" if one.complete else "not applied",
            *(one.devices.get(key, 0) for key in ("read", "new", "changed", "unchanged", "missing", "gone")),
            one.coverage, one.findings.get("new", 0), one.requests, one.retries, f"{one.seconds:.1f} s",
        )
        for one in results
        if one.devices or not one.error
    ]  # fmt: skip
    if rows:
        headers: tuple[Any, ...] = (
            "Apple account", "State", "Devices", "new", "changed", "same", "missing", "given up", "AppleCare", "Findings",
            "Requests", "retries", "Took",
        )  # fmt: skip
        if below:
            click.echo("")
        table(headers, rows, right=range(2, len(headers)))
    for one in results:
        if dry and one.plan:
            click.echo(f"\nApple {one.account}: the plan")
            for line in one.plan:
                click.echo(f"  {line}")
        for problem in one.problems[:20]:
            say(f"  Apple {one.account}: {problem['code']} {problem['where']}: {problem['reason']}")
