"""Whoever sees a dialog sees the keys that confirm and leave it, also where not all of it fits."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import drive, screen_text, until
from tests.tui.fake_register import FakeRegister
from tui.register import UndoLine
from tui.screens.byod_forms import RequestScreen
from tui.screens.handing import ExtendScreen, SwapScreen
from tui.screens.incident import ReportScreen
from tui.screens.issue import IssueScreen, TransferScreen
from tui.screens.moving import MoveScreen
from tui.screens.receipt_forms import MakeReceiptScreen
from tui.screens.reserving import ReserveScreen
from tui.screens.returning import ReturnScreen
from tui.screens.undo import UndoScreen
from tui.widgets.bars import KeyBar
from tui.widgets.fields import Entry
from tui.widgets.line_view import LineView

REGISTER = FakeRegister(40)
DEVICES = [REGISTER.device(number) for number in range(1, 31)]
LINES = [UndoLine(f"something that is taken back {number} " * 3) for number in range(40)]
FORMS: Sequence[Callable[[], Any]] = (
    partial(IssueScreen, DEVICES),
    partial(TransferScreen, DEVICES),
    partial(ReturnScreen, DEVICES),
    partial(MoveScreen, DEVICES[:1]),
    partial(SwapScreen, DEVICES[0]),
    partial(ExtendScreen, DEVICES),
    partial(ReserveScreen, DEVICES),
    partial(MakeReceiptScreen, DEVICES),
    partial(ReportScreen, DEVICES[0]),
    RequestScreen,
    partial(UndoScreen, "a sync", LINES),
)


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
def test_the_keys_of_every_form_are_in_sight_and_so_is_the_field_that_is_typed_in(size: tuple[int, int]) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        for make in FORMS:
            form = make()
            await pilot.app.push_screen(form)
            await until(pilot, lambda form=form: form.is_ready)  # type: ignore[misc]
            form.complain("It is refused: somebody was faster.\nAnna Patel issued it a minute ago to somebody else.")
            for _ in form.query(Entry):
                await pilot.pause()
                last = screen_text(pilot.app).split("\n")[form.query_one(KeyBar).region.y]  # type: ignore[arg-type]
                assert "Esc cancel" in last, screen_text(pilot.app)  # type: ignore[arg-type]
                assert form.submit_word in last
                assert form.focused.region.height == 1, (type(form), form.focused.id)
                assert "! It is refused" in screen_text(pilot.app)  # type: ignore[arg-type]
                form.focus_next()
            form.dismiss(None)
            await until(pilot, lambda form=form: pilot.app.screen is not form)  # type: ignore[misc]

    drive(scenario, REGISTER, size=size)


def test_what_does_not_fit_is_read_page_by_page_and_the_choice_stays_in_sight() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.app.push_screen(UndoScreen("a sync", LINES))
        await until(pilot, lambda: getattr(pilot.app.screen, "is_ready", False))
        lines: LineView = pilot.app.screen.lines  # type: ignore[attr-defined]
        await until(pilot, lambda: lines.max_scroll_y > 0)
        await pilot.pause()  # It is laid out once more when its scroll bar comes.
        await pilot.press("pagedown")
        await until(pilot, lambda: lines.scroll_y > 0)
        await pilot.press("pageup", "escape")
        await until(pilot, lambda: not getattr(pilot.app.screen, "is_ready", False))
        await pilot.app.push_screen(form := MoveScreen(DEVICES[2:3]))
        await until(pilot, lambda: form.is_ready and form.is_current)
        for option in form.options:
            await until(pilot, lambda option=option: option.label.text in screen_text(pilot.app))  # type: ignore[misc,arg-type]
            await pilot.press("down")

    drive(scenario, REGISTER, size=(60, 16))


def test_what_stands_in_an_empty_field_ends_in_an_ellipsis_where_it_is_cut() -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.app.push_screen(form := IssueScreen(DEVICES[:1]))
        await until(pilot, lambda: "Type a name, a sign-in name, a site or a te…" in screen_text(pilot.app))  # type: ignore[arg-type]
        assert form.who.placeholder.endswith("a team")

    drive(scenario, REGISTER, size=(60, 16))
