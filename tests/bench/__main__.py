"""`python -m tests.bench`: measure and print the table."""

import argparse
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.runs import PARTS
from tests.bench.table import Line, as_markdown

SIZES = [2_000, 20_000, 200_000]


def main() -> None:
    """Measure what is asked for and print the table; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="devices (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is measured (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="parts (default: all)")
    wanted = parser.parse_args()
    began = time.monotonic()
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder:
        for name in wanted.only:
            for line in PARTS[name](wanted.sizes, wanted.rounds, Path(folder)):
                lines.append(line)
                sys.stderr.write(" | ".join(line.cells()) + "\n")
    sys.stdout.write(
        f"{machine()}\n\n{as_markdown(lines)}\n\nMeasured in {(time.monotonic() - began) / 60:.0f} minutes.\n"
    )


def machine() -> str:
    """When and on what."""
    import os
    import sqlite3

    return (
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    )


if __name__ == "__main__":
    main()
