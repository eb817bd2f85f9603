"""A process that runs `fleet` in children of its own, each of which can be killed at a chosen point.

Started as `python -m tests.fleet.commands.outbox.killing`; imports everything once, then forks for each order, a line of
JSON on stdin: `{"arguments": [...], "url": "...", "log": "..."}`. It answers with the child's process number, waits for an
empty line, lets the child go, and answers with how it ended: its exit code, or minus the signal.

With `"statement": n` the child kills itself before its n-th statement, with `"commit": n` before its n-th COMMIT, with
`"after": seconds` it is ended by an alarm that nobody handles.
"""

import json
import os
import signal
from typing import Any

from sqlalchemy import Engine, event

import fleet.cli.actions
import fleet.commands.rejudging
import fleet.commands.sync
import fleet.intune.sign_in  # noqa: F401 - children start where this has come to
from fleet.cli.program import main
from tests.fleet.killing import _line, _say


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


def _run(order: dict[str, Any]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.environ["FLEET_DATABASE_URL"] = order["url"]
    for name in ("statement", "commit"):
        if (wanted := order.get(name)) is not None:
            _die_at("before_cursor_execute" if name == "statement" else "commit", wanted)
    if (after := order.get("after")) is not None:
        signal.setitimer(signal.ITIMER_REAL, after)
    code: object = 70
    try:
        main(order["arguments"])
    except SystemExit as ended:
        code = ended.code
    finally:
        os._exit(code if isinstance(code, int) else 70)


def _die_at(what: str, wanted: int) -> None:
    """Lay the trap."""
    seen = {"number": 0}

    def count(*_: Any) -> None:
        seen["number"] += 1
        if seen["number"] == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, what, count)


if __name__ == "__main__":
    serve()
