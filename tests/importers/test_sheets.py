"""Bytes to tables: kinds by content, encodings, delimiters, what a workbook hides, and refusals in one sentence."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from fleet.errors import BadFile
from importers.sheets import read
from tests.importers.workbook_bytes import saved, workbook, zipped

REGISTER = "Serial number,Holder,Price\r\nDMPX1234QA,Zoë O’Neill,£300\r\n"
ROWS = [["Serial number", "Holder", "Price"], ["DMPX1234QA", "Zoë O’Neill", "£300"]]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (REGISTER.encode("utf-8"), "utf-8"),
        (REGISTER.encode("utf-8-sig"), "utf-8-sig"),
        (REGISTER.encode("cp1252"), "cp1252"),
        (REGISTER.replace("\r\n", "\r").encode("mac_roman"), "mac_roman"),
        (b"\xff\xfe" + REGISTER.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + REGISTER.encode("utf-16-be"), "utf-16-be"),
        (REGISTER.encode("utf-16-le"), "utf-16-le"),
        (REGISTER.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_text_is_read_in_the_encoding_it_is_in(data: bytes, encoding: str) -> None:
    book = read(data)
    assert (book.format, book.encoding, book.delimiter) == ("csv", encoding, ",")
    assert book.tables[0].rows == ROWS


def test_a_stray_cp1252_line_in_a_utf8_file_is_read_on_its_own_and_said() -> None:
    lines = ["Serial,Holder", *[f"DMPX{i:04d}QA,Zoë" for i in range(5)]]
    data = "\n".join(lines).encode() + "\nDMPX9999QA,Siân\n".encode("cp1252")
    book = read(data)
    assert book.encoding == "utf-8"
    assert book.tables[0].rows[-1] == ["DMPX9999QA", "Siân"]
    assert any("1 lines are not in utf-8" in note for note in book.notes)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_rows_alike(delimiter: str) -> None:
    rows = [["Asset; tag", "Model, colour", "Notes"], ["NB1", "iPad, silver", "a|b"], ["NB2", "iPad, grey", "c; d"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    book = read(text.encode())
    assert book.delimiter == delimiter
    assert book.tables[0].rows == rows


def test_excels_own_first_line_names_the_delimiter_and_keeps_row_numbers() -> None:
    book = read(b"sep=|\r\nSerial|Model, size\r\nDMPX1234QA|iPad, 64\r\n")
    assert book.delimiter == "|"
    assert book.tables[0].rows[1] == ["Serial", "Model, size"]


def test_line_breaks_inside_quotes_stay_in_their_cell() -> None:
    book = read(b'Serial,Notes\nDMPX1234QA,"one\ntwo, three"\nDMPX1235QA,x\n')
    assert book.tables[0].rows[1] == ["DMPX1234QA", "one\ntwo, three"]


def test_a_quotation_mark_that_never_closes_does_not_swallow_the_file() -> None:
    lines = ["Serial,Model", '"DMPX0000QA,iPad', *[f"DMPX{i:04d}QA,iPad" for i in range(1, 400)]]
    book = read("\n".join(lines).encode())
    assert len(book.tables[0].rows) == 401
    assert any("row 2 never closes" in note for note in book.notes)


def test_a_megabyte_in_one_cell_is_read() -> None:
    book = read(b"Serial,Notes\nDMPX1234QA," + b"x" * 1_000_000 + b"\n")
    assert len(str(book.tables[0].rows[1][1])) == 1_000_000


def test_a_few_control_characters_are_dropped_and_said() -> None:
    book = read(b"Serial,Notes\nDMPX1234QA,one\0two\x01\n")
    assert book.tables[0].rows[1] == ["DMPX1234QA", "onetwo"]
    assert any("2 control characters" in note for note in book.notes)


def test_a_zip_with_one_csv_is_read_through() -> None:
    data = zipped({"DevicesWithInventory_1.csv": REGISTER, "__MACOSX/._DevicesWithInventory_1.csv": b"\0"})
    book = read(data)
    assert (book.format, book.member, book.size) == ("csv", "DevicesWithInventory_1.csv", len(data))
    assert book.tables[0].rows == ROWS


def test_the_extension_does_not_matter(tmp_path: Path) -> None:
    wrong = tmp_path / "register.csv"
    wrong.write_bytes(workbook(("Register", ROWS)))
    assert read(wrong).format == "xlsx"
    text = tmp_path / "register.xlsx"
    text.write_bytes(REGISTER.encode())
    assert read(text).format == "csv"


def test_a_workbook_gives_numbers_dates_and_texts_as_they_are() -> None:
    rows: list[list[object]] = [
        ["Serial", "IMEI", "Bought", "Yes"],
        ["DMPX1234QA", 352099000051009, datetime(2024, 3, 1), True],
    ]
    table = read(workbook(("Register", rows))).tables[0]
    assert table.rows[1] == ["DMPX1234QA", 352099000051009.0, date(2024, 3, 1), True]


def test_what_a_workbook_hides_is_told() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Register"
    for row in (
        ["Serial", "IMEI", "Cost"],
        ["DMPX1234QA", "#N/A", "=1+1"],
        ["DMPX1235QA", "", 5],
        ["DMPX1236QA", "", 6],
    ):
        page.append(row)
    page["B2"].data_type = "e"
    page.row_dimensions[3].hidden = True
    page.column_dimensions["C"].hidden = True
    page.merge_cells("A4:B4")
    old = book.create_sheet("Old")
    old.append(["Serial"])
    old.sheet_state = "hidden"
    read_back = read(saved(book))
    table = read_back.tables[0]
    assert table.errors == {(2, 2): "#N/A"}
    assert table.hidden_rows == {3}
    assert table.hidden_columns == {3}
    assert table.unstored_formulas == 1
    assert table.merged == ((4, 1, 4, 2),)
    assert [table.name for table in read_back.visible] == ["Register"]
    assert any("'Old' is hidden" in note for note in read_back.notes)


def test_one_sheet_can_be_chosen_and_a_wrong_name_lists_the_right_ones() -> None:
    data = workbook(("iPads", ROWS), ("Phones", [["IMEI"], ["352099000051009"]]))
    assert [table.name for table in read(data, sheet="Phones").tables] == ["Phones"]
    with pytest.raises(BadFile, match="'iPads', 'Phones'"):
        read(data, sheet="Laptops")


def test_rows_keep_their_numbers_when_the_table_begins_lower_down() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["C5"] = "Serial"
    table = read(saved(book)).tables[0]
    assert len(table.rows) == 5
    assert table.rows[4][2] == "Serial"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\r\n \t\r\n", "empty"),
        (bytes(range(256)) * 40, "binary"),
        (b"%PDF-1.7 ...", "not-a-table"),
        (b"\x89PNG\r\n\x1a\n", "not-a-table"),
        (b"<html><table><tr><td>Serial</td></tr></table></html>", "not-a-table"),
        (b'{"value": [{"serialNumber": "DMPX1234QA"}]}', "not-a-table"),
        (zipped({"a.csv": "x", "b.csv": "y"}), "several-files"),
        (zipped({"inner.zip": zipped({"a.csv": "x"})}), "several-files"),
        (zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}), "not-a-table"),
        (workbook(("Register", []))[:400], "damaged"),
        (workbook(("Register", [])), "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x09\x08\x10\x00" + b"\0" * 300, "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_one_sentence(data: bytes, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(data)
    assert refused.value.code == code
    assert "\n" not in refused.value.message


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(zipped({"a.csv": REGISTER}))
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    with pytest.raises(BadFile) as refused:
        read(bytes(data))
    assert refused.value.code == "password"


@pytest.mark.parametrize("missing", ["nowhere.csv", ""])
def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path, missing: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(tmp_path / missing)
    assert refused.value.code == "no-file"


def test_a_truncated_workbook_is_refused() -> None:
    data = workbook(("Register", [ROWS[0]] * 500))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist()
    for cut in (40, len(data) // 2, len(data) - 30):
        with pytest.raises(BadFile):
            read(data[:cut])
