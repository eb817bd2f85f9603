"""Programs in processes of their own without starting Python for each: a warm interpreter forks, and the fork becomes one.

An interpreter that has imported Fleet waits for orders; the process of an order has its own arguments, environment,
folder, session and streams (or a terminal), as one that was started has. What a start is like from cold is tested where a
start is the point: `tests/fleet/cli/test_program.py`, `tests/tui/test_app.py`, `tests/tui/web`, a technician's day.

The other side is this module as a program: `python -m tests.warm <number of the socket>`.
"""

import atexit
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import termios
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn

ROOT = Path(__file__).parents[1]
KNOWN = ("fleet", "importers", "tui")
"""Packages that are imported before the first order."""
UNKNOWN = (".migrations", ".web", "__main__", "calamine_child", ".demo")
FIRST = ("tests.tui.program_screens", "openpyxl")


class Running:
    """A process that the interpreter forked."""

    def __init__(self, status: IO[str]) -> None:
        self._status = status
        self.pid = int(status.readline())
        self._code: int | None = None

    def wait(self) -> int:
        """How it ended: its exit code, or minus the signal."""
        if self._code is None:
            with self._status:
                self._code = int(self._status.readline())
        return self._code

    def kill(self) -> None:
        """End it and what it started, whatever it does; its number is its own until it was waited for."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait()


class Interpreter:
    """The warm interpreter, as its users see it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], cwd=ROOT, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def start(
        self, module: str, arguments: Sequence[str], streams: Sequence[int], *,
        environment: Mapping[str, str], folder: Path | None = None, terminal: bool = False,
    ) -> Running:  # fmt: skip
        """Have a process become `python -m module`; `streams` are its three, or the one terminal it has."""
        order = {
            "module": module, "arguments": [module, *arguments], "environment": dict(environment),
            "folder": str(folder or Path.cwd()), "terminal": terminal,
        }  # fmt: skip
        heard, said = os.pipe()
        with TemporaryFile() as told:
            told.write(json.dumps(order).encode())
            told.seek(0)
            socket.send_fds(self._socket, [b"!"], [told.fileno(), said, *streams])
        os.close(said)
        return Running(os.fdopen(heard, encoding="ascii"))

    def run(
        self, command: Sequence[str], *, env: Mapping[str, str], encoding: str, errors: str = "strict", input: str = "", **_: Any
    ) -> "CompletedProcess[str]":  # fmt: skip
        """What `subprocess.run` does for a command that starts Fleet with this Python, on pipes."""
        python, m, module, *arguments = command
        assert (python, m) == (sys.executable, "-m")
        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
            given.write(input.encode(encoding))
            given.seek(0)
            running = self.start(module, arguments, [given.fileno(), out.fileno(), err.fileno()], environment=env)
            code = running.wait()
            printed = []
            for file in (out, err):
                file.seek(0)
                printed.append(file.read().decode(encoding, errors))
        return CompletedProcess(list(command), code, *printed)

    def close(self) -> None:
        """Let it end."""
        self._socket.close()
        self._process.wait(30)


_started: list[Interpreter] = []
_starting = threading.Lock()


def interpreter() -> Interpreter:
    """The one of this process, started when first asked for; `close` ends it."""
    with _starting:
        if not _started:
            _started.append(Interpreter())
    return _started[0]


def close() -> None:
    """End the one of this process, if there is one."""
    while _started:
        _started.pop().close()


# --- the other side ----------------------------------------------------------------------------------------------


def _serve(orders: socket.socket) -> None:
    """Fork for each order until nobody can give any."""
    _import_what_is_known()
    gc.collect()
    gc.freeze()
    while True:
        said, streams, *_ = socket.recv_fds(orders, 1, 8)
        if not said:
            break
        if os.fork() == 0:
            orders.close()
            _keep(*streams)
        for one in streams:
            os.close(one)
        _bury(os.WNOHANG)
    _bury(0)


def _import_what_is_known() -> None:
    for name in FIRST:
        importlib.import_module(name)
    for package in KNOWN:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if not any(part in found.name for part in UNKNOWN):
                importlib.import_module(found.name)


def _bury(how: int) -> None:
    """Take note of children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def _keep(told: int, status: int, *streams: int) -> NoReturn:
    """Start what was ordered, and say its number and how it ended."""
    with os.fdopen(told, encoding="utf-8") as file:
        order = json.load(file)
    child = os.fork()
    if child == 0:
        os.close(status)
        _become(order, streams)
    for one in streams:
        os.close(one)
    os.write(status, f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _become(order: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be the process that `python -m` would have started."""
    os.setsid()
    if order["terminal"]:
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
        streams = [streams[0]] * 3
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in set(streams) - {0, 1, 2}:
        os.close(stream)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = order["arguments"]
    _open_streams()
    os._exit(_run(order["module"]))


def _open_streams() -> None:
    """Python's own names for the three: those from before the fork know what the streams were then."""
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = io.TextIOWrapper(
            os.fdopen(number, "wb", closefd=False), encoding="utf-8", line_buffering=number == 2 or os.isatty(number),
            errors="backslashreplace" if number == 2 else "strict",
        )  # fmt: skip
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(module: str) -> int:
    code: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code or 0
        if not isinstance(code, int):
            sys.stderr.write(f"{code}\n")
    except BaseException:  # noqa: BLE001 - as Python does when it is started for a module
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
