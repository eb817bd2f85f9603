"""Stock and loans: five views of one list, on the real register."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import NARROW, says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.card import CardScreen
from tui.screens.handing import ExtendScreen
from tui.screens.stock import StockScreen


async def at_stock(pilot: Pilot[Any]) -> Any:
    """Go there and wait for the loans."""
    await pilot.press("shift+f6")
    await until(pilot, lambda: isinstance(pilot.app.screen, StockScreen) and pilot.app.screen.source.is_current)
    return pilot.app.screen


async def view(pilot: Pilot[Any], desk: Any, name: str) -> None:
    """Go on to a view."""
    while desk.source.asked.group != name:
        await pilot.press("ctrl+s")
    await until(pilot, lambda: desk.source.is_current)


def test_loans_stand_by_due_day_and_say_how_long_is_left(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stock(pilot)
        assert [row.asset_tag for row in desk.source._shown.pages[0]] == ["NB-1", "NB-2"]
        await shows(pilot, "in 1 day")
        await shows(pilot, "All loans · 2 lines")

    estate.drive(scenario)


def test_the_views_follow_each_other_with_their_own_columns(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stock(pilot)
        await view(pilot, desk, "stock")
        await shows(pilot, "In stock")
        (line,) = desk.source._shown.pages[0]
        assert (line.in_stock, line.free) == (5, 5)
        assert "Prepared" in screen_text(pilot.app)
        await view(pilot, desk, "overdue")
        await shows(pilot, "No loan is overdue.")
        await view(pilot, desk, "kept")
        await shows(pilot, "Nothing is kept for anybody.")

    estate.drive(scenario)


def test_the_groups_count_each_view_and_a_search_narrows_one(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stock(pilot)
        await until(pilot, lambda: [group.count for group in desk.groups.groups] == [2, 0, 2, 1, 0])
        desk.search.value = "nb-2"
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == "nb-2")
        assert [row.asset_tag for row in desk.source._shown.pages[0]] == ["NB-2"]

    estate.drive(scenario)


def test_a_line_of_stock_lists_its_devices_and_a_loan_opens_its_device(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], devices: Any) -> None:
        desk = await at_stock(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.asset_tag == "NB-1"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is desk)
        await view(pilot, desk, "stock")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is devices and devices.source.is_current)
        await until(pilot, lambda: len(devices.source) == 5)

    estate.drive(scenario)


def test_a_loan_is_extended_from_here_and_the_view_is_read_anew(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stock(pilot)
        await pilot.press("shift+f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExtendScreen))
        pilot.app.screen.due.value = "+30"  # type: ignore[attr-defined]
        pilot.app.screen.do_submit()  # type: ignore[attr-defined]
        await says(pilot, "^Z undoes")
        await until(pilot, lambda: [row.asset_tag for row in desk.source._shown.pages[0]] == ["NB-2", "NB-1"])

    estate.drive(scenario)


def test_escape_leaves_a_view_before_it_leaves_the_screen(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], devices: Any) -> None:
        desk = await at_stock(pilot)
        await view(pilot, desk, "soon")
        await pilot.press("escape")
        await until(pilot, lambda: desk.source.ask.group == "loans")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is devices)

    estate.drive(scenario)


def test_at_eighty_columns_the_header_says_where_one_is(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_stock(pilot)
        assert "▸Stock & loans" in screen_text(pilot.app).split("\n")[0]

    estate.drive(scenario, size=NARROW)
