"""What is typed straight after a key that opens something ends in what it opens, however fast."""

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from fleet.errors import NotAllowed
from tests.tui.driving import drive, until
from tests.tui.fake_register import FakeRegister
from tui.screens.incident import ReportScreen
from tui.screens.issue import IssueScreen
from tui.screens.returning import ReturnScreen

KEYS = {"\r": "enter", " ": "space"}


def burst(pilot: Pilot[Any], *keys: str) -> None:
    """All keys before the app deals with the first of them."""
    for text in keys:
        for key in [text] if len(text) > 1 and text[0] == "<" else text:
            name = key.strip("<>") if len(key) > 1 else KEYS.get(key, key)
            pilot.app.post_message(events.Key(name, key if len(key) == 1 else None))


async def with_status(desk: Any, pilot: Pilot[Any], wanted: str) -> None:
    await until(pilot, lambda: desk.source.is_current)
    rows = [desk.source.row(at) for at in range(50)]
    desk.table.move_to(next(at for at, row in enumerate(rows) if row is not None and row.status == wanted))


def test_letters_behind_a_key_are_in_the_form_it_opens() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "in_stock")
        burst(pilot, "<f2>", "anna patel")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, IssueScreen) and pilot.app.screen.who.value == "anna patel"
        )
        assert desk.search.value == ""

    drive(scenario, FakeRegister())


def test_enter_in_a_burst_divides_what_is_typed_among_the_fields() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "issued")
        burst(pilot, "<f3>", "cracked\rfell down")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReturnScreen))
        form: Any = pilot.app.screen
        await until(pilot, lambda: (form.condition.value, form.reason.value) == ("cracked", "fell down"))

    drive(scenario, FakeRegister())


@pytest.mark.parametrize("opens", ["<f10>"])
def test_a_dialog_that_another_one_opens_has_what_is_typed_for_it(opens: str) -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "in_stock")
        burst(pilot, opens, "issue the\ranna")
        await until(pilot, lambda: isinstance(pilot.app.screen, IssueScreen) and pilot.app.screen.who.value == "anna")

    drive(scenario, FakeRegister())


def test_letters_wait_for_a_form_for_which_something_is_read_first() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "issued")
        burst(pilot, "<ctrl+k>", "left on a bus")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReportScreen))
        await until(pilot, lambda: "left on a bus" in [one.value for one in pilot.app.screen.entries])  # type: ignore[attr-defined]
        assert desk.search.value == ""

    drive(scenario, FakeRegister())


def test_letters_go_to_the_search_when_nothing_comes_up() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "in_stock")
        burst(pilot, "<f3>", "nb")
        await until(pilot, lambda: desk.search.value == "nb")

    drive(scenario, FakeRegister())


def test_a_card_on_which_something_was_typed_takes_no_other_place_with_it() -> None:
    """A letter on a card is the next search, for which the card goes a moment later; by then another place may be shown."""

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "issued")
        desk.open_card(desk.table.row)
        card: Any = pilot.app.screen
        await until(pilot, lambda: card.is_current and card.is_mounted)
        await pilot.press("f7")
        people = pilot.app.screen
        card.leave()
        await pilot.pause()
        assert pilot.app.screen is people

    drive(scenario, FakeRegister())


def test_what_is_deleted_and_typed_in_one_burst_stays_in_order() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        burst(
            pilot,
            "nobody",
            *["<backspace>"] * 6,
            "anna",
            "<left>",
            "<left>",
            "<delete>",
            "e",
            "<home>",
            "j",
            "<end>",
            "!",
        )
        await until(pilot, lambda: desk.search.value.endswith("!"))
        assert desk.search.value == "janea!"

    drive(scenario, FakeRegister())


def test_what_is_typed_while_a_form_is_refused_is_in_the_form_that_comes_back() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await with_status(desk, pilot, "issued")
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReturnScreen) and pilot.app.screen.is_ready)
        first = pilot.app.screen
        register.refuse_next = NotAllowed("Somebody was faster.")
        register.gate.clear()
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen is desk)
        burst(pilot, "cracked")
        await pilot.pause()
        register.gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, ReturnScreen) and pilot.app.screen is not first)
        await until(pilot, lambda: "cracked" in [one.value for one in pilot.app.screen.entries])  # type: ignore[attr-defined]
        assert desk.search.value == ""

    drive(scenario, register)
