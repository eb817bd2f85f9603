"""The freedom-of-information pack and the monthly pack."""

import csv
import json
import re
import shlex
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fleet.cli.arguments import search_text
from fleet.domain.search import parse
from fleet.errors import UsageProblem
from fleet.exports import REPORTS, write_report
from fleet.exports.small_numbers import protected
from tests.fleet.exports.conftest import NOW, Demo
from tests.fleet.exports.reports.conftest import TODAY, Facts, Read, financial_year, table, write


def stamp_of(path: Path) -> str:
    """The query stamp on the cover."""
    rows = openpyxl.load_workbook(path)["Cover"].iter_rows(values_only=True)
    return next(str(row[1]) for row in rows if row[0] == "Query stamp")


def test_counts_for_the_public_are_those_of_the_generator(facts: Facts, read: Read) -> None:
    document = read("foi", hide_small=False)
    spent: Counter[str] = Counter()
    for one in facts.estate.devices:
        spent[financial_year(one.purchased_on)] += one.price_pence
    found = table(document, "FoiSpend")
    assert {year: row["Cost (£)"] for year, row in found.items() if row["Cost (£)"]} == spent
    lost = sum(row["Lost"] + row["Stolen"] for row in table(document, "FoiLosses").values())
    assert lost == sum(one.kind != "damaged" for one in facts.estate.incidents)
    assert sum(row["Devices"] for row in table(document, "FoiLeavers").values()) == len(facts.planted("leaver-holds"))


def test_the_public_gets_numbers_only(demo: Demo, read: Read, tmp_path: Path) -> None:
    document = read("foi")
    assert document["sheets"] == {}
    text = json.dumps(document)
    for one in demo.estate.people:
        assert one.display_name not in text
        assert one.upn not in text
    for one in demo.estate.devices:
        assert one.serial not in text
        assert one.asset_tag not in text
    path = write(demo, "foi", tmp_path / "foi.csv", to="csv")
    lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0] == ["Table", "Row", "Column", "Number"]
    assert len(lines) > 50


