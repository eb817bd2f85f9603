"""Best match first while words are typed; by column as soon as somebody asks for it."""

from typing import Any

from textual.pilot import Pilot

from tests.tui.driving import drive, screen_text, shows, until


def test_what_is_exactly_typed_stands_on_top_and_the_status_says_so() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        row = desk.source.row(30)
        desk.search.value = row.holder
        await shows(pilot, "best match first")
        desk.search.value = row.asset_tag
        await until(pilot, lambda: desk.source.is_current and desk.source.row(0) == row)

    drive(scenario)


def test_a_sort_that_is_asked_for_wins_until_something_else_is_typed() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "mei"
        await shows(pilot, "best match first")
        desk.action_do("sort")
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.by_column)
        await shows(pilot, "by model ↑")
        desk.search.value = "mei k"
        await shows(pilot, "best match first")

    drive(scenario)


def test_filters_alone_leave_the_order_of_the_columns() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "status:lost"
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == "status:lost")
        assert "best match first" not in screen_text(pilot.app)  # type: ignore[arg-type]

    drive(scenario)
