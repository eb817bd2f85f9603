"""The program's entry, its list of commands, and the one place that turns errors into exit codes."""

import importlib
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fleet import __version__
from fleet.cli.surroundings import Surroundings
from fleet.errors import FleetError

COMMANDS = {
    "demo": ("fleet.cli.demo:demo", "Build a simulated shared service, sync it and open the screen."),
    "sync": ("fleet.cli.sync:sync", "Read people and devices from Microsoft Graph into the register."),
    "import": ("fleet.cli.imports:import_file", "Preview and apply a spreadsheet."),
    "export": ("fleet.cli.exports:export", "Write a workbook for managers."),
    "devices": ("fleet.cli.devices:devices", "List devices."),
    "device": ("fleet.cli.devices:device", "Show one device by any scrap of it."),
    "people": ("fleet.cli.people:people", "List people."),
    "person": ("fleet.cli.people:person", "Show one person and what they hold."),
    "issue": ("fleet.cli.custody:issue", "Issue devices to a person, site or team."),
    "return": ("fleet.cli.custody:return_", "Take devices back."),
    "move": ("fleet.cli.custody:move", "Change the status of devices: repair, lost, retired, ..."),
    "findings": ("fleet.cli.findings:findings", "What does not agree, worst first."),
    "finding": ("fleet.cli.findings:finding", "Look at or decide one finding."),
    "runs": ("fleet.cli.history:runs", "Syncs and imports that ran."),
    "history": ("fleet.cli.history:history", "What happened, to a device, a person or everything."),
    "undo": ("fleet.cli.history:undo", "Take an event or a run back, with a plan first."),
    "db": ("fleet.cli.database:db", "Make, upgrade, back up and verify the register."),
    "operator": ("fleet.cli.operators:operator", "Who may use the register."),
    "doctor": ("fleet.cli.doctor:doctor", "Check configuration, database, tokens and permissions."),
}
"""Command -> where it is, and its line in the help: listing needs no import."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Folder with config.toml and the register (FLEET_HOME).")
@click.version_option(__version__, prog_name="fleet")
@click.pass_context
def fleet(ctx: click.Context, home: Path | None) -> None:
    """The device register of a shared council IT service. Without a command it opens the screen."""
    ctx.obj = Surroundings(home)
    if ctx.invoked_subcommand is None:
        ctx.exit(_open_screen(ctx.obj))


def _open_screen(surroundings: Surroundings) -> int:
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        raise FleetError("The screen needs a terminal. Every job is also a command: fleet --help", code="no-terminal")
    from tui.app import run

    return run(surroundings.config)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit: 0 done, 1 problems, 2 usage, 3 brake, 4 source unavailable, 5 no access."""
    _use_utf8()
    arguments = sys.argv[1:] if arguments is None else arguments
    code = 0
    try:
        result = fleet.main(args=arguments, prog_name="fleet", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except FleetError as error:
        code = _say(error, "--json" in arguments)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing more was changed.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except BrokenPipeError:
        # The reader went away (fleet devices | head): that is no error, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing more was changed.", err=True)
        code = 130
    except Exception as error:  # noqa: BLE001 - the edge: the only place that catches everything
        code = _own_mistake(error)
    sys.exit(code)


def _use_utf8() -> None:
    """Names hold accents; a Windows pipe or a C locale would end the program on them."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) and (stream.encoding or "").lower() not in (
            "utf-8",
            "utf8",
        ):
            reconfigure(encoding="utf-8", errors="replace")


def _say(error: FleetError, as_json: bool) -> int:
    if as_json:
        import orjson

        document = {"error": {"code": error.code, "message": error.message}}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    click.echo(f"fleet: {error.message}", err=True)
    return error.exit_code


def _own_mistake(error: Exception) -> int:
    """Keep the traceback in a file and say where: a technician can't use one."""
    from fleet.config import default_home

    path = default_home() / "fleet.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(f"\n{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} fleet {__version__}\n")
            traceback.print_exception(error, file=log)
        where = f"The details are in {path}."
    except OSError:
        where = "The details could not be written anywhere."
    click.echo(f"fleet: a mistake in the program ({type(error).__name__}). {where}", err=True)
    return 1


def command_names() -> dict[str, Any]:
    """Every command with its help line, for docs and tests."""
    return {name: text for name, (_, text) in COMMANDS.items()}
