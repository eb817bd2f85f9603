"""A file is previewed, applied as one step, undone; what is wrong with it is told before anything is written."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.import_columns import MeaningsScreen, RememberedScreen
from tui.screens.import_forms import OptionsScreen, RejectedFileScreen
from tui.screens.import_taking import TakingScreen
from tui.screens.imports import ImportScreen
from tui.screens.undo import UndoScreen

SHEET = (
    "Asset tag,Serial,Model,Cost centre,Colour\n"
    "NB-90,DMPX90000001,iPad (A16),C1,blue\n"
    "NB-1,DMPX00000001,,C2,red\n"
    ",bad serial!!,iPad (A16),C1,blue\n"
)


async def previewed(pilot: Pilot[Any], path: Path) -> Any:
    """Go to the screen and preview a file."""
    await pilot.press("shift+f9")
    await until(pilot, lambda: isinstance(pilot.app.screen, ImportScreen))
    desk: Any = pilot.app.screen
    desk.file.value = str(path)
    await pilot.press("enter")
    await until(pilot, lambda: desk.preview is not None)
    return desk


def sheet(folder: Path, text: str = SHEET) -> Path:
    """A file in a folder of its own."""
    path = folder / "in" / "delivery.csv"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_a_preview_counts_and_says_what_is_wrong_and_applying_can_be_undone(estate: Estate, tmp_path: Path) -> None:
    path = sheet(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await previewed(pilot, path)
        await shows(pilot, "3 rows    1 new    1 changed")
        shown = screen_text(pilot.app)
        assert "1 rejected" in shown
        assert "A serial number has letters" in shown
        assert "Unknown     Colour" in shown
        assert estate.register.count_devices("") == 8
        await pilot.press("f2")
        await says(pilot, "delivery.csv: 1 device added, 1 changed.")
        assert estate.register.count_devices("") == 9
        await pilot.press("f2")
        await says(pilot, "That is done.")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: isinstance(pilot.app.screen, UndoScreen))
        await pilot.press("enter")
        await until(pilot, lambda: estate.register.count_devices("") == 8)
        assert desk.applied is not None

    estate.drive(scenario)


def test_a_file_that_changed_since_the_preview_is_not_applied(estate: Estate, tmp_path: Path) -> None:
    path = sheet(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await previewed(pilot, path)
        path.write_text(SHEET + "NB-92,DMPX90000009,,C1,x\n", encoding="utf-8")
        await pilot.press("f2")
        await shows(pilot, "The file has changed since it was previewed.")
        assert estate.register.count_devices("") == 8

    estate.drive(scenario)


def test_columns_that_mean_something_else_are_said_in_the_options(estate: Estate, tmp_path: Path) -> None:
    path = sheet(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await previewed(pilot, path)
        before = desk.preview
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, OptionsScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.mapping.value = "Colour"
        form.do_submit()
        await shows(pilot, 'Write columns as "Header=field"')
        form.mapping.value = "Colour=notes"
        form.do_submit()
        await until(pilot, lambda: desk.preview is not None and desk.preview is not before)
        assert desk.preview.columns["Colour"] == "notes"

    estate.drive(scenario)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("it does not say whose it is; name the owner with --organisation", "organisation"),
        ("If it is true, repeat with --confirm 12 and a --reason.", "confirm"),
        ("There is no sheet called SIMs.", "layout"),
    ],
)
def test_the_options_begin_with_what_is_asked_for(estate: Estate, tmp_path: Path, told: str, asked: str) -> None:
    path = sheet(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await previewed(pilot, path)
        desk.refused = told
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, OptionsScreen) and pilot.app.screen.focused is not None)
        await until(pilot, lambda: pilot.app.screen.focused.id == asked)  # type: ignore[union-attr]

    estate.drive(scenario)


def test_rejected_rows_are_written_with_their_reasons(estate: Estate, tmp_path: Path) -> None:
    path, target = sheet(tmp_path), tmp_path / "rejected.csv"

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await previewed(pilot, path)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectedFileScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.file.value = str(target)
        form.do_submit()
        await says(pilot, "Written: ")

    estate.drive(scenario)
    assert "bad serial!!" in target.read_text(encoding="utf-8-sig")


def test_files_are_offered_as_one_types_and_what_is_no_table_is_told(estate: Estate, tmp_path: Path) -> None:
    path = sheet(tmp_path)
    (path.parent / "notes.xlsx").write_bytes(b"\x00\x01 no workbook")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("shift+f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, ImportScreen))
        desk: Any = pilot.app.screen
        desk.file.value = f"{path.parent}/"
        await shows(pilot, "delivery.csv")
        await until(pilot, lambda: [one.name for one in desk.files] == ["delivery.csv", "notes.xlsx"])
        desk.file.value = "x" * 400
        await shows(pilot, "No file of that name")
        desk.file.value = f"{path.parent}/"
        await shows(pilot, "delivery.csv")
        await pilot.press("down", "enter")
        await until(pilot, lambda: desk.status.problem is not None)
        assert desk.file.value.endswith("notes.xlsx")
        await pilot.press("escape")
        assert desk.file.value == ""

    estate.drive(scenario)


async def shown(pilot: Pilot[Any], kind: type) -> Any:
    """Wait for a dialog."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    return pilot.app.screen


