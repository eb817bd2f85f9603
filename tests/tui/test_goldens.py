"""Pictures of every screen and state in a real terminal at 80×24 and 140×42, with the clock held."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from tests.tui.terminal import ENTER, ESCAPE, F, Terminal, ctrl, key_of, same_as_golden
from tui.actions import BY_ID

SIZES = pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 42)])


class Screens(Protocol):
    """`with screens("full", 80, 24, "8 devices") as terminal:`"""

    def __call__(self, state: str, width: int, height: int, shows: str) -> AbstractContextManager[Terminal]: ...


@pytest.fixture
def screens(sqlite_template: Path) -> Screens:
    """Fleet on a register in a state, until it shows something."""
    return partial(_screens, sqlite_template)


@contextmanager
def _screens(template: Path, state: str, width: int, height: int, shows: str) -> Iterator[Terminal]:
    """Its folder's name is always as long, and is blotted out in pictures."""
    with tempfile.TemporaryDirectory(prefix="fleet-pictures-") as folder:
        shutil.copy(template, Path(folder) / "fleet.db")
        terminal = Terminal(width, height, folder, state, program="tests.tui.program_screens")
        terminal.blotted = {folder: "/" + "~" * (len(folder) - 1)}
        try:
            terminal.shows(shows)
            yield terminal
            terminal.send(ctrl("q"))
            terminal.ends()
        finally:
            terminal.child.close(force=True)


def go(terminal: Terminal, place: str, *shows: str) -> None:
    """Go to a place by its key, and wait until all of these are there."""
    terminal.send(key_of(BY_ID[place].keys.split(",")[0]))
    terminal.shows("▸" + BY_ID[place].label)
    for text in shows:
        terminal.shows(text)


@SIZES
@pytest.mark.long
def test_every_place_looks_as_drawn(screens: Screens, width: int, height: int) -> None:
    with screens("full", width, height, "8 devices") as terminal:
        for place, *shows in (
            ("people", "2 people", "updated"),
            ("history", "24 events"),
            ("runs", "updated"),
            ("stock", "loans", "updated"),
            ("incidents", "2 incidents", "updated"),
            ("own_devices", "2 own devices", "updated"),
            ("reports", "updated"),
        ):
            go(terminal, place, *shows)
            same_as_golden(f"{place}-{width}", terminal)
        go(terminal, "stock")
        for view in ("overdue", "due", "stock"):
            terminal.send(ctrl("s"))
            terminal.wait(lambda screen, view=view: view in screen.split("\n")[-2].lower())
        same_as_golden(f"stock-by-model-{width}", terminal)
        go(terminal, "health", "Organisations ─")
        same_as_golden(f"health-{width}", terminal)
        go(terminal, "imports", "delivery.csv")
        same_as_golden(f"imports-files-{width}", terminal)
        terminal.send("delivery.csv" + ENTER)
        terminal.shows("1 rejected")
        same_as_golden(f"imports-preview-{width}", terminal)


@SIZES
@pytest.mark.long
def test_the_loops_of_a_scanner_look_as_drawn(screens: Screens, width: int, height: int) -> None:
    with screens("full", width, height, "8 devices") as terminal:
        go(terminal, "stocktake", "0 of ")
        same_as_golden(f"stocktake-begun-{width}", terminal)
        terminal.send("NB-4\rNB-5\rNB-5\rNB-1\rXX-9\r")
        terminal.shows("NOT KNOWN   XX-9")
        terminal.wait(lambda screen: "being kept" not in screen and "1 not known" in screen)
        same_as_golden(f"stocktake-scanned-{width}", terminal)
        terminal.send(ctrl("z"))
        terminal.shows("TAKEN BACK")
        terminal.wait(lambda screen: "not known" not in screen)
        same_as_golden(f"stocktake-taken-back-{width}", terminal)
        go(terminal, "scanning", "What is to happen")
        same_as_golden(f"scanning-asked-{width}", terminal)
        terminal.send(F[2])
        terminal.shows("Issue what is scanned")
        terminal.send("ada")
        terminal.shows("▌  Ada Moss")
        terminal.send(F[2])
        terminal.shows("→ Ada Moss")
        terminal.send(F[2])
        terminal.shows("Issuing to Ada Moss")
        terminal.send("NB-6\rNB-6\rNB-1\r")
        terminal.shows("SOMEBODY ELSE HAS IT   NB-1")
        same_as_golden(f"scanning-{width}", terminal)


