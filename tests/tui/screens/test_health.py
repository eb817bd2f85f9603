"""Settings and what the doctor says."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.health import HealthScreen
from tui.screens.menu import PlacesScreen


def test_the_doctor_says_what_is_wrong_first_and_the_settings_follow(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f12")
        await until(pilot, lambda: isinstance(pilot.app.screen, HealthScreen) and bool(pilot.app.screen.checks))
        await shows(pilot, "! configuration")
        shown = screen_text(pilot.app)
        assert "✓ database" in shown
        assert shown.index("! configuration") < shown.index("✓ database")
        assert "Operator        j.doe" in shown
        assert "Northbridge Council" in shown
        await shows(pilot, "! 1 warning")

    estate.drive(scenario)


def test_every_screen_is_in_the_list_of_places(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlacesScreen))
        shown = screen_text(pilot.app)
        assert all(name in shown for name in ("Today", "Runs", "Stock & loans", "Stocktake", "Incidents", "Import"))
        pilot.app.screen.filter.value = "doctor"  # type: ignore[attr-defined]
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, HealthScreen))

    estate.drive(scenario)