def test_small_numbers_are_hidden_and_can_not_be_worked_out(read: Read) -> None:
    hidden, shown = read("foi"), read("foi", hide_small=False)
    few = 0
    for key in hidden["tables"]:
        for ours, theirs in zip(hidden["tables"][key]["rows"], shown["tables"][key]["rows"], strict=True):
            for column, said, true in zip(hidden["tables"][key]["columns"], ours, theirs, strict=True):
                if isinstance(true, int) and "£" not in column and "average" not in column:
                    assert said == ("<5" if 0 < true < 5 else 5 * ((true + 2) // 5))
                    few += said == "<5"
    assert few > 20


@pytest.mark.parametrize(
    ("value", "rows", "unit", "told"),
    [
        (0, 0, "count", 0), (1, 1, "count", "<5"), (4, 4, "count", "<5"), (5, 5, "count", 5), (7, 7, "count", 5),
        (8, 8, "count", 10),
        (123_456, 4, "money", "withheld"), (123_456, 5, "money", 120_000), (0, 0, "money", 0), (2.6, 3, "mean", "withheld"),
        (2.6, 9, "mean", 3), (None, 0, "mean", None),
    ],
)  # fmt: skip
def test_what_is_told_of_a_number(value: Any, rows: int, unit: Any, told: object) -> None:
    assert protected(value, rows, unit) == told


def test_the_same_question_gives_the_same_stamp_whoever_asks_and_when(demo: Demo, tmp_path: Path) -> None:
    day = date(2026, 11, 21)
    first = write(demo, "foi", tmp_path / "1.xlsx", to="xlsx", as_at=day)
    second = write(
        demo, "foi", tmp_path / "2.xlsx", to="xlsx", as_at=day, actor="bryn.hale", now=NOW + timedelta(days=40)
    )
    other = write(demo, "foi", tmp_path / "3.xlsx", to="xlsx", as_at=day, organisation="northbridge")
    assert re.fullmatch("[0-9a-f]{64}", stamp_of(first))
    assert stamp_of(first) == stamp_of(second)
    assert stamp_of(first) != stamp_of(other)


def test_hiding_small_numbers_leaves_every_list_out(demo: Demo, tmp_path: Path) -> None:
    path = write(demo, "who-has-what", tmp_path / "few.xlsx", to="xlsx", hide_small=True)
    assert openpyxl.load_workbook(path).sheetnames == ["Cover", "By team"]


# --- the month -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pack(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The monthly pack of one council, read back."""
    folder = tmp_path_factory.mktemp("pack")
    with demo.database.read() as session:
        path = write_report(
            session, "monthly", to="xlsx", path=folder, now=NOW, actor="asha.penrose", organisation="northbridge"
        ).path
    return openpyxl.load_workbook(path, data_only=True)


def test_the_pack_holds_every_report_of_the_month(pack: Any) -> None:
    names = set(pack.sheetnames)
    for key in set(REPORTS) - {"monthly", "foi"}:
        assert {tab.name for tab in REPORTS[key].tabs} <= names, key
    assert pack.sheetnames[:2] == ["Cover", "Key numbers"]


def test_the_pack_is_about_one_council_alone(demo: Demo, pack: Any) -> None:
    others = {one.name for one in demo.estate.organisations if one.key != "northbridge"}
    tags = {one.asset_tag for one in demo.estate.devices if one.organisation != "northbridge"}
    for sheet in pack:
        values = {cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)}
        assert not values & others, sheet.title
        assert not values & tags, sheet.title


def test_the_sheets_of_the_pack_agree(pack: Any) -> None:
    said = [
        cell for row in pack["Cover"].iter_rows(values_only=True) for cell in row if cell in ("✓ agree", "✗ differ")
    ]
    assert len(said) > 20
    assert set(said) == {"✓ agree"}


def test_a_pack_of_a_month_gone_by_says_what_it_leaves_out(demo: Demo, tmp_path: Path) -> None:
    path = write(demo, "monthly", tmp_path / "past.xlsx", to="xlsx", as_at=date(2026, 11, 20))
    book = openpyxl.load_workbook(path)
    assert not {"Not seen", "Not seen in numbers", "Tenants"} & set(book.sheetnames)
    notes = [str(row[0]) for row in book["Cover"].iter_rows(values_only=True)]
    assert any(note.startswith("Left out") and "Not seen" in note for note in notes)


# --- what a pack must not pretend -----------------------------------------------------------------------------


def cover_of(demo: Demo, path: Path, report: str, **options: Any) -> list[list[Any]]:
    """The rows of a cover."""
    sheet = openpyxl.load_workbook(write(demo, report, path, to="xlsx", **options))["Cover"]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_sources_are_as_old_as_they_were_on_the_day(demo: Demo, tmp_path: Path) -> None:
    rows = cover_of(demo, tmp_path / "now.xlsx", "spend", organisation="northbridge")
    then = cover_of(demo, tmp_path / "then.xlsx", "spend", organisation="northbridge", as_at=TODAY - timedelta(days=1))
    before = cover_of(demo, tmp_path / "old.xlsx", "spend", organisation="northbridge", as_at=date(2026, 3, 31))
    (now_read,), (then_read,), (never,) = (
        [row for row in one if str(row[0]).startswith("Intune: ")] for one in (rows, then, before)
    )
    assert now_read[2].date() == TODAY
    assert (then_read[2].date(), then_read[3]) == (TODAY - timedelta(days=1), "21 hours")
    assert "devices)" in then_read[1]
    assert never[2:] == ["never", "never read"]


def test_a_day_before_the_register_is_said_to_be_one(demo: Demo, read: Read, tmp_path: Path) -> None:
    notes = cover_of(demo, tmp_path / "old.xlsx", "estate", as_at=date(2026, 3, 31))
    assert any("history begins on" in str(row[0]) for row in notes)
    assert all(row["open_findings"] is None for row in read("estate", as_at=date(2026, 3, 31))["sheets"]["devices"])


def test_the_cover_names_the_sheets_that_a_filter_does_not_reach(demo: Demo, tmp_path: Path) -> None:
    said = cover_of(demo, tmp_path / "some.xlsx", "stock-and-loans", filters=parse("kind:ipad"))
    assert any("they do not narrow Stock, nor" in str(row[0]) for row in said)
    assert not any("do not narrow" in str(row[0]) for row in cover_of(demo, tmp_path / "all.xlsx", "stock-and-loans"))


def test_a_name_with_an_apostrophe_can_be_asked_for_again(demo: Demo, tmp_path: Path) -> None:
    rows = cover_of(demo, tmp_path / "foi.xlsx", "foi", filters=parse("team:St_John's -status:lost"))
    (again,) = [row[1] for row in rows if row[0] == "To be made again with"]
    words = shlex.split(again)
    assert parse(search_text(words[3 : words.index("--as-at")])) == parse("team:St_John's -status:lost")


def test_numbers_for_the_public_do_not_tell_how_many_a_tenant_lists(demo: Demo, tmp_path: Path) -> None:
    assert not any("devices)" in str(row[1]) for row in cover_of(demo, tmp_path / "foi.xlsx", "foi"))


def test_a_number_below_nothing_is_a_number_in_csv(demo: Demo, tmp_path: Path) -> None:
    before = write(demo, "difference", tmp_path / "d.json", to="json")
    numbers = {row["number"]: row["difference"] for row in json.loads(before.read_bytes())["sheets"]["key_numbers"]}
    assert min(numbers.values()) < 0
    path = write(demo, "difference", tmp_path / "d.csv", to="csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert {row["Number"]: int(row["Difference"]) for row in csv.DictReader(file)} == numbers


def test_days_before_any_device_are_refused_in_words(demo: Demo, tmp_path: Path) -> None:
    for options in ({"as_at": date.min}, {"since": date.min}, {"as_at": date(1969, 12, 31)}):
        with pytest.raises(UsageProblem, match="days before 1 Jan 1970"):
            write(demo, "monthly", tmp_path / "never.xlsx", to="xlsx", **options)
    assert not list(tmp_path.iterdir())
