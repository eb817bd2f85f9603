"""Receipts, labels, what is kept for somebody: made, signed, saved, released and handed out from the keyboard."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.factory import NOW
from tests.tui.driving import says, shows, until
from tests.tui.real_register import Estate
from tui.screens.issue import IssueScreen
from tui.screens.receipt_forms import AcceptScreen, FileScreen, LabelsScreen, MakeReceiptScreen, WithdrawScreen
from tui.screens.receipts import ReceiptsScreen
from tui.screens.reserving import ReleaseScreen, ReserveScreen


async def dialog(pilot: Pilot[Any], kind: type[Any]) -> Any:
    await until(pilot, lambda: type(pilot.app.screen) is kind and pilot.app.screen.is_mounted)
    return pilot.app.screen


async def only(pilot: Pilot[Any], desk: Any, text: str) -> None:
    """Narrow a list to one line."""
    desk.search.value = text
    await until(pilot, lambda: desk.source.is_current and desk.source.ask.text == text and desk.source.loaded)


def test_a_receipt_is_made_read_signed_and_saved(estate: Estate, tmp_path: Path) -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await only(pilot, desk, "nb-3")
        await pilot.press("ctrl+f4")
        form = await dialog(pilot, MakeReceiptScreen)
        assert form.choice == "issue", "somebody has it"
        form.do_submit()
        await says(pilot, "Receipt 1 made: 1 item issued to Ada Moss.")
        await pilot.press("ctrl+f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReceiptsScreen))
        papers: Any = pilot.app.screen
        await shows(pilot, "of NB-3")
        await shows(pilot, "○ draft")
        await pilot.press("enter")
        await shows(pilot, "Receipt for equipment issued")
        await shows(pilot, "Ada Moss")
        await pilot.press("escape")
        await pilot.press("f2")
        form = await dialog(pilot, AcceptScreen)
        form.do_submit()
        await shows(pilot, "one of the two")
        form.typed.value = "Ada Moss"
        form.do_submit()
        await says(pilot, "Receipt 1 accepted")
        await until(pilot, lambda: papers.table.row is not None and papers.table.row.accepted_at is not None)
        await pilot.press("f3")
        await says(pilot, "What was accepted is never changed.")
        for name in ("signed.txt", "signed.pdf"):
            await pilot.press("f4")
            form = await dialog(pilot, FileScreen)
            form.file.value = str(tmp_path / name)
            form.do_submit()
            await until(pilot, (tmp_path / name).exists)

    estate.drive(scenario)
    assert "by typing the name\nAda Moss" in (tmp_path / "signed.txt").read_text(encoding="utf-8")
    assert (tmp_path / "signed.pdf").read_bytes().startswith(b"%PDF")


def test_a_draft_is_taken_away_and_the_list_is_searched(estate: Estate) -> None:
    from tui.writes import MakeReceipt

    for number in (0, 2):
        estate.register.do(MakeReceipt(device_ids=(estate.devices[number],)))

    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("ctrl+f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReceiptsScreen))
        papers: Any = pilot.app.screen
        await until(pilot, lambda: papers.source.loaded)
        await only(pilot, papers, "ada draft")
        await until(pilot, lambda: papers.table.row is not None and papers.table.row.holder == "Ada Moss")
        await pilot.press("f3")
        form = await dialog(pilot, WithdrawScreen)
        form.do_submit()
        await says(pilot, "The draft of receipt 2 was taken away")
        assert [row.id for row in estate.register.papers.receipts("", None)] == [1]

    estate.drive(scenario)


def test_labels_of_the_marked_devices_are_written(estate: Estate, tmp_path: Path) -> None:
    async def scenario(pilot: Pilot[Any], _desk: Any) -> None:
        await pilot.press("tab", "tab", "ctrl+f3")
        form = await dialog(pilot, LabelsScreen)
        form.file.value, form.sheet.value = str(tmp_path / "labels.pdf"), "a5-9"
        form.do_submit()
        await shows(pilot, "There is no sheet a5-9.")
        form.sheet.value, form.start.value, form.code.value = "a4-24", "3", "ean"
        form.do_submit()
        await shows(pilot, "There is no code ean.")
        form.code.value, form.found.value, form.outline.value = "qr", "Call the desk", "yes"
        form.do_submit()
        await says(pilot, "(2 labels, 1 sheet). Next time begin at label 5.")

    estate.drive(scenario)
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF")


def test_a_device_is_kept_released_and_handed_out(estate: Estate) -> None:
    async def scenario(pilot: Pilot[Any], desk: Any) -> None:
        await only(pilot, desk, "nb-5")
        await pilot.press("ctrl+f6")
        form = await dialog(pilot, ReserveScreen)
        form.who.value = "Bryn Hale"
        await until(pilot, lambda: form._answers == "Bryn Hale")
        form.do_submit()
        form.first.value, form.due.value = "+1", "+8"
        form.do_submit()
        await says(pilot, "NB-5 reserved for Bryn Hale")
        await pilot.press("shift+f6")
        await until(pilot, lambda: pilot.app.screen.PLACE == "stock")  # type: ignore[attr-defined]
        stock: Any = pilot.app.screen
        await pilot.press("ctrl+f11")
        await says(pilot, "Go to what is kept for somebody first")
        stock.do_view(), stock.do_view(), stock.do_view(), stock.do_view()
        await until(
            pilot, lambda: stock.source.is_current and stock.source.ask.group == "kept" and stock.table.row is not None
        )
        await pilot.press("ctrl+f12")
        form = await dialog(pilot, ReleaseScreen)
        form.do_submit()
        await says(pilot, "NB-5 is no longer reserved")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "UndoScreen")
        await pilot.press("enter")
        await until(pilot, lambda: estate.register.stockroom.count("kept", "") == 1)
        await until(pilot, lambda: stock.source.is_current and stock.table.row is not None)
        await pilot.press("ctrl+f11")
        form = await dialog(pilot, IssueScreen)
        assert (form.to.name, form.due.value) == ("Bryn Hale", (NOW.date() + timedelta(days=8)).isoformat())
        form.do_submit()
        await until(pilot, lambda: estate.register.stockroom.count("kept", "") == 0)
        assert estate.register.stockroom.count("kept", "") == 0

    estate.drive(scenario)
