"""Golden files: beside each input stands what is read from it. Run with FLEET_REWRITE_GOLDEN=1, then read the diff."""

import json
import os
from pathlib import Path

import pytest

from fleet.domain.plan.imports.people import _COLUMN_OF
from importers.engine import Interpretation, interpret
from importers.layout import Layout
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


STORED = {
    "device": frozenset(
        """serial imei imei2 eid ethernet_mac asset_tag kind status cost_code purchased_on price_pence warranty_until notes
        site team model order_number delivered_on supplier organisation holder_upn holder_name issued_on due_on
        phone_number iccid carrier tariff device_name last_seen""".split()  # noqa: SIM905 thirty quoted words read worse
    ),
    "person": frozenset(
        {*_COLUMN_OF, "display_name", "given_name", "surname", "site", "team", "manager", "account_enabled"}
    ),
    "line": frozenset(
        {"phone_number", "iccid", "carrier", "tariff", "cost_code", "line_state", "organisation", "price_pence"}
    ),
    "custody": frozenset(
        {"issued_on", "returned_on", "holder_upn", "holder_name", "organisation", "happened_at", "custody_event"}
    ),
}
"""What an import of each subject writes somewhere; a plan's tests show where."""


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.key)
def test_a_layout_declares_nothing_that_is_stored_nowhere(layout: Layout) -> None:
    """The maker, the part number and the address of a radio are not kept: such columns are told as not read."""
    assert layout.sets | layout.sets_if_new <= STORED[layout.subject]


def test_what_the_register_does_not_keep_is_told_as_not_read() -> None:
    found = interpret(read(b"Serial number,Make,Part No,Wi-Fi MAC,Notes\nDMPX000001,Apple,MK2K3B/A,3C22FB010203,x\n"))
    assert found.not_read == ("Make", "Part No", "Wi-Fi MAC") and found.sets == {"serial", "notes"}
