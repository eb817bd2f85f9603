"""The variance report as CSV: inert cells, initials, and a file that is never lost."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import FleetError, UsageProblem
from fleet.exports.variance import COLUMNS, refuse_existing, write_variance
from fleet.queries.stocktakes import Count, CountedDevice, OddScan, StocktakeRow

NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def a_count(*devices: CountedDevice, odd: tuple[OddScan, ...] = ()) -> Count:
    """A stocktake that stands so."""
    row = StocktakeRow(1, "Autumn", "northbridge", 1, {}, NIGHT, "asha", None, None, len(devices), len(odd))
    return Count(row, devices, odd, 0)


def a_device(**values: Any) -> CountedDevice:
    """A device that was found in Anna's hands."""
    known: dict[str, Any] = {
        "device_id": 7, "device": "NB-1", "serial": "DMPXABC123", "model": "iPad", "kind": "ipad", "status": "issued",
        "outcome": "found", "grade": "A", "expected": True, "site": "Town Hall", "holder": "Anna Bell", "seen_at": None,
        "seen_with": None, "scanned_at": NIGHT, "scanned_by": "asha", "last_seen": None,
    }  # fmt: skip
    return CountedDevice(**(known | values))


def rows_of(path: Path) -> list[list[str]]:
    """The file as a spreadsheet reads it."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.reader(source))


def test_a_line_per_device_and_one_per_scan_that_means_none(tmp_path: Path) -> None:
    path = tmp_path / "variance.csv"
    odd = OddScan("what", "unknown", NIGHT, "asha", "Depot")
    assert write_variance(path, a_count(a_device(), odd=(odd,)), unmask=True) == 2
    head, device, scan = rows_of(path)
    assert tuple(head) == COLUMNS
    assert len(device) == len(scan) == len(head)
    told, odd_told = dict(zip(head, device, strict=True)), dict(zip(head, scan, strict=True))
    assert (told["Outcome"], told["Evidence"], told["Holder"]) == ("found", "seen by a person", "Anna Bell")
    assert (odd_told["Outcome"], odd_told["Device"], odd_told["Seen at"]) == ("not known", "what", "Depot")
    assert odd_told["Scanned"] == "22 Nov 2026 02:00"


def test_names_are_initials_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "variance.csv"
    write_variance(path, a_count(a_device(seen_with="Bryn O'Hale")))
    head, device = rows_of(path)
    told = dict(zip(head, device, strict=True))
    assert (told["Holder initials"], told["Seen with initials"]) == ("A.B.", "B.O.")


@pytest.mark.parametrize("scanned", ["=1+1", "+SUM(A1)", "@x", "-1", "\t=1", "=HYPERLINK(0)"])
def test_a_scan_is_never_a_formula(tmp_path: Path, scanned: str) -> None:
    path = tmp_path / "variance.csv"
    write_variance(path, a_count(odd=(OddScan(scanned, "unknown", NIGHT, "=asha", None),)))
    [_, row] = rows_of(path)
    assert (row[3], row[13]) == (f"'{scanned}", "'=asha")


def test_text_of_any_script_and_line_breaks_come_through(tmp_path: Path) -> None:
    path = tmp_path / "variance.csv"
    write_variance(path, a_count(odd=(OddScan('a\n"b",é\ud800', "unknown", NIGHT, "asha", None),)))
    assert rows_of(path)[1][3] == 'a\n"b",é\ufffd'


def test_a_file_that_is_there_or_can_not_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "variance.csv"
    refuse_existing(path, overwrite=False)
    path.touch()
    refuse_existing(path, overwrite=True)
    with pytest.raises(UsageProblem, match="there already"):
        refuse_existing(path, overwrite=False)
    with pytest.raises(FleetError, match="can't be written"):
        write_variance(tmp_path / "nowhere" / "variance.csv", a_count())
