"""A real terminal with Fleet in it, for tests: keys in, painted lines and raw bytes out, pictures to compare with.

Fleet comes from the warm interpreter; a technician's day starts it from cold.
The pictures are in `goldens/`; `FLEET_WRITE_GOLDENS=1` writes them anew, to be read in the diff.
"""

import os
import re
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

pexpect = pytest.importorskip("pexpect", reason="pseudo terminals exist on POSIX only")
pyte = pytest.importorskip("pyte")

from pexpect.fdpexpect import fdspawn  # noqa: E402 - where there is no pexpect, there is nothing to test

from tests import warm  # noqa: E402

GOLDENS = Path(__file__).with_name("goldens")
ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
F = {
    1: "\x1bOP", 2: "\x1bOQ", 3: "\x1bOR", 4: "\x1bOS", 6: "\x1b[17~", 7: "\x1b[18~", 8: "\x1b[19~", 9: "\x1b[20~",
    5: "\x1b[15~", 10: "\x1b[21~", 12: "\x1b[24~",
}  # fmt: skip
SHIFT_F = {
    1: "\x1b[1;2P",
    3: "\x1b[1;2R",
    6: "\x1b[17;2~",
    7: "\x1b[18;2~",
    8: "\x1b[19;2~",
    9: "\x1b[20;2~",
    12: "\x1b[24;2~",
}
"""What a terminal sends for a function key, alone and with Shift."""
ENTER, TAB, ESCAPE = "\r", "\t", "\x1b"
UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<=>?][0-9;]*(?:u|\$p|m)|\x1bP[^\x1b]*\x1b\\")
UNFINISHED = re.compile(rb"(?:\x1b(?:\[[<=>?]?[0-9;]*\$?|P[^\x1b]*\x1b?)?)?\Z")
"""The begin of a sequence whose end is still under way: what is read ends anywhere."""


def key_of(name: str) -> str:
    """What a terminal sends for a key as the table of actions names it: `ctrl+d`, `f6`, `shift+f3`, `ctrl+f9`."""
    modifier, _, key = name.rpartition("+")
    if not key.startswith("f") or not key[1:].isdigit():
        return ctrl(key)
    number, more = int(key[1:]), {"": 0, "shift": 2, "ctrl": 5}[modifier]
    if not more:
        return F[number]
    if number <= 4:
        return f"\x1b[1;{more}{'PQRS'[number - 1]}"
    code = {5: 15, 6: 17, 7: 18, 8: 19, 9: 20, 10: 21, 11: 23, 12: 24}[number]
    return f"\x1b[{code};{more}~"


def ctrl(letter: str) -> str:
    """What a terminal sends for Ctrl and a letter."""
    return chr(ord(letter.upper()) - 64)


def _started(width: int, height: int, program: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Any:
    """A Python of its own in a terminal."""
    # The size is set before Python starts: what a parent sets a moment later may come too late to be noticed.
    size_then_run = f'stty cols {width} rows {height}; exec "$0" -m {program} "$@"'
    return pexpect.spawn(
        "/bin/sh",
        ["-c", size_then_run, sys.executable, *arguments],
        dimensions=(height, width),
        env=environment,
        cwd=str(ROOT),
    )


class Forked(fdspawn):  # type: ignore[misc]  # pexpect has no types
    """A terminal of which the process at its other end came from the warm interpreter."""

    def __init__(
        self, width: int, height: int, program: str, arguments: tuple[str, ...], environment: dict[str, str]
    ) -> None:
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (height, width))
        self.running = warm.interpreter().start(
            program, arguments, [theirs], environment=environment, folder=ROOT, terminal=True
        )
        os.close(theirs)
        super().__init__(ours)

    def close(self, force: bool = False) -> None:
        """Hang up; `force` ends the process."""
        super().close()
        if force:
            self.running.kill()


class Terminal:
    """A terminal with Fleet in it: send keys, wait for text, look at the lines and at the raw bytes."""

    def __init__(
        self,
        width: int,
        height: int,
        *arguments: str,
        program: str = "tests.tui.program",
        environment: Mapping[str, str] | None = None,
        cold: bool = False,
    ) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self._lines = [""] * height
        self._begun = b""
        self.raw = b""
        self.ended = False
        """Whether the program is gone, and all that it painted is in `raw`."""
        self.blotted: Mapping[str, str] = {}
        """What is another text in each run, and what stands for it in pictures."""
        # Parallel workers of pytest have COLUMNS and LINES set, which would overrule the terminal's own size.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        ours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        told = {**inherited, **ours, **(environment or {})}
        start = _started if cold else Forked
        self.child: Any = start(width, height, program, arguments, told)

    @property
    def text(self) -> str:
        """The screen as lines; only those are put together anew that were painted on."""
        for number in self.screen.dirty:
            row = self.screen.buffer[number]
            self._lines[number] = "".join(row[at].data for at in range(self.screen.columns)).rstrip()
        self.screen.dirty.clear()
        return "\n".join(self._lines)

    @property
    def picture(self) -> str:
        """The screen as lines that are the same in each run."""
        text = self.text
        for changing, same in self.blotted.items():
            text = text.replace(changing, same)
        return text

    def read(self) -> None:
        """Take what the program wrote."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            self.ended = True
            return
        self.raw += data
        data = self._begun + data
        self._begun = UNFINISHED.findall(data)[0]
        # pyte knows no private CSI with > = < or $; they paint nothing.
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data.removesuffix(self._begun)))

    def wait(self, condition: Callable[[str], bool]) -> None:
        """Wait for the screen to satisfy a condition."""
        end = monotonic() + PATIENCE
        while not condition(self.text):
            assert not self.ended, f"the program ended; the screen shows\n{self.text}"
            assert monotonic() < end, f"waited in vain; the screen shows\n{self.text}"
            self.read()

    def ends(self) -> None:
        """Wait until the program is gone; what it painted last is read too."""
        end = monotonic() + PATIENCE
        while not self.ended:
            assert monotonic() < end, f"does not end; the screen shows\n{self.text}"
            self.read()

    def shows(self, text: str) -> None:
        """Wait for a text."""
        self.wait(lambda screen: text in screen)

    def send(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)


def same_as_golden(name: str, terminal: Terminal) -> None:
    """Wait until the screen is the picture; fails with both when it never is."""
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("FLEET_WRITE_GOLDENS"):
        for _ in range(20):
            terminal.read()
        path.parent.mkdir(exist_ok=True)
        path.write_text(terminal.picture + "\n", encoding="utf-8")
    wanted = path.read_text(encoding="utf-8").removesuffix("\n")
    end = monotonic() + PATIENCE
    while terminal.picture != wanted and not terminal.ended and monotonic() < end:
        terminal.read()
    assert terminal.picture == wanted
