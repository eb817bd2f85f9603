"""From a device or person to its receipts, its labels, its past; and what the keys of the list of receipts do."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from fleet.domain.records import DeviceRow, PersonRow
from fleet.queries.receipts import ReceiptRow
from tui.papers import LabelOrder, ReceiptCard
from tui.screens.receipt_forms import AcceptScreen, FileScreen, LabelsScreen, PaperFile, WithdrawScreen

if TYPE_CHECKING:
    from datetime import date

    from tui.screens.desk import DeskScreen

    Desk = DeskScreen[Any]


def show_papers(desk: Desk, row: Any) -> None:
    """Go to the receipts of one device or person; of anything else to all."""
    from tui.register import Subject
    from tui.screens.receipts import ReceiptsScreen

    about = None
    if isinstance(row, DeviceRow | PersonRow):
        kind: Literal["device", "person"] = "device" if isinstance(row, DeviceRow) else "person"
        about = Subject(kind, row.id, desk.name_of(row))

    async def go() -> None:
        await desk.fleet.switch_mode("receipts")
        screen = desk.fleet.screen
        if isinstance(screen, ReceiptsScreen):
            screen.show_of(about)

    desk.fleet.run_worker(go())


def ask_labels(desk: Desk, rows: Sequence[DeviceRow]) -> None:
    """Ask for the file, and write the labels in the background."""

    def answered(order: LabelOrder | None) -> None:
        if order is not None:
            desk.fleet.notify("Writing … you can go on working.")
            desk.fleet.background.job(
                lambda register: register.papers.labels(order),
                lambda told: desk.fleet.notify(f"Written: {told}", timeout=15),
                desk.fleet.trouble,
            )

    def known(sheets: Sequence[str]) -> None:
        desk.fleet.push_screen(LabelsScreen(rows, sheets), answered)

    desk.fleet.background.look("sheets", lambda register: register.papers.sheets(), known, desk.fleet.trouble)


def look_back(desk: Desk, row: Any = None) -> None:
    """Ask for a day, and show the estate as it was: with the same search, or one device."""
    from tui.screens.as_at import AsAtScreen, DayScreen

    text = desk.name_of(row) if isinstance(row, DeviceRow) else ""
    if row is None and desk.PLACE == "devices":
        text = desk.search.value.strip()

    def answered(day: date | None) -> None:
        if day is None:
            return

        async def go() -> None:
            await desk.fleet.switch_mode("as_at")
            screen = desk.fleet.screen
            if isinstance(screen, AsAtScreen):
                screen.show_day(day, text)

        desk.fleet.run_worker(go())

    desk.fleet.push_screen(DayScreen(), answered)


def _receipt(desk: Desk, then: Callable[[ReceiptCard], None]) -> None:
    row = desk.table.row
    if isinstance(row, ReceiptRow):
        desk.fleet.background.look(
            "receipt", lambda register: register.papers.receipt(row.id), then, desk.fleet.trouble
        )


def _accept(desk: Desk) -> None:
    """Freeze what is shown as accepted."""

    def known(card: ReceiptCard) -> None:
        if card.row.accepted_at is not None:
            desk.fleet.notify(f"Receipt {card.row.id} was accepted already. It never changes.", severity="warning")
        else:
            desk.fleet.custody.fill_in(partial(AcceptScreen, card))

    _receipt(desk, known)


def _withdraw(desk: Desk) -> None:
    row = desk.table.row
    if not isinstance(row, ReceiptRow):
        return
    if row.accepted_at is not None:
        desk.fleet.notify(f"Receipt {row.id} was accepted. What was accepted is never changed.", severity="warning")
    else:
        desk.fleet.custody.fill_in(partial(WithdrawScreen, row))


def _save(desk: Desk) -> None:
    row = desk.table.row
    if not isinstance(row, ReceiptRow):
        return

    def answered(answer: PaperFile | None) -> None:
        if answer is not None:
            desk.fleet.background.job(
                lambda register: register.papers.save(row.id, answer.path, overwrite=answer.overwrite),
                lambda told: desk.fleet.notify(f"Written: {told}", timeout=15),
                desk.fleet.trouble,
            )

    desk.fleet.push_screen(FileScreen(row), answered)


def _release(desk: Desk) -> None:
    from tui.screens.reserving import release

    release(desk)


def _hand_out(desk: Desk) -> None:
    from tui.screens.reserving import hand_out

    hand_out(desk)


def type_command(desk: Desk, text: str) -> None:
    """Go to the command line with the beginning of a command typed."""
    from tui.screens.commands import CommandsScreen

    async def go() -> None:
        await desk.fleet.switch_mode("commands")
        screen = desk.fleet.screen
        if isinstance(screen, CommandsScreen):
            screen.typed.value = text
            screen.typed.cursor_position = len(text)

    desk.fleet.run_worker(go())


def _change_person(desk: Desk) -> None:
    row = desk.table.row
    if isinstance(row, PersonRow):
        type_command(desk, f"person {shlex.quote(row.upn or row.name)} --team ")


PAPER_DEEDS: Mapping[str, Callable[[Desk], None]] = {
    "papers": lambda desk: show_papers(desk, desk.table.row),
    "labels": lambda desk: ask_labels(desk, desk.situation().devices),
    "look_back": look_back,
    "accept": _accept,
    "withdraw": _withdraw,
    "save": _save,
    "release": _release,
    "hand_out": _hand_out,
    "sync_now": lambda desk: type_command(desk, "sync --plan "),
    "change_person": _change_person,
}
"""What lists do with papers, the past and what is kept."""
OF_A_CARD: Mapping[str, Callable[[Desk, Any], None]] = {
    "papers": show_papers,
    "labels": lambda desk, row: ask_labels(desk, [row]),
    "look_back": look_back,
}
"""The same for the one row of a card."""
