"""The screen for a screen reader: nothing is drawn on any screen, and a key changes one place."""

import os
import re
from pathlib import Path

import pytest

from fleet.config import load_config
from fleet.errors import ConfigurationProblem
from tests.tui.terminal import ENTER, ESCAPE, F, Terminal, ctrl, key_of
from tui.action import PLACES
from tui.actions import BY_ID
from tui.plain import DRAWN

DOWN = "\x1b[B"
SEQUENCES = re.compile(rb"\x1b(?:\[[0-9;?<=>]*[a-zA-Z$]+|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[=>c])")


def drawn(raw: bytes) -> set[str]:
    """The characters among what was painted that are drawings and no text."""
    text = SEQUENCES.sub(b"", raw).decode("utf-8", "replace")
    return {char for char in text if any(ord(char) in block for block in DRAWN)}


@pytest.mark.parametrize(("width", "height"), [(80, 24), pytest.param(200, 60, marks=pytest.mark.soak)])
def test_nothing_is_drawn_on_any_screen_or_dialog(folder: Path, width: int, height: int) -> None:
    terminal = Terminal(width, height, str(folder), "plain", program="tests.tui.program_real")
    try:
        terminal.shows("Line 1 of 50")
        for place in PLACES:
            terminal.send(key_of(BY_ID[place].keys.split(",")[0]))
            terminal.shows(">" + BY_ID[place].label)
        terminal.send(F[6])
        terminal.shows(">Devices")
        for opens, title in (
            (F[1], "Keys"),
            (F[10], "What do you want to do?"),
            (F[2], "Issue NB-001"),
            (ctrl("o"), "Move NB-001"),
        ):
            terminal.send(opens)
            terminal.shows(title)
            terminal.send(ESCAPE)
            terminal.wait(lambda screen, title=title: title not in screen)
        terminal.send("NB-007" + ENTER)
        terminal.wait(lambda screen: "< Devices" in screen and "Recorded" in screen)
        terminal.send(ctrl("q"))
        terminal.ends()
    finally:
        terminal.child.close(force=True)
    assert drawn(terminal.raw) == set()


def test_an_arrow_changes_one_place_and_says_the_line_in_words(folder: Path) -> None:
    terminal = Terminal(80, 24, str(folder), "plain", program="tests.tui.program_real")
    try:
        terminal.shows("Line 1 of 50. Asset tag NB-001")
        assert " Search:" in terminal.text
        terminal.shows("updated 02:00")
        before = terminal.text.split("\n")
        terminal.send(DOWN)
        terminal.shows("Line 2 of 50. Asset tag NB-002")
        after = terminal.text.split("\n")
        changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        at = next(number for number, line in enumerate(after) if "Line 2 of 50" in line)
        assert set(changed) <= {at, at + 1, at + 2}
        terminal.send("\t")
        terminal.shows("Line 3 of 50.")
        terminal.send("\x1b[A")
        terminal.shows("Line 2 of 50, marked.")
        terminal.send("zebra")
        terminal.shows("No devices.")
        terminal.send(ctrl("q"))
        terminal.ends()
    finally:
        terminal.child.close(force=True)


def test_it_is_asked_for_in_the_environment_or_the_configuration(tmp_path: Path) -> None:
    assert not load_config(tmp_path, {}).screen_reader
    assert load_config(tmp_path, {"FLEET_SCREEN_READER": "1"}).screen_reader
    assert not load_config(tmp_path, {"FLEET_SCREEN_READER": "0"}).screen_reader
    (tmp_path / "config.toml").write_text("screen_reader = true\n")
    assert load_config(tmp_path, {}).screen_reader
    (tmp_path / "config.toml").write_text('screen_reader = "yes"\n')
    with pytest.raises(ConfigurationProblem, match="screen_reader must be true or false"):
        load_config(tmp_path, {})


@pytest.mark.skipif(os.name != "posix", reason="pseudo terminals exist on POSIX only")
def test_the_program_takes_it_on_the_command_line(tmp_path: Path) -> None:
    terminal = Terminal(
        80,
        24,
        "--home",
        str(tmp_path),
        "--screen-reader",
        program="fleet",
        environment={"FLEET_OPERATOR": "asha.penrose"},
    )
    try:
        terminal.shows("No devices.")
        terminal.send(ctrl("q"))
        terminal.ends()
    finally:
        terminal.child.close(force=True)
