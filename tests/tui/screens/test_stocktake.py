"""The scanner's loop: judged at once, told in large, none lost, the last one taken back."""

import threading
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from fleet.errors import DatabaseUnavailable
from tests.tui.driving import NARROW, says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.counting import Whereabouts
from tui.screens.stocktake import StocktakeScreen
from tui.screens.stocktake_forms import BeginScreen, FinishScreen, ReportFileScreen, WhereScreen


async def at_stocktake(pilot: Pilot[Any], *, with_one: bool = True) -> Any:
    """Go there and wait for the open stocktake."""
    await pilot.press("shift+f7")
    await until(pilot, lambda: isinstance(pilot.app.screen, StocktakeScreen))
    desk: Any = pilot.app.screen
    if with_one:
        await until(pilot, lambda: desk.counts.get("expected") == 8)
    return desk


async def dialog(pilot: Pilot[Any], kind: type[Any]) -> Any:
    """Wait for a dialog."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    return pilot.app.screen


def begun(estate: Estate) -> int:
    """A stocktake of everything."""
    return estate.register.counting.begin("Autumn", organisation=None, site=None, kind=None).id


def burst(desk: Any, *texts: str) -> None:
    """Scans without a pause, each ended by the field itself as Enter does."""
    for text in texts:
        for char in text:
            desk.field.post_message(events.Key(char, char))
        desk.action_do("scan")


async def kept(pilot: Pilot[Any], desk: Any, number: int) -> None:
    """Wait until so many scans stand in the list."""
    await until(pilot, lambda: len(desk.log_of) == number and not desk.unkept)


@pytest.mark.parametrize(
    ("scanned", "told"),
    [
        ("NB-4", "✓  FOUND   NB-4"),
        ("SDMPX00000005", "✓  FOUND   NB-5"),
        ("ZZ-9", "✕  NOT KNOWN   ZZ-9"),
    ],
)
def test_each_scan_is_answered_in_large(estate: Estate, scanned: str, told: str) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, scanned)
        await shows(pilot, told)
        assert desk.field.value == ""

    estate.drive(scenario)


def test_a_device_scanned_twice_and_one_that_somebody_else_should_have_are_told(estate: Estate) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        desk.where = Whereabouts(holder="Ada Moss")
        burst(desk, "NB-1")
        await shows(pilot, "WRONG HOLDER   NB-1")
        await shows(pilot, "expected with Bryn Hale")
        burst(desk, "NB-1")
        await shows(pilot, "ALREADY SCANNED   NB-1")
        await shows(pilot, "▲ 1 wrong holder")

    estate.drive(scenario)


def test_no_scan_of_a_fast_burst_is_lost_nor_crossed_with_another(estate: Estate) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, *(f"NB-{n}" for n in range(1, 9)), *(f"XX-{n}" for n in range(20)))
        await kept(pilot, desk, 28)
        assert [one.scanned for one in reversed(desk.log_of)] == [
            *(f"NB-{n}" for n in range(1, 9)),
            *(f"XX-{n}" for n in range(20)),
        ]
        await shows(pilot, "8 of 8 seen")
        for left in (27, 26):
            await pilot.press("ctrl+z")
            await until(pilot, lambda left=left: len(desk.log_of) == left)  # type: ignore[misc]
        await until(pilot, lambda: desk.counts["unknown"] == 18)

    estate.drive(scenario)


def test_a_scanners_tab_ends_a_scan(estate: Estate) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        desk.field.value = "NB-7"
        await pilot.press("tab")
        await kept(pilot, desk, 1)
        assert (desk.log_of[0].outcome, desk.log_of[0].device) == ("found", "NB-7")

    estate.drive(scenario)


def test_a_pasted_list_of_hundreds_is_one_step_that_is_taken_back_at_once(estate: Estate) -> None:
    number = begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, "NB-1")
        await kept(pilot, desk, 1)
        desk.field._on_paste(events.Paste("\r\n".join(["NB-2", "", *(f"XX-{n}" for n in range(300))])))
        await kept(pilot, desk, 302)
        await shows(pilot, "301 SCANS")
        await pilot.press("ctrl+z")
        await shows(pilot, "TAKEN BACK")
        await until(pilot, lambda: desk.counts.get("found") == 1)
        assert len(desk.log_of) == 1
        assert estate.register.counting.standing(number).counts["unknown"] == 0

    estate.drive(scenario)


def test_scans_wait_while_the_register_is_gone_and_are_kept_when_it_is_back(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(estate)
    counting = estate.register.counting
    gone = threading.Event()
    gone.set()
    real = counting.scan

    def scan(*arguments: Any, **named: Any) -> Any:
        if gone.is_set():
            raise DatabaseUnavailable("The register does not answer.")
        return real(*arguments, **named)

    monkeypatch.setattr(counting, "scan", scan)
    monkeypatch.setattr("tui.screens.scan_loop.AGAIN", 0.05)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, "NB-1", "NB-2")
        await shows(pilot, "NOT KEPT YET")
        burst(desk, "NB-3")
        await until(pilot, lambda: desk.unkept == 3)
        gone.clear()
        await kept(pilot, desk, 3)
        assert [one.device for one in reversed(desk.log_of)] == ["NB-1", "NB-2", "NB-3"]

    estate.drive(scenario)


def test_without_an_open_stocktake_a_scan_is_refused_and_one_is_opened_by_the_form(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot, with_one=False)
        await shows(pilot, "No stocktake is open.")
        burst(desk, "NB-1")
        await says(pilot, "Nothing was scanned")
        await pilot.press("f4")
        form = await dialog(pilot, BeginScreen)
        form.do_submit()
        await shows(pilot, "Give it a title")
        form.title_field.value, form.kind.value, form.site.value = "Autumn", "ipad", "Nowhere"
        await pilot.pause()
        form.do_submit()
        await shows(pilot, "There is no site called Nowhere.")
        form = await dialog(pilot, BeginScreen)
        assert (form.title_field.value, form.kind.value) == ("Autumn", "ipad"), "what was typed stays"
        form.site.value = ""
        form.do_submit()
        await says(pilot, "Autumn is open and expects 8 devices.")
        await shows(pilot, "0 of 8 seen")

    estate.drive(scenario)


def test_where_one_scans_is_asked_and_a_site_that_is_not_known_is_refused(estate: Estate) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        for site, known in (("Nowhere", False), ("Town Hall", True)):
            await pilot.press("f2")
            form = await dialog(pilot, WhereScreen)
            form.site.value = site
            form.do_submit()
            if known:
                await shows(pilot, "at Town Hall")
            else:
                await says(pilot, "There is no site called Nowhere.")
                assert desk.where == Whereabouts()

    estate.drive(scenario)


def test_what_is_missing_is_one_key_away_and_leaves_the_list_when_it_is_found(estate: Estate) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        await pilot.press("ctrl+s")
        await shows(pilot, "should be with Bryn Hale")
        await shows(pilot, "Missing · 8")
        burst(desk, "NB-1")
        await shows(pilot, "Missing · 7")
        await until(pilot, lambda: "missing      NB-1 " not in screen_text(pilot.app))

    estate.drive(scenario, size=NARROW)


def test_it_is_closed_after_a_preview_and_the_report_is_written(estate: Estate, tmp_path: Path) -> None:
    begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, "NB-1")
        await kept(pilot, desk, 1)
        await pilot.press("ctrl+e")
        form = await dialog(pilot, ReportFileScreen)
        form.file.value = str(tmp_path / "report.csv")
        form.do_submit()
        await says(pilot, "Written: ")
        await pilot.press("f3")
        closing = await dialog(pilot, FinishScreen)
        await shows(pilot, "1 of 8 seen, 7 missing: 7 findings")
        closing.do_submit()
        await says(pilot, "Closed. 1 of 8 seen")
        await until(pilot, lambda: desk.stocktake.closed_at is not None)
        burst(desk, "NB-2")
        await says(pilot, "Nothing was scanned")

    estate.drive(scenario)
    assert "NB-1" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")


def test_an_unexpected_device_is_told_once_with_where_the_register_has_it(estate: Estate) -> None:
    from tests.factory import a_device

    begun(estate)
    a_device(estate.register.database, estate.organisation, asset_tag="NB-99", status="lost", hay="nb-99")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        burst(desk, "NB-99")
        await shows(pilot, "UNEXPECTED   NB-99")
        told = desk.verdict
        lines = "\n".join("".join(str(part.text) for part in line) for line in told._lay(80))
        assert lines.lower().count("unexpected") == 1
        assert "The register has it as lost" in lines

    estate.drive(scenario)


def test_what_only_a_holder_confirms_is_kept_as_that(estate: Estate) -> None:
    number = begun(estate)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_stocktake(pilot)
        await pilot.press("f2")
        form = await dialog(pilot, WhereScreen)
        form.seen.value = "perhaps"
        await pilot.press("f2")
        await shows(pilot, "Say yes when you see the devices")
        form.seen.value = "no"
        await pilot.press("f2")
        await until(pilot, lambda: desk.where.confirmed)
        burst(desk, "NB-1")
        await kept(pilot, desk, 1)
        assert number

    estate.drive(scenario)
    with estate.register.database.read() as session:
        from sqlalchemy import select

        from fleet.database.models import StocktakeScan

        assert session.execute(select(StocktakeScan.holder_confirmed)).scalars().all() == [True]
