"""A file is read, compared and applied in a process of its own: parsing is seconds of Python, which would hold up keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.config import Config
from tui.files import FileChoice
from tui.own_program import answer_of


def run_import(config: Config, now: datetime, choice: FileChoice, *more: str) -> dict[str, Any]:
    """The answer of `fleet import` about a file; raises `FleetError` with its reason."""
    arguments = ["import", "--json", *_options(choice), *more, "--", choice.path]
    return answer_of(config, now, arguments, key="counts", otherwise="The file could not be read.")


def _options(choice: FileChoice) -> list[str]:
    pairs = (
        ("--as", choice.layout),
        ("--organisation", choice.organisation),
        ("--sheet", choice.sheet),
        ("--header-row", str(choice.header_row) if choice.header_row is not None else None),
        ("--reason", choice.reason),
        ("--confirm", str(choice.confirm) if choice.confirm is not None else None),
    )
    given = [part for name, value in pairs if value for part in (name, value)]
    for name, values in (("--map", choice.mapping), ("--accept", choice.accept), ("--erase", choice.erase)):
        given += [part for one in values for part in (name, one)]
    return [*given, *(["--create"] if choice.create else [])]
