"""The estate workbook, read back by two programs that did not write it."""

import re
import zipfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from fleet.clock import LONDON
from fleet.commands.imports import ImportOptions, preview_file
from fleet.database import Database
from fleet.domain.lifecycle import label
from fleet.domain.rules.sources import RULES as NOT_READ
from fleet.exports import write_report
from fleet.queries.devices import DeviceQuery, list_devices
from tests.factory import a_device, a_tenant, an_enrolment, an_organisation
from tests.fleet.exports.conftest import NOW, Demo, open_book, records


@pytest.fixture(scope="module")
def masked(masked_book: Path) -> Any:
    return open_book(masked_book)


@pytest.fixture(scope="module")
def full(full_book: Path) -> Any:
    return open_book(full_book)


# --- numbers ------------------------------------------------------------------------------------------------


def total(sheet: Any, title: str) -> dict[tuple[str, ...], int]:
    """A cross-table of the summary as {(labels..., column): number} without noughts and totals."""
    rows = list(sheet.iter_rows(values_only=True))
    top = next(at for at, row in enumerate(rows) if row[0] == title) + 1
    heads = [head for head in rows[top] if head is not None]
    labels = sum(1 for head in heads if not isinstance(rows[top + 1][heads.index(head)], int))
    found: dict[tuple[str, ...], int] = {}
    for row in rows[top + 1 :]:
        if row[0] == "Total":
            return found
        for at in range(labels, len(heads) - 1):
            if row[at]:
                found[(*row[:labels], heads[at])] = row[at]
    raise AssertionError("no total row")


def test_the_summary_counts_what_the_generator_made(demo: Demo, masked: Any) -> None:
    """Unrecorded devices are those that Intune showed and nobody had registered: they are in the answer key."""
    estate = demo.estate
    names = {one.key: one.name for one in estate.organisations}
    kinds = {"ipad": "iPad", "iphone": "iPhone", "thin_client": "Thin client"}
    expected = Counter((names[one.organisation], kinds[one.kind], label(one.status)) for one in estate.devices)
    found = total(masked["Summary"], "Devices by organisation, kind and status")
    ours = {key: number for key, number in found.items() if "personal" not in key[1] and key[2] != "Unrecorded"}
    assert ours == expected
    unrecorded = sum(number for key, number in found.items() if key[2] == "Unrecorded")
    assert unrecorded == sum(1 for one in estate.answer_key if one.rule == "not-recorded") > 0


def test_the_findings_are_those_that_were_planted(demo: Demo, masked: Any) -> None:
    found = Counter(row["Rule"] for row in records(masked["Findings"]))
    unread = {rule.key for rule in NOT_READ}  # These nights read devices and people alone.
    planted = Counter(one.rule for one in demo.estate.answer_key if one.rule not in unread)
    assert found["leaver-holds"] == planted["leaver-holds"] > 0
    assert found == planted


def test_what_was_spent_adds_up_to_the_orders_of_the_generator(demo: Demo, masked: Any) -> None:
    pounds = sum(row["Price (£)"] or 0 for row in records(masked["Devices"]))
    assert round(pounds * 100) == sum(one.price_pence for one in demo.estate.devices)


def test_every_sheet_counts_the_same_devices_as_the_register(demo: Demo, masked: Any) -> None:
    with demo.database.read() as session:
        rows = list_devices(session, DeviceQuery(), now=NOW)
    listed = records(masked["Devices"])
    assert [row["Device number"] for row in listed] == [str(row.id) for row in rows]
    for title in ("Devices by organisation and kind", "Devices by model"):
        assert sum(total(masked["Summary"], title).values()) == len(rows)
    about_devices = [row for row in records(masked["Findings"]) if row["Kind of subject"] == "Device"]
    assert sum(row["Open findings"] for row in listed) == len(about_devices)


def test_the_cover_says_what_agrees(masked: Any, masked_book: Path) -> None:
    stored = openpyxl.load_workbook(masked_book, data_only=True)["Cover"]
    said = [cell.value for row in stored.iter_rows() for cell in row if cell.value in ("✓ agree", "✗ differ")]
    assert said == ["✓ agree"] * 8
    formulas = [cell.value for row in masked["Cover"].iter_rows() for cell in row if cell.data_type == "f"]
    assert any("COUNTA(Devices!" in formula for formula in formulas)


