"""`fleet sync`: tenants one after the other; one that fails does not stop the others."""

from typing import Any

import click

from fleet.cli.mistakes import keep_mistake
from fleet.cli.output import end_progress, print_json, progress, say, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import ConfigurationProblem, NoAccess, UsageProblem


@click.command()
@click.option("--tenant", "wanted", multiple=True, help="Only this tenant; may be repeated.")
@click.option("--plan", "dry", is_flag=True, help="Show what would be done and write nothing.")
@click.option("--only", type=click.Choice(["people", "devices"]), help="Apply only this half.")
@click.option("--confirm", type=int, help="Let the brake pass: the number of absences you confirm.")
@click.option("--reason", help="Why the number is right; kept in history.")
@click.option("--register-new", is_flag=True, help="Take devices nobody recorded into stock instead of listing them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def sync(
    ctx: click.Context,
    wanted: tuple[str, ...],
    dry: bool,
    only: str | None,
    confirm: int | None,
    reason: str | None,
    register_new: bool,
    as_json: bool,
) -> None:
    """Read people and devices from Microsoft Graph, compare, and apply what changed, each tenant in one transaction.

    A run that fails leaves the register as it was. Holders are never changed: differences become findings.
    """
    surroundings: Surroundings = ctx.obj
    if confirm is not None and (not reason or len(wanted) != 1):
        raise UsageProblem("--confirm goes with one --tenant and a --reason.")
    options_tenants = _tenants(surroundings, wanted)
    if not surroundings.access.may_write and not dry:
        raise NoAccess(
            f"{surroundings.access.name} may read the register but not sync it. Look with: fleet sync --plan"
        )
    options_tenants = _within_walls(surroundings, options_tenants, wanted)
    from fleet.commands.sync import SyncOptions

    results = []
    for tenant in options_tenants:
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
        )
        result = _sync_one(surroundings, tenant, options)
        results.append(result)
        if not as_json and result.error:
            say(f"fleet: {_failure(result)}")
    if as_json:
        runs = [one.run for one in results if one.run is not None]
        print_json({"tenants": [one.as_json() for one in results], "run": runs[-1] if runs else None})
    else:
        _print(results, dry)
    ctx.exit(_exit_code(results))


def _sync_one(surroundings: Surroundings, tenant: Any, options: Any) -> Any:
    """One tenant's result; a mistake of the program is this tenant's failure alone, and its traceback is kept."""
    from fleet.commands.sync import SyncResult, sync_tenant
    from fleet.intune.read import read_tenant

    result, database = SyncResult(tenant.key), surroundings.database
    try:
        sync_tenant(database, tenant, options, read_tenant, progress(tenant.key), result)
    except Exception as error:  # noqa: BLE001 - the edge: the other tenants must still have their night
        result.error, result.exit_code = f"Tenant {tenant.key}: {keep_mistake(error, surroundings.home)}", 1
    finally:
        end_progress()
    return result


def _failure(result: Any) -> str:
    """Whose night failed, why, and what it had cost by then."""
    whose = "" if result.tenant in result.error else f"{result.tenant}: "
    cost = f" ({result.requests} requests, {result.retries} retries, {result.seconds:.1f} s)" if result.requests else ""
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
    """The gravest failure, else 1 when there are problems to look at."""
    failed = [one.exit_code for one in results if one.exit_code]
    if failed:
        return int(max(failed))
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
