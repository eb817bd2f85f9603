"""Kinds of arguments that several commands take: days, and lists of keys from arguments, a file or stdin."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from fleet.errors import UsageProblem

MOST_KEYS = 20_000
"""A paste longer than this is a mistake."""


class Day(click.ParamType[date]):
    """A day as people write it: 2026-03-31, 31/03/2026 or 31 Mar 2026."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day; fails with the forms that are understood."""
        from datetime import datetime

        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"):
            try:
                return datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise click.BadParameter(f"{value} is not a day. Write 2026-03-31 or 31/03/2026.", ctx, param)


DAY = Day()


def keys_from(keys: Sequence[str], file: str | None) -> list[str]:
    """Keys from the command line, and one per line from a file or stdin (`-`): a scanner's list, pasted."""
    found = [key for key in keys if key.strip()]
    if file is not None:
        found += [line.strip() for line in _text(file).splitlines() if line.strip()]
    if not found:
        raise UsageProblem("Name at least one device: a tag, serial or IMEI, or --file with one per line.")
    if len(found) > MOST_KEYS:
        raise UsageProblem(f"{len(found):,} keys are more than one command takes ({MOST_KEYS:,}).")
    return list(dict.fromkeys(found))


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{file} can't be read as text: {error}.") from error
