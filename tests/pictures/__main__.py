"""`make pictures`: the pictures of README and docs, from a demonstration with a fixed clock."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.pictures.scenes import MOMENT, take_pictures
from tests.pictures.sheets import PROGRAMS, take_pages

TARGET = Path(__file__).parents[2] / "docs" / "pictures"


def main() -> int:
    """Build the demonstration in a temporary folder and take every picture."""
    from fleet.demo.build import build

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "demo"
        sys.stderr.write("Building the demonstration\n")
        build(home, now=MOMENT, devices=2000, seed=2026)
        for path in asyncio.run(take_pictures(home, TARGET)):
            sys.stderr.write(f"{path.relative_to(TARGET.parents[1])}\n")
        sheets = list(take_pages(home, TARGET, moment=MOMENT, folder=Path(folder)))
        for path in sheets:
            sys.stderr.write(f"{path.relative_to(TARGET.parents[1])}\n")
        if not sheets:
            sys.stderr.write(f"No pictures of workbooks: they need {', '.join(PROGRAMS)} on the path.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
