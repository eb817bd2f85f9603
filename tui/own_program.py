"""Fleet's own command line in a process of its own: what takes seconds of Python would hold up every key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.config import Config
from fleet.errors import FleetError


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """Its JSON document; None when it printed none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None


def run_fleet(config: Config, now: datetime, arguments: Sequence[str], answers: Sequence[str] = ()) -> Ran:
    """Run a command as the operator, on the same register and at the same time.

    `answers` are for what it asks, a line each; where there is none it stops with code 130 and changes nothing. It has
    no terminal of its own, so that it can neither write to this one nor read from it.
    """
    environment = {
        **os.environ,
        "FLEET_NOW": now.isoformat(),
        "FLEET_DATABASE_URL": config.database_url,
        "FLEET_OPERATOR": config.operator,
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }
    command = [sys.executable, "-m", "fleet", "--home", str(config.home), *arguments]
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, env=environment,
        input="".join(f"{answer}\n" for answer in answers), start_new_session=True,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def answer_of(config: Config, now: datetime, arguments: Sequence[str], *, key: str, otherwise: str) -> dict[str, Any]:
    """The JSON answer of a command, which has `key`; raises `FleetError` with what the command said instead."""
    ran = run_fleet(config, now, arguments)
    answer = ran.answer
    if isinstance(answer, dict) and key in answer:
        return answer
    error = answer.get("error", {}) if isinstance(answer, dict) else {}
    raise FleetError(error.get("message") or said_by(ran) or otherwise, code=error.get("code", "command"))


def said_by(ran: Ran) -> str:
    """What a command that was refused said, without the name of the program."""
    lines = [line.strip() for line in ran.err.splitlines() if line.strip()]
    told = [
        line.removeprefix("fleet: ").removeprefix("Error: ")
        for line in lines
        if not line.startswith(("Usage:", "Try '"))
    ]
    return " ".join(told)
