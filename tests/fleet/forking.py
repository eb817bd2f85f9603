"""Running `fleet` in a process that forks a child for each order, so that a child can be killed and Python starts once.

The parent's side is `Forking`. A program of the other side lays its own traps and calls `serve`: for each order, a line of
JSON on stdin (`{"arguments": [...], "log": "..."}`), it answers with the child's process number, waits for an empty line,
lets the child go, and answers with how it ended: its exit code, or minus the signal. With `"after": seconds` the child is
ended by an alarm that nobody handles.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fleet.town import NIGHT_2

ROOT = Path(__file__).parents[2]


class Forking:
    """The process whose children run `fleet`."""

    def __init__(self, module: str, folder: Path, actor: str) -> None:
        self.log = folder / "log"
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
            env={**os.environ, "FLEET_NOW": NIGHT_2.isoformat(), "FLEET_OPERATOR": actor},
        )  # fmt: skip

    def obey(self, order: dict[str, Any], started: Callable[[int], None]) -> int:
        """Run it in a child; `started` is told its process number before it begins. Returns how it ended."""
        self._say(json.dumps({"log": str(self.log), **order}))
        started(int(self._hear()))
        self._say("")
        return int(self._hear())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def serve(lay_traps: Callable[[dict[str, Any]], None], main: Callable[[list[str]], object]) -> None:
    """The other side: fork for each order until stdin ends."""
    while line := _line():
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _line()
            _run(order, lay_traps, main)
        _answer(child)
        _, status = os.waitpid(child, 0)
        _answer(os.waitstatus_to_exitcode(status))


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def _answer(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def _line() -> str:
    """A line of stdin, read byte by byte: parent and child share it, and neither may take what is the other's."""
    found = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        found += byte
    return found.decode()


def _run(
    order: dict[str, Any], lay_traps: Callable[[dict[str, Any]], None], main: Callable[[list[str]], object]
) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    lay_traps(order)
    if (after := order.get("after")) is not None:
        signal.setitimer(signal.ITIMER_REAL, after)
    code: object = 70
    try:
        main(order["arguments"])
    except SystemExit as ended:
        code = ended.code
    finally:
        os._exit(code if isinstance(code, int) else 70)
