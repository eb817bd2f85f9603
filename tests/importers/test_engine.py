"""Files read into rows of fields: what is recognised, kept out, skipped, and said."""

from collections import Counter

import openpyxl
import pytest

from fleet.errors import BadFile, UsageProblem
from importers.engine import Interpretation, interpret
from importers.layouts import LAYOUTS
from importers.sheets import read
from importers.words import FIELD_KINDS
from tests.importers.workbook_bytes import saved, workbook

HEAD = ["Asset Tag", "Model", "Serial Number", "IMEI", "Assigned To", "Purchase Date", "Price", "Status"]
ONE = [
    "NB00001",
    "iPad (9th generation)",
    "DMPX0001QA",
    "352099000051009",
    "Zoë Mensah",
    "01/02/2024",
    "£300",
    "Issued",
]
TWO = ["NB00002", "iPhone 14", "DMPX0002QA", "352099000051017", "Priya Begum", "25/02/2024", "£1,050.50", "In stock"]


def csv(*rows: list[str]) -> bytes:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


def read_csv(*rows: list[str], **options: object) -> Interpretation:
    return interpret(read(csv(*rows)), **options)  # type: ignore[arg-type] # options of interpret by name


def codes(found: Interpretation) -> Counter[str]:
    return Counter(problem.code for problem in found.problems)


def adds_up(found: Interpretation) -> bool:
    return found.read == len(found.records) + len(found.rejected) + found.skipped


def test_a_register_is_read_into_fields_of_the_register() -> None:
    found = read_csv(HEAD, ONE, TWO)
    assert (found.layout.key, found.header_row, found.read) == ("device-register", 1, 2)
    assert (found.unmapped, found.not_read, found.problems) == ((), (), ())
    second = found.records[1]
    assert second.row == 3
    assert second.values["serial"] == "DMPX0002QA"
    assert second.values["price_pence"] == 105050
    assert second.values["status"] == "in_stock"
    assert second.values["kind"] == "iphone"
    assert str(second.values["purchased_on"]) == "2024-02-25"


def test_title_rows_blank_rows_and_subtotals_are_found_and_counted() -> None:
    found = read_csv(
        ["Mobile device register", "", "", "", "", "", "", ""],
        ["" for _ in HEAD],
        HEAD,
        ONE,
        ["" for _ in HEAD],
        TWO,
        ["", "", "", "", "Total", "", "£1,350.50", ""],
        ["Note: figures without VAT", "", "", "", "", "", "", ""],
    )
    assert found.header_row == 3
    assert [record.row for record in found.records] == [4, 6]
    assert (found.read, found.skipped) == (4, 2)
    assert codes(found) == {"footer": 2}
    assert any("above the header row 3" in note for note in found.notes)


def test_a_repeated_header_is_skipped_and_a_second_table_is_told() -> None:
    found = read_csv(HEAD, ONE, HEAD, TWO, [""], ["MSISDN", "SIM Number", "Network"], ["07700900001", "x", "O2"])
    assert len(found.records) == 2
    assert codes(found) == {"repeated-header": 1, "second-table": 1}
    assert adds_up(found)
    assert found.skipped == 3


def test_words_in_the_column_of_serials_are_no_devices() -> None:
    """Subtotals, titles between the rows and a second table of two columns, in a sheet that begins with serials."""
    head = ["Serial Number", "IMEI", "Date", "Price"]
    found = read_csv(
        head,
        ["DMPX0001QA", "", "01/02/2024", "£300"],
        ["Subtotal", "", "", "£300"],
        ["Spare iPads", "", "", ""],
        ["Tablets", "", "", ""],
        ["GKVTFMRQJX", "", "", ""],  # letters alone, as one serial in forty
        ["gkvtfmrqjz", "", "", ""],
        ["VATX0001QA", "", "", "£300"],
        ["SIMs", "", "", ""],
        ["ICCID", "Mobile Number", "", ""],
        ["8944110000000067080", "07700900777", "", ""],
    )
    serials = [record.values["serial"] for record in found.records]
    assert serials == ["DMPX0001QA", "GKVTFMRQJX", "GKVTFMRQJZ", "VATX0001QA"]
    assert codes(found)["footer"] == 4 and codes(found)["second-table"] == 1
    assert adds_up(found) and found.rejected == ()


def test_repeated_and_blank_headers_are_told_apart() -> None:
    found = read_csv(["Serial", "Notes", "Notes", ""], ["DMPX0001QA", "one", "two", "three"])
    assert found.columns == {"Serial": "serial", "Notes": "notes"}
    assert found.unmapped == ("Notes (2)", "column D")
    assert codes(found) == {"duplicate-header": 1, "blank-header": 1}


