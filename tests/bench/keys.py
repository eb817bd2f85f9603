"""How long a key takes until the first page that answers it is painted, in a real terminal."""

import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

import pexpect
import pyte

from tests.bench.measured import ROOT
from tests.bench.starting import HEIGHT, PATIENCE, PROGRAM, WIDTH, command_seconds
from tests.bench.table import Line, seconds

QUIET = 0.3
"""Seconds without output after which everything is painted."""
TYPED = 3
"""Tags that are typed for one round."""
CLEAR, PAGE_DOWN = "\x15", "\x1b[6~"
_UNKNOWN = re.compile(rb"\x1b\[[<=>?][0-9;]*(?:u|\$p|m)|\x1bP[^\x1b]*\x1b\\")
"""Private sequences that pyte does not know; they paint nothing."""


class Terminal:
    """A program in a pseudo terminal; `top` is the line its first row stands in."""

    def __init__(self, command: list[str], ready: str) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self.screen)
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": os.environ["PATH"],
                       "PYTHONPATH": str(ROOT)}  # fmt: skip
        self._child = pexpect.spawn(command[0], command[1:], dimensions=(HEIGHT, WIDTH), env=environment, cwd=str(ROOT))
        self.until(lambda: ready in self.text)
        self.settle()
        self.top = next(number for number, line in enumerate(self.screen.display) if ready in line)

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(self.screen.display)

    @property
    def first_row(self) -> str:
        """The topmost row of the list."""
        return self.screen.display[self.top]

    def send(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def until(self, condition: Callable[[], bool]) -> float:
        """Seconds until a condition holds: the moment at which the bytes that made it so arrived."""
        began = time.perf_counter()
        while (came := time.perf_counter() - began) < PATIENCE:
            try:
                data = self._child.read_nonblocking(1 << 16, timeout=0.02)
            except pexpect.TIMEOUT:
                continue
            came = time.perf_counter() - began
            self._stream.feed(_UNKNOWN.sub(b"", data))
            if condition():
                return came
        raise SystemExit(f"Nothing that was waited for came in {PATIENCE:g} s; the screen shows\n{self.text}")

    def settle(self) -> None:
        """Wait until nothing more is painted."""
        last = time.perf_counter()
        while time.perf_counter() - last < QUIET:
            try:
                self._stream.feed(_UNKNOWN.sub(b"", self._child.read_nonblocking(1 << 16, timeout=0.02)))
            except pexpect.TIMEOUT:
                continue
            last = time.perf_counter()

    def close(self) -> None:
        """End the program."""
        self._child.close(force=True)


def key_seconds(terminal: Terminal, tags: list[str]) -> list[float]:
    """Type each tag letter by letter; a letter counts when another row comes to stand on top for it."""
    took = []
    for tag in tags:
        for length in range(1, len(tag) + 1):
            typed = tag[:length].casefold()
            answers = typed in terminal.first_row.casefold()
            terminal.send(tag[length - 1])
            if not answers:
                took.append(terminal.until(lambda typed=typed: typed in terminal.first_row.casefold()))  # type: ignore[misc]
            terminal.settle()
        terminal.send(CLEAR)
        terminal.settle()
    return took


def page_seconds(terminal: Terminal, number: int) -> list[float]:
    """Press page down so often."""
    took = []
    for _ in range(number):
        before = terminal.first_row
        terminal.send(PAGE_DOWN)
        took.append(terminal.until(lambda before=before: terminal.first_row != before))  # type: ignore[misc]
        terminal.settle()
    return took


def keys(sizes: list[int], rounds: int, folder: Path) -> Iterator[Line]:
    """Key to first page and page down against a table that is filled anew, at every size."""
    for size in sizes:
        home = folder / f"keys-{size}"
        command_seconds([PROGRAM, "--home", str(home), "demo", "--no-tui", "--devices", str(size)])
        tags = _tags(home / "fleet.db", TYPED * rounds + 1)
        ours = Terminal([PROGRAM, "--home", str(home)], tags[0])
        try:
            key, page = key_seconds(ours, tags[1:]), page_seconds(ours, 10 * rounds)
        finally:
            ours.close()
        plain = Terminal([sys.executable, "tests/bench/refill.py", str(home / "fleet.db")], tags[0])
        try:
            refilled = key_seconds(plain, tags[1 : TYPED + 1])
        finally:
            plain.close()
        faster = {2_000: "≤ 40 ms, 0.1×", 20_000: "≤ 40 ms, 0.02×"}.get(size, "≤ 50 ms")
        ratio = f"{p95(key) / p95(refilled):.3f}×"
        yield Line(
            "key to first painted page, p95", f"{size:,}", ratio, faster, seconds(p95(key)), seconds(p95(refilled))
        )
        yield Line("page down, p95", f"{size:,}", "", "≤ 30 ms", seconds(p95(page)))


def p95(values: list[float]) -> float:
    """The value that 19 of 20 stay below."""
    return quantiles(values, n=20, method="inclusive")[-1]


def _tags(database: Path, number: int) -> list[str]:
    """The first tag, then some from all over the list."""
    found = sqlite3.connect(database).execute(
        "SELECT asset_tag FROM device WHERE asset_tag IS NOT NULL ORDER BY asset_tag"
    )
    tags = [str(row[0]) for row in found]
    return [tags[0], *(tags[len(tags) * place // number] for place in range(1, number))]
