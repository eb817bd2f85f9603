"""Every write from a screen: another status, a swap, a longer loan, a decision, a loss; each asked, done and told."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from fleet.errors import Conflict
from tests.tui.driving import NARROW, drive, says, screen_text, shows, until
from tests.tui.fake_register import NOW, FakeRegister
from tui.screens.deciding import DecideScreen
from tui.screens.exporting import ExportScreen
from tui.screens.handing import ExtendScreen, SwapScreen
from tui.screens.incident import CloseScreen, IncidentScreen, NoteScreen, ReportScreen
from tui.screens.issue import IssueScreen, TransferScreen
from tui.screens.moving import MoveScreen
from tui.screens.returning import ReturnScreen
from tui.writes import CloseIncident, Decide, Extend, Issue, Move, NoteStep, Report, Swap, TakeBack, Transfer

ISSUED, STOCK, LENT, RETIRED, LOST = 1, 12, 7, 9, 6
"""Devices of the register in memory."""


async def opened(pilot: Pilot[Any], kind: type[Any]) -> Any:
    """Wait until a screen of a kind is there."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    return pilot.app.screen


async def form(pilot: Pilot[Any], desk: Any, device_id: int, action: str, kind: type[Any]) -> Any:
    """Do an action on a device and wait for its form."""
    desk.table.move_to(device_id - 1)
    desk.action_do(action)
    return await opened(pilot, kind)


def test_only_allowed_moves_are_offered_and_the_others_say_why() -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, ISSUED, "status", MoveScreen)
        assert [option.value for option in asked.options] == ["in_repair", "quarantined", "lost", "stolen"]
        await shows(pilot, "is still issued to")
        await shows(pilot, "record its return")
        assert "Type" not in screen_text(pilot.app)

    drive(scenario, size=NARROW)


def test_a_move_wants_a_reason_where_one_is_needed() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, STOCK, "status", MoveScreen)
        asked.choose([option.value for option in asked.options].index("quarantined"))
        asked.do_submit()
        await shows(pilot, "Say why")
        asked.reason.value, asked.day.value = "swollen battery", "yesterday"
        asked.do_submit()
        await says(pilot, "^Z undoes")
        assert register.written == [
            Move("swollen battery", device_ids=(STOCK,), status="quarantined", day=date(2026, 11, 19))
        ]

    drive(scenario, register)


def test_a_disposal_is_confirmed_by_typing_the_name() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, RETIRED, "status", MoveScreen)
        asked.choose([option.value for option in asked.options].index("disposed"))
        asked.reason.value = "CERT-77"
        asked.do_submit()
        await shows(pilot, "Type NB-000009 to confirm")
        assert register.written == []
        asked.confirm.value = "NB-000009"
        asked.do_submit()
        await until(pilot, lambda: register.device(RETIRED).status == "disposed")

    drive(scenario, register)


def test_a_disposed_device_goes_nowhere() -> None:
    register = FakeRegister()
    register.put_device(replace(register.device(RETIRED), status="disposed"))

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.table.move_to(RETIRED - 1)
        desk.action_do("status")
        await says(pilot, "disposed of")

    drive(scenario, register)


def test_a_swap_shows_what_is_known_of_the_other_device_and_comes_back_when_refused() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, ISSUED, "swap", SwapScreen)
        asked.other.value = "NB-999999"
        asked.do_next()
        await shows(pilot, "! No device is known as NB-999999.")
        asked.condition.value = "cracked"
        asked.choose(1)
        asked.do_submit()
        again = await opened(pilot, SwapScreen)
        await until(pilot, lambda: pilot.app.screen is not asked)
        again = pilot.app.screen
        assert (again.other.value, again.condition.value, again.choice) == ("NB-999999", "cracked", "in_repair")
        again.other.value = "NB-000012"
        again.do_submit()
        await until(pilot, lambda: register.device(STOCK).status == "issued")
        assert register.written[-1] == Swap(old_id=ISSUED, new_key="NB-000012", condition="cracked", status="in_repair")
        assert register.device(ISSUED).status == "in_repair"

    drive(scenario, register)


def test_a_device_is_passed_on_to_people_only() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, ISSUED, "transfer", TransferScreen)
        asked.who.value = "anna marsh"
        await until(pilot, lambda: asked.matches.row is not None and asked.matches.row.name == "Anna Marsh")
        asked.take(asked.matches.row)
        asked.do_submit()
        await until(pilot, lambda: register.device(ISSUED).holder == "Anna Marsh")
        assert isinstance(register.written[-1], Transfer)

    drive(scenario, register)


def test_a_device_is_shared_at_a_site() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, STOCK, "issue", IssueScreen)
        asked.who.value = "harbour"
        await until(pilot, lambda: asked.matches.row is not None and asked.matches.row.kind == "site")
        asked.take(asked.matches.row)
        await shows(pilot, "→ Harbour House")
        asked.do_submit()
        await until(pilot, lambda: register.device(STOCK).holder == "Harbour House")
        assert isinstance(register.written[-1], Issue)

    drive(scenario, register)


