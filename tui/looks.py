"""Which look a session begins with: the one its operator chose last, else the one that suits the terminal.

Read before the first frame: nothing heavy is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

ORDINARY, SIXTEEN = "fleet-dark", "fleet-ansi"
RICH_TERMS = frozenset({"256color", "kitty", "direct"})
"""Ends of TERM that promise more than sixteen colours."""


def first_look(path: Path, operator: str, environment: Mapping[str, str], *, windows: bool = False) -> str:
    """The name of a theme. A terminal of sixteen colours gets its own: of the others it would show the nearest."""
    return chosen_look(path, operator) or (ORDINARY if windows or has_colours(environment) else SIXTEEN)


def chosen_look(path: Path, operator: str) -> str:
    """What the operator chose last; "" when nothing was chosen, or the file can't be read."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))[operator]["look"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return known if isinstance(known, str) else ""


def has_colours(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says that it has more than sixteen colours; one without any colour is asked for nothing."""
    if environment.get("NO_COLOR") or environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return True
    return environment.get("TERM", "").strip().lower().rpartition("-")[2] in RICH_TERMS