@SIZES
def test_papers_orders_and_what_joins_look_as_drawn(screens: Screens, width: int, height: int) -> None:
    with screens("more", width, height, "8 devices") as terminal:
        for place, *shows in (
            ("receipts", "2 receipts", "updated"),
            ("as_at", "read only", "updated"),
            ("deliveries", "3 deliveries", "updated"),
            ("outbox", "2 remote actions", "updated"),
            ("onboarding", "autumn"),
            ("commands", "commands"),
        ):
            go(terminal, place, *shows)
            same_as_golden(f"{place}-{width}", terminal)
        go(terminal, "onboarding", "autumn")
        terminal.send(ENTER)
        terminal.shows("joining.csv")
        terminal.shows("1 rejected")
        terminal.shows(" 1 file")
        same_as_golden(f"onboarding-scored-{width}", terminal)
        go(terminal, "scanning", "What is to happen")
        terminal.send(F[4])
        terminal.shows("Receive a delivery")
        same_as_golden(f"receiving-asked-{width}", terminal)
        terminal.send("\r\rDN-1\rtown hall\ripad" + F[2])
        terminal.shows("Receiving for northbridge")
        terminal.send("SF9QX12ABCD\rF9QX12ABCD\r359913194249323\rNB-1\r")
        terminal.shows("KNOWN BEFORE   NB-1")
        same_as_golden(f"receiving-{width}", terminal)


def test_an_empty_register_says_how_to_begin(screens: Screens) -> None:
    width = 80
    with screens("empty", width, 24, "There are no devices yet.") as terminal:
        terminal.shows("updated 02:00")
        same_as_golden(f"empty-devices-{width}", terminal)
        for place in ("today", "people", "findings", "history", "runs", "stock", "incidents", "own_devices"):
            go(terminal, place)
            terminal.wait(lambda screen: "reading" not in screen)
            same_as_golden(f"empty-{place}-{width}", terminal)
        go(terminal, "stocktake", "No stocktake is open.")
        same_as_golden(f"empty-stocktake-{width}", terminal)


def test_trouble_is_told_where_rows_would_be(screens: Screens) -> None:
    width, height = 80, 24
    with screens("opening", width, height, "opening the register") as terminal:
        terminal.send("zebra")
        terminal.shows("› zebra")
        terminal.wait(lambda screen: "Enter open" in screen)
        same_as_golden(f"opening-{width}", terminal)
    with screens("gone", width, height, "The register is busy") as terminal:
        terminal.wait(lambda screen: "Enter open" in screen)
        same_as_golden(f"gone-{width}", terminal)


def test_who_may_only_look_is_told_before_anything_is_written(screens: Screens) -> None:
    with screens("auditor", 80, 24, "8 devices") as terminal:
        terminal.send("NB-4" + ENTER)
        terminal.wait(lambda screen: "‹ Devices" in screen and "Recorded ─" in screen)
        terminal.send(F[2])
        terminal.shows("Issue NB-4")
        terminal.send("ada")
        terminal.shows("▌  Ada Moss")
        terminal.send(F[2])
        terminal.shows("→ Ada Moss")
        terminal.send(F[2])
        terminal.wait(lambda screen: "! " in screen)
        same_as_golden("no-permission-80", terminal)
        terminal.send(ESCAPE)
        terminal.wait(lambda screen: "Issue NB-4" not in screen)
