"""`fleet sync`: tenants one after the other; one that fails does not stop the others."""

from collections import Counter
from datetime import date
from typing import Any

import click

from fleet.cli.apple_sync import accounts, print_accounts, read_accounts
from fleet.cli.arguments import DAY
from fleet.cli.mistakes import keep_mistake
from fleet.cli.output import end_progress, print_json, progress, say, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import start_of_day
from fleet.domain.wording import counted
from fleet.errors import AlreadyRunning, ConfigurationProblem, FleetError, NoAccess, UsageProblem


@click.command()
@click.option("--tenant", "wanted", multiple=True, help="Only this tenant; may be repeated.")
@click.option("--apple", "wanted_apple", multiple=True, help="Only this Apple account; may be repeated.")
@click.option("--plan", "dry", is_flag=True, help="Show what would be done and write nothing.")
@click.option("--only", type=click.Choice(["people", "devices"]), help="Apply only this half.")
@click.option(
    "--since", type=DAY, help="Ask again for details and AppleCare last read before DAY; the audit from DAY on."
)
@click.option("--confirm", type=int, help="Let the brake pass: the number of absences you confirm.")
@click.option("--reason", help="Why the number is right; kept in history.")
@click.option("--register-new", is_flag=True, help="Take devices nobody recorded into stock instead of listing them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def sync(
    ctx: click.Context,
    wanted: tuple[str, ...],
    wanted_apple: tuple[str, ...],
    dry: bool,
    only: str | None,
    since: date | None,
    confirm: int | None,
    reason: str | None,
    register_new: bool,
    as_json: bool,
) -> None:
    """Read people and devices from Microsoft Graph, compare, and apply what changed, each tenant in one transaction.

    Then the lists of Apple Business Manager, each account by itself.

    A run that fails leaves the register as it was. Holders are never changed: differences become findings.
    """
    surroundings: Surroundings = ctx.obj.giving_way()
    if confirm is not None and (not reason or len(wanted) + len(wanted_apple) != 1):
        raise UsageProblem("--confirm goes with one --tenant or --apple, and a --reason.")
    options_tenants = [] if wanted_apple and not wanted else _tenants(surroundings, wanted)
    if not dry:
        _open_or_tell(surroundings)
    if not surroundings.access.may_write and not dry:
        raise NoAccess(
            f"{surroundings.access.name} may read the register but not sync it. Look with: fleet sync --plan"
        )
    options_tenants = _within_walls(surroundings, options_tenants, wanted) if options_tenants else []
    apple = accounts(surroundings, wanted_apple) if (wanted_apple or not wanted) and only != "people" else []
    from fleet.cli.nightly import after_the_night, clock_tolerance, follow_orders
    from fleet.commands.sync import SyncOptions

    options = SyncOptions(
        actor=surroundings.access.name,
        now=surroundings.now,
        dry=dry,
        confirm=confirm,
        reason=reason,
        only=only,
        new_status="in_stock" if register_new else "unrecorded",
        rules=surroundings.config.rules,
        support_folder=surroundings.config.home,
        clock_tolerance=clock_tolerance(surroundings.config),
        since=start_of_day(since) if since else None,
    )
    followed = [] if dry or only == "people" else follow_orders(surroundings, options_tenants)
    results = []
    for tenant in options_tenants:
        results.append(_sync_one(surroundings, tenant, options))
        if not as_json and results[-1].error:
            say(f"fleet: {_failure(results[-1])}")
    listed = read_accounts(surroundings, apple, options)
    _tell(results, listed, followed, dry=dry, as_json=as_json)
    code = _exit_code([*results, *listed])
    if not dry:
        after_the_night(surroundings, results, code, listed)
    ctx.exit(code)


def _tell(results: list[Any], listed: list[Any], followed: list[Any], *, dry: bool, as_json: bool) -> None:
    """All results as one document, or as tables and lines."""
    from fleet.cli.actions import outcome_document

    if as_json:
        runs = [one.run for one in (*results, *listed) if one.run is not None]
        document = {
            "tenants": [one.as_json() for one in results], "apple": [one.as_json() for one in listed],
            "actions": [outcome_document(one) for one in followed],
        }  # fmt: skip
        print_json({**document, "run": runs[-1] if runs else None})
        return
    _print(results, dry)
    print_accounts(listed, dry, below=bool(results))
    if followed:
        states = Counter(one.state for one in followed)
        told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        click.echo(f"\nRemote actions looked at: {len(followed)} ({told}). See: fleet action list --all")
    for one in listed:
        if one.error:
            say(f"fleet: {_failure(one)}")


