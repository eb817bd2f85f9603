"""What is true of every report: its form, its sums, both databases, the walls, and that other programs agree."""

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from fleet.database import Database
from fleet.database.models import Organisation
from fleet.domain.search import parse
from fleet.errors import UsageProblem
from fleet.exports import FORMATS, REPORTS, write_report
from fleet.exports.datasets import DATASETS
from fleet.exports.row_sheets import HEADER_ROW
from tests.fleet.conftest import Built
from tests.fleet.exports.conftest import NOW, Demo
from tests.fleet.exports.reports.conftest import write

LISTS = sorted(REPORTS)


@pytest.fixture(scope="module")
def books(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every report as a workbook."""
    folder = tmp_path_factory.mktemp("books")
    return {key: write(demo, key, folder / f"{key}.xlsx", to="xlsx") for key in REPORTS}


@pytest.fixture(scope="module")
def opened(books: dict[str, Path]) -> Callable[[str], Any]:
    """A workbook as openpyxl reads it, with the numbers that were written; each is read once."""
    return cache(lambda key: openpyxl.load_workbook(books[key], data_only=True))


@pytest.mark.parametrize("key", LISTS)
def test_a_definition_names_only_what_there_is(key: str) -> None:
    report = REPORTS[key]
    sheets = {sheet.key: sheet for sheet in report.sheets}
    assert all(sheet.dataset in DATASETS for sheet in report.sheets)
    assert all(table.of in sheets for table in report.tables)
    names = [tab.name for tab in report.tabs]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    tables = [table.key for table in report.tables] + [sheet.table for sheet in report.listed]
    assert len({name.lower() for name in tables}) == len(tables)
    for sheet in report.listed:
        assert sheet.counted in sheet.columns
        assert {mark.column for mark in sheet.marks} <= set(sheet.columns)
        assert 0 < sheet.printed <= len(sheet.columns)
        assert sheet.question.endswith("?")


@pytest.mark.parametrize("key", LISTS)
def test_every_list_is_a_table_to_be_filtered_and_printed(opened: Callable[[str], Any], key: str) -> None:
    book = opened(key)
    assert book.sheetnames == ["Cover", *(tab.name for tab in REPORTS[key].tabs if tab.name in book.sheetnames)]
    for sheet in REPORTS[key].listed:
        if sheet.name not in book.sheetnames:
            continue
        page = book[sheet.name]
        table = page.tables[sheet.table]
        headers = [cell.value for cell in page[HEADER_ROW + 1]]
        assert table.column_names == headers
        assert len(set(headers)) == len(headers)
        assert page.freeze_panes == "B5"
        assert page.print_title_rows == "$4:$4"
    for page in book:
        assert page.page_setup.orientation == "landscape"
        assert int(page.page_setup.paperSize) == 9
        assert page.oddFooter.right.text == "Page &P of &N"
        assert not page.merged_cells.ranges


@pytest.mark.parametrize("key", LISTS)
def test_the_numbers_of_a_cover_agree(opened: Callable[[str], Any], key: str) -> None:
    cover = opened(key)["Cover"]
    said = {cell for row in cover.iter_rows(values_only=True) for cell in row if cell in ("✓ agree", "✗ differ")}
    assert said <= {"✓ agree"}
    assert said or key in ("foi",)


@pytest.mark.parametrize("key", LISTS)
def test_every_chart_and_table_says_in_words_what_it_shows(books: dict[str, Path], key: str) -> None:
    with zipfile.ZipFile(books[key]) as package:
        names = package.namelist()
        drawings = [package.read(name).decode() for name in names if re.match(r"xl/drawings/drawing\d+\.xml", name)]
        tables = [package.read(name).decode() for name in names if name.startswith("xl/tables/")]
    charts = sum(name.startswith("xl/charts/chart") for name in names)
    described = [text for drawing in drawings for text in re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', drawing)]
    assert len(described) == charts
    assert all(len(text) > 40 for text in described)
    assert all("altTextSummary=" in table for table in tables)


@pytest.mark.parametrize("key", LISTS)
def test_a_second_reader_counts_the_same_cells(books: dict[str, Path], opened: Callable[[str], Any], key: str) -> None:
    ours = opened(key)
    theirs = CalamineWorkbook.from_path(str(books[key]))
    assert theirs.sheet_names == ours.sheetnames
    for page in ours:
        filled = sum(cell not in (None, "") for row in page.iter_rows(values_only=True) for cell in row)
        read = theirs.get_sheet_by_name(page.title).to_python(skip_empty_area=False)
        assert sum(cell not in (None, "") for row in read for cell in row) == filled


@pytest.mark.parametrize("key", LISTS)
def test_names_of_people_stay_out_unless_they_are_asked_for(demo: Demo, key: str, tmp_path: Path) -> None:
    names = {one.display_name for one in demo.estate.people} | {one.upn.lower() for one in demo.estate.people}
    names |= {line.number for line in demo.estate.lines if line.number}
    text = write(demo, key, tmp_path / "report.json", to="json").read_text(encoding="utf-8")
    values = set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    assert not values & names
    assert not any(name in text for name in names if "@" in name)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("key", LISTS)
def test_every_report_is_written_in_every_form_even_about_nothing(
    key: str, to: Any, sqlite: Any, tmp_path: Path
) -> None:
    with Database(sqlite.migrated(), create=False) as database, database.read() as session:
        path = write_report(session, key, to=to, path=tmp_path, now=NOW, actor="asha.penrose").path
    assert path.stat().st_size > 20
    assert path.name.startswith(f"fleet-{key}-all-2026-11-22.")


def test_what_is_not_about_devices_can_not_be_narrowed_by_a_search(demo: Demo, tmp_path: Path) -> None:
    for key in ("sync-health", "history", "stocktakes"):
        with pytest.raises(UsageProblem, match="not about devices"):
            write(demo, key, tmp_path / "never.json", to="json", filters=parse("status:lost"))


def test_a_search_narrows_lists_of_other_things_to_its_devices(demo: Demo, tmp_path: Path) -> None:
    one = next(one for one in demo.estate.answer_key if one.rule == "leaver-holds")
    path = write(demo, "leavers", tmp_path / "one.json", to="json", filters=parse(one.device))
    assert len(json.loads(path.read_bytes())["sheets"]["leavers"]) == 1


# --- both databases, within the walls ------------------------------------------------------------------------


@pytest.mark.long
def test_both_databases_give_the_same_numbers(
    sqlite_demonstration: Built, postgresql_demonstration: Built, tmp_path: Path
) -> None:
    told = []
    for place, built in enumerate((sqlite_demonstration, postgresql_demonstration)):
        with Database(built.url) as database, database.read() as session:
            told.append({})
            for key in REPORTS:
                path = tmp_path / f"{place}-{key}.json"
                write_report(session, key, to="json", path=path, now=NOW, actor="asha.penrose")
                document = json.loads(path.read_bytes())
                told[-1][key] = (document["tables"], document["counts"])
    assert told[0] == told[1]


def test_an_operator_of_one_council_gets_reports_about_that_one(demo: Demo, tmp_path: Path) -> None:
    foreign = [one for one in demo.estate.devices if one.organisation != "northbridge"]
    with demo.database.read() as session:
        mine = session.execute(select(Organisation.id).where(Organisation.key == "northbridge")).scalar_one()
    for key in ("monthly", "foi", "history", "lost-and-stolen"):
        with demo.database.read(frozenset({mine})) as session:
            path = tmp_path / f"{key}.json"
            write_report(session, key, to="json", path=path, now=NOW, actor="bryn.hale", unmask=True)
        text = path.read_text(encoding="utf-8")
        assert not [one.asset_tag for one in foreign if f'"{one.asset_tag}"' in text]
        assert not [
            one.upn for one in demo.estate.people if one.organisation != "northbridge" and one.upn.lower() in text
        ]


# --- a spreadsheet program computes it again -----------------------------------------------------------------

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item>
</oor:items>
"""


@pytest.mark.long
def test_libreoffice_computes_the_same_totals(
    books: dict[str, Path], opened: Callable[[str], Any], tmp_path: Path
) -> None:
    """It opens the pack without a word, works every formula out anew, and arrives at the numbers that were written."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    done = subprocess.run(
        [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx", "--outdir",
         str(tmp_path / "again"), str(books["monthly"]), str(books["estate"])],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for key in ("monthly", "estate"):
        ours = opened(key)
        formulas = openpyxl.load_workbook(books[key])
        theirs = openpyxl.load_workbook(tmp_path / "again" / f"{key}.xlsx", data_only=True)
        compared = 0
        for page in formulas:
            for row in page.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        said, computed = (book[page.title][cell.coordinate].value for book in (ours, theirs))
                        assert computed == (pytest.approx(said) if isinstance(said, int | float) else said), (
                            cell.coordinate
                        )
                        compared += 1
        assert compared > 30