def test_two_columns_for_one_field_are_told_and_the_first_is_read() -> None:
    found = read_csv(["Serial", "Assigned To", "User"], ["DMPX0001QA", "Zoë Mensah", "Old Holder"])
    assert found.records[0].values["holder_name"] == "Zoë Mensah"
    assert found.unmapped == ("User",)
    assert codes(found) == {"two-columns-one-field": 1}


def test_a_mapping_wins_over_aliases_and_can_drop_a_column() -> None:
    rows = (["Kit ref", "Serial", "Notes"], ["NB00001", "DMPX0001QA", "x"])
    found = read_csv(*rows, mapping={"kit REF": "asset_tag", "Notes": ""})
    assert found.columns == {"Kit ref": "asset_tag", "Serial": "serial"}
    assert found.not_read == ("Notes",)
    with pytest.raises(UsageProblem, match="no_such_field"):
        read_csv(*rows, mapping={"Kit ref": "no_such_field"})


def test_a_file_of_unknown_words_is_shown_for_a_person_to_map() -> None:
    found = read_csv(["Thing", "Other"], ["a", "b"], ["c", "d"])
    assert found.records == ()
    assert len(found.rejected) == 2
    assert found.unmapped == ("Thing", "Other")
    assert codes(found)["no-identity-column"] == 1
    mapped = read_csv(["Thing", "Other"], ["DMPX0001QA", "b"], mapping={"Thing": "serial"})
    assert mapped.records[0].values == {"serial": "DMPX0001QA"}


def test_a_first_row_of_numbers_is_no_header() -> None:
    book = read(workbook(("R", [[1, "DMPX0001QA"], [2, "DMPX0002QA"]])))
    assert interpret(book).unmapped == ("column A", "column B")
    mapped = interpret(book, mapping={"column B": "serial"})
    assert mapped.header_row is None
    assert [record.values["serial"] for record in mapped.records] == ["DMPX0001QA", "DMPX0002QA"]


def test_the_header_row_can_be_named() -> None:
    found = read_csv(["Serial", "IMEI"], ["Serial", "Tag"], ["DMPX0001QA", "NB00001"], header_row=2)
    assert found.columns == {"Serial": "serial", "Tag": "asset_tag"}


def test_personal_columns_are_dropped_unread_and_named() -> None:
    found = read_csv(
        ["Serial", "Date of birth", "NI Number"], ["DMPX0001QA", "01/02/1980", "QQ123456C"], ["", "x", "y"]
    )
    assert found.personal == ("Date of birth", "NI Number")
    assert found.records[0].values == {"serial": "DMPX0001QA"}
    assert found.rejected[0].cells == ["", "", ""]


def test_call_records_are_refused() -> None:
    with pytest.raises(BadFile) as refused:
        read_csv(["CTN", "Called Number", "Call Duration"], ["07700900001", "07700900002", "3"])
    assert refused.value.code == "call-records"


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(BadFile) as refused:
        read_csv(HEAD)
    assert refused.value.code == "no-rows"


def test_blanks_are_named_and_never_values() -> None:
    record = read_csv(HEAD, ["NB00001", "", "DMPX0001QA", " ", "", "", "", ""]).records[0]
    assert set(record.values) == {"asset_tag", "serial"}
    assert record.blank == {"model", "imei", "holder_name", "purchased_on", "price_pence", "status"}


def test_a_damaged_identifier_is_left_out_and_the_row_still_counts() -> None:
    found = read_csv(HEAD, [*ONE[:3], "3.52E+14", *ONE[4:]])
    assert "imei" not in found.records[0].values
    assert found.records[0].warnings == ("precision-lost",)
    problem = found.problems[0]
    assert (problem.code, problem.row, problem.column, problem.value) == ("precision-lost", 2, "IMEI", "3.52E+14")


def test_a_row_that_names_no_device_is_rejected_with_its_reasons() -> None:
    found = read_csv(["Serial", "IMEI", "Holder"], ["To be filled by O.E.M.", "12345", "Zoë Mensah"])
    assert found.records == ()
    assert found.rejected[0].row == 2
    assert any("15 digits" in reason for reason in found.rejected[0].reasons)


def test_rows_that_share_a_serial_and_differ_are_all_rejected_and_copies_skipped() -> None:
    other = ["NB00009", *ONE[1:3], "", *ONE[4:]]
    found = read_csv(HEAD, ONE, TWO, other, TWO)
    assert [record.values["serial"] for record in found.records] == ["DMPX0002QA"]
    assert [row.row for row in found.rejected] == [2, 4]
    assert found.skipped == 1
    assert adds_up(found)


def test_one_imei_with_and_without_its_check_digit_is_one_device() -> None:
    found = read_csv(["Asset Tag", "IMEI"], ["NB1", "352099000051009"], ["NB2", "35209900005100"])
    assert len(found.rejected) == 2