def test_the_cover_says_whose_when_and_from_where(demo: Demo, masked: Any) -> None:
    cells = {row[0]: row for row in masked["Cover"].iter_rows(values_only=True) if row[0]}
    assert cells["Organisations"][1] == ", ".join(sorted(one.name for one in demo.estate.organisations))
    assert cells["As at"][1] == datetime(2026, 11, 22)
    assert cells["Made"][1] == datetime(2026, 11, 22, 9, 30)
    assert cells["Made by"][1] == "asha.penrose"
    assert cells["Filters"][1] == "none"
    for tenant in demo.estate.tenants:
        assert cells[f"Intune: {tenant.key}"][2:4] == (datetime(2026, 11, 22, 2, 30), "7 hours")


# --- form ---------------------------------------------------------------------------------------------------


def test_cells_hold_dates_money_numbers_and_identifiers_as_what_they_are(demo: Demo, full: Any) -> None:
    by_serial = {row["Serial number"]: row for row in records(full["Devices"])}
    seed = next(one for one in demo.estate.devices if one.imei and one.status == "issued")
    row = by_serial[seed.serial]
    assert row["Purchase date"] == datetime.combine(seed.purchased_on, datetime.min.time())
    assert row["Price (£)"] * 100 == pytest.approx(seed.price_pence)
    assert row["IMEI"] == seed.imei
    sheet = full["Devices"]
    styles = {sheet.cell(4, at).value: sheet.cell(5, at).number_format for at in range(1, sheet.max_column + 1)}
    assert styles["Asset tag"] == "@"
    money = [sheet.cell(at, [*styles].index("Price (£)") + 1) for at in range(5, 60)]
    assert {cell.number_format for cell in money if cell.value} == {"[$£-809]#,##0.00"}


def test_moments_are_londons_clock(demo: Demo, full: Any) -> None:
    with demo.database.read() as session:
        seen = {str(row.id): row.last_seen for row in list_devices(session, DeviceQuery(), now=NOW)}
    checked = 0
    for row in records(full["Devices"]):
        moment = seen[row["Device number"]]
        if moment is not None:
            assert row["Last check-in"] == moment.astimezone(LONDON).replace(tzinfo=None)
            checked += moment.astimezone(LONDON).utcoffset() is not None
    assert checked > 50


def test_a_sheet_of_rows_is_a_table_under_a_frozen_header_ready_to_print(masked: Any) -> None:
    for name, rows in (("Devices", len(records(masked["Devices"]))), ("Findings", len(records(masked["Findings"])))):
        sheet = masked[name]
        table = sheet.tables[name]
        assert table.ref == f"A4:{sheet.cell(4, sheet.max_column).column_letter}{rows + 4}"
        assert table.autoFilter is not None
        assert table.autoFilter.ref == table.ref
        assert table.column_names == [cell.value for cell in sheet[4]]
        assert sheet.freeze_panes == "B5"
        assert sheet.print_title_rows == "$4:$4"
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.oddFooter.right.text == "Page &P of &N"
        assert not sheet.merged_cells.ranges
        assert all(sheet.column_dimensions[cell.column_letter].width > 8 for cell in sheet[4])


def test_marks_never_rest_on_colour_alone(masked: Any) -> None:
    """Days and numbers get a sign, words are bold; the legend names them."""
    sheet = masked["Devices"]
    rules = [rule for each in sheet.conditional_formatting for rule in each.rules if rule.formula != ["TRUE"]]
    assert len(rules) == 9
    for rule in rules:
        assert rule.dxf.font.b
        if '="' not in rule.formula[0]:
            assert "▲" in rule.dxf.numFmt.formatCode
    assert "▲ Loan overdue" in str(sheet["A3"].value)


def test_charts_are_native_and_say_in_words_what_they_show(masked_book: Path) -> None:
    with zipfile.ZipFile(masked_book) as package:
        names = package.namelist()
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    assert sum(1 for name in names if name.startswith("xl/charts/chart")) == 4
    described = re.findall(r'descr="([^"]+)"', drawing)
    assert len(described) == 4
    assert all("The largest are" in text for text in described)


def test_names_are_defined_for_other_workbooks(masked: Any) -> None:
    names = set(masked.defined_names)
    assert {"AsAt", "MadeAt", "DevicesCount", "FindingsCount", "SummaryStatusTotal"} <= names


