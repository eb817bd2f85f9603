"""Completing filters in the search box, by hand and never by scanner."""

from typing import Any

from textual import events
from textual.pilot import Pilot

from tests.tui.driving import drive, screen_text, shows, until


def test_tab_takes_what_is_shown_faintly_behind_the_cursor() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("s", "t")
        await until(pilot, lambda: "› status:" in screen_text(pilot.app))
        await pilot.press("tab")
        assert desk.search.value == "status:"
        await pilot.press("l", "right")
        assert desk.search.value == "status:lost"
        assert desk.table.marks == {}

    drive(scenario)


def test_names_of_this_register_are_completed_with_their_spaces() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = 'team:"children n'
        desk.search.cursor_position = len(desk.search.value)
        await until(pilot, lambda: desk.completion() is not None)
        await pilot.press("tab")
        assert desk.search.value == 'team:"children north"'

    drive(scenario)


def test_a_value_that_is_only_begun_leaves_the_rows_as_they_are() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "status:lo"
        await until(pilot, lambda: desk.source.is_current and desk.source.asked.text == "status:")

    drive(scenario)


def test_a_scanner_s_tab_never_completes() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        for char in "ST":
            await desk.search._on_key(events.Key(char, char))
        desk.action_do("mark")
        await pilot.pause()
        assert desk.search.value == "ST"

    drive(scenario)


def test_tab_still_marks_where_there_is_nothing_to_complete() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("m", "e", "i", "tab")
        await until(pilot, lambda: len(desk.table.marks) == 1)
        assert desk.search.value == "mei"

    drive(scenario)


def test_people_are_not_filtered_and_it_is_said() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f7")
        await pilot.pause()
        pilot.app.screen.search.value = "status:lost"  # type: ignore[attr-defined]
        await shows(pilot, "Filters such as status: are understood in the list of devices")

    drive(scenario)
