"""A session begins with the look that was chosen last, else with one that its terminal can show."""

from pathlib import Path

import pytest

from tui.looks import first_look
from tui.preferences import Preferences, save_preferences


@pytest.mark.parametrize(
    ("environment", "look"),
    [
        ({"TERM": "xterm-256color"}, "fleet-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "fleet-dark"),
        ({"TERM": "xterm-kitty"}, "fleet-dark"),
        ({"TERM": "linux"}, "fleet-ansi"),
        ({"TERM": "xterm"}, "fleet-ansi"),
        ({"TERM": "screen-16color"}, "fleet-ansi"),
        ({}, "fleet-ansi"),
        ({"TERM": "linux", "NO_COLOR": "1"}, "fleet-dark"),
    ],
)
def test_a_terminal_of_sixteen_colours_gets_its_own(tmp_path: Path, environment: dict[str, str], look: str) -> None:
    assert first_look(tmp_path / "screen.json", "j.doe", environment) == look


def test_windows_says_nothing_of_its_colours_and_has_them(tmp_path: Path) -> None:
    assert first_look(tmp_path / "screen.json", "j.doe", {}, windows=True) == "fleet-dark"


def test_what_was_chosen_comes_first_for_who_chose_it(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    save_preferences(path, "j.doe", Preferences(look="fleet-light"))
    assert first_look(path, "j.doe", {"TERM": "linux"}) == "fleet-light"
    assert first_look(path, "k.rao", {"TERM": "linux"}) == "fleet-ansi"


@pytest.mark.parametrize("text", ["", "[]", '{"j.doe": []}', '{"j.doe": {"look": 7}}', "\x00", '{"j.doe": null}'])
def test_a_file_that_makes_no_sense_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "screen.json"
    path.write_text(text, encoding="utf-8")
    assert first_look(path, "j.doe", {"TERM": "xterm-256color"}) == "fleet-dark"
