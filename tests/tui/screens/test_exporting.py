"""Any list goes to a file as it is filtered."""

from pathlib import Path
from typing import Any

from tests.tui.driving import says, until
from tests.tui.real_register import Estate
from tui.screens.exporting import ExportScreen
from tui.screens.people import PeopleScreen


def test_a_list_is_exported_from_its_screen(estate: Estate, tmp_path: Path) -> None:
    """The people, as they are searched for; with names for a reason."""

    async def scenario(pilot: Any, _desk: Any) -> None:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, PeopleScreen) and pilot.app.screen.source.is_current)
        screen = pilot.app.screen
        screen.search.value = "ada"
        await until(pilot, lambda: screen.source.is_current and screen.source.ask.text == "ada")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExportScreen) and pilot.app.screen.is_mounted)
        form: Any = pilot.app.screen
        form.file.value, form.why.value = str(tmp_path / "people.csv"), "The manager asked"
        form.do_submit()
        await says(pilot, "Written: ")
        [head, line] = (tmp_path / "people.csv").read_text(encoding="utf-8-sig").splitlines()
        assert (head.split(",")[0], line.split(",")[0]) == ("Name", "Ada Moss")

    estate.drive(scenario)
