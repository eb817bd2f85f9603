"""A process that syncs in children of its own, each of which can be killed at a chosen point.

Started as `python -m tests.fleet.killing`; imports everything once, then forks for each order, a line of JSON on stdin:
`{"arguments": [...], "log": "..."}`. It answers with the child's process number, waits for an empty line, lets the
child run `fleet` with those arguments, and answers with how the child ended: its exit code, or minus the signal.

With `"statement": n` the child kills itself before the n-th statement of the transaction that applies the plan; 0 is
before its COMMIT, -1 right after it. With `"after": seconds` it is ended by an alarm that nobody handles.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

import fleet.cli.sync
import fleet.commands.sync
import fleet.intune.read  # noqa: F401 - children start where this has come to
from fleet.cli.program import main
from fleet.commands import sync as syncing


def serve() -> None:
    """Fork for each order until stdin ends."""
    while line := _line():
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _line()
            _run(order)
        _say(child)
        _, status = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def _line() -> str:
    """A line of stdin, read byte by byte: parent and child share it, and neither may take what is the other's."""
    found = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        found += byte
    return found.decode()


def _run(order: dict[str, Any]) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    if (statement := order.get("statement")) is not None:
        _die_at(statement)
    if (after := order.get("after")) is not None:
        signal.setitimer(signal.ITIMER_REAL, after)
    code: object = 70
    try:
        main(order["arguments"])
    except SystemExit as ended:
        code = ended.code
    finally:
        os._exit(code if isinstance(code, int) else 70)


def _die_at(wanted: int) -> None:
    """Lay the trap."""
    seen = {"applying": False, "statements": 0}
    apply = syncing._apply

    def applying(*arguments: Any, **options: Any) -> None:
        seen["applying"] = True
        apply(*arguments, **options)

    def before(_connection: Connection, *_: Any) -> None:
        if seen["applying"]:
            seen["statements"] += 1
            if seen["statements"] == wanted:
                _die()

    def commit(_connection: Connection) -> None:
        if seen["applying"] and wanted == 0:
            _die()

    syncing._apply = applying  # type: ignore[assignment]
    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    if wanted == -1:
        finished = syncing.let_go

        def done(*arguments: Any) -> None:
            _die()
            finished(*arguments)

        syncing.let_go = done  # type: ignore[assignment]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    serve()
