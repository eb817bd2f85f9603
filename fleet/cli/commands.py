"""`fleet commands`: every command with what it takes, as data: the screen offers them from it, and a test compares."""

from typing import Any

import click

from fleet.cli.output import print_json, table

IN_A_TERMINAL = frozenset({"demo", "demo serve", "serve", "action sign-in", "action reveal"})
"""Commands that go on until they are stopped, open a screen themselves, talk while they wait, or show a secret."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_context
def commands(ctx: click.Context, as_json: bool) -> None:
    """List every command with what it does."""
    assert ctx.parent is not None
    found = list(_described(ctx.parent.command, ctx.parent, ()))
    if as_json:
        print_json(found)
        return
    table(("Command", "What it does"), [(one["name"], one["help"]) for one in found])


def _described(command: click.Command, ctx: click.Context, path: tuple[str, ...]) -> Any:
    """The commands below one, in the order of the help; a group that does something alone is one as well."""
    if isinstance(command, click.Group):
        if path and command.invoke_without_command:
            yield _one(command, path)
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            if below is not None and not below.hidden and name != "commands":
                yield from _described(below, ctx, (*path, name))
    else:
        yield _one(command, path)


def _one(command: click.Command, path: tuple[str, ...]) -> dict[str, Any]:
    told = (command.help or "").split("\f")[0]
    return {
        "name": " ".join(path),
        "help": " ".join(told.split()),
        "in_terminal": " ".join(path) in IN_A_TERMINAL,
        "parameters": [_parameter(one) for one in command.params if not getattr(one, "hidden", False)],
    }


def _parameter(one: click.Parameter) -> dict[str, Any]:
    choices = list(one.type.choices) if isinstance(one.type, click.Choice) else []
    is_flag = bool(getattr(one, "is_flag", False))
    return {
        "name": one.human_readable_name if isinstance(one, click.Argument) else one.opts[-1],
        "names": [*one.opts, *one.secondary_opts],
        "is_argument": isinstance(one, click.Argument),
        "is_flag": is_flag,
        "required": one.required,
        "several": bool(one.multiple or one.nargs == -1),
        "choices": [str(choice) for choice in choices],
        "help": " ".join(str(getattr(one, "help", None) or "").split()),
    }
