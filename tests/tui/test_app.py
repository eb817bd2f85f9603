"""Starting: nothing heavy before the first frame, nothing typed lost, nothing told when it breaks."""

import asyncio
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from fleet.errors import DatabaseUnavailable
from fleet.queries.first_page import FirstPage
from tests.tui.driving import NARROW, drive, says, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tui.app import FleetApp
from tui.preferences import Arrangement, Preferences, save_preferences
from tui.register import Register
from tui.screens.desk import DeskScreen
from tui.screens.devices import DevicesScreen
from tui.screens.start import StartScreen

HEAVY = (
    "sqlalchemy",
    "requests",
    "msal",
    "openpyxl",
    "alembic",
    "psycopg",
    "xlsxwriter",
    "cryptography",
    "python_calamine",
)

AT_FIRST_FRAME = f"""
import sys
from tui.app import FleetApp

class Watched(FleetApp):
    def on_ready(self):
        print("loaded:", [name for name in {HEAVY!r} if name in sys.modules], file=sys.__stdout__)
        self.exit()

Watched(lambda: None).run(headless=True, size=(80, 24))
"""


def test_nothing_heavy_is_imported_before_the_first_frame() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_FIRST_FRAME], capture_output=True, text=True, timeout=60, check=True
    )
    assert "loaded: []" in done.stdout


def test_the_first_list_needs_nothing_heavy_either() -> None:
    """Its first rows come by a shorter road than SQLAlchemy's, and would wait for what it imports."""
    code = f"import sys, tui.screens.devices; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_repaints_do_not_wait_for_sixty_hertz() -> None:
    code = "import tui, textual.constants as c; print(c.MAX_FPS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "240"


def test_what_is_typed_before_the_list_is_there_stands_in_its_search() -> None:
    class Early(FleetApp):
        async def _take_over(self) -> None:
            start = self.screen
            assert isinstance(start, StartScreen)
            for char in "mei":
                start.on_key(events.Key(char, char))
            await super()._take_over()
            for char in "li":
                start.on_key(events.Key(char, char))
            self.screen.on_key(events.Key("n", "n"))  # type: ignore[attr-defined]

    async def go() -> None:
        app = Early(FakeRegister, clock=lambda: NOW, poll_seconds=0)
        try:
            async with app.run_test() as pilot:
                await until(
                    pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.source.ask.text == "meilin"
                )
                assert app.screen.search.value == "meilin"  # type: ignore[attr-defined]
        finally:
            app.background.stop()

    asyncio.run(go())


def test_a_register_that_can_not_be_opened_is_told_and_tried_again() -> None:
    tries: list[int] = []

    def open_register() -> Register:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseUnavailable("The register is newer than this Fleet.")
        return FakeRegister()

    async def go() -> None:
        app = FleetApp(open_register, clock=lambda: NOW, poll_seconds=0)
        try:
            async with app.run_test() as pilot:
                await until(pilot, lambda: "! The register is newer than this Fleet." in screen_text(app))
                app.poll()
                await until(pilot, lambda: "NB-000001" in screen_text(app))
        finally:
            app.background.stop()

    asyncio.run(go())


