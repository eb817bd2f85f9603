"""Issue, return, undo: asked, done, told; and taken up again when somebody was faster."""

from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from fleet.errors import Conflict
from tests.tui.driving import NARROW, drive, says, screen_text, shows, until
from tests.tui.fake_register import FakeRegister
from tests.tui.real_register import Estate
from tui.screens.card import CardScreen
from tui.screens.issue import IssueScreen
from tui.screens.returning import ReturnScreen
from tui.screens.undo import UndoScreen


async def opened(pilot: Pilot[Any], kind: type[Any]) -> Any:
    """Wait until a dialog of a kind is on screen."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


async def found(pilot: Pilot[Any], form: Any, name: str) -> None:
    """Type a name into the form and wait for who matches."""
    form.who.value = name
    await until(pilot, lambda: form.matches.row is not None and name.casefold() in form.matches.row.name.casefold())


def test_a_device_is_issued_to_a_person_found_by_typing() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, "anna")
        await pilot.press("enter")
        await shows(pilot, "→ Anna")
        form.due.value = "+14"
        await shows(pilot, "loan, due back 4 Dec")
        form.reason.value = "REQ-12"
        await pilot.press("f2")
        await says(pilot, "Issued NB-000012 to Anna")
        row = register.device(12)
        assert (row.status, str(row.due_on)) == ("issued", "2026-12-04")
        assert register.history("", None, 0, 1)[0].reason == "REQ-12"
        await until(pilot, lambda: desk.table.row.status == "issued")

    drive(scenario, register)


def test_what_a_technician_should_know_is_shown_before_issuing() -> None:
    register = FakeRegister()
    leaver = next(row for row in register.people("", 0, 40) if row.state == "left")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, leaver.name)
        form.take(form.matches.row)
        await shows(pilot, f"! {form.to.name} has left.")

    drive(scenario, register)


def test_a_day_that_is_none_is_told_and_the_form_stays() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, "anna")
        form.take(form.matches.row)
        form.due.value = "31/2"
        form.do_submit()
        await shows(pilot, "That is no day.")
        assert pilot.app.screen is form

    drive(scenario, size=NARROW)


def test_nobody_chosen_is_told() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2", "f2")
        await shows(pilot, "Nobody matches.")

    drive(scenario)


def test_when_somebody_was_faster_the_form_comes_back_with_what_was_typed() -> None:
    register = FakeRegister()
    register.refuse_next = Conflict("NB-000012 was issued to Mei Lin a moment ago.")
    register.meanwhile_told = ["today 14:02 k.rao: Issued: NB-000012 to Mei Lin (REQ-8)"]

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, "anna")
        form.take(form.matches.row)
        form.due.value, form.reason.value = "fri", "REQ-9"
        form.do_submit()
        await shows(pilot, "! NB-000012 was issued to Mei Lin a moment ago.")
        again = pilot.app.screen
        assert again is not form
        assert (again.who.value, again.due.value, again.reason.value) == (form.to.name, "fri", "REQ-9")
        await shows(pilot, "↳ today 14:02 k.rao: Issued: NB-000012 to Mei Lin (REQ-8)")

    drive(scenario, register)


def test_a_device_is_returned_undone_and_returned_again() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("f3")
        (await opened(pilot, ReturnScreen)).do_submit()
        await says(pilot, "^Z undoes")
        assert register.device(1).holder is None
        await pilot.press("ctrl+z")
        preview = await opened(pilot, UndoScreen)
        assert "undo  NB-000001" in screen_text(pilot.app)
        preview.do_submit()
        await says(pilot, "^Y does it again")
        assert register.device(1).status == "issued"
        desk.action_do("redo")
        (await opened(pilot, UndoScreen)).do_submit()
        await until(pilot, lambda: register.device(1).holder is None)

    drive(scenario, register)


def test_many_devices_want_their_number_typed() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.mark([register.device(n) for n in range(1, 20) if register.device(n).holder])
        await pilot.press("f3")
        form = await opened(pilot, ReturnScreen)
        form.do_submit()
        await shows(pilot, "Type 13 to confirm")
        assert register.device(1).holder is not None
        form.number.value = "13"
        form.do_submit()
        await says(pilot, "Returned 13 devices.")

    drive(scenario, register)


def test_escape_changes_nothing() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("f3", "escape")
        await until(pilot, lambda: pilot.app.screen is desk)
        assert register.written == []

    drive(scenario, register)


def test_an_older_event_is_undone_from_the_history() -> None:
    register = FakeRegister()
    register.return_devices([1], "wrong one")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f9")
        await shows(pilot, "Returned NB-000001.")
        await pilot.press("ctrl+z")
        (await opened(pilot, UndoScreen)).do_submit()
        await shows(pilot, "(undone)")
        assert register.device(1).status == "issued"

    drive(scenario, register)


def test_a_card_issues_and_shows_the_outcome() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.open_card(register.device(1))
        await shows(pilot, "Recorded ──")
        await pilot.press("f3")
        (await opened(pilot, ReturnScreen)).do_submit()
        await shows(pilot, "○ in stock")

    drive(scenario, register)


def _with_two_wilmas() -> FakeRegister:
    register = FakeRegister()
    for number, name in ((1, "Wilma Grey-Stone"), (2, "Wilma Grey")):
        register.put_person(replace(register.people("", 0, 40)[number - 1], name=name, state="active"))
    return register


def test_enter_takes_exactly_whom_was_typed_and_not_the_line_that_stands_first() -> None:
    register = _with_two_wilmas()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, "wilma")
        form.who.value = "Wilma Grey"
        await pilot.press("enter")
        await until(pilot, lambda: form.to is not None)
        assert form.to.name == "Wilma Grey"

    drive(scenario, register)


def test_enter_before_the_matches_are_here_waits_for_them_and_never_takes_a_line_of_an_earlier_text() -> None:
    register = _with_two_wilmas()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await until(pilot, lambda: form.matches.row is not None)
        register.gate.clear()
        form.who.value = "Siân"
        await pilot.press("enter")
        assert form.to is None
        register.gate.set()
        await until(pilot, lambda: form.to is not None)
        assert form.to.name.startswith("Siân")

    drive(scenario, register)


def test_letters_typed_after_enter_call_it_off() -> None:
    register = _with_two_wilmas()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await until(pilot, lambda: form.matches.row is not None)
        register.gate.clear()
        form.who.value = "Siân"
        await pilot.press("enter")
        form.who.value = "Mei"
        await pilot.pause()
        register.gate.set()
        await until(pilot, lambda: form.matches.row is not None and form.matches.row.name.startswith("Mei"))
        assert form.to is None

    drive(scenario, register)


def test_of_several_with_the_same_name_an_arrow_has_to_choose() -> None:
    register = FakeRegister()
    for number in (1, 2):
        register.put_person(replace(register.people("", 0, 40)[number - 1], name="Wilma Grey", state="active"))

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(11)
        await pilot.press("f2")
        form = await opened(pilot, IssueScreen)
        await found(pilot, form, "Wilma Grey")
        await pilot.press("enter")
        await shows(pilot, "are called Wilma Grey. Choose one with the arrows.")
        assert form.to is None
        await pilot.press("down", "enter")
        await shows(pilot, "→ Wilma Grey")

    drive(scenario, register)


def test_on_another_list_enter_opens_the_device_that_was_scanned_and_escape_comes_back() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("f8")
        await shows(pilot, "What was found")
        drift: Any = pilot.app.screen
        drift.search.value = "DMP0000017QX"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.asset_tag == "NB-000017"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is drift)

    drive(scenario)


def test_on_the_people_enter_opens_exactly_who_was_typed() -> None:
    register = _with_two_wilmas()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await pilot.press("f7")
        await shows(pilot, "Wilma Grey-Stone")
        pilot.app.screen.search.value = "wilma grey"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CardScreen))
        assert pilot.app.screen.row.name == "Wilma Grey"

    drive(scenario, register)


def test_who_was_faster_and_what_they_did_is_told_with_the_device_as_it_is_now(estate: Estate) -> None:
    from tests.tui.real_register import open_as
    from tui.writes import TakeBack

    home = estate.register.config.home
    other = open_as(estate.register.database, home)
    other.rights = replace(other.rights, name="k.rao")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(2)
        await pilot.press("f3")
        form = await opened(pilot, ReturnScreen)
        form.reason.value = "REQ-9"
        await until(pilot, lambda: not pilot.app.background.slowest())
        other.do(TakeBack("gone before", device_ids=(estate.devices[2],)))
        form.do_submit()
        await shows(pilot, "! NB-3 is not issued to anybody")
        await shows(pilot, "↳ today 02:00 k.rao: Returned: NB-3 ")
        await shows(pilot, "from Ada Moss")
        again: Any = pilot.app.screen
        assert again.reason.value == "REQ-9"
        assert [row.status for row in again.devices] == ["in_stock"]

    estate.drive(scenario, size=NARROW)
