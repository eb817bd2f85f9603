"""`fleet demo`: the whole product on a simulated shared service."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from fleet.cli.output import print_json, say, table
from fleet.cli.surroundings import Surroundings


@click.group(invoke_without_command=True)
@click.option("--devices", default=2000, show_default=True, type=click.IntRange(50, 500_000), help="iPads and iPhones.")
@click.option("--seed", default=2026, show_default=True, help="Another seed, another estate.")
@click.option("--no-tui", is_flag=True, help="Print the summary and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and stop.")
@click.pass_context
def demo(ctx: click.Context, devices: int, seed: int, no_tui: bool, as_json: bool) -> None:
    """Build three councils with their people and devices, serve them as Microsoft Graph on this machine, sync three
    nights from it, and open the screen.

    Everything is invented and stays in one folder: --home, FLEET_HOME, or `fleet-demo` beside Fleet's own.
    """
    if ctx.invoked_subcommand is not None:
        return
    from fleet.demo.build import build

    surroundings: Surroundings = ctx.obj
    home = demo_home(surroundings)
    result = build(home, now=surroundings.now, devices=devices, seed=seed, say=say)
    if as_json:
        print_json(result.as_json())
        return
    _print_summary(result)
    if no_tui or not (sys.stdout.isatty() and sys.stdin.isatty()):
        return
    ctx.exit(_screen(home))


def _screen(home: Path) -> int:
    """The screen, with the service behind it for as long as it is open: remote actions can be tried at once."""
    from fleet.config import load_config
    from fleet.demo.build import NIGHTS, estate_of, rules_text
    from fleet.demo.graph_view import graph_view
    from fleet.demo.service.serve import served
    from fleet.demo.sources_view import apple_views
    from tui.app import run

    estate = estate_of(home)
    directories = [graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants]
    with served(directories, home, rules_text(), apple_views(estate)):
        return run(replace(load_config(home), database_url=f"sqlite:///{home / 'fleet.db'}"))


@demo.command()
@click.option("--port", default=0, help="A fixed port; by default a free one.")
@click.option("--fault", "faults", multiple=True, metavar="NAME[:times=N,...]", help="Throw a switch of the service.")
@click.pass_context
def serve(ctx: click.Context, port: int, faults: tuple[str, ...]) -> None:
    """Serve the demonstration's tenants as Microsoft Graph until stopped; prints the configuration to use.

    In an empty folder it makes an estate first: of --devices and --seed, named before `serve`. While it serves, its
    faults are switches at /faults: GET lists them, POST /faults/NAME throws one, DELETE /faults ends all.
    """
    from fleet.config import DEMO_MARKER
    from fleet.demo.build import NIGHTS, estate_of, prepare, rules_text
    from fleet.demo.graph_view import graph_view
    from fleet.demo.service.serve import serve_forever
    from fleet.demo.sources_view import apple_views

    surroundings: Surroundings = ctx.obj
    home = demo_home(surroundings)
    if not (home / DEMO_MARKER).exists() and ctx.parent is not None:
        prepare(home, seed=ctx.parent.params["seed"], devices=ctx.parent.params["devices"], now=surroundings.now)
    estate = estate_of(home)
    directories = [graph_view(estate, one.key, NIGHTS[-1]) for one in estate.tenants]

    def announce(config: str) -> None:
        (home / "config.toml").write_text(config, encoding="utf-8")
        click.echo(config)
        say(f"Serving; {home / 'config.toml'} points at it. Sync with: fleet --home {home} sync. Stop with Ctrl+C.")

    try:
        serve_forever(directories, home, port, announce, apple=apple_views(estate), faults=faults, more=rules_text())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from None


def demo_home(surroundings: Surroundings) -> Path:
    """The demonstration's folder: never Fleet's own, unless it is named."""
    import os

    from fleet.config import default_home

    if surroundings.home is not None:
        return surroundings.home.expanduser().resolve()
    home = default_home()
    return home if os.environ.get("FLEET_HOME") else home.with_name(home.name + "-demo")


def _program() -> str:
    """How this program was called, as it can be typed again."""
    import shutil

    called = Path(sys.argv[0])
    return "fleet" if shutil.which("fleet") or called.name != "fleet" else str(called)


def _print_summary(result: object) -> None:
    from fleet.demo.build import Demonstration

    assert isinstance(result, Demonstration)
    kinds = result.devices
    click.echo(
        f"{result.organisations} organisations, {result.people:,} people, {kinds['ipad'] + kinds['iphone']:,} iPads and iPhones, "
        f"{kinds['thin_client']:,} thin clients, {kinds['personal']:,} own devices; "
        f"{len(result.syncs)} syncs in {result.seconds:.1f} s."
    )
    click.echo("")
    rules = sorted({*result.planted, *result.found})
    rows = [(rule, str(result.planted.get(rule, 0)), str(result.found.get(rule, 0))) for rule in rules]
    rows.append(("all", str(sum(result.planted.values())), str(sum(result.found.values()))))
    table(("Discrepancy", "Planted", "Found"), rows, right=(1, 2))
    click.echo("")
    click.echo(f"The register is in {result.home}. Look around with: {_program()} --home {result.home}")
