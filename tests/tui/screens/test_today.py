"""The morning's page: what waits, in order, and every line opens what it counts."""

from typing import Any

from textual import events
from textual.pilot import Pilot

from tests.tui.driving import NARROW, WIDE, drive, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tui.columns import Glance
from tui.screens.card import CardScreen
from tui.screens.incident import IncidentScreen
from tui.screens.today import TodayScreen
from tui.screens.today_lines import MORE, lay_today
from tui.text import plain, span
from tui.today import Pile, Target, Today, Waiting
from tui.widgets.board import Entry
from tui.widgets.painting import width_of


async def today(pilot: Pilot[Any], desk: Any) -> Any:
    """Go there and wait for it."""
    desk.action_do("today")
    await shows(pilot, "Overdue loans")
    return pilot.app.screen


def test_incidents_whose_clock_runs_come_first_and_the_rest_on_demand() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        text = screen_text(pilot.app)
        assert "Friday 20 November 2026" in text
        assert text.index("NB-000009") < text.index("NB-000021") < text.index("NB-000022")
        assert "61 h 00 min left" in text
        assert "… 3 older ones" in text
        page._show(MORE)
        await shows(pilot, "NB-000030")

    drive(scenario, size=NARROW)


def test_a_tall_terminal_shows_what_a_low_one_only_counts() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await today(pilot, desk)
        await shows(pilot, "NB-000030")
        assert "older ones" not in screen_text(pilot.app)  # type: ignore[arg-type]

    drive(scenario, size=WIDE)


def test_an_incident_opens_its_run_sheet_and_escape_comes_back() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, IncidentScreen))
        await shows(pilot, "NB-000009")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is page)

    drive(scenario, size=NARROW)


def test_numbers_open_the_list_they_count() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        page._show(Target("findings", group="user-differs"))
        await shows(pilot, "9 of 27 findings")
        page._show(Target("devices", "ipad"))
        await until(pilot, lambda: pilot.app.screen is desk and desk.source.ask.text == "ipad")
        assert desk.source.ask.sort == "asset_tag"
        page._show(Target("runs", "westmere"))
        await shows(pilot, "sync westmere")

    drive(scenario)


def test_a_name_opens_the_card_and_escape_comes_back_to_the_morning() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        page._show(Target("person", id=17))
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        await shows(pilot, "Holds")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is page)

    drive(scenario)


def test_a_scan_lands_on_the_device_and_no_letter_is_lost() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        for char in "NB-000017":
            page.post_message(events.Key(char, char))
        page.call_later(page.action_do, "show")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.asset_tag == "NB-000017"

    drive(scenario)


def test_arrows_go_down_one_column_and_across_to_the_other() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        assert page.board.here == Target("incident", id=9)
        page.do_down()
        assert page.board.here == Target("incident", id=21)
        page.board.cross(1)
        assert page.board.here.place in ("findings", "devices")
        page.board.cross(-1)
        assert page.board.here.place == "incident"
        for _ in range(60):
            page.do_down()
        assert page.board.here == Target("devices", "iphone")

    drive(scenario)


def test_the_cursor_is_on_one_line_alone_where_several_open_the_same() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        board = (await today(pilot, desk)).board
        same = Target("findings", group="token-ending")
        board.set(lambda _width, _columns: [[Entry([span(f"line {number}")], same) for number in range(3)]])
        for down in (1, 1, 1, -1):
            board.choose(down)
        marked = [plain(line) for line in board._lines if plain(line).startswith("▌")]
        assert [line.split()[1:] for line in marked] == [["line", "1"]]

    drive(scenario)


def test_what_is_no_list_of_names_but_of_kinds_has_no_rest() -> None:
    kinds = [Waiting("Requests to approve", "Ada Moss and 9 more", "10", Target("own_devices", group="requests"))] * 5
    pile = Pile("Own devices", 50, kinds, Target("own_devices", group="attention"), "Nothing waits.", kinds=True)
    lines = [plain(entry.line) for entry in lay_today(Today(NOW.date(), piles=[pile]), Glance(NOW), 70, 1)[0]]
    assert sum("Requests to approve" in line for line in lines) == 5
    assert not [line for line in lines if "more" in line and "Requests" not in line]


def test_a_card_left_open_on_a_list_does_not_keep_today_from_it() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.open_card(desk.table.row)
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        pilot.app.screen.action_do("today")
        await shows(pilot, "Overdue loans")
        pilot.app.screen._show(Target("devices", "ipad"))  # type: ignore[attr-defined]
        await until(pilot, lambda: pilot.app.screen is desk and desk.source.asked.text == "ipad")

    drive(scenario)


def test_a_click_opens_what_it_hits() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await today(pilot, desk)
        lines = screen_text(pilot.app).split("\n")
        y = next(number for number, line in enumerate(lines) if "Enrolled user is not" in line)
        await pilot.click(offset=(90, y))
        await shows(pilot, "9 of 27 findings")

    drive(scenario)


def test_lines_are_never_wider_than_their_column() -> None:
    page = FakeRegister().today()
    for width in (30, 56, 66, 92):
        for column in lay_today(page, Glance(NOW), width, 1, everything=True):
            assert max(width_of(plain(entry.line)) for entry in column[:-1]) <= max(width, 76)


def test_a_quiet_morning_says_so() -> None:
    text = "\n".join(plain(entry.line) for entry in lay_today(Today(NOW.date()), Glance(NOW), 60, 1)[0])
    assert "Nothing is lost, stolen or damaged." in text
    assert "The register and its sources agree." in text
    assert "No tenant is configured." in text


def test_a_change_elsewhere_shows() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        page = await today(pilot, desk)
        assert isinstance(page, TodayScreen)
        register._closed.add(9)
        pilot.app.something_changed()
        await until(pilot, lambda: "NB-000009" not in screen_text(pilot.app))

    drive(scenario, register)
