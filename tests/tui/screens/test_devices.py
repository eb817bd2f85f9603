"""The device list: find, scan, mark, sort; from any key that a technician or a scanner presses."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

from textual import events
from textual.pilot import Pilot

from fleet.errors import DatabaseUnavailable, UsageProblem
from tests.tui.driving import NARROW, WIDE, drive, says, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tui.app import FleetApp
from tui.screens.card import CardScreen
from tui.screens.devices import DevicesScreen


async def find(pilot: Pilot[Any], desk: Any, text: str) -> None:
    """Search and wait for the rows."""
    desk.search.value = text
    await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == text)


def test_typing_filters_and_says_how_many() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("m", "e", "i")
        await shows(pilot, "of 250 devices")
        assert desk.search.value == "mei"
        assert {"Mei" in (row.holder or "") for row in desk.source._shown.pages[0]} == {True}

    drive(scenario)


def test_enter_opens_exactly_what_was_scanned_whatever_the_cursor_is_on() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "DMP0000017QX"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.asset_tag == "NB-000017"

    drive(scenario)


def test_enter_opens_the_line_under_the_cursor_when_nothing_is_exactly_that() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "mei"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert "Mei" in pilot.app.screen.row.holder

    drive(scenario)


def test_an_unknown_scan_is_told_and_the_next_one_replaces_it() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await find(pilot, desk, "XX99")
        await pilot.press("enter")
        await says(pilot, "Nothing is known as XX99")
        await pilot.press("n")
        assert desk.search.value == "n"

    drive(scenario)


def test_apples_s_before_a_serial_is_understood() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await find(pilot, desk, "SDMP0000017QX")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))

    drive(scenario)


def test_a_scan_that_ends_in_tab_counts_as_enter() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        for char in "DMP0000017QX":
            await desk.search._on_key(events.Key(char, char))
        desk.action_do("mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert desk.table.marks == {}

    drive(scenario)


def test_a_scan_on_a_card_is_the_next_search_and_no_letter_is_lost() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "DMP0000017QX"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        card = pilot.app.screen
        for char in "NB-000021":
            card.post_message(events.Key(char, char))
        card.post_message(events.Key("enter", None))
        await until(pilot, lambda: pilot.app.screen is not card and isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.asset_tag == "NB-000021"

    drive(scenario)


def test_a_pasted_text_with_commands_is_searched_for_and_not_obeyed() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search._on_paste(events.Paste("\x1b]52;c;x\x07NB-000003\n"))
        assert desk.search.value == "␛]52;c;x␇NB-000003"
        await shows(pilot, "Nothing matches")

    drive(scenario)


class Strict(FakeRegister):
    """Knows one filter that is none; `count_gate` holds every count back while it is clear."""

    def __init__(self) -> None:
        super().__init__()
        self.count_gate = threading.Event()
        self.counting = threading.Event()

    def devices(self, text: str, sort: str, descending: bool, offset: int, limit: int) -> Any:
        if "colour:" in text:
            self._called("devices")
            raise UsageProblem("There is no filter called colour:.")
        return super().devices(text, sort, descending, offset, limit)

    def count_devices(self, text: str) -> int:
        self.counting.set()
        self.count_gate.wait(10)
        return super().count_devices(text)


def test_a_filter_that_means_nothing_is_told_and_the_rows_stay() -> None:
    register = Strict()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, register.counting.is_set)
        desk.search.value = "colour:red"
        await shows(pilot, "! There is no filter called colour:.")
        register.count_gate.set()
        await until(pilot, lambda: desk.source.total == 250)
        await pilot.pause()
        assert "! There is no filter called colour:." in screen_text(pilot.app)
        assert "NB-000001" in screen_text(pilot.app)

    drive(scenario, register)


def test_a_filter_that_means_nothing_typed_before_the_first_rows_is_told_and_escape_brings_them() -> None:
    register = Strict()
    register.count_gate.set()
    register.gate.clear()

    async def go() -> None:
        app = FleetApp(lambda: register, clock=lambda: NOW, poll_seconds=0)
        try:
            async with app.run_test(size=WIDE) as pilot:
                await until(pilot, lambda: isinstance(app.screen, DevicesScreen))
                desk: Any = app.screen
                desk.search.value = "colour:red"
                register.gate.set()
                await shows(pilot, "! There is no filter called colour:.")
                await pilot.press("enter")
                await says(pilot, "There is no filter called colour:.")
                await pilot.press("escape")
                await shows(pilot, "NB-000001")
                assert "searching" not in screen_text(app)
        finally:
            app.background.stop()

    asyncio.run(go())


def test_tab_marks_and_goes_down_and_escape_clears_one_thing_after_the_other() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await find(pilot, desk, "patel")
        await pilot.press("tab")
        assert (len(desk.table.marks), desk.table.cursor) == (1, 1)
        await pilot.press("escape")
        assert (desk.search.value, len(desk.table.marks)) == ("", 1)
        await pilot.press("escape")
        assert desk.table.marks == {}

    drive(scenario)


def test_all_that_match_are_marked() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await find(pilot, desk, "lin")
        await pilot.press("ctrl+a")
        await until(pilot, lambda: len(desk.table.marks) == desk.source.total)

    drive(scenario)


def test_more_than_two_thousand_are_not_marked_at_once() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.action_do("mark_all")
        await says(pilot, "Narrow the search first")
        assert desk.table.marks == {}

    drive(scenario, FakeRegister(2500))


def test_sorting_and_turning_the_order_round() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.source.ask.sort == "model")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: desk.source.ask.descending)
        assert "Model ↓" in screen_text(pilot.app)

    drive(scenario)


def test_arrows_and_pages_move_while_the_search_keeps_the_focus() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("down", "pagedown", "up")
        assert desk.table.cursor == desk.table.rows_visible - 1
        assert pilot.app.focused is desk.search
        desk.action_do("bottom")
        assert desk.table.cursor == 249
        desk.action_do("top")
        assert desk.table.cursor == 0

    drive(scenario, size=NARROW)


def test_exact_times_are_one_key_away() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await shows(pilot, "Last seen")
        await pilot.press("ctrl+t")
        await shows(pilot, "20 Nov 2026")

    drive(scenario, size=NARROW)


def test_copying_shows_the_value_too() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("ctrl+c")
        await says(pilot, "Copied: NB-000001")
        assert pilot.app.clipboard == "NB-000001"

    drive(scenario)


def test_what_is_not_possible_says_why() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(2)
        await pilot.press("f3")
        await says(pilot, "not issued to anybody")

    drive(scenario)


def test_changes_by_others_arrive_without_moving_the_cursor() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(4)
        pilot.app.poll()
        await until(pilot, lambda: pilot.app._mark is not None)
        register.put_device(replace(register.device(5), status="stolen"))
        pilot.app.poll()
        await shows(pilot, "✕ stolen")
        assert desk.table.row.id == 5

    drive(scenario, register)


def test_when_the_register_is_gone_a_banner_says_so_and_what_was_typed_stays() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        register.trouble = DatabaseUnavailable("The register does not answer.")
        await pilot.press("m", "e")
        await shows(pilot, "! The register does not answer. Trying again.")
        assert desk.search.value == "me"
        desk.action_do("issue")
        await says(pilot, "issued to")
        register.trouble = None
        pilot.app.poll()
        await shows(pilot, "Mei")
        await until(pilot, lambda: "does not answer" not in screen_text(pilot.app))

    drive(scenario, register)


def test_typing_stays_live_while_the_register_is_slow() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        register.gate.clear()
        await pilot.press("m", "e", "i")
        assert "› mei" in screen_text(pilot.app)
        assert "searching" in screen_text(pilot.app) or "NB-000001" in screen_text(pilot.app)
        register.gate.set()
        await until(pilot, lambda: desk.source.is_current)

    drive(scenario, register)


def test_an_empty_register_says_what_to_do() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await shows(pilot, "There are no devices yet.")
        assert "fleet sync" in screen_text(pilot.app)

    drive(scenario, FakeRegister(0))


def test_the_header_tells_how_old_each_tenants_data_is() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await shows(pilot, "✓ Northbridge 11 h ago · ! Westmere 3 days ago")

    drive(scenario)


def test_looks_change_by_one_key() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        before = desk.table.render_line(3)
        await pilot.press("ctrl+l")
        assert pilot.app.theme == "fleet-light"
        await until(pilot, lambda: desk.table.render_line(3) != before)

    drive(scenario)


def test_what_others_change_is_marked_and_the_cursor_stays() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        app: Any = pilot.app
        desk.table.move_to(2)
        app.poll()
        await until(pilot, lambda: app._mark is not None)
        register.put_device(replace(register.device(5), status="in_repair"))
        app.poll()
        await shows(pilot, "∗ 1 changed")
        line = next(line for line in screen_text(pilot.app).split("\n") if "NB-000005" in line)  # type: ignore[arg-type]
        assert line.startswith("  ∗") and "in repair" in line
        assert desk.table.cursor == 2
        await pilot.press("down", "down")
        await until(pilot, lambda: "changed" not in screen_text(pilot.app))  # type: ignore[arg-type]

    drive(scenario, register)


def test_what_one_does_oneself_is_not_marked_as_changed_by_others() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        app: Any = pilot.app
        app.poll()
        await until(pilot, lambda: app._mark is not None)
        await pilot.press("f3")
        await until(pilot, lambda: app.screen is not desk and app.screen.is_mounted)
        app.screen.do_submit()
        await until(pilot, lambda: register.device(1).holder is None)
        app.poll()
        await shows(pilot, "○ in stock")
        await pilot.pause()
        assert not desk.table.changed

    drive(scenario, register)


def test_a_pasted_list_marks_what_it_names_and_tells_the_rest() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.post_message(events.Paste("NB-000003\r\nNB-000007\rZZ-1\nNB-000003\n"))
        await says(pilot, "2 devices marked, of 4 lines pasted.\nNot known: ZZ-1.")
        assert sorted(desk.table.marks) == [3, 7]
        assert desk.search.value == ""
        desk.search.post_message(events.Paste(" NB-000003 \r\n"))
        await until(pilot, lambda: desk.search.value == "NB-000003")

    drive(scenario)


def test_scans_faster_than_their_answers_leave_the_last_one_in_the_search() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        for text in ("NB-000003", "NB-000007"):
            for char in text:
                desk.search.post_message(events.Key(char, char))
            desk.action_do("open")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await shows(pilot, "NB-000007")
        assert desk.search.value == "NB-000007"

    drive(scenario)


def test_a_range_is_marked_from_the_last_mark_to_the_cursor_by_key_and_by_click() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(3)
        desk.action_do("mark")
        await until(pilot, lambda: list(desk.table.marks) == [4])
        desk.table.move_to(9)
        await pilot.press("shift+end")
        await until(pilot, lambda: sorted(desk.table.marks) == list(range(4, 11)))
        await pilot.click(desk.table, offset=(20, 1), shift=True)
        await until(pilot, lambda: sorted(desk.table.marks) == list(range(1, 11)))

    drive(scenario)