def test_a_second_reader_sees_the_same(masked: Any, masked_book: Path) -> None:
    rows = CalamineWorkbook.from_path(str(masked_book)).get_sheet_by_name("Devices").to_python(skip_empty_area=False)
    listed = records(masked["Devices"])
    assert len(rows) == len(listed) + 4
    for read, row in zip(rows[4:], listed, strict=True):
        for ours, theirs in zip(row.values(), read, strict=True):
            assert ours == as_openpyxl(theirs)


def as_openpyxl(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return None if value == "" else value


def test_the_same_register_gives_the_same_bytes(demo: Demo, masked_book: Path, tmp_path: Path) -> None:
    with demo.database.read() as session:
        again = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="asha.penrose").path
    assert again.read_bytes() == masked_book.read_bytes()


# --- read back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", ["full_book", "masked_book"])
def test_read_back_it_changes_nothing(demo: Demo, book: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(book)
    with demo.database.read() as session:
        preview = preview_file(session, path.read_bytes(), path.name, ImportOptions(), now=NOW)
    assert preview.interpretation.sheet == "Devices"
    assert [(row.name, row.before, row.after) for row in preview.plan.changed] == []
    assert preview.plan.new == []
    assert preview.plan.unchanged > DEVICES_READ_BACK


DEVICES_READ_BACK = 300


# --- people -------------------------------------------------------------------------------------------------


def test_without_unmasking_no_part_of_the_file_names_anybody(demo: Demo, masked_book: Path) -> None:
    with zipfile.ZipFile(masked_book) as package:
        everything = " ".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
    addresses = set(re.findall(r"[\w.'’-]+@[\w.-]+", everything))
    assert not any(address.endswith(".example") for address in addresses)
    names = {one.display_name for one in demo.estate.people}
    texts = set(re.findall(r">([^<]+)<", everything.replace("&apos;", "'")))
    assert not names & texts
    held = {one.person for one in demo.estate.assignments if one.returned_on is None}
    for one in demo.estate.people:
        if one.entra_id in held:
            assert one.display_name not in everything
    for line in demo.estate.lines:
        assert line.number is None or line.number not in everything


def test_masked_holders_keep_initials_and_team(demo: Demo, masked: Any) -> None:
    people = {one.entra_id: one for one in demo.estate.people}
    teams = {one.key: one.name for one in demo.estate.teams}
    held = {one.device: one for one in demo.estate.assignments if one.returned_on is None}
    checked = 0
    for row in records(masked["Devices"]):
        custody = held.get(row["Serial number"])
        if custody and custody.person and (team := people[custody.person].team):
            surname = people[custody.person].display_name.split()[-1]
            assert re.fullmatch(r"(\w\.){2,4}", row["Holder initials"])
            assert row["Holder initials"].split(".")[1] == surname[0] or "-" in people[custody.person].display_name
            assert row["Holder's team"] == teams[team]
            checked += 1
    assert checked > 20


def test_unmasked_holders_are_named(demo: Demo, full: Any) -> None:
    people = {one.entra_id: one for one in demo.estate.people}
    held = {one.device: one for one in demo.estate.assignments if one.returned_on is None and one.person}
    for row in records(full["Devices"]):
        if (custody := held.get(row["Serial number"])) and custody.person:
            assert row["Holder UPN"] == people[custody.person].upn.lower()


def test_an_empty_register_makes_a_workbook_that_opens(database: Database, tmp_path: Path) -> None:
    an_organisation(database)
    with database.read() as session:
        written = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="a")
    assert written.counts == {"devices": 0, "findings": 0}
    book = open_book(written.path)
    assert records(book["Devices"]) == []
    assert book["Devices"].tables["Devices"].ref.endswith("5")
    assert str(book["Devices"]["A3"].value).endswith("There is nothing of this kind.")


def test_the_clock_of_a_summer_evening_is_not_utc(database: Database, tmp_path: Path) -> None:
    owner = an_organisation(database)
    device = a_device(database, owner, asset_tag="NB1")
    seen = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    an_enrolment(database, owner, a_tenant(database, owner), device, last_seen=seen)
    with database.read() as session:
        path = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="a").path
    (row,) = records(open_book(path)["Devices"])
    assert row["Last check-in"] == datetime(2026, 7, 2, 0, 30)
