"""The table paints what is visible, and keeps cursor and marks by id."""

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import NARROW, drive, screen_text, shows, until
from tests.tui.fake_register import FakeRegister
from tests.tui.hostile import HOSTILE
from tests.tui.test_text import acts


def test_the_cursor_stays_with_its_device_when_others_come_before_it() -> None:
    register = FakeRegister(50)

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(5)
        assert desk.table.row.asset_tag == "NB-000006"
        register.put_device(replace(register.device(20), asset_tag="NB-000000"))
        pilot.app.something_changed()
        await until(pilot, lambda: desk.source.row(0).asset_tag == "NB-000000")
        assert (desk.table.cursor, desk.table.row.asset_tag) == (6, "NB-000006")

    drive(scenario, register)


def test_marks_stay_with_their_devices_and_show_what_changed() -> None:
    register = FakeRegister(50)

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.toggle_mark(1)
        desk.table.toggle_mark(1)
        register.put_device(replace(register.device(1), status="lost"))
        pilot.app.something_changed()
        await until(pilot, lambda: desk.table.marks[1].status == "lost")
        assert set(desk.table.marks) == {1, 2}
        assert "✓ 2 marked" in screen_text(pilot.app)

    drive(scenario, register)


def test_a_mark_is_taken_away_by_marking_again() -> None:
    async def scenario(_pilot: Pilot[Any], desk: Any) -> None:
        desk.table.toggle_mark()
        desk.table.toggle_mark()
        assert desk.table.marks == {}

    drive(scenario)


def test_only_the_pages_around_what_is_visible_are_read() -> None:
    register = FakeRegister(5000)

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.total == 5000)
        before = register.calls.count("devices")
        desk.table.move_to(4000)
        await shows(pilot, "NB-004001")
        assert register.calls.count("devices") - before <= 5, "of fifty"

    drive(scenario, register)


def test_the_cursor_never_leaves_the_list() -> None:
    async def scenario(_pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move(-5)
        assert desk.table.cursor == 0
        desk.table.move_to(10_000)
        assert desk.table.cursor == len(desk.source) - 1
        desk.table.page(1)
        assert desk.table.cursor == len(desk.source) - 1

    drive(scenario, FakeRegister(70))


def test_the_cursor_row_is_always_visible() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        for index in (0, 60, 20, 69, 3):
            desk.table.move_to(index)
            await pilot.pause()
            top = desk.table.scroll_offset.y
            assert top <= index < top + desk.table.rows_visible
            assert f"▌  NB-{index + 1:06d}" in screen_text(pilot.app)

    drive(scenario, FakeRegister(70), size=NARROW)


def test_the_parts_that_match_are_painted_differently() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "lin"
        await until(pilot, lambda: desk.source.ask.text == "lin")
        desk.table.move_to(1)
        line = desk.table.render_line(1)
        styles = {segment.text: segment.style for segment in line._segments}
        assert styles["Lin"].underline

    drive(scenario)


def test_a_click_moves_marks_and_sorts() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.click("#table", offset=(10, 4))
        assert desk.table.cursor == 3
        await pilot.click("#table", offset=(1, 5))
        assert set(desk.table.marks) == {5}
        await pilot.click("#table", offset=(20, 0))
        await until(pilot, lambda: desk.source.ask.sort == "model")

    drive(scenario)


def test_panning_keeps_the_first_column() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.shift(6)
        await pilot.pause()
        head = screen_text(pilot.app).split("\n")[2]
        assert "Asset tag" in head
        assert "Holder" not in head

    drive(scenario, size=NARROW)


@pytest.mark.parametrize("size", [NARROW, (140, 42)])
def test_hostile_rows_are_shown_inert_and_in_line(size: tuple[int, int]) -> None:
    register = FakeRegister(len(HOSTILE))
    for number, text in enumerate(HOSTILE, 1):
        row = register.device(number)
        register.put_device(replace(row, holder=text, model=text, site=text, team=text, device_name=text, status=text))

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        for top in range(0, len(HOSTILE), desk.table.rows_visible):
            desk.table.move_to(top)
            desk.table.scroll_to(y=top, animate=False)
            await pilot.pause()
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert acts("".join(strip.text for strip in strips)) == []

    drive(scenario, register, size=size)
