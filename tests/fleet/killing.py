"""A process that syncs in children of its own, each of which can be killed at a chosen point.

Started as `python -m tests.fleet.killing`; how it is told what to do stands in `forking`. With `"statement": n` the child
kills itself before the n-th statement of the transaction that applies the plan; 0 is before its COMMIT, -1 right after it.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event

import fleet.cli.sync
import fleet.commands.sync
import fleet.intune.read  # noqa: F401 - children start where this has come to
from fleet.cli.program import main
from fleet.commands import sync as syncing
from tests.fleet.forking import die, serve


def lay_traps(order: dict[str, Any]) -> None:
    """Where the order says that the child is to die."""
    if (statement := order.get("statement")) is not None:
        _die_at(statement)


def _die_at(wanted: int) -> None:
    """Lay the trap."""
    seen = {"applying": False, "statements": 0}
    apply = syncing._apply

    def applying(*arguments: Any, **options: Any) -> Any:
        seen["applying"] = True
        return apply(*arguments, **options)

    def before(_connection: Connection, *_: Any) -> None:
        if seen["applying"]:
            seen["statements"] += 1
            if seen["statements"] == wanted:
                die()

    def commit(_connection: Connection) -> None:
        if seen["applying"] and wanted == 0:
            die()

    syncing._apply = applying
    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    if wanted == -1:
        finished = syncing.let_go

        def done(*arguments: Any) -> None:
            die()
            finished(*arguments)

        syncing.let_go = done  # type: ignore[assignment]


if __name__ == "__main__":
    serve(lay_traps, main)
