"""A process that runs `fleet` in children of its own, each of which can be killed at a chosen point.

Started as `python -m tests.fleet.commands.outbox.killing`; how it is told what to do stands in `tests.fleet.forking`. An
order names the `url` of its register. With `"statement": n` the child kills itself before its n-th statement, with
`"commit": n` before its n-th COMMIT.
"""

import os
from typing import Any

from sqlalchemy import Engine, event

import fleet.cli.actions
import fleet.commands.rejudging
import fleet.commands.sync
import fleet.intune.sign_in  # noqa: F401 - children start where this has come to
from fleet.cli.program import main
from tests.fleet.forking import die, serve


def lay_traps(order: dict[str, Any]) -> None:
    """The register of the order, and where it says that the child is to die."""
    os.environ["FLEET_DATABASE_URL"] = order["url"]
    for name in ("statement", "commit"):
        if (wanted := order.get(name)) is not None:
            _die_at("before_cursor_execute" if name == "statement" else "commit", wanted)


def _die_at(what: str, wanted: int) -> None:
    """Lay the trap."""
    seen = {"number": 0}

    def count(*_: Any) -> None:
        seen["number"] += 1
        if seen["number"] == wanted:
            die()

    event.listen(Engine, what, count)


if __name__ == "__main__":
    serve(lay_traps, main)
