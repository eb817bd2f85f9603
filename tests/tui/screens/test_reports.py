"""The list of reports, and writing one."""

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import says, shows, until
from tests.tui.real_register import Estate
from tui.screens.reports import ReportScreen, ReportsScreen


async def at_reports(pilot: Pilot[Any]) -> Any:
    """Go there and wait for the list."""
    await pilot.press("shift+f1")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReportsScreen) and pilot.app.screen.source.is_current)
    return pilot.app.screen


def test_each_report_is_listed_with_its_question(estate: Estate) -> None:
    from fleet.exports import REPORTS

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_reports(pilot)
        assert [row.key for row in desk.source._shown.pages[0]] == list(REPORTS)
        await shows(pilot, REPORTS["leavers"].question[:30])

    estate.drive(scenario)


def test_enter_writes_the_chosen_one_in_the_background(
    estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await at_reports(pilot)
        desk.search.value = "who-has-what"
        await until(pilot, lambda: desk.source.is_current and len(desk.source) == 1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReportScreen))
        dialog: Any = pilot.app.screen
        dialog.file.value = "held.txt"
        await pilot.press("f2")
        await shows(pilot, "End the name in .xlsx")
        dialog.file.value = "held.json"
        await pilot.press("f2")
        await says(pilot, "Written: ")
        assert json.loads((tmp_path / "held.json").read_text(encoding="utf-8"))

    estate.drive(scenario)


def test_an_organisation_that_is_none_is_told(estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await at_reports(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReportScreen))
        pilot.app.screen.organisation.value = "atlantis"  # type: ignore[attr-defined]
        await pilot.press("f2")
        await says(pilot, "atlantis")

    estate.drive(scenario)