def test_a_fault_ends_the_app_without_showing_values(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        def fail() -> None:
            secret = "hunter2"
            raise RuntimeError(secret[:0] + "private words")

        pilot.app.call_later(fail)
        await until(pilot, lambda: pilot.app._exception is not None)

    with pytest.raises(RuntimeError):
        drive(scenario)
    shown = "".join(capsys.readouterr())
    assert "Fleet stopped because of a fault inside it (RuntimeError)." in shown
    assert "hunter2" not in shown
    assert "crashed" in caplog.text


def test_a_slow_register_is_said_to_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        app: Any = pilot.app
        monkeypatch.setattr(app.background, "slowest", lambda: 7.0)

        def is_said_at_the_next_look() -> bool:
            """An answer that was still under way may take the complaint back once."""
            app.poll()
            return "has not answered for 7 seconds" in screen_text(app)

        await until(pilot, is_said_at_the_next_look)

    drive(scenario)


def test_the_style_sheet_is_part_of_the_package() -> None:
    import tui

    assert Path(tui.__file__).with_name("fleet.tcss").is_file()


def test_the_first_rows_are_there_before_the_register_is_opened_and_the_cursor_stays_when_it_is() -> None:
    register = FakeRegister()
    may_open = threading.Event()
    page = FirstPage(register.devices("", "asset_tag", False, 0, 100), 250)

    def open_register() -> Register:
        assert may_open.wait(10)
        return register

    async def scenario() -> None:
        app = FleetApp(open_register, clock=lambda: NOW, poll_seconds=0, first_page=lambda: page)
        try:
            async with app.run_test(size=(140, 42)) as pilot:
                await shows(pilot, "NB-000001")
                desk: Any = app.screen
                assert "250 devices" in screen_text(app)
                assert app.summary is None
                desk.table.move_to(5)
                register.put_device(replace(register.device(1), holder="Somebody Else"))
                may_open.set()
                await shows(pilot, "Somebody Else")
                assert (desk.table.cursor, desk.table.row.id) == (5, 6)
                await until(pilot, lambda: app.summary is not None)
        finally:
            may_open.set()
            app.background.stop()

    asyncio.run(scenario())


def test_who_keeps_another_order_is_not_shown_the_usual_one_first(tmp_path: Path) -> None:
    register = FakeRegister()
    may_open = threading.Event()
    page = FirstPage(register.devices("", "asset_tag", False, 0, 100), 250)
    kept = tmp_path / "screen.json"
    save_preferences(kept, "anna", Preferences({"devices": Arrangement(sort="-asset_tag")}))

    def open_register() -> Register:
        assert may_open.wait(10)
        return register

    async def scenario() -> None:
        app = FleetApp(
            open_register, clock=lambda: NOW, poll_seconds=0, first_page=lambda: page, preferences=(kept, "anna")
        )
        try:
            async with app.run_test(size=(140, 42)) as pilot:
                await until(pilot, lambda: isinstance(app.screen, DevicesScreen) and app.is_opening)
                await pilot.pause()
                assert "NB-000001" not in screen_text(app)
                may_open.set()
                await shows(pilot, "by asset tag ↓")
        finally:
            may_open.set()
            app.background.stop()

    asyncio.run(scenario())


def test_what_is_typed_while_the_register_opens_is_answered_when_it_is_open() -> None:
    register = FakeRegister()
    may_open = threading.Event()
    page = FirstPage(register.devices("", "asset_tag", False, 0, 100), 250)

    def open_register() -> Register:
        assert may_open.wait(10)
        return register

    async def scenario() -> None:
        app = FleetApp(open_register, clock=lambda: NOW, poll_seconds=0, first_page=lambda: page)
        try:
            async with app.run_test(size=(140, 42)) as pilot:
                await shows(pilot, "NB-000001")
                desk: Any = app.screen
                desk.search.value = "mei"
                await until(pilot, lambda: desk.source.asked.text == "mei")
                assert "NB-000001" in screen_text(app)
                may_open.set()
                await shows(pilot, "of 250 devices")
        finally:
            may_open.set()
            app.background.stop()

    asyncio.run(scenario())


def test_keys_of_the_configuration_hold_where_they_can_and_the_rest_is_said() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await says(pilot, "[keys] mark: a printable key always searches")
        await says(pilot, "[keys] names nonsense, which is no action.")
        await says(pilot, "[keys] gives f3 to both issue and return; issue has it.")
        await pilot.press("m")
        await until(pilot, lambda: desk.search.value == "m")
        assert not desk.table.marks
        desk.search.value = "NB-000012"
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 1)
        await pilot.press("f3")
        await shows(pilot, "Issue NB-000012")

    drive(scenario, keys={"mark": "m", "nonsense": "f9", "issue": "f3"})


def test_a_click_chooses_in_a_form_and_does_it_in_the_menu() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        app: Any = pilot.app
        await pilot.press("f3")
        await shows(pilot, "it needs mending first")
        form = app.screen
        line = next(at for at, text in enumerate(form.lines._lines) if form.options[1].label in text)
        await pilot.click(form.lines, offset=(6, line))
        await until(pilot, lambda: form.choice == "in_repair")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is desk)
        await pilot.press("ctrl+n")
        await shows(pilot, "Where to?")
        await pilot.click(app.screen.lines, offset=(20, 2))
        await shows(pilot, "▸People")

    drive(scenario, size=NARROW)


def test_f3_with_shift_or_ctrl_is_a_key_and_no_answer_about_the_cursor() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        pilot.app.post_message(events.CursorPosition(4, 0))
        await says(pilot, "Copied: NB-000001")
        pilot.app.post_message(events.CursorPosition(1, 0))
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "HelpScreen")

    drive(scenario, keys={"copy": "ctrl+f3", "help": "shift+f3", "labels": "ctrl+g", "own_devices": "f11"})
