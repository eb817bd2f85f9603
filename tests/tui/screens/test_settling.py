"""Findings are settled as their rule suggests and given to somebody; commands are typed with their beginning."""

from datetime import timedelta
from typing import Any

from textual.pilot import Pilot

from fleet.commands.findings import evaluate
from fleet.database.models import Device
from fleet.domain.rules import Context
from tests.factory import ACTOR, NOW
from tests.tui.driving import says, shows, until
from tests.tui.real_register import Estate
from tui.screens.commands import CommandsScreen
from tui.screens.settling import AssignScreen, SettleScreen
from tui.writes import Issue, Move, Recipient, TakeBack

LATER = NOW + timedelta(days=3)


def overdue(estate: Estate) -> None:
    """A night after which NB-1 is overdue."""
    estate.register.clock = lambda: LATER
    with estate.register.database.transaction(actor=ACTOR, action="sync", now=LATER) as session:
        evaluate(session, Context.from_config({}, LATER))


async def at_findings(pilot: Pilot[Any], text: str) -> Any:
    await pilot.press("f8")
    await until(pilot, lambda: pilot.app.screen.PLACE == "findings")  # type: ignore[attr-defined]
    desk: Any = pilot.app.screen
    desk.search.value = text
    await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == text and desk.table.row is not None)
    return desk


def test_an_overdue_loan_is_given_to_somebody_and_settled(estate: Estate) -> None:
    overdue(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_findings(pilot, "nb-1")
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(pilot.app.screen, AssignScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.do_submit()
        await shows(pilot, "Name an operator")
        form.operator.value = "nobody"
        form.do_submit()
        await says(pilot, "1 finding given to nobody.")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettleScreen) and pilot.app.screen.is_mounted)
        await shows(pilot, "Its assignment ends today")
        form = pilot.app.screen
        form.do_submit()
        await says(pilot, "1 finding settled. NB-1 returned")
        assert estate.register.count_devices("held:bryn") == 1

    estate.drive(scenario)


def test_what_nothing_here_settles_says_what_it_takes(estate: Estate) -> None:
    from fleet.commands.imports import ImportOptions, apply_file

    text = "Serial number,Email\nDMPX00000003,bryn.hale@northbridge.example\n"
    apply_file(estate.register.database, text.encode(), "x.csv", ImportOptions(), actor=ACTOR, now=NOW)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_findings(pilot, "nb-3")
        await shows(pilot, "x.csv, row 2, says holder")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettleScreen) and pilot.app.screen.is_mounted)
        await shows(pilot, "Nothing can be applied here")
        form: Any = pilot.app.screen
        form.do_submit()
        await shows(pilot, "F2 acknowledges it.")

    estate.drive(scenario)


def test_a_sync_is_typed_with_its_plan_first(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("f12")
        await until(pilot, lambda: pilot.app.screen.PLACE == "runs")  # type: ignore[attr-defined]
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandsScreen))
        await until(pilot, lambda: pilot.app.screen.typed.value == "sync --plan ")  # type: ignore[attr-defined]

    estate.drive(scenario)


def test_a_late_entry_counts_from_its_day_and_a_disposal_has_its_papers(estate: Estate) -> None:
    """Issue and return by the day that is named; batch and certificate where a device is disposed of."""
    yesterday = NOW.date() - timedelta(days=1)
    device = estate.devices[4]
    to = Recipient(estate.ada * 3, "person", estate.ada, "Ada Moss")
    estate.register.do(Issue(device_ids=(device,), to=to, day=yesterday - timedelta(days=1)))
    assert estate.register.device_card(device).row.issued_on == yesterday - timedelta(days=1)
    estate.register.do(TakeBack(device_ids=(device,), day=yesterday))
    estate.register.do(Move("worn", device_ids=(device,), status="retired"))
    estate.register.do(Move("van", device_ids=(device,), status="disposed", batch="B-7", certificate="C-9"))
    with estate.register.database.read() as session:
        row = session.get_one(Device, device)
        assert (row.disposal_batch, row.disposal_reference) == ("B-7", "C-9")
