"""A program in a pseudo terminal, measured from outside: when each byte came, and what it cost the program.

The bytes are only kept while they come, and shown on a screen afterwards: reading the screen takes longer than painting it,
and would be measured with it.
"""

import os
import re
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pyte

from tests.bench.measured import ROOT
from tests.bench.starting import HEIGHT, PATIENCE, WIDTH

_UNKNOWN = re.compile(rb"\x1b\[[<=>?][0-9;]*(?:u|\$p|m)|\x1bP[^\x1b]*\x1b\\")
"""Private sequences that pyte does not know; they paint nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What followed a key."""

    seconds: float | None
    """Until the bytes were there that made the condition true; None when it never was."""
    cpu: float
    """Processor seconds of the program until then, all threads; of all that followed when it never was."""
    whole_cpu: float
    """Processor seconds until all was quiet: cards and counts included."""
    size: int
    """Bytes painted in all."""


class Terminal:
    """A running program and its screen."""

    def __init__(self, command: list[str], ready: str) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self.screen)
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": os.environ["PATH"],
                       "PYTHONPATH": str(ROOT)}  # fmt: skip
        self._child = pexpect.spawn(command[0], command[1:], dimensions=(HEIGHT, WIDTH), env=environment, cwd=str(ROOT))
        began = time.perf_counter()
        while ready not in self.text:
            self._show(self._read(0.05))
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"{command} did not show {ready!r} in {PATIENCE:g} s; it shows\n{self.text}")
        self.settle(2.0)

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(self.screen.display)

    def settle(self, quiet: float) -> None:
        """Wait until nothing has been painted for so long."""
        self._show(self._read(quiet))

    def press(self, keys: str, condition: Callable[[], bool], quiet: float = 0.3) -> Answer:
        """Press keys, wait until all is quiet, then look when the condition came true."""
        before, began = self._cpu(), time.perf_counter()
        os.write(self._child.child_fd, keys.encode())
        chunks = self._read(quiet)
        after = self._cpu()
        found: tuple[float, float] | None = None
        for came, cpu, data in chunks:
            self._show([(came, cpu, data)])
            if found is None and condition():
                found = came - began, cpu - before
        size = sum(len(data) for _, _, data in chunks)
        return Answer(found[0] if found else None, found[1] if found else after - before, after - before, size)

    def wait(self, keys: str, condition: Callable[[], bool], patience: float) -> float | None:
        """Press keys and look at the screen as it comes: for programs that take so long that looking does not matter."""
        began = time.perf_counter()
        os.write(self._child.child_fd, keys.encode())
        while (left := began + patience - time.perf_counter()) > 0:
            for one in self._read(0, until=time.perf_counter() + min(left, 0.02)):
                self._show([one])
                if condition():
                    return one[0] - began
        return None

    def hold(self, key: str, times: int, every: float, condition: Callable[[], bool]) -> float | None:
        """Repeat a key as a keyboard does; seconds from the last one until the condition came true."""
        chunks: list[tuple[float, float, bytes]] = []
        last = began = time.perf_counter()
        for number in range(times):
            chunks += self._read(0, until=began + number * every)
            last = time.perf_counter()
            os.write(self._child.child_fd, key.encode())
        chunks += self._read(0.3)
        found = None
        for came, cpu, data in chunks:
            self._show([(came, cpu, data)])
            if found is None and condition():
                found = came
        return max(0.0, found - last) if found is not None else None

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def close(self) -> None:
        """End the program."""
        self._child.close(force=True)

    def _show(self, chunks: Sequence[tuple[float, float, bytes]]) -> None:
        for _, _, data in chunks:
            self._stream.feed(_UNKNOWN.sub(b"", data))

    def _read(self, quiet: float, until: float | None = None) -> list[tuple[float, float, bytes]]:
        """All that comes, with its time and the processor seconds used, until it is quiet for so long, or until a time."""
        chunks = []
        began = last = time.perf_counter()
        while True:
            now = time.perf_counter()
            left = until - now if until is not None else min(last + quiet, began + PATIENCE) - now
            if left <= 0:
                return chunks
            if select.select([self._child.child_fd], [], [], left)[0]:
                data = os.read(self._child.child_fd, 1 << 16)
                last = time.perf_counter()
                chunks.append((last, self._cpu(), data))

    def _cpu(self) -> float:
        used = 0
        for task in Path(f"/proc/{self._child.pid}/task").iterdir():
            try:
                used += int((task / "schedstat").read_text(encoding="ascii").split()[0])
            except OSError:  # A thread that ended meanwhile.
                continue
        return used / 1e9
