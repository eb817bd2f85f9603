"""Driving the app in tests: run a scenario, wait for what it waits for, read the screen as lines of text."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from tests.tui.fake_register import NOW, FakeRegister
from tui.app import FleetApp
from tui.register import Register
from tui.screens.desk import DeskScreen

WIDE, NARROW = (140, 42), (80, 24)
PATIENCE = 10.0
"""Seconds to wait for a condition before a test fails; nothing waits as long unless it is broken."""


def screen_text(app: FleetApp) -> str:
    """What is on screen, as lines."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Wait for a condition; fails with the screen when it never holds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while not condition():
        assert loop.time() < end, f"waited in vain; the screen shows\n{screen_text(pilot.app)}"  # type: ignore[arg-type]
        await pilot.pause(0.005)


async def shows(pilot: Pilot[Any], text: str) -> None:
    """Wait until a text is on screen."""
    await until(pilot, lambda: text in screen_text(pilot.app))  # type: ignore[arg-type]


async def says(pilot: Pilot[Any], text: str) -> None:
    """Wait until a toast with a text was raised."""
    await until(pilot, lambda: any(text in toast.message for toast in pilot.app._notifications))


def drive(
    scenario: Callable[[Pilot[Any], Any], Awaitable[None]],
    register: Register | None = None,
    *,
    size: tuple[int, int] = WIDE,
    **options: Any,
) -> None:
    """Run a scenario on the device list of a register, and stop the threads afterwards."""
    shown = register if register is not None else FakeRegister()

    async def go() -> None:
        app = FleetApp(lambda: shown, **{"clock": lambda: NOW, "poll_seconds": 0, **options})
        try:
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.source.loaded)
                await scenario(pilot, app.screen)
        finally:
            app.background.stop()

    asyncio.run(go())
