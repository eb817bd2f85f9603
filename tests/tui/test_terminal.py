"""In a real terminal: what is painted, byte for byte nothing but ours, and a technician's first minutes."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tui.terminal import F, Terminal, same_as_golden


@contextmanager
def fleet(width: int, height: int, *arguments: str) -> Iterator[Terminal]:
    """Fleet in a terminal of a size, with its list on screen."""
    terminal = Terminal(width, height, *arguments)
    try:
        terminal.shows("updated 14:02")
        yield terminal
        terminal.send("\x11")
        terminal.ends()
    finally:
        terminal.child.close(force=True)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 42)])
def test_the_device_list_and_the_morning_look_as_drawn(width: int, height: int) -> None:
    with fleet(width, height, "300", "fleet-dark") as terminal:
        terminal.send("patel")
        terminal.shows("of 300 devices")
        terminal.send("\t")
        terminal.shows("1 marked")
        same_as_golden(f"devices-{width}", terminal)
        terminal.send("\x04")
        terminal.shows("Overdue loans")
        same_as_golden(f"today-{width}", terminal)


def test_the_issue_form_and_the_drift_list_look_as_drawn() -> None:
    with fleet(80, 24, "300", "fleet-light") as terminal:
        terminal.send("NB-000012")
        terminal.shows("1 of 300")
        terminal.send(F[2])
        terminal.shows("Issue NB-000012")
        terminal.send("anna")
        terminal.wait(lambda screen: "Anna Lin" in screen and "Siân" not in screen)
        same_as_golden("issue-80", terminal)
        terminal.send("\x1b")
        terminal.wait(lambda screen: "Due back" not in screen)
        terminal.send(F[8])
        terminal.shows("What was found")
        terminal.wait(lambda screen: "33 findings" in screen)
        same_as_golden("drift-80", terminal)


def test_the_run_sheet_and_a_move_look_as_drawn() -> None:
    with fleet(80, 24, "300", "fleet-dark") as terminal:
        terminal.send("NB-000009")
        terminal.shows("1 of 300")
        terminal.send("\x0f")
        terminal.shows("Move NB-000009")
        same_as_golden("move-80", terminal)
        terminal.send("\x1b")
        terminal.wait(lambda screen: "Move NB-000009" not in screen)
        terminal.send("\x0b")
        terminal.shows("Police told")
        same_as_golden("incident-80", terminal)


def test_a_technician_scans_returns_and_undoes() -> None:
    with fleet(100, 30, "300", "fleet-ansi") as terminal:
        terminal.send("DMP0000017QX\r")
        terminal.shows("‹ Devices")
        terminal.shows("NB-000017")
        terminal.send("NB-000020\r")
        terminal.wait(lambda screen: "NB-000020" in screen and "‹ Devices" in screen and "Recorded" in screen)
        terminal.send(F[3])
        terminal.shows("Return NB-000020")
        terminal.send(F[2])
        terminal.shows("○ in stock")
        terminal.send("\x1a")
        terminal.shows("Undo your last step")
        terminal.send("\r")
        terminal.shows("● issued")
        terminal.send(F[9])
        terminal.shows("(undone)")


def test_no_hostile_byte_reaches_the_terminal() -> None:
    with fleet(140, 42, "300", "fleet-dark", "hostile") as terminal:
        for _ in range(8):
            before = terminal.text
            terminal.send("\x1b[6~")
            terminal.wait(lambda screen, before=before: screen != before)
    # The shape of the mouse pointer is Textual's own.
    raw = re.sub(rb"\x1b\]22;[a-z]*(?:\x07|\x1b\\\\)", b"", terminal.raw)
    assert b"\x1b]" not in raw
    assert b"\x07" not in raw
    assert b"\x1bc" not in raw
    text = codecs.getincrementaldecoder("utf-8")().decode(raw)  # what was read may end within a character
    assert not [char for char in text if 0x80 <= ord(char) < 0xA0 or char in "\u202e\u2066\u200b\x00\x08\x7f"]


def test_fifty_devices_are_counted_by_a_scanner_that_never_waits(folder: Path) -> None:
    terminal = Terminal(100, 30, str(folder), program="tests.tui.program_real")
    try:
        terminal.shows("no tenant is synced")
        terminal.send("\x1b[18;2~")
        terminal.shows("0 of 50 seen")
        terminal.send("".join(f"NB-{n:03d}\r" for n in range(1, 26)))
        terminal.send("".join(f"SDMPX00000{n:03d}\t" for n in range(26, 51)) + "XX-99\r")
        terminal.shows("50 of 50 seen")
        terminal.shows("NOT KNOWN   XX-99")
        assert "1 not known" in terminal.text
        assert b"\x07" in terminal.raw
        terminal.send("\x1a")
        terminal.shows("TAKEN BACK")
        terminal.wait(lambda screen: "not known" not in screen)
        terminal.send("\x13")
        terminal.shows("Nothing is missing.")
        terminal.send("\x11")
        terminal.ends()
    finally:
        terminal.child.close(force=True)
