"""Golden files: beside each input stands what is read from it. Run with FLEET_REWRITE_GOLDEN=1, then read the diff."""

import json
import os
from pathlib import Path

import pytest

from importers.engine import Interpretation, interpret
from importers.layouts import LAYOUTS
from importers.sheets import read

GOLDEN = Path(__file__).with_name("golden")
INPUTS = sorted(GOLDEN.glob("*.csv"))


def told(found: Interpretation) -> dict[str, object]:
    """Everything an interpretation says, as JSON can hold it."""
    return {
        "layout": found.layout.key,
        "format": found.book.format,
        "encoding": found.book.encoding,
        "delimiter": found.book.delimiter,
        "header_row": found.header_row,
        "columns": dict(found.columns),
        "unmapped": list(found.unmapped),
        "not_read": list(found.not_read),
        "personal": list(found.personal),
        "sets": sorted(found.sets),
        "skipped": found.skipped,
        "records": [
            {
                "row": record.row,
                "values": {name: str(value) for name, value in sorted(record.values.items())},
                "blank": sorted(record.blank),
                "warnings": list(record.warnings),
            }
            for record in found.records
        ],
        "rejected": [[row.row, list(row.reasons)] for row in found.rejected],
        "problems": [[problem.code, problem.row, problem.column, problem.value] for problem in found.problems],
        "notes": list(found.notes),
    }


@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.stem)
def test_a_layout_reads_its_golden_file(source: Path) -> None:
    found = json.loads(json.dumps(told(interpret(read(source)))))
    expected = source.with_suffix(".json")
    if os.environ.get("FLEET_REWRITE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_every_layout_has_a_golden_file() -> None:
    covered = {interpret(read(source)).layout.key for source in INPUTS}
    assert covered == {layout.key for layout in LAYOUTS}