def test_a_column_is_said_remembered_changed_and_forgotten(estate: Estate, tmp_path: Path) -> None:
    path = sheet(tmp_path)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await previewed(pilot, path)
        first = desk.preview
        await pilot.press("f4")
        form = await shown(pilot, MeaningsScreen)
        form.at = [header for header, _ in form.columns].index("Colour")
        await pilot.press("x", "x", "enter")
        await shows(pilot, "No field has xx in their name.")
        await pilot.press("ctrl+u", *"note", "enter", "f2")
        await until(pilot, lambda: desk.preview is not None and desk.preview is not first)
        assert desk.preview.columns["Colour"] == "notes"
        second = desk.preview
        await pilot.press("f3")
        options = await shown(pilot, OptionsScreen)
        options.header_row.value = "1"
        await pilot.press("f2")
        await until(pilot, lambda: desk.preview is not second)
        await pilot.press("f2")
        await says(pilot, "delivery.csv: 1 device added, 1 changed.")
        await pilot.press("ctrl+o")
        held = await shown(pilot, RememberedScreen)
        assert [(dict(one.columns), one.header_row) for one in held.meanings] == [({"Colour": "notes"}, 1)]
        await shows(pilot, "Colour → notes, headers in row 1")
        await pilot.press("enter")
        form = await shown(pilot, MeaningsScreen)
        form.at = [header for header, _ in form.columns].index("Colour")
        await pilot.press(*"none", "f2")
        await says(pilot, "Changed. The next such file is read like that.")
        assert [dict(one.columns) for one in estate.register.files.meanings()] == [{"Colour": ""}]
        await pilot.press("ctrl+o")
        await shown(pilot, RememberedScreen)
        await pilot.press("f")
        await says(pilot, "Forgotten.")
        assert estate.register.files.meanings() == []

    estate.drive(scenario)


def test_proposals_are_taken_blanks_erase_and_what_contradicts_becomes_a_finding(
    estate: Estate, tmp_path: Path
) -> None:
    text = (
        "Asset tag,Serial,Site,Notes,Email\n"
        "NB-91,SDMPX0000009Q,Old Mill,,\n"  # an S that a scanner put before it
        "NB-3,DMPX00000003,,,bryn.hale@northbridge.example\n"  # Ada has it
    )
    path = sheet(tmp_path, text)

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        desk = await previewed(pilot, path)
        await shows(pilot, "row 2 · Serial · SDMPX0000009Q · It may be DMPX0000009Q.")
        await shows(pilot, "1 statement contradicts the register")
        before = desk.preview
        await pilot.press("ctrl+s")
        form = await shown(pilot, TakingScreen)
        assert [one.kind for one in form.offers] == ["create", "accept", "erase", "erase", "erase"]
        await pilot.press("space", "down", "space", "enter")
        await until(pilot, lambda: desk.preview is not None and desk.preview is not before)
        assert (desk.choice.create, len(desk.choice.accept)) == (True, 1)
        await pilot.press("f2")
        await says(pilot, "1 device added, 0 changed, 1 finding made.")
        assert estate.register.resolve("DMPX0000009Q") is not None
        assert [one.rule for one in estate.register.findings("", "import-conflict", 0, 9)] == ["import-conflict"]

    estate.drive(scenario)


def test_a_list_of_people_says_people(estate: Estate, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "Employee number,First name,Surname,E-mail,Start date\n4711,Mair,Pugh,mair@northbridge.example,2026-01-05\n",
    )

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await previewed(pilot, path)
        await shows(pilot, "1 person")
        await pilot.press("f2")
        await says(pilot, "delivery.csv: 1 person added, 0 changed.")

    estate.drive(scenario)