def test_accepting_a_cause_takes_its_proposals() -> None:
    rows = (["PO Number", "Serial Number", "Ship Date"], ["4500", "SDMPX0001QA", "01/02/2024"])
    assert read_csv(*rows).records[0].values["serial"] == "SDMPX0001QA"
    accepted = read_csv(*rows, accept=["serial-scanned"])
    assert accepted.records[0].values["serial"] == "DMPX0001QA"
    assert accepted.problems == ()


def test_a_persons_own_device_keeps_nothing_private() -> None:
    head = [
        "Device ID",
        "Device name",
        "Last check-in",
        "Serial number",
        "Ownership",
        "Phone number",
        "Primary user UPN",
    ]
    row = ["00000000-0000-0000-0000-00000000000a", "Zoë's iPhone", "2025-01-17 23:59:07.1234567", "", "Personal"]
    found = read_csv(head, [*row, "*******0001", "zoe@northbridge.example"])
    assert found.layout.key == "intune-devices"
    assert set(found.records[0].values) == {"intune_id", "last_seen", "ownership", "enrolled_upn"}
    assert found.problems == ()
    assert any("own devices" in note for note in found.notes)


def test_what_intune_observes_is_read_but_never_set_by_a_file() -> None:
    head = ["Device ID", "Device name", "Last check-in", "OS version", "Serial number", "Compliance"]
    row = ["00000000-0000-0000-0000-00000000000a", "NB-1", "2025-01-17 23:59:07", "17.6.1", "DMPX0001QA", "Compliant"]
    found = read_csv(head, row)
    assert found.records[0].values["os_version"] == "17.6.1"
    assert found.sets == {"serial"}


def test_the_sheet_with_most_to_say_is_read_and_the_others_are_named() -> None:
    book = read(
        workbook(("Cover", [["Northbridge"], ["Register"]]), ("iPads", [HEAD, ONE, TWO]), ("SIMs", [["SIM"], ["x"]]))
    )
    found = interpret(book)
    assert found.sheet == "iPads"
    assert any("'SIMs' holds 1 rows" in note for note in found.notes)
    assert (
        interpret(read(workbook(("A", [HEAD, ONE]), ("B", [HEAD, TWO])), sheet="B")).records[0].values["asset_tag"]
        == "NB00002"
    )


def test_a_two_row_header_with_merged_cells_is_put_together() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in (["Asset Tag", "Device", None, "SIM", None], [None, "Serial", "IMEI", "Number", "Network"]):
        page.append(row)
    page.append(["NB00001", "DMPX0001QA", "352099000051009", "8944110000000051233", "O2"])
    page.merge_cells("B1:C1")
    page.merge_cells("D1:E1")
    page.merge_cells("A1:A2")
    found = interpret(read(saved(book)))
    assert set(found.columns.values()) == {"asset_tag", "serial", "imei", "iccid", "carrier"}
    assert [record.row for record in found.records] == [3]


def test_error_cells_and_hidden_rows_are_said() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in (["Serial", "IMEI"], ["DMPX0001QA", "#REF!"], ["DMPX0002QA", "352099000051009"]):
        page.append(row)
    page["B2"].data_type = "e"
    page.row_dimensions[3].hidden = True
    found = interpret(read(saved(book)))
    assert codes(found) == {"error-cell": 1}
    assert "imei" not in found.records[0].values
    assert len(found.records) == 2
    assert any("1 row is hidden in the sheet; it was read" in note for note in found.notes)


def test_numbers_in_cells_are_recovered_where_exact_and_refused_where_not() -> None:
    book = workbook(("R", [["Serial", "IMEI", "SIM Number"], ["DMPX0001QA", 352099000051009, 8944110000000051233]]))
    found = interpret(read(book))
    assert found.records[0].values["imei"] == "352099000051009"
    assert "iccid" not in found.records[0].values
    assert codes(found) == {"precision-lost": 1}


def test_formulas_and_markup_in_cells_stay_text() -> None:
    found = read_csv(["Serial", "Notes"], ["DMPX0001QA", "=HYPERLINK(1)"], ["DMPX0002QA", "[red]x[/] \x1b[31m"])
    assert found.records[0].values["notes"] == "=HYPERLINK(1)"
    assert "\x1b" not in str(found.records[1].values["notes"])


def test_an_unknown_layout_lists_the_known_ones() -> None:
    with pytest.raises(UsageProblem, match="device-register"):
        read_csv(HEAD, ONE, layout="nothing")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.key)
