"""The page about the screen names every command and where it is, with keys and options as they are."""

import re
from pathlib import Path

import click
import pytest

from fleet.cli.commands import _described
from fleet.cli.program import fleet
from tui.actions import BY_ID, key_text

PAGE = (Path(__file__).parents[2] / "docs" / "SCREEN.md").read_text(encoding="utf-8")
TABLE = PAGE[PAGE.index("## Commands and where they are") :]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("| `")]


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    """Command -> its options."""
    context = click.Context(fleet)
    return {
        one["name"]: {name for each in one["parameters"] for name in each["names"]}
        for one in _described(fleet, context, ())
    }


def named(text: str) -> list[str]:
    return re.findall(r"`([a-z0-9 -]+)`", text)


def test_every_command_is_said_once(commands: dict[str, set[str]]) -> None:
    alone = next(line for line in TABLE.splitlines() if line.startswith("By ^F8 alone"))
    told = [name for row in ROWS for name in named(row[0])] + named(alone)
    assert sorted(told) == sorted(commands)


def test_actions_and_their_keys_are_those_of_the_table_of_actions() -> None:
    told = re.findall(r"`([a-z_]+)` \(([^)]+)\)", " ".join(row[1] for row in ROWS))
    assert len(told) > 60
    assert [(name, key) for name, key in told if key_text(BY_ID[name].keys) != key] == []


def test_options_that_the_screen_lacks_are_options_of_their_commands(commands: dict[str, set[str]]) -> None:
    wrong = [
        (name, option)
        for row in ROWS
        for option in re.findall(r"`(--[a-z-]+)`", row[2])
        for name in named(row[0])
        if option not in commands[name]
    ]
    assert wrong == []
