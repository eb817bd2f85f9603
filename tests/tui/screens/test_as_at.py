"""The estate as at a day: what it was then, and nothing that can be done to it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.factory import NOW
from tests.tui.driving import drive, says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.as_at import AsAtScreen, DayScreen
from tui.screens.exporting import ExportScreen
from tui.writes import TakeBack


async def looking_back(pilot: Pilot[Any], day: str) -> Any:
    await pilot.press("ctrl+f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, DayScreen) and pilot.app.screen.is_mounted)
    form: Any = pilot.app.screen
    form.day.value = day
    form.do_submit()
    await until(pilot, lambda: isinstance(pilot.app.screen, AsAtScreen))
    desk: Any = pilot.app.screen
    await until(pilot, lambda: desk.source.is_current and desk.source.ask.group == desk.view)
    return desk


def test_a_day_is_shown_read_only_and_says_so(estate: Estate, tmp_path: Path) -> None:
    estate.register.clock = lambda: NOW + timedelta(days=3)
    estate.register.do(TakeBack(device_ids=(estate.devices[2],)))

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "nb-3"
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 1)
        past = await looking_back(pilot, "-1")
        assert (past.view.day, past.search.value) == ((NOW + timedelta(days=2)).date(), "nb-3")
        await shows(pilot, "read only")
        await shows(pilot, "Ada Moss")
        await pilot.press("f2")
        await says(pilot, "nothing is done to the past")
        await pilot.press("enter")
        await shows(pilot, "As at")
        await pilot.press("f3")
        assert type(pilot.app.screen).__name__ == "PastCardScreen", "nothing was asked"
        await pilot.press("escape", "ctrl+s")
        await until(pilot, lambda: past.view.what == "findings")
        await shows(pilot, "findings")
        await pilot.press("ctrl+e")
        await says(pilot, "Only the devices of a day are exported.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: past.source.is_current and past.source.ask.group.what == "devices")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExportScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.file.value = str(tmp_path / "then.csv")
        form.do_submit()
        await says(pilot, "Written: ")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen.PLACE == "devices")  # type: ignore[attr-defined]
        assert "read only" not in screen_text(pilot.app)

    drive(scenario, estate.register, clock=estate.register.clock)
    assert "NB-3" in (tmp_path / "then.csv").read_text(encoding="utf-8-sig")


def test_a_day_that_is_none_and_one_before_the_register_are_told(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("ctrl+f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, DayScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        for typed, told in (("", "Say which day"), ("tomorrow", "no day"), ("31/12/2027", "still to come")):
            form.day.value = typed
            form.do_submit()
            await shows(pilot, told)
        await pilot.press("escape")
        await looking_back(pilot, "1/3/2020")
        await shows(pilot, "The register begins on 22 Nov 2026.")
        await shows(pilot, "There were no devices that day.")

    estate.drive(scenario)
    assert estate.register.past.began() == NOW.date()