def test_every_layout_declares_only_fields_that_exist(layout: object) -> None:
    from importers.layout import Layout

    assert isinstance(layout, Layout)
    named = {*layout.columns, *layout.sets, *layout.identity, *layout.unique, *layout.constants}
    named |= {position.removesuffix(" 2") for position in layout.positions if position}
    assert named <= set(FIELD_KINDS)
    assert layout.title
    assert bool(layout.positions) == bool(layout.shape)


def test_what_nothing_tells_is_not_recognised_and_nothing_of_it_is_read() -> None:
    """Words that could be of anything tell nothing; a person who says what a column means is believed."""
    found = read_csv(["id", "name", "colour"], ["1", "Civic Centre", "red"], ["2", "Hafod House", "blue"])
    assert (found.recognised, found.records, dict(found.columns)) == (False, (), {})
    assert adds_up(found)
    said = read_csv(["id", "who", "colour"], ["17", "a@b.example", "red"], mapping={"who": "email"})
    assert (said.recognised, said.layout.key, len(said.records)) == (True, "hr-people", 1)
    assert read_csv(["Number", "Price", "When"], ["07700900001", "3", "x"]).layout.key == "device-register"
    alone = read_csv(["Serial number", "Colour", "Sleeve"], ["DMPX0001QA", "red", "no"])
    assert (alone.recognised, len(alone.records)) == (True, 1)


def test_a_table_beside_the_first_is_said_and_not_read_into_its_rows() -> None:
    """Rows of the same number may be one table with a gap: that is said, too."""
    head = ["Serial number", "Asset Tag", "", "SIM Number", "Mobile Number"]
    one = ["DMPX0001QA", "NB00001", "", "8944110000000000018", "07700900001"]
    both = read_csv(head, one)
    assert both.records[0].values["iccid"] == "8944110000000000018"
    assert any("column D" in note for note in both.notes)
    apart = read_csv(head, one, ["", "", "", "8944110000000000026", "07700900002"])
    assert (apart.read, dict(apart.records[0].values)) == (1, {"serial": "DMPX0001QA", "asset_tag": "NB00001"})
    (told,) = [problem for problem in apart.problems if problem.code == "second-table"]
    assert "column D; its 2 rows were not read" in told.reason


def test_a_quotation_mark_that_never_closes_swallows_no_row() -> None:
    data = b'Serial number,Notes\nDMPX0001QA,"9.7\nDMPX0002QA,"a, b"\nDMPX0003QA,"open\nDMPX0004QA,x\n'
    found = interpret(read(data))
    assert [record.values["serial"] for record in found.records] == [f"DMPX000{n}QA" for n in (1, 2, 3, 4)]


def test_the_day_of_a_bill_stands_above_its_header() -> None:
    head = ["Mobile Number", "Tariff", "Total (ex VAT)"]
    bill = read_csv(["Account", "1", ""], ["Invoice date", "05/02/2026", ""], head, ["07700900001", "Data", "7"])
    assert str(bill.dated) == "2026-02-05"
    assert str(read_csv(["Bill date: 6 March 2026"], head, ["07700900001", "Data", "7"]).dated) == "2026-03-06"
    assert read_csv(["Bill date", "soon"], head, ["07700900001", "Data", "7"]).dated is None


@pytest.mark.parametrize(
    ("text", "mapping", "told"),
    [
        (b"Serial number,Model\nDMPX000001,iPad\n", {"Model": "compliance"}, ["Model"]),
        (b"Employee Number,Surname,Start Date\n90001,Hale,01/02/2026\n", {"Surname": "serial"}, ["Surname"]),
        (b"Serial number,What\nDMPX000001,x\n", {"What": "notes"}, []),
        (b"Employee Number,Surname,Body\n90001,Hale,Eastmoor\n", {"Body": "organisation"}, []),
        (b"Serial number,Numbers\nDMPX000001,\n", {"Numbers": "imeis"}, []),
    ],
)
def test_a_column_mapped_to_what_its_file_may_not_set_is_said(
    text: bytes, mapping: dict[str, str], told: list[str]
) -> None:
    """A wish is granted, or refused aloud."""
    found = interpret(read(text), mapping=mapping)
    assert [one.column for one in found.problems if one.code == "records-nothing"] == told


def test_a_mapping_of_a_column_that_is_not_there_is_said() -> None:
    found = interpret(read(b"Serial No.,Kit\nDMPX000001,x\n"), mapping={"Serial no": "serial", "Kitt": "notes"})
    assert found.notes == ("No column is called Kitt: what was said of it is left aside.",)


def test_a_list_of_people_says_whose_they_are() -> None:
    """Else a shared list of starters would all be taken for people of the council that imports it."""
    found = interpret(read(b"Employee Number,Surname,Start Date,Council\n90001,Hale,01/02/2026,Eastmoor\n"))
    assert found.records[0].values["organisation"] == "Eastmoor"
