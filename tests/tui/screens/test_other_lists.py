"""People, drift, history and runs; help and menu."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from fleet.domain.records import RunRow
from tests.tui.driving import NARROW, WIDE, drive, says, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tests.tui.hostile import HOSTILE
from tests.tui.test_text import acts
from tui.actions import ACTIONS, key_text
from tui.cards import lay_run
from tui.looks import chosen_look


def test_each_list_keeps_its_search_while_another_is_on_screen() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "lin"
        await pilot.press("f7")
        await shows(pilot, "40 people")
        await pilot.press("f6")
        await until(pilot, lambda: pilot.app.screen is desk)
        assert desk.search.value == "lin"

    drive(scenario)


def test_a_persons_card_shows_what_they_hold() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f7")
        await shows(pilot, "Holds ──")
        await shows(pilot, "NB-000040")

    drive(scenario)


def test_drift_is_grouped_and_narrowed_group_by_group() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f8")
        await shows(pilot, "All findings")
        await shows(pilot, "What to do ──")
        await pilot.press("ctrl+s")
        screen = pilot.app.screen
        await until(pilot, lambda: screen.source.is_current and screen.source.ask.group == "leaver-holds")
        assert {row.rule for row in screen.source._shown.pages[0]} == {"leaver-holds"}
        await pilot.press("escape")
        await until(pilot, lambda: screen.source.ask.group is None)

    drive(scenario)


def test_a_click_on_a_group_narrows_to_it() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f8")
        await shows(pilot, "All findings")
        screen = pilot.app.screen
        await until(pilot, lambda: len(screen.groups.groups) == 4)
        await pilot.click("#groups", offset=(5, 2))
        await until(pilot, lambda: screen.source.ask.group == "user-differs")

    drive(scenario)


def test_the_story_of_one_device_is_one_key_away() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(3)
        await pilot.press("f4")
        await shows(pilot, "of NB-000004")
        await shows(pilot, "Returned NB-000004.")
        await pilot.press("escape")
        await shows(pilot, "30 events")

    drive(scenario, register)


def test_runs_show_why_one_stopped() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f12", "down")
        await shows(pilot, "Why it stopped ──")

    drive(scenario)


def test_help_lists_every_key_of_the_screen_and_narrows_as_one_types() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f1")
        screen = pilot.app.screen
        await shows(pilot, "Everything printable searches")
        lines = "\n".join("".join(part.text for part in line) for line in screen.lay(300))
        for action in ACTIONS:
            if "devices" in action.places:
                assert key_text(action.keys) in lines
                assert action.help in lines
        screen.filter.value = "scanned"
        await until(pilot, lambda: "Everything printable" not in screen_text(pilot.app))
        assert "Enter" in screen_text(pilot.app)

    drive(scenario)


def test_the_menu_does_an_action_by_name_and_says_why_another_is_not_possible() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f10")
        await shows(pilot, "Nothing was undone in this session.")
        pilot.app.screen.filter.value = "people"
        await pilot.press("enter")
        await shows(pilot, "40 people")

    drive(scenario, size=(140, 60))


def test_keys_of_the_configuration_are_used_and_what_is_wrong_is_said() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await says(pilot, "fly, which is no action")
        await pilot.press("f11")
        await shows(pilot, "What do you want to do?")

    drive(scenario, keys={"menu": "f11", "fly": "f3"})


def test_a_toast_shows_text_and_reads_no_markup() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        for text in HOSTILE[:60]:
            pilot.app.notify(text, markup=True, title="[/x]", timeout=30)
        await pilot.pause()
        assert acts(screen_text(pilot.app).replace("\n", "")) == []

    drive(scenario)


def test_a_tab_can_be_clicked() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.click("TopBar", offset=(28, 0))
        await shows(pilot, "40 people")

    drive(scenario, size=NARROW)


def test_a_narrow_list_of_sentences_tells_the_line_under_the_cursor_in_full() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f8")
        await until(pilot, lambda: "-told" in pilot.app.screen.classes)
        screen: Any = pilot.app.screen
        row = screen.table.row
        await until(pilot, lambda: row.sentence in " ".join(screen_text(pilot.app).split()))  # type: ignore[arg-type]
        await pilot.press("down")
        await until(pilot, lambda: screen.table.row.sentence in " ".join(screen_text(pilot.app).split()))  # type: ignore[arg-type]
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: "-told" not in screen.classes)

    drive(scenario, size=NARROW)


def test_the_look_that_is_chosen_is_kept_and_told_once(tmp_path: Path) -> None:
    kept = tmp_path / "screen.json"

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("ctrl+l", "ctrl+l")
        await says(pilot, "Look: contrast")
        assert len([one for one in pilot.app._notifications if one.message.startswith("Look:")]) == 1
        await until(pilot, lambda: chosen_look(kept, "j.doe") == "fleet-contrast")

    drive(scenario, preferences=(kept, "j.doe"))


def test_a_reversed_line_has_no_colours_of_its_own() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        status = next(part for part in desk.table._painted[1] if "issued" in part.text)
        assert status.style.reverse and status.style.color.is_default
        other = next(part for part in desk.table._painted[2] if "issued" in part.text or "in" in part.text)
        assert not other.style.reverse

    drive(scenario, theme="fleet-ansi")


def test_a_run_that_was_not_applied_says_so_and_tells_no_findings() -> None:
    counts = {"devices": {"changed": 9}, "findings": {"new": 3, "open": 187}}
    row = RunRow(1, "sync", "intune:x", "refused", NOW, NOW, "timer", counts, 0, "The brake stopped it.", None)
    told = "\n".join("".join(part.text for part in line) for line in lay_run(row)(80))
    assert "Read, not applied" in told and "187" not in told and "9 changed" in told
    applied = "\n".join(
        "".join(part.text for part in line) for line in lay_run(replace(row, state="complete", error=None))(80)
    )
    assert "187 open in all" in applied and "not applied" not in applied


def test_the_card_of_an_import_says_how_each_file_was_read() -> None:
    file = {
        "file": "stock.xlsx",
        "sha256": "192b0d6a",
        "sheet": "Depot",
        "header_row": 3,
        "columns": {"Ref": "serial", "Hue": ""},
    }
    row = RunRow(1, "import", "file:stock.xlsx", "complete", NOW, NOW, "asha", {"new": 1}, 0, None, 7, (file,))
    lines = ["".join(part.text for part in line) for line in lay_run(row)(100)]
    told = [" ".join(line.split()) for line in lines]
    assert "Read as sheet Depot, headers in row 3: Ref is serial, Hue is not read" in told
    assert "SHA-256 192b0d6a" in told
