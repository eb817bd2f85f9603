"""The list of losses, open and past."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import says, shows, until
from tests.tui.real_register import Estate
from tui.screens.incident import IncidentScreen
from tui.screens.incidents import IncidentsScreen
from tui.writes import CloseIncident, Report


async def at_incidents(pilot: Pilot[Any]) -> Any:
    """Go there and wait for the list."""
    await pilot.press("shift+f8")
    await until(pilot, lambda: isinstance(pilot.app.screen, IncidentsScreen) and pilot.app.screen.source.is_current)
    return pilot.app.screen


def report(estate: Estate) -> None:
    """Two losses, one of them over."""
    estate.register.do(Report("left on a bus", device_id=estate.devices[2], kind="lost"))
    estate.register.do(Report(None, device_id=estate.devices[4], kind="damaged"))
    estate.register.do(CloseIncident(None, device_id=estate.devices[4], found=True))


def test_open_ones_come_first_and_past_ones_on_demand(estate: Estate) -> None:
    report(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_incidents(pilot)
        assert [row.device for row in desk.source._shown.pages[0]] == ["NB-3"]
        await shows(pilot, "72 h 00 min left")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: [row.device for row in desk.source._shown.pages[0]] == ["NB-5"])
        await shows(pilot, "✓ closed")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(desk.source) == 2)

    estate.drive(scenario)


def test_enter_opens_the_run_sheet_and_the_card_shows_its_steps(estate: Estate) -> None:
    report(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_incidents(pilot)
        await shows(pilot, "○ ")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, IncidentScreen))
        await shows(pilot, "Run sheet")

    estate.drive(scenario)


def test_nothing_lost_is_a_good_sign_and_what_is_unknown_is_told(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_incidents(pilot)
        await shows(pilot, "✓ Nothing is lost, stolen or damaged.")
        desk.search.value = "zebra"
        await until(pilot, lambda: desk.source.ask.text == "zebra")
        await pilot.press("enter")
        await says(pilot, "Nothing is known as zebra.")

    estate.drive(scenario)


def test_the_clock_stops_when_the_officer_is_told_and_damage_has_none(estate: Estate) -> None:
    from tui.writes import NoteStep

    estate.register.do(Report("left on a bus", device_id=estate.devices[2], kind="lost"))
    estate.register.do(NoteStep(None, device_id=estate.devices[2], step="dpo-told"))
    estate.register.do(Report(None, device_id=estate.devices[4], kind="damaged"))

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_incidents(pilot)
        await shows(pilot, "✓ officer told")
        await shows(pilot, "· no clock")
        desk.search.value = "NB-5"
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 1)
        desk.on_virtual_table_opened()
        await until(pilot, lambda: isinstance(pilot.app.screen, IncidentScreen))
        await shows(pilot, "no clock: nothing left our hands")
        await pilot.press("f3")
        await shows(pilot, "settled")
        await pilot.press("f2")
        await until(pilot, lambda: not estate.register.find_open_incident(estate.devices[4]))

    estate.drive(scenario)
