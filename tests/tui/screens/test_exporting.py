"""Any list goes to a file as it is shown: its lines, its columns, its order."""

import csv
from pathlib import Path
from typing import Any

import openpyxl

from tests.tui.driving import drive, says, until
from tests.tui.fake_register import FakeRegister
from tests.tui.real_register import Estate
from tui.screens.exporting import MARKED, SHOWN, WHOLE, ExportScreen
from tui.screens.people import PeopleScreen

KEYS = ("serial", "device", "holder", "due", "phone")


async def asked(pilot: Any) -> Any:
    """The form."""
    await pilot.press("ctrl+e")
    await until(pilot, lambda: isinstance(pilot.app.screen, ExportScreen) and pilot.app.screen.is_mounted)
    return pilot.app.screen


async def written(pilot: Any, form: Any, path: Path, *, why: str = "", what: str = SHOWN) -> list[list[str]]:
    """What the form writes, line by line."""
    form.at = [one.value for one in form.options].index(what)
    form.file.value, form.why.value = str(path), why
    form.do_submit()
    await says(pilot, "Written: ")
    if path.suffix == ".csv":
        return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    sheet = openpyxl.load_workbook(path)["Devices"]
    [table] = sheet.tables.values()
    return [[str(cell.value) for cell in line] for line in sheet[table.ref]]


def test_a_list_is_exported_from_its_screen(estate: Estate, tmp_path: Path) -> None:
    """The people, as they are searched for; with names for a reason."""

    async def scenario(pilot: Any, _desk: Any) -> None:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and pilot.app.screen.source.is_current)
        screen = pilot.app.screen
        screen.search.value = "ada"
        await until(pilot, lambda: screen.source.is_current and screen.source.ask.text == "ada")
        form = await asked(pilot)
        head, line = await written(pilot, form, tmp_path / "people.csv", why="The manager asked")
        assert (head, line[0]) == ([one.title for one in screen.table.columns], "Ada Moss")

    estate.drive(scenario)


def test_a_file_has_the_columns_and_lines_of_the_screen_in_their_order(estate: Estate, tmp_path: Path) -> None:
    """As a person chose and sorted them, whatever the width of the terminal; without a reason no name and no number."""

    async def scenario(pilot: Any, desk: Any) -> None:
        desk.table.set_columns([next(one for one in desk.COLUMNS if one.key == key) for key in KEYS])
        desk.search.value = "nb-"
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == "nb-")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.by_column)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: desk.source.is_current and desk.source.ask.descending)
        shown = [desk.source.row(at) for at in range(len(desk.source))]
        form = await asked(pilot)
        named = await written(pilot, form, tmp_path / "named.csv", why="The manager asked")
        assert named[0] == [one.title for one in desk.table.columns]
        assert [(line[0], line[1]) for line in named[1:]] == [(row.serial, row.asset_tag) for row in shown]
        assert {line[2] for line in named[1:]} == {row.holder or "" for row in shown}
        pilot.app.clear_notifications()
        masked = await written(pilot, await asked(pilot), tmp_path / "masked.xlsx")
        assert masked[0] == ["Serial", "Asset tag", "Holder initials", "Due back"]
        assert len(masked) == len(shown) + 1

    estate.drive(scenario)


def test_only_the_marked_lines_are_written_in_the_order_of_the_list(estate: Estate, tmp_path: Path) -> None:
    async def scenario(pilot: Any, desk: Any) -> None:
        await until(pilot, lambda: desk.source.is_current)
        desk.table.mark([desk.source.row(5), desk.source.row(1), desk.source.row(6)])
        form = await asked(pilot)
        assert form.choice == MARKED, "who marked some means those"
        lines = await written(pilot, form, tmp_path / "marked.csv", what=MARKED)
        assert [line[0] for line in lines[1:]] == ["NB-2", "NB-6", "NB-7"]
        pilot.app.clear_notifications()
        whole = await written(pilot, await asked(pilot), tmp_path / "whole.csv", what=WHOLE)
        assert len(whole) == 9
        assert len(whole[0]) > 20

    estate.drive(scenario)


def test_what_the_search_says_wrongly_is_not_exported() -> None:
    async def scenario(pilot: Any, desk: Any) -> None:
        desk.search.value = "seen:>soon"
        await until(pilot, lambda: desk.source.refused is not None)
        await pilot.press("ctrl+e")
        await says(pilot, "Nothing is exported.")
        assert not isinstance(pilot.app.screen, ExportScreen)

    drive(scenario, FakeRegister())
