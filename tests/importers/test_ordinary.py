"""The glance over a whole worksheet: it says what the scan element by element says, or leaves the part to it."""

import pytest

from fleet.errors import BadFile
from importers.ordinary import extents
from importers.parts import PartScan
from importers.sheets import read
from tests.importers.workbook_bytes import raw_workbook, sheet, text_cell

ROW = '<row r="2" spans="1:2">' + text_cell("A2", "DMPX0002QA") + '<c r="B2"><v>352099000051009</v></c></row>'
HEAD = '<row r="1">' + text_cell("A1", "Serial") + text_cell("B1", "IMEI") + "</row>"


def scanned(xml: str) -> PartScan:
    scan = PartScan()
    scan.feed(xml.encode())
    scan.close()
    return scan


def test_an_ordinary_sheet_is_known_at_a_glance() -> None:
    """As far as the digits of its last row; blank cells count."""
    assert extents(sheet(HEAD + ROW).encode()) == (9, 2)
    assert extents(sheet(HEAD + ROW + '<row r="120"><c r="C120" s="4"/></row>').encode()) == (999, 3)


UNUSUAL = {
    "a formula": '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>',
    "an error": '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>',
    "an error in other quotes": '<row r="2"><c r="A2" t=\'e\'><v>#N/A</v></c></row>',
    "a hidden row": '<row r="2" hidden="1"><c r="A2"><v>1</v></c></row>',
    "a cell that says no place": '<row r="2"><c><v>1</v></c></row>',
    "a row that says no number": '<row><c r="A2"><v>1</v></c></row>',
    "a cell far below its row": '<row r="2"><c r="A1048576"><v>1</v></c></row>',
    "a prefix": '<row r="2"><z:c xmlns:z="urn:z" r="XFD1048576"><z:v>1</z:v></z:c></row>',
    "a comment": '<row r="2"><!-- <c r="A2"> --></row>',
    "character data": '<row r="2"><c r="A2" t="inlineStr"><is><t><![CDATA[<row r="9">]]></t></is></c></row>',
    "another order of attributes": '<row r="2"><c s="1" r="A2"><v>1</v></c></row>',
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_anything_unusual_is_left_to_the_scan_element_by_element(what: str) -> None:
    xml = sheet(HEAD + UNUSUAL[what])
    assert extents(xml.encode()) is None
    taken = PartScan()
    taken.take(xml.encode())
    assert taken.sheet == scanned(xml).sheet


def test_a_sheet_of_a_million_rows_is_measured_exactly() -> None:
    """By its digits alone the last row could lie beyond what a sheet has."""
    xml = sheet(HEAD + ROW + '<row r="1000001">' + text_cell("A1000001", "DMPX0003QA") + "</row>")
    taken = PartScan()
    taken.take(xml.encode())
    assert taken.sheet is not None
    assert (taken.sheet.last_row, taken.sheet.last_column) == (1_000_001, 2)


def test_a_hidden_column_is_left_to_the_scan() -> None:
    xml = sheet(HEAD + ROW, before='<cols><col min="2" max="2" hidden="1"/></cols>')
    taken = PartScan()
    taken.take(xml.encode())
    assert taken.sheet is not None
    assert taken.sheet.hidden_columns == {2}


def test_a_far_cell_is_refused_either_way() -> None:
    """A blank one, as Excel leaves it behind, is none; a value is."""
    far = '<row r="1048576"><c r="XFD1048576"{}</row>'
    blank = raw_workbook(sheet(HEAD + ROW + far.format(' s="1"/>')))
    assert len(read(blank).tables[0].rows) == 2
    with pytest.raises(BadFile) as refused:
        read(raw_workbook(sheet(HEAD + ROW + far.format("><v>1</v></c>"))))
    assert refused.value.code == "extent"
