"""A file is read, compared and applied in a process of its own: parsing is seconds of Python, which would hold up keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any

from fleet.config import Config
from fleet.errors import FleetError
from tui.files import FileChoice


def run_import(config: Config, now: datetime, choice: FileChoice, *more: str) -> dict[str, Any]:
    """The answer of `fleet import` about a file; raises `FleetError` with its reason."""
    command = [
        sys.executable, "-m", "fleet", "--home", str(config.home), "import", "--json", *_options(choice), *more, "--", choice.path,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "FLEET_NOW": now.isoformat(),
        "FLEET_DATABASE_URL": config.database_url,
        "FLEET_OPERATOR": config.operator,
    }
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=environment)  # noqa: S603 - our own program, no shell
    answer = _answer(done.stdout)
    if "counts" not in answer:
        error = answer.get("error", {})
        raise FleetError(error.get("message") or "The file could not be read.", code=error.get("code", "import"))
    return answer


def _options(choice: FileChoice) -> list[str]:
    pairs = (
        ("--as", choice.layout),
        ("--organisation", choice.organisation),
        ("--sheet", choice.sheet),
        ("--reason", choice.reason),
        ("--confirm", str(choice.confirm) if choice.confirm is not None else None),
    )
    given = [part for name, value in pairs if value for part in (name, value)]
    given += [part for one in choice.mapping for part in ("--map", one)]
    return [*given, *(["--create"] if choice.create else [])]


def _answer(printed: str) -> dict[str, Any]:
    try:
        found = json.loads(printed)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
