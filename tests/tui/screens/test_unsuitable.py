"""Marked devices that an action is not for are told, all of them, and the others can go on."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import drive, shows, until
from tests.tui.fake_register import FakeRegister
from tui.screens.issue import IssueScreen
from tui.screens.unsuitable import UnsuitableScreen


def test_all_that_are_in_the_way_are_listed_and_the_others_go_on() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        rows = [desk.source.row(at) for at in range(60)]
        held = [row for row in rows if row.holder][:3]
        free = [row for row in rows if row.status == "in_stock"][:2]
        desk.table.mark([held[0], free[0], held[1], free[1], held[2]])
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, UnsuitableScreen) and pilot.app.screen.is_mounted)
        for row in held:
            await shows(pilot, row.asset_tag)
        await shows(pilot, "3 marked devices can't be part of it")
        await shows(pilot, "unmark, go on with 2")
        await pilot.press("escape")
        assert len(desk.table.marks) == 5, "nothing is unmarked unasked"
        await pilot.press("f2", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, IssueScreen))
        form: Any = pilot.app.screen
        assert [row.id for row in form.devices] == [row.id for row in free]

    drive(scenario, FakeRegister())


def test_where_none_can_take_part_nothing_is_begun() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        desk.table.mark([row for row in (desk.source.row(at) for at in range(60)) if row.holder][:2])
        await pilot.press("f2", "enter")
        await until(pilot, lambda: not desk.table.marks)
        await pilot.pause()
        assert pilot.app.screen is desk

    drive(scenario, FakeRegister())
