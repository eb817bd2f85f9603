"""A council joins on the screen: begun, files staged and scored, a column said, taken in as one step, undone."""

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from fleet.commands.onboarding import add_file
from tests.tui.driving import says, screen_text, shows, until
from tests.tui.real_register import Estate
from tui.screens.import_columns import MeaningsScreen
from tui.screens.onboarding import OnboardingScreen
from tui.screens.onboarding_forms import ApplyScreen, BeginOnboardingScreen, DropScreen, FolderScreen, StageFileScreen
from tui.screens.undo import UndoScreen

DEVICES = (
    "Ref,Serial,Site,Holder\n"
    "NB-81,DMPX0000081Q,Old Mill,mair@northbridge.example\n"
    "NB-82,DMPX0000082Q,Town Hall,\n"
    ",nonsense!!,Town Hall,\n"
)
PEOPLE = "Employee number,First name,Surname,E-mail,Start date\n4711,Mair,Pugh,mair@northbridge.example,2026-01-05\n"


async def dialog(pilot: Pilot[Any], kind: type[Any]) -> Any:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    return pilot.app.screen


async def stage(pilot: Pilot[Any], path: Path) -> None:
    await pilot.press("f2")
    form = await dialog(pilot, StageFileScreen)
    form.file.value = str(path)
    form.do_submit()
    await shows(pilot, path.name)


def test_a_council_joins_and_the_step_can_be_undone(estate: Estate, tmp_path: Path) -> None:
    for name, text in (("devices.csv", DEVICES), ("people.csv", PEOPLE)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("ctrl+f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, OnboardingScreen))
        desk: Any = pilot.app.screen
        await shows(pilot, "begins one.")
        await pilot.press("f2")
        form = await dialog(pilot, BeginOnboardingScreen)
        assert form.organisation.value == "northbridge", "there is only one"
        form.do_submit()
        await shows(pilot, "Give it a name.")
        form.called.value = "southmere"
        form.do_submit()
        await shows(pilot, "stages a file")
        add_file(estate.register.config.home, "southmere", tmp_path / "people.csv")
        await stage(pilot, tmp_path / "devices.csv")
        await until(pilot, lambda: len(desk.one.files) == 2 and desk.one.score is not None and not desk.busy)
        assert [file.name for file in desk.one.files] == ["people.csv", "devices.csv"], "people come first"
        await pilot.press("down", "f4")
        columns = await dialog(pilot, MeaningsScreen)
        columns.at = [header for header, _ in columns.columns].index("Ref")
        await pilot.press(*"asset_tag", "f2")
        await until(pilot, lambda: ("Ref", "asset_tag") in desk.one.files[1].columns and not desk.busy)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.one.create and not desk.busy)
        await shows(pilot, "as if unknown sites, teams and models were made")
        before = estate.register.count_devices("")
        await pilot.press("ctrl+o")
        form = await dialog(pilot, ApplyScreen)
        assert "3 rows added" in screen_text(pilot.app)
        form.reason.value = "Southmere joins"
        form.do_submit()
        await says(pilot, "southmere has joined: 3 rows added, 0 changed.")
        assert estate.register.count_devices("") == before + 2
        assert estate.register.count_devices("held:mair") == 1
        await shows(pilot, "Applied as event")
        await pilot.press("ctrl+z")
        await dialog(pilot, UndoScreen)
        await pilot.press("enter")
        await until(pilot, lambda: estate.register.count_devices("") == before)

    estate.drive(scenario)


def test_what_can_not_be_is_told_and_a_staging_goes_by_its_name(estate: Estate, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_bytes(b"\x00\x01\x02 no table")

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        estate.register.onboardings.begin("eastmere", "northbridge")
        (tmp_path / "devices.csv").write_text(DEVICES, encoding="utf-8")
        await pilot.press("ctrl+f9")
        await shows(pilot, "eastmere")
        desk: Any = pilot.app.screen
        await pilot.press("ctrl+o")
        await says(pilot, "Score it first")
        await pilot.press("enter", "f2")
        form = await dialog(pilot, StageFileScreen)
        form.file.value = str(tmp_path / "nowhere.csv")
        form.do_submit()
        await shows(pilot, "There is no file")
        form.file.value = str(tmp_path / "notes.csv")
        form.do_submit()
        await until(pilot, lambda: desk.status.problem is not None)
        add_file(estate.register.config.home, "eastmere", tmp_path / "devices.csv")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: desk.one is not None and desk.one.score is not None and not desk.busy)
        await pilot.press("ctrl+e")
        folder = await dialog(pilot, FolderScreen)
        folder.folder.value = str(tmp_path / "mend")
        folder.do_submit()
        await says(pilot, "Rejected rows are in")
        assert "nonsense!!" in (tmp_path / "mend" / "devices-rejected.csv").read_text(encoding="utf-8-sig")
        await pilot.press("escape", "f3")
        sure = await dialog(pilot, DropScreen)
        sure.typed.value = "east"
        sure.do_submit()
        await shows(pilot, "Type eastmere to confirm.")
        sure.typed.value = "eastmere"
        sure.do_submit()
        await shows(pilot, "begins one.")
        assert estate.register.onboardings.all() == []

    estate.drive(scenario)
