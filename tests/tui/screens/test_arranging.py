"""Columns, several sorts and saved views, kept per operator."""

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import drive, says, screen_text, shows, until
from tests.tui.fake_register import FakeRegister
from tui.screens.arranging import ColumnsScreen, ViewsScreen


async def dialog(pilot: Pilot[Any], kind: type[Any]) -> Any:
    """Wait for a dialog."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    return pilot.app.screen


def test_columns_are_chosen_moved_and_sized_and_stay_so(tmp_path: Path) -> None:
    kept = (tmp_path / "screen.json", "anna")

    async def choose(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("shift+f4")
        form = await dialog(pilot, ColumnsScreen)
        form._as_it_came()
        for key in list(form.order[1:]):
            if key not in ("holder", "serial"):
                form.at = form.order.index(key)
                form._toggle()
        form.at = form.order.index("serial")
        while form.order.index("serial") > 1:
            await pilot.press("minus")
        await pilot.press("right", "right", "enter")
        await shows(pilot, "Serial")
        await until(pilot, lambda: [one.key for one in desk.table.columns] == ["device", "serial", "holder"])
        await until(pilot, pilot.app.background.is_idle)

    async def again(_pilot: Pilot[Any], desk: Any) -> None:
        assert [one.key for one in desk.table.columns] == ["device", "serial", "holder"]
        assert desk.table.columns[1].width == 15

    async def another(_pilot: Pilot[Any], desk: Any) -> None:
        assert len(desk.table.columns) > 10

    drive(choose, preferences=kept)
    drive(again, preferences=kept)
    drive(another, preferences=(kept[0], "bryn"))


def test_several_columns_sort_and_the_order_is_told() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("shift+f4")
        form = await dialog(pilot, ColumnsScreen)
        for key, times in (("status", 1), ("seen", 2), ("site", 3)):
            form.at = form.order.index(key)
            for _ in range(times):
                await pilot.press("s")
        await pilot.press("enter")
        await until(pilot, lambda: desk.source.ask.sort == "status,-last_seen")
        await shows(pilot, "by status ↑, last seen ↓")
        assert "Status ↑1" in screen_text(pilot.app)
        assert "Last seen ↓2" in screen_text(pilot.app) or "Last see…" in screen_text(pilot.app)
        await pilot.press("ctrl+r")
        await shows(pilot, "by status ↓, last seen ↑")

    drive(scenario)


def test_a_column_that_can_not_be_sorted_by_is_told() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("shift+f4")
        form = await dialog(pilot, ColumnsScreen)
        form.at = form.order.index("phone")
        await pilot.press("s")
        await shows(pilot, "This list can't be sorted by that.")
        await pilot.press("escape")
        assert desk.source.asked.sort == "asset_tag"

    drive(scenario)


def test_a_search_is_saved_under_a_name_opened_and_forgotten(tmp_path: Path) -> None:
    kept = (tmp_path / "screen.json", "anna")

    async def save(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "patel"
        await until(pilot, lambda: desk.source.ask.text == "patel")
        await pilot.press("shift+f5")
        form = await dialog(pilot, ViewsScreen)
        await shows(pilot, "No view of this list is saved yet.")
        form.called.value = "Patels"
        await shows(pilot, "save as Patels")
        await pilot.press("enter")
        await says(pilot, "Saved as Patels.")
        await until(pilot, pilot.app.background.is_idle)

    async def open_and_forget(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("shift+f5")
        await dialog(pilot, ViewsScreen)
        await shows(pilot, "Patels")
        await pilot.press("enter")
        await until(pilot, lambda: desk.source.ask.text == "patel" and desk.search.value == "patel")
        await pilot.press("shift+f5")
        await dialog(pilot, ViewsScreen)
        await pilot.press("delete")
        await shows(pilot, "Delete once more forgets Patels.")
        await pilot.press("delete")
        await says(pilot, "Forgotten: Patels.")
        assert pilot.app.preferences.views == ()  # type: ignore[attr-defined]
        await until(pilot, pilot.app.background.is_idle)

    drive(save, preferences=kept)
    drive(open_and_forget, preferences=kept)


def test_ctrl_u_clears_the_search_and_never_runs_an_action() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "patel"
        desk.search.cursor_position = 2
        await pilot.press("ctrl+u")
        assert desk.search.value == ""
        await pilot.pause()
        assert pilot.app.screen is desk

    drive(scenario, FakeRegister())
