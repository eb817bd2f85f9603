"""In a real terminal: what is painted, byte for byte nothing but ours, and a technician's first minutes.

The pictures are in `goldens/`; `FLEET_WRITE_GOLDENS=1` writes them anew, to be read in the diff.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

pexpect = pytest.importorskip("pexpect", reason="pseudo terminals exist on POSIX only")
pyte = pytest.importorskip("pyte")

GOLDENS = Path(__file__).with_name("goldens")
ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
F = {6: "\x1b[17~", 1: "\x1bOP", 2: "\x1bOQ", 3: "\x1bOR", 8: "\x1b[19~", 9: "\x1b[20~"}


class Terminal:
    """A terminal with Fleet in it: send keys, wait for text, look at the lines and at the raw bytes."""

    def __init__(self, width: int, height: int, *arguments: str, program: str = "tests.tui.program") -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        # Parallel workers of pytest have COLUMNS and LINES set, which would overrule the terminal's own size.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        # The size is set before Python starts: what a parent sets a moment later may come too late to be noticed.
        size_then_run = f'stty cols {width} rows {height}; exec "$0" -m {program} "$@"'
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-c", size_then_run, sys.executable, *arguments],
            dimensions=(height, width),
            env=environment,
            cwd=str(ROOT),
        )

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self) -> None:
        """Take what the program wrote."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        # pyte knows no private CSI with > = < or $; they paint nothing.
        self._stream.feed(re.sub(rb"\x1b\[[<=>?][0-9;]*(?:u|\$p|m)|\x1bP[^\x1b]*\x1b\\", b"", data))

    def wait(self, condition: Callable[[str], bool]) -> None:
        """Wait for the screen to satisfy a condition."""
        end = monotonic() + PATIENCE
        while not condition(self.text):
            assert monotonic() < end, f"waited in vain; the screen shows\n{self.text}"
            self.read()

    def shows(self, text: str) -> None:
        """Wait for a text."""
        self.wait(lambda screen: text in screen)

    def send(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)


@contextmanager
def fleet(width: int, height: int, *arguments: str) -> Iterator[Terminal]:
    """Fleet in a terminal of a size, with its list on screen."""
    terminal = Terminal(width, height, *arguments)
    try:
        terminal.shows("updated 14:02")
        yield terminal
        terminal.send("\x11")
        terminal.child.expect(pexpect.EOF, timeout=PATIENCE)
    finally:
        terminal.child.close(force=True)


def same_as_golden(name: str, terminal: Terminal) -> None:
    """Wait until the screen is the picture; fails with both when it never is."""
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("FLEET_WRITE_GOLDENS"):
        for _ in range(20):
            terminal.read()
        path.parent.mkdir(exist_ok=True)
        path.write_text(terminal.text + "\n", encoding="utf-8")
    wanted = path.read_text(encoding="utf-8").removesuffix("\n")
    end = monotonic() + PATIENCE / 2
    while terminal.text != wanted and monotonic() < end:
        terminal.read()
    assert terminal.text == wanted


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
        raw = terminal.raw
    raw = re.sub(rb"\x1b\]22;[a-z]*(?:\x07|\x1b\\\\)", b"", raw)  # the shape of the mouse pointer is Textual's own
    assert b"\x1b]" not in raw
    assert b"\x07" not in raw
    assert b"\x1bc" not in raw
    assert not [
        char for char in raw.decode("utf-8") if 0x80 <= ord(char) < 0xA0 or char in "\u202e\u2066\u200b\x00\x08\x7f"
    ]


def test_fifty_devices_are_counted_by_a_scanner_that_never_waits(tmp_path: Path) -> None:
    terminal = Terminal(100, 30, str(tmp_path), program="tests.tui.program_real")
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
        terminal.child.expect(pexpect.EOF, timeout=PATIENCE)
    finally:
        terminal.child.close(force=True)
