"""`fleet schedule`: the nightly sync and the delivery of reports, run by the scheduler of the machine."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fleet.cli.output import inert, print_json, say, table
from fleet.cli.surroundings import Surroundings
from fleet.clock import london_text
from fleet.config import Config
from fleet.domain.nightly.timetable import Job, jobs
from fleet.domain.nightly.units import Surrounding, cron_lines, systemd_units, task_name, windows_task
from fleet.errors import ConfigurationProblem, UsageProblem

KINDS = ("systemd", "systemd-user", "cron", "windows")


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What `print`, `install` and `remove` take alike."""
    for option in (
        click.option("--as", "kind", type=click.Choice(KINDS), help="Which scheduler; by default that of this machine."),
        click.option("--account", help="Account of the machine that runs it (systemd for the system, Windows)."),
        click.option("--operator", help="Operator that it acts as; by default FLEET_OPERATOR, if that is set."),
        click.option("--environment-file", type=click.Path(path_type=Path), help="File (0600) that sets the secret_env variables."),
        click.option("--prefix", default="fleet", show_default=True, help="Begins the names of units and tasks."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_context
def schedule(ctx: click.Context, as_json: bool) -> None:
    """List what runs by itself and when; print, install or remove it. Times are London's, from [schedule]."""
    if ctx.invoked_subcommand is not None:
        return
    surroundings: Surroundings = ctx.obj
    found = jobs_of(surroundings.config)
    if as_json:
        print_json([
            {"job": one.name, "command": ["fleet", *one.command], "at": str(one.at), "next": one.at.next_after(surroundings.now)}
            for one in found
        ])  # fmt: skip
        return
    table(
        ("Job", "When", "Next", "Command"),
        [(one.name, one.at, london_text(one.at.next_after(surroundings.now)), f"fleet {' '.join(one.command)}") for one in found],
    )  # fmt: skip
    _advise(surroundings.config, found)


@schedule.command("print")
@_options
@click.pass_obj
def print_(surroundings: Surroundings, /, kind: str | None, **options: Any) -> None:
    """Print the units, lines or tasks; nothing is installed."""
    found, around = jobs_of(surroundings.config), _around(surroundings.config, **options)
    kind = kind or this_machines()
    if kind == "cron":
        click.echo("\n".join(cron_lines(found, around)))
    elif kind == "windows":
        for job in found:
            click.echo(f"<!-- schtasks /Create /TN {task_name(job, around)} /XML ... -->\n{windows_task(job, around)}")
    else:
        for name, content in systemd_units(found, around, system=kind == "systemd").items():
            click.echo(f"# --- {name} ---\n{content}")
    _advise(surroundings.config, found)


@schedule.command("install")
@_options
@click.option(
    "--into", type=click.Path(path_type=Path), help="Folder for units instead of the system's; nothing is started."
)
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.pass_obj
def install(surroundings: Surroundings, /, kind: str | None, into: Path | None, yes: bool, **options: Any) -> None:
    """Show what would be written and run, ask, and do it. What of ours is no longer wanted goes."""
    found = jobs_of(surroundings.config)
    if not found:
        raise ConfigurationProblem("Nothing is to run: config.toml has no tenant, or [schedule] says off.")
    _apply(surroundings, kind, found, into, yes, options)
    _advise(surroundings.config, found)


@schedule.command("remove")
@_options
@click.option("--into", type=click.Path(path_type=Path), help="Folder of the units instead of the system's.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.pass_obj
def remove(surroundings: Surroundings, /, kind: str | None, into: Path | None, yes: bool, **options: Any) -> None:
    """Take everything of ours out of the scheduler again; what others put there stays."""
    _apply(surroundings, kind, [], into, yes, options)


def _apply(
    surroundings: Surroundings,
    kind: str | None,
    found: list[Job],
    into: Path | None,
    yes: bool,
    options: dict[str, Any],
) -> None:
    from fleet.commands.scheduling import do

    kind = kind or this_machines()
    if into is not None and not kind.startswith("systemd"):
        raise UsageProblem("--into goes with --as systemd or systemd-user.")
    steps = _steps(surroundings.config, kind, found, into, options)
    if steps.nothing:
        click.echo("Nothing to do: it is as it should be." if found else "Nothing to remove: there is nothing of ours.")
        return
    for line in steps.lines():
        click.echo(inert(line))
    if not yes and not click.confirm("Do it?", default=False):
        click.echo("Nothing was changed.")
        return
    for line in do(steps):
        say(f"fleet: {line}")
    click.echo("Done. Look at it with: " + _look(kind))


def _steps(config: Config, kind: str, found: list[Job], into: Path | None, options: dict[str, Any]) -> Any:
    from fleet.commands import scheduling

    around = _around(config, **options)
    if kind == "cron":
        return scheduling.cron_steps(found, around)
    if kind == "windows":
        every = {task_name(job, around): job for job in jobs_of(config)}
        gone = [] if found else list(every)
        return scheduling.windows_steps(found, gone, around, config.home)
    system = kind == "systemd"
    if wrong := scheduling.verify_units(systemd_units(found, around, system=system), system=system) if found else []:
        raise ConfigurationProblem(f"systemd does not take these units: {wrong[0]}", lines=wrong[1:6])
    folder = into.expanduser().absolute() if into else scheduling.systemd_folder(system=system, environ=os.environ)
    return scheduling.systemd_steps(found, around, folder, system=system, enable=into is None)


def jobs_of(config: Config) -> list[Job]:
    """What runs by itself. Raises `ConfigurationProblem` with everything that is wrong with `[schedule]`."""
    problems: list[str] = []
    found = jobs(
        config.nightly.get("schedule", {}), config.tenants, delivers="deliver" in config.nightly, problems=problems
    )
    if problems:
        raise ConfigurationProblem(f"{config.home / 'config.toml'}: " + "; ".join(problems) + ".")
    return found


def this_machines() -> str:
    """The scheduler that this machine has."""
    if sys.platform == "win32":
        return "windows"
    if Path("/run/systemd/system").exists() or shutil.which("systemctl"):
        return "systemd" if getattr(os, "geteuid", lambda: 1)() == 0 else "systemd-user"
    return "cron"


def _around(
    config: Config, account: str | None, operator: str | None, environment_file: Path | None, prefix: str
) -> Surrounding:
    if not prefix.replace("-", "").isalnum() or not prefix.isascii():
        raise UsageProblem("--prefix is of letters, digits and hyphens.")
    program = Path(sys.executable).with_name("fleet.exe" if sys.platform == "win32" else "fleet")
    call = (str(program),) if program.exists() else (sys.executable, "-m", "fleet")
    texts = (account, operator or os.environ.get("FLEET_OPERATOR"), str(config.home))
    if any(text is not None and not text.isprintable() for text in texts):
        raise UsageProblem("Account, operator and folder must be of one line.")
    path = None if environment_file is None else str(environment_file.expanduser().absolute())
    return Surrounding(call, str(config.home), texts[1], account, path, prefix)


def _look(kind: str) -> str:
    looks = {"systemd": "systemctl list-timers", "systemd-user": "systemctl --user list-timers", "cron": "crontab -l"}
    return looks.get(kind, "schtasks /Query")


def _advise(config: Config, found: list[Job]) -> None:
    """What the schedule alone does not do."""
    if late := [one.name for one in found if one.at.in_the_changing_hour]:
        say(f"Between 01:00 and 02:00 clocks change: once a year {', '.join(late)} would not run, once twice.")
    named = sorted({tenant.secret_env for tenant in config.tenants.values() if tenant.secret_env})
    if named:
        say(
            f"{', '.join(named)} must be set where it runs: name a file of 0600 with --environment-file, or use a certificate."
        )
    if os.environ.get("FLEET_DATABASE_URL"):
        say("FLEET_DATABASE_URL is set here and not where it runs: write database = \"...\" into config.toml; a password "
            "belongs into ~/.pgpass.")  # fmt: skip
