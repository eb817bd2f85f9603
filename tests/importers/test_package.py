"""The guard before a workbook: bombs, entities and cells far out are refused before any reader sees them."""

import io
import zipfile

import pytest

from fleet.errors import BadFile
from importers import limits
from importers.sheets import read
from tests.importers.workbook_bytes import (
    open_document,
    raw_workbook,
    sheet,
    text_cell,
    zipped,
)

HEAD = '<row r="1">' + text_cell("A1", "Serial") + "</row>"


def refused(data: bytes) -> BadFile:
    with pytest.raises(BadFile) as error:
        read(data)
    assert "\n" not in error.value.message
    return error.value


def test_a_cell_at_the_far_corner_is_named() -> None:
    error = refused(raw_workbook(sheet(HEAD + '<row r="1048576">' + text_cell("XFD1048576", "x") + "</row>")))
    assert error.code == "extent"
    assert "XFD1048576" in error.message


def test_a_far_cell_in_utf16_or_with_a_prefix_is_seen_too() -> None:
    far = sheet(HEAD + '<row r="1048576">' + text_cell("XFD1048576", "x") + "</row>")
    wide = far.replace("UTF-8", "UTF-16").encode("utf-16")
    assert refused(raw_workbook(wide)).code == "extent"
    prefixed = far.replace("<worksheet xmlns=", "<x:worksheet xmlns:x=").replace("</worksheet", "</x:worksheet")
    for tag in ("sheetData", "row", "c ", "is>", "t>"):
        prefixed = prefixed.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag.strip()}", f"</x:{tag.strip()}")
    assert refused(raw_workbook(prefixed)).code == "extent"


def test_formatted_blanks_far_out_do_no_harm() -> None:
    rows = (
        HEAD + '<row r="2">' + text_cell("A2", "DMPX1234QA") + '</row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    assert read(raw_workbook(sheet(rows))).tables[0].rows == [["Serial"], ["DMPX1234QA"]]


def test_a_stated_dimension_is_not_believed() -> None:
    data = raw_workbook(sheet(HEAD, before='<dimension ref="A1:XFD1048576"/>'))
    assert read(data).tables[0].rows == [["Serial"]]


def test_an_impossible_row_number_is_refused() -> None:
    error = refused(raw_workbook(sheet('<row r="999999999999"><c><v>1</v></c></row>')))
    assert error.code == "extent"


def test_a_damaged_cell_name_is_refused() -> None:
    assert refused(raw_workbook(sheet('<row r="1"><c r="1A"><v>1</v></c></row>'))).code == "damaged"


def test_a_merge_over_the_whole_sheet_does_no_harm() -> None:
    merge = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert read(raw_workbook(sheet(HEAD, after=merge))).tables[0].rows == [["Serial"]]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_declared_entities_are_refused_in_any_part(doctype: str) -> None:
    assert refused(raw_workbook(doctype + sheet(HEAD).split("?>", 1)[1])).code == "doctype"
    assert refused(raw_workbook(sheet(HEAD), **{"xl/sharedStrings.xml": doctype + "<sst/>"})).code == "doctype"


def test_a_part_that_swells_is_a_bomb() -> None:
    assert refused(raw_workbook(sheet(HEAD) + " " * 30_000_000)).code == "bomb"


def test_a_large_total_is_refused_by_the_directory_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PACKAGE_BYTES", 1_000)
    assert refused(raw_workbook(sheet(HEAD))).code == "bomb"


def test_too_many_parts_are_refused() -> None:
    parts = {f"xl/part{i}.xml": "<x/>" for i in range(limits.PACKAGE_MEMBERS + 1)}
    assert refused(raw_workbook(sheet(HEAD), **parts)).code == "bomb"


def test_a_false_size_is_found_out() -> None:
    data = bytearray(raw_workbook(sheet(HEAD + "<!--" + "x" * 5000 + "-->")))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    place = data.rindex(size.to_bytes(4, "little"))
    data[place : place + 4] = (100).to_bytes(4, "little")
    assert refused(bytes(data)).code == "damaged"


def test_broken_xml_is_refused() -> None:
    assert refused(raw_workbook(sheet(HEAD)[:-20])).code == "damaged"


def test_formulas_keep_their_stored_result_and_are_never_run() -> None:
    cells = '<c r="A2" t="str"><f>HYPERLINK("http://x.example","y")</f><v>y</v></c><c r="B2"><f>1+1</f></c>'
    table = read(raw_workbook(sheet(HEAD + f'<row r="2">{cells}</row>'))).tables[0]
    assert table.rows[1][0] == "y"
    assert table.unstored_formulas == 1


def test_escape_sequences_and_markup_stay_text() -> None:
    table = read(raw_workbook(sheet('<row r="1">' + text_cell("A1", "[@click=app.quit()]x[/]") + "</row>"))).tables[0]
    assert table.rows == [["[@click=app.quit()]x[/]"]]
    assert read(b"Serial,Notes\nDMPX1234QA,\x1b]52;c;aGk=\x07\n").tables[0].rows[1][0] == "DMPX1234QA"


def test_an_open_document_is_read_with_its_hidden_rows() -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(f"<table:table-row>{cell.format(text)}</table:table-row>" for text in ("Serial", "DMPX1234QA"))
    hidden = f'<table:table-row table:visibility="collapse">{cell.format("DMPX1235QA")}</table:table-row>'
    blank = '<table:table-row table:number-rows-repeated="1048573"><table:table-cell/></table:table-row>'
    book = read(open_document(rows + hidden + blank))
    assert book.format == "ods"
    assert book.tables[0].rows == [["Serial"], ["DMPX1234QA"], ["DMPX1235QA"]]
    assert book.tables[0].hidden_rows == {3}


def test_repeated_cells_of_an_open_document_can_not_explode() -> None:
    cell = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="900" '
        'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    assert refused(open_document(cell)).code == "extent"


def test_a_workbook_that_kills_its_reader_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CELLS", 10**14)
    monkeypatch.setattr(limits, "COLUMNS", 20_000)
    monkeypatch.setattr(limits, "CHILD_BYTES", 512 * 1024 * 1024)
    error = refused(raw_workbook(sheet(HEAD + '<row r="1048576">' + text_cell("XFD1048576", "x") + "</row>")))
    assert error.code == "reader-died"


def test_a_reader_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHILD_SECONDS", 0.001)
    assert refused(raw_workbook(sheet(HEAD))).code == "too-slow"


def test_an_archive_of_something_else_is_refused() -> None:
    assert refused(zipped({})).code == "several-files"