def _open_or_tell(surroundings: Surroundings) -> None:
    """Open the register; whoever is to be told of a failed night is told when that can't be done."""
    from fleet.cli.nightly import no_night

    try:
        _ = surroundings.access
    except FleetError as error:
        no_night(surroundings, error)
        raise


def _sync_one(surroundings: Surroundings, tenant: Any, options: Any) -> Any:
    """One tenant's result; a mistake of the program is this tenant's failure alone, and its traceback is kept."""
    from fleet.commands.sync import SyncResult, sync_tenant
    from fleet.intune.read import read_tenant

    result, database = SyncResult(tenant.key), surroundings.database
    try:
        sync_tenant(database, tenant, options, read_tenant, progress(tenant.key), result)
    except Exception as error:  # noqa: BLE001 - the edge: the other tenants must still have their night
        result.error, result.exit_code = f"Tenant {tenant.key}: {keep_mistake(error, surroundings.home)}", 1
        result.code = "crash"
    finally:
        end_progress()
    return result


def _failure(result: Any) -> str:
    """Whose night failed, why, and what it had cost by then."""
    name = getattr(result, "account", None) or result.tenant
    whose = "" if name in result.error else f"{name}: "
    retries = f"{result.retries:,} {'retry' if result.retries == 1 else 'retries'}"
    cost = f" ({counted(result.requests, 'request')}, {retries}, {result.seconds:.1f} s)" if result.requests else ""
    return f"{whose}{result.error}{cost}"


def _tenants(surroundings: Surroundings, wanted: tuple[str, ...]) -> list[Any]:
    config = surroundings.config
    if not config.tenants:
        raise ConfigurationProblem(
            f"No tenant is configured in {config.home / 'config.toml'}. Add one with: fleet tenant add --help"
        )
    return [config.tenant(key) for key in dict.fromkeys(wanted)] if wanted else list(config.tenants.values())


def _within_walls(surroundings: Surroundings, tenants: list[Any], wanted: tuple[str, ...]) -> list[Any]:
    """The tenants of the operator's organisations. Raises `NoAccess` for one that was asked for by name, or when none is."""
    if surroundings.access.scope is None:
        return tenants
    from fleet.queries.tenants import tenant_row

    mine = []
    with surroundings.read() as session:
        for tenant in tenants:
            try:
                tenant_row(session, tenant.key)
            except ConfigurationProblem:
                continue
            mine.append(tenant)
    if not mine or (wanted and len(mine) < len(tenants)):
        raise NoAccess(f"{surroundings.access.name} may sync only the tenants of organisations they serve.")
    return mine


def _exit_code(results: list[Any]) -> int:
    """The gravest failure, else that another sync is at it, else 1 when there are problems to look at."""
    failed = [one.exit_code for one in results if one.exit_code]
    if failed:
        return int(max(failed, key=lambda code: (code != AlreadyRunning.exit_code, code)))
    return 1 if any(one.problems for one in results) else 0


def _print(results: list[Any], dry: bool) -> None:
    rows = []
    for one in results:
        if one.error and not one.devices:
            continue
        people, devices = one.people, one.devices
        rows.append((
            one.tenant, "planned" if dry and not one.error else "complete" if one.complete else "not applied",
            *(people.get(key, 0) for key in ("read", "new", "changed", "left")),
            *(devices.get(key, 0) for key in ("read", "new", "changed", "unchanged", "missing", "problems")),
            one.findings.get("new", 0), one.requests, one.retries, f"{one.seconds:.1f} s",
        ))  # fmt: skip
    if rows:
        headers = (
            "Tenant", "State", "People", "new", "changed", "left", "Devices", "new", "changed", "same", "missing",
            "problems", "Findings", "Requests", "retries", "Took",
        )  # fmt: skip
        table(headers, rows, right=range(2, len(headers)))
    for one in results:
        if dry and one.plan:  # Also of what the brake refused: who confirms a number wants to know which devices.
            click.echo(f"\n{one.tenant}: the plan")
            for line in one.plan:
                click.echo(f"  {line}")
        for problem in one.problems[:20]:
            say(f"  {one.tenant}: {problem['code']} {problem['where']}: {problem['reason']}")
        if len(one.problems) > 20:
            say(f"  {one.tenant}: and {len(one.problems) - 20} more; all are in: fleet runs {one.run}")