def test_a_loan_runs_on_and_what_is_no_loan_does_not() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.action_do("extend")
        await says(pilot, "not on loan")
        asked = await form(pilot, desk, LENT, "extend", ExtendScreen)
        asked.do_submit()
        await shows(pilot, "! Say until when")
        asked.due.value = "+14"
        await shows(pilot, "→  4 Dec")
        asked.do_submit()
        await until(pilot, lambda: register.device(LENT).due_on == date(2026, 12, 4))
        assert register.written == [Extend(device_ids=(LENT,), due_on=date(2026, 12, 4))]

    drive(scenario, register)


def test_a_return_says_condition_and_where_it_goes() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, ISSUED, "return", ReturnScreen)
        asked.condition.value = "no charger"
        await pilot.press("down")
        asked.do_submit()
        await until(pilot, lambda: register.device(ISSUED).status == "in_repair")
        assert register.written == [TakeBack(device_ids=(ISSUED,), condition="no charger", status="in_repair")]

    drive(scenario, register)


@pytest.mark.parametrize(("action", "typed", "missing"), [("acknowledge", "note", "why"), ("snooze", "until", "when")])
def test_findings_are_decided_for_the_marked_ones(action: str, typed: str, missing: str) -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f8")
        await shows(pilot, "27 findings")
        drift = pilot.app.screen
        drift.table.toggle_mark(1)
        drift.table.toggle_mark(1)
        drift.action_do(action)
        asked = await opened(pilot, DecideScreen)
        asked.do_submit()
        await shows(pilot, missing)
        getattr(asked, typed).value = "+7" if typed == "until" else "known"
        await shows(pilot, "It comes back after 27 Nov" if typed == "until" else "stays away")
        asked.do_submit()
        await shows(pilot, "25 findings")
        (decided,) = register.written
        assert isinstance(decided, Decide)
        assert decided.finding_ids == (9, 18)

    drive(scenario, register)


def test_a_loss_is_reported_and_its_steps_are_noted_one_by_one() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, ISSUED, "incident", ReportScreen)
        asked.reason.value = "left on a bus"
        await pilot.press("down")
        asked.do_submit()
        sheet = await opened(pilot, IncidentScreen)
        await shows(pilot, "▌ ○ Lost mode or remote lock")
        assert "61 h 00 min left of 72 h" in screen_text(pilot.app)
        sheet.action_do("down")
        await pilot.press("enter")
        note = await opened(pilot, NoteScreen)
        note.note.value, note.time.value = "CR 12/345", "25:00"
        note.do_submit()
        await shows(pilot, "! That is no time.")
        note.time.value = "9:30"
        note.do_submit()
        await shows(pilot, "✓ Police told  CR 12/345")
        assert register.written == [
            Report("left on a bus", device_id=ISSUED, kind="stolen"),
            NoteStep("CR 12/345", device_id=ISSUED, step="police", at=NOW.replace(hour=9, minute=30)),
        ]

    drive(scenario, register)


def test_an_incident_of_damage_is_closed_as_settled() -> None:
    register = FakeRegister()

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        sheet = await form(pilot, desk, RETIRED, "incident", IncidentScreen)
        await shows(pilot, "Steps")
        sheet.action_do("close")
        asked = await opened(pilot, CloseScreen)
        asked.do_submit()
        await shows(pilot, "closed today")
        assert register.written == [CloseIncident(device_id=RETIRED, found=False)]
        sheet.action_do("close")
        await says(pilot, "closed already")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is desk)

    drive(scenario, register)


def test_a_form_that_was_refused_keeps_everything_typed() -> None:
    register = FakeRegister()
    register.refuse_next = Conflict("Somebody was faster.")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        asked = await form(pilot, desk, STOCK, "status", MoveScreen)
        asked.choose(2)
        asked.reason.value, asked.day.value = "why", "-2"
        asked.do_submit()
        await shows(pilot, "! Somebody was faster.")
        again = pilot.app.screen
        assert again is not asked
        assert (again.reason.value, again.day.value, again.at) == ("why", "-2", 2)

    drive(scenario, register)


def test_what_is_shown_is_written_to_a_file_and_an_old_one_is_replaced_only_when_said_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = FakeRegister()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet-estate-2026-11-20.xlsx").write_bytes(b"")

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        desk.search.value = "patel"
        await until(pilot, lambda: desk.source.is_current)
        desk.action_do("export")
        asked = await opened(pilot, ExportScreen)
        await pilot.press("down")
        asked.do_submit()
        await shows(pilot, "exists. Enter once more replaces it.")
        asked.file.value = "estate.doc"
        asked.do_submit()
        await shows(pilot, "End the name in")
        asked.file.value = "fleet-estate-2026-11-20.xlsx"
        asked.do_submit()
        await says(pilot, "Written:")
        assert register.exported == [("patel", str(tmp_path / "fleet-estate-2026-11-20.xlsx"), True)]

    drive(scenario, register)


def test_lost_devices_open_their_run_sheet_at_once() -> None:
    register = FakeRegister()
    register._steps[LOST] = [("police", NOW - timedelta(hours=2), None)]

    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await form(pilot, desk, LOST, "incident", IncidentScreen)
        await shows(pilot, "1 done, 2 to do")

    drive(scenario, register)
