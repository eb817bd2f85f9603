"""An export in a process of its own: writing a workbook is seconds of Python, which would hold up every key."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime

from fleet.config import Config
from fleet.errors import FleetError
from tui.files import ReportOrder


def export(
    config: Config, now: datetime, text: str, path: str, *, overwrite: bool = False, as_at: date | None = None,
    reason: str | None = None,
) -> str:  # fmt: skip
    """Write the devices of a search to a file whose ending says what kind; returns what was written, in words.

    Raises `FleetError` with the reason when it was not.
    """
    options = ["--overwrite"] if overwrite else []
    options += ["--unmask", "--reason", reason] if reason else []
    options += ["--as-at", as_at.isoformat()] if as_at is not None else []
    return _write(config, now, "estate", path, options, text.split())


def write_report(config: Config, now: datetime, order: ReportOrder) -> str:
    """Write a report; see `export`."""
    options = ["--overwrite"] if order.overwrite else []
    if order.organisation:
        options += ["--organisation", order.organisation]
    return _write(config, now, order.key, order.path, options, [])


def _write(config: Config, now: datetime, report: str, path: str, options: Sequence[str], words: Sequence[str]) -> str:
    kind = path.rpartition(".")[2].lower()
    command = [
        sys.executable, "-m", "fleet", "--home", str(config.home), "export", report, "--json",
        "--to", kind if kind in ("csv", "json", "pdf") else "xlsx", "--output", path, *options, "--", *words,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "FLEET_NOW": now.isoformat(),
        "FLEET_DATABASE_URL": config.database_url,
        "FLEET_OPERATOR": config.operator,
    }
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=environment)  # noqa: S603 - our own program, no shell
    answer = _answer(done.stdout)
    if done.returncode or "path" not in answer:
        error = answer.get("error", {})
        raise FleetError(error.get("message") or "The file could not be written.", code=error.get("code", "export"))
    counts = ", ".join(f"{number:,} {sheet.lower()}" for sheet, number in answer["counts"].items())
    return f"{answer['path']} ({counts})"


def _answer(printed: str) -> dict[str, dict[str, str]]:
    try:
        found = json.loads(printed)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
