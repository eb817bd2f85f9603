"""`fleet sync`: tenants one after the other; one that fails does not stop the others."""

from typing import Any

import click

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
    from fleet.commands.sync import SyncOptions, sync_tenant
    from fleet.intune.read import read_tenant

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
        result = sync_tenant(surroundings.database, tenant, options, read_tenant, progress(tenant.key))
        end_progress()
        results.append(result)
        if not as_json and result.error:
            whose = "" if tenant.key in result.error else f"{tenant.key}: "
            say(f"fleet: {whose}{result.error}")
    if as_json:
        runs = [one.run for one in results if one.run is not None]
        print_json({"tenants": [one.as_json() for one in results], "run": runs[-1] if runs else None})
    else:
        _print(results, dry)
    ctx.exit(_exit_code(results))


def _tenants(surroundings: Surroundings, wanted: tuple[str, ...]) -> list[Any]:
    config = surroundings.config
    if not config.tenants:
        raise ConfigurationProblem(
            f"No tenant is configured. Describe one in {config.home / 'config.toml'} (docs/SYNC.md)."
        )
    return [config.tenant(key) for key in wanted] if wanted else list(config.tenants.values())


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
        if dry and one.plan and not one.error:
            click.echo(f"\n{one.tenant}: the plan")
            for line in one.plan:
                click.echo(f"  {line}")
        for problem in one.problems[:20]:
            say(f"  {one.tenant}: {problem['code']} {problem['where']}: {problem['reason']}")
        if len(one.problems) > 20:
            say(f"  {one.tenant}: and {len(one.problems) - 20} more; all are in: fleet runs {one.run}")
