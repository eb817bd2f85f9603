"""Every command on the screen: found by name, explained, previewed, run; what it asks is asked."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.commands import AnswerScreen, CommandsScreen


async def at_commands(pilot: Pilot[Any]) -> Any:
    await pilot.press("ctrl+f8")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandsScreen))
    desk: Any = pilot.app.screen
    await until(pilot, lambda: len(desk.all) > 60)
    return desk


async def ended(pilot: Pilot[Any], desk: Any) -> Any:
    await until(pilot, lambda: desk.ended is not None and not desk.running)
    return desk.ended


def test_a_command_is_found_explained_previewed_and_run(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_commands(pilot)
        await pilot.press(*"stocktake op", "enter")
        assert desk.typed.value == "stocktake open "
        await shows(pilot, "--site")
        desk.typed.value = "move in_repair NB-4 --reason 'cracked glass'"
        await pilot.press("f2")
        told = await ended(pilot, desk)
        assert (told.code, estate.register.count_devices("status:in_repair")) == (0, 0)
        await pilot.press("escape", "enter")
        told = await ended(pilot, desk)
        assert told.code == 0, told
        await shows(pilot, "✓ done")
        assert estate.register.count_devices("status:in_repair") == 1
        desk.typed.value = "device NB-99"
        await pilot.press("enter")
        assert (await ended(pilot, desk)).code == 2
        await shows(pilot, "✕")

    estate.drive(scenario)


def test_what_a_command_asks_is_asked_and_esc_changes_nothing(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_commands(pilot)
        event = estate.register.history("", None, 0, 1)[0].id
        held = estate.register.count_devices("held:ada")
        desk.typed.value = f"undo {event}"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen) and pilot.app.screen.is_mounted)
        assert "Take these changes back?" in screen_text(pilot.app)
        await pilot.press("escape")
        assert estate.register.count_devices("held:ada") == held == 1
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen) and pilot.app.screen.is_mounted)
        await pilot.press("y", "enter")
        await until(pilot, lambda: desk.ended is not None and desk.ended.code == 0)
        assert estate.register.count_devices("held:ada") == 0

    estate.drive(scenario)


def test_a_command_that_opens_a_screen_of_its_own_is_not_run(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_commands(pilot)
        desk.typed.value = "serve "
        await pilot.press("enter")
        await shows(pilot, "start it in a terminal")
        assert desk.ended is None and not desk.running
        await pilot.press("f2")
        await says(pilot, "That command has no preview.")
        desk.typed.value = "xyzzy"
        await shows(pilot, "No command has that")

    estate.drive(scenario)
