"""Text that tries to be a formula, markup or a broken file is only ever text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from fleet.database import Database
from fleet.exports import write_report
from tests.factory import a_device, a_model, a_person, a_tenant, an_assignment, an_enrolment, an_organisation
from tests.fleet.exports.conftest import NOW, open_book, records

PAYLOADS = (
    "=1+1",
    "+1-1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","open")',
    "{=1+1}",
    "#N/A",
    "#REF!",
    "TRUE",
    "1E5",
    "007",
    "<r><t>rich</t></r>",
    "<r></r>",
    "</t></is></c><c><f>1+1</f></c>",
    '&amp; & <b> "quoted" \']]>',
    '" s="@3',
    'x s="@0" y',
    "_x000D_ and _x003D_1+1",
    "NUL\x00 ESC\x1b[31m DEL\x7f",
    "lone \ud83d surrogate",
    "\ufffe and \uffff",
    "right\u202eto left",
    "iPad ☕ 🧑‍💻",
    "  spaces  ",
    "http://evil.example",
    "x" * 40_000,
    "🧑" * 20_000,
)


def hostile(database: Database, payload: str) -> None:
    """A register in which everything that people or devices may name is called like that."""
    storable = payload.replace("\x00", "").encode("utf-8", "replace").decode()
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)
    model = a_model(database, storable)
    person = a_person(database, owner, storable, upn=storable)
    device = a_device(database, owner, model_id=model, status="issued", asset_tag=storable, cost_code=storable)
    an_assignment(database, owner, device, person_id=person)
    an_enrolment(database, owner, tenant, device, device_name=storable, os_version=storable[:50], compliance=storable)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text_is_text_in_every_cell(sqlite: Any, tmp_path: Path, payload: str) -> None:
    with Database(sqlite.migrated(), create=False) as database:
        hostile(database, payload)
        with database.read() as session:
            path = write_report(
                session, "estate", to="xlsx", path=tmp_path / "x.xlsx", now=NOW, actor=payload, unmask=True
            ).path
    book = open_book(path)
    for cell in cells(book):
        assert cell.data_type in "sndb" or cell.parent.title in ("Cover", "Summary"), (cell.coordinate, cell.value)
        if cell.data_type == "f":
            assert re.match(r"=(COUNTA|SUM|IF)\(", str(cell.value))
    (row,) = records(book["Devices"])
    assert all(isinstance(row[key], str) for key in ("Asset tag", "Holder", "Device name", "Cost code", "Model"))
    assert row["Holder"] == row["Asset tag"] == row["Device name"]
    by_calamine = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Devices").to_python()
    assert unescape(row["Holder"]) in by_calamine[-1]  # openpyxl leaves `_x005F_` in inline text as it is.
    assert not any(isinstance(value, bool | float) and str(value) == payload for value in by_calamine[-1])


def cells(book: Any) -> Iterator[Any]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ("=1+1", "=1+1"),
        ("_x000D_ stays", "_x000D_ stays"),
        ("<r><t>rich</t></r>", "<r><t>rich</t></r>"),
        ('" s="@3', '" s="@3'),
        ("  spaces  ", "  spaces  "),
        ("one\r\ntwo", "one\ntwo"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("iPad ☕ 🧑‍💻", "iPad ☕ 🧑‍💻"),
    ],
)
def test_text_comes_back_as_it_was_written(sqlite: Any, tmp_path: Path, payload: str, read: str) -> None:
    with Database(sqlite.migrated(), create=False) as database:
        hostile(database, payload)
        with database.read() as session:
            path = write_report(
                session, "estate", to="xlsx", path=tmp_path / "x.xlsx", now=NOW, actor="a", unmask=True
            ).path
    by_calamine = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Devices").to_python()
    assert by_calamine[-1][by_calamine[-2].index("Holder")] == read


def test_a_text_that_looks_like_a_formula_stays_text_when_somebody_edits_it(sqlite: Any, tmp_path: Path) -> None:
    with Database(sqlite.migrated(), create=False) as database:
        hostile(database, "=1+1")
        with database.read() as session:
            path = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="a").path
    sheet = open_book(path)["Devices"]
    quoted = {cell.value: cell.quotePrefix for cell in sheet[5] if cell.value is not None}
    assert quoted["=1+1"]
    assert not quoted["Northbridge Council"]


def test_a_text_longer_than_a_cell_is_cut_and_that_is_said(sqlite: Any, tmp_path: Path) -> None:
    with Database(sqlite.migrated(), create=False) as database:
        hostile(database, "🧑" * 20_000)
        with database.read() as session:
            path = write_report(session, "estate", to="xlsx", path=tmp_path, now=NOW, actor="a").path
    book = open_book(path)
    (row,) = records(book["Devices"])
    assert row["Asset tag"].endswith("🧑 … [cut: 20,000 characters in all]")
    assert len(row["Asset tag"].encode("utf-16-le")) // 2 <= 32_767
    assert any("longer than a cell holds" in str(cell.value) for cell in book["Cover"]["A"])
