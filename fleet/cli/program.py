"""The program's entry, its list of commands, and the one place that turns errors into exit codes."""

import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from fleet import __version__
from fleet.cli.mistakes import keep_mistake
from fleet.cli.output import inert, print_json
from fleet.cli.surroundings import Surroundings
from fleet.clock import utc_now
from fleet.errors import FleetError

COMMANDS = {
    "demo": ("fleet.cli.demo:demo", "Build a simulated shared service, sync it and open the screen."),
    "sync": ("fleet.cli.sync:sync", "Read people and devices from Microsoft Graph into the register."),
    "status": ("fleet.cli.status:status", "How the syncs and deliveries stand, for monitoring."),
    "schedule": ("fleet.cli.schedule:schedule", "Run the sync and the deliveries every night by themselves."),
    "import": ("fleet.cli.imports:import_file", "Preview and apply a spreadsheet."),
    "mapping": ("fleet.cli.mappings:mapping", "What people said that the columns of files mean."),
    "onboard": ("fleet.cli.onboarding:onboard", "Take a joining council in: stage files, score them, apply them."),
    "export": ("fleet.cli.exports:export", "Write a workbook for managers."),
    "deliver": ("fleet.cli.deliver:deliver", "Send reports to folders, mailboxes and drives by themselves."),
    "devices": ("fleet.cli.devices:devices", "List devices."),
    "device": ("fleet.cli.devices:device", "Show one device by any scrap of it."),
    "people": ("fleet.cli.people:people", "List people."),
    "person": ("fleet.cli.people:person", "Show one person and what they hold."),
    "issue": ("fleet.cli.custody:issue", "Issue devices to a person, site or team."),
    "return": ("fleet.cli.custody:return_", "Take devices back."),
    "swap": ("fleet.cli.handovers:swap", "Take one device back and give its holder another."),
    "transfer": ("fleet.cli.handovers:transfer", "Pass devices to another person."),
    "extend": ("fleet.cli.handovers:extend", "Let loans run on."),
    "receive": ("fleet.cli.receiving:receive", "Take a delivery in: scanned boxes become stock."),
    "move": ("fleet.cli.custody:move", "Change the status of devices: repair, lost, retired, ..."),
    "stock": ("fleet.cli.stock:stock", "What lies in stock, and what is free."),
    "stocktake": ("fleet.cli.stocktakes:stocktake", "Count what is really there: open, scan, close."),
    "reserve": ("fleet.cli.reservations:reserve", "Keep devices for somebody, from a day to a day."),
    "loans": ("fleet.cli.stock:loans", "Loans by the day they are due back."),
    "starters": ("fleet.cli.stock:starters", "New people and how far their device has come."),
    "leavers": ("fleet.cli.stock:leavers", "People who left and still hold something."),
    "byod": ("fleet.cli.byod:byod", "Own devices used for work: request, approve, consent, enrol, end."),
    "incident": ("fleet.cli.incidents:incident", "Lost, stolen, damaged: the run sheet."),
    "action": ("fleet.cli.actions:action", "Remote actions in Intune: lock, locate, retire, wipe."),
    "receipt": ("fleet.cli.receipts:receipt", "What people sign: make, accept, show, verify."),
    "labels": ("fleet.cli.labels:labels", "Asset-tag labels as a PDF."),
    "findings": ("fleet.cli.findings:findings", "What does not agree, worst first."),
    "finding": ("fleet.cli.findings:finding", "Look at or decide one finding."),
    "digest": ("fleet.cli.digest:digest", "The morning's findings: new, worse, fixed, oldest; also as a mail."),
    "runs": ("fleet.cli.history:runs", "Syncs and imports that ran."),
    "history": ("fleet.cli.history:history", "What happened, to a device, a person or everything."),
    "undo": ("fleet.cli.history:undo", "Take an event or a run back, with a plan first."),
    "db": ("fleet.cli.database:db", "Make, upgrade, back up and verify the register."),
    "tenant": ("fleet.cli.tenants:tenant", "Describe the Microsoft tenants to sync from."),
    "operator": ("fleet.cli.operators:operator", "Who may use the register."),
    "serve": ("fleet.cli.serve:serve", "Open the screen in a browser, on this machine or behind a proxy."),
    "commands": ("fleet.cli.commands:commands", "Every command with what it does."),
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown word is answered with the nearest command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"No such command '{inert(args[0])}'." + (f" Did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Folder with config.toml and the register (FLEET_HOME).")
@click.option("--screen-reader", is_flag=True, help="The screen as text alone, nothing drawn (FLEET_SCREEN_READER=1).")
@click.version_option(__version__, prog_name="fleet")
@click.pass_context
def fleet(ctx: click.Context, home: Path | None, screen_reader: bool) -> None:
    """The device register of a shared council IT service. Without a command it opens the screen."""
    if ctx.obj is None:
        ctx.obj = Surroundings()
    ctx.obj.home = home
    if ctx.invoked_subcommand is None:
        ctx.exit(_open_screen(ctx.obj, screen_reader))


def _open_screen(surroundings: Surroundings, screen_reader: bool) -> int:
    is_served = "FLEET_SERVED" in os.environ  # By `fleet serve`, to a browser.
    if not is_served and not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise FleetError("The screen needs a terminal. Every job is also a command: fleet --help", code="no-terminal")
    from tui.app import run

    clock = (lambda: surroundings.now) if os.environ.get("FLEET_NOW") else utc_now
    config = surroundings.config
    return run(replace(config, screen_reader=True) if screen_reader else config, clock=clock)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit: 0 done, 1 problems, 2 usage, 3 brake, 4 source unavailable, 5 no access."""
    _use_utf8()
    surroundings = Surroundings(is_program=arguments is None)
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    code = 0
    try:
        code = _run(arguments, surroundings, as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (fleet devices | head): that is no error, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing more was changed.", err=True)
        code = 130
    except OSError as error:
        # Mostly stdout itself: a full disk behind a redirection.
        what = inert(error.filename) if error.filename else "The output"
        code = _say(FleetError(f"{what} can't be used: {error.strerror or error}.", code="file"), False)
    except Exception as error:  # noqa: BLE001 - the edge: the only place that catches everything
        code = _own_mistake(error, surroundings, as_json)
    sys.exit(code)


def _run(arguments: list[str], surroundings: Surroundings, as_json: bool) -> int:
    """Run a command; what a person can put right is said here, everything else is raised."""
    try:
        if "_FLEET_COMPLETE" in os.environ:  # The shell asks what may come next.
            fleet.main(args=arguments, prog_name="fleet")
        # Not `fleet.main`: that makes a reader who went away an error, and prints errors in its own way.
        with fleet.make_context("fleet", list(arguments), obj=surroundings) as context:
            fleet.invoke(context)
    except FleetError as error:
        return _say(error, as_json)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing more was changed.", err=True)
        return 130
    except click.ClickException as error:
        if as_json:
            _print_error("usage", error.format_message())
        _say_usage(error)
        return 2
    return 0


def _say_usage(error: click.ClickException) -> None:
    """As click says it, but what was typed is repeated as text that can't steer the terminal."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    click.echo(f"Error: {inert(error.format_message())}", err=True)


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
        _print_error(error.code, error.message, {name: error.facts[name] for name in TOLD if name in error.facts})
    click.echo(f"fleet: {inert(error.message)}", err=True)
    lines = error.facts.get("lines")
    for line in lines if isinstance(lines, list) else ():
        click.echo(f"  {inert(line)}", err=True)
    return error.exit_code


TOLD = ("nearest", "matches", "unknown", "ambiguous", "warnings", "refused")
"""Facts of an error that scripts are given, each a list."""


def _print_error(code: str, message: str, facts: dict[str, Any] | None = None) -> None:
    """The one JSON document of a command that failed."""
    print_json({"error": {"code": code, "message": message, **(facts or {})}})


def _own_mistake(error: Exception, surroundings: Surroundings, as_json: bool) -> int:
    message = keep_mistake(error, surroundings.home)
    if as_json:
        _print_error("crash", message)
    click.echo(f"fleet: {message}", err=True)
    return 1


def command_names() -> dict[str, Any]:
    """Every command with its help line, for docs and tests."""
    return {name: text for name, (_, text) in COMMANDS.items()}
