"""`fleet export`: reports by name, forms, names only for who may see them, and never over a file."""

import json
from pathlib import Path

import openpyxl
import pytest

from fleet.exports import REPORTS
from tests.fleet.conftest import OPERATOR, Program


def test_the_list_tells_every_report_with_its_question(program: Program, home: Path) -> None:
    told = program("export", "--list")
    assert told.code == 0
    for report in REPORTS.values():
        assert f"{report.key} " in told.out
        assert report.question in told.out
    listed = program("export", "--list", "--json").json
    assert [one["report"] for one in listed] == list(REPORTS)


def test_a_report_lands_in_the_folder_under_a_telling_name(program: Program, home: Path, tmp_path: Path) -> None:
    done = program("export", "spend", "--organisation", "northbridge", "-o", str(tmp_path), "--json")
    assert done.json["path"] == str(tmp_path / "fleet-spend-northbridge-2026-11-22.xlsx")
    assert done.json["counts"]["money"] > 0
    book = openpyxl.load_workbook(done.json["path"])
    cells = {row[0]: row[1] for row in book["Cover"].iter_rows(max_col=2, values_only=True) if row[0]}
    assert cells["Organisation"] == "Northbridge Council"
    assert cells["Made by"] == OPERATOR


@pytest.mark.parametrize("to", ["xlsx", "csv", "json", "pdf"])
def test_every_form_can_be_asked_for_and_none_is_written_over(
    program: Program, home: Path, tmp_path: Path, to: str
) -> None:
    target = tmp_path / f"report.{to}"
    assert program("export", "stock-and-loans", "--to", to, "-o", str(target)).code == 0
    before = target.read_bytes()
    refused = program("export", "leavers", "--to", to, "-o", str(target))
    assert refused.code == 1
    assert "exists already" in refused.err
    assert target.read_bytes() == before
    assert program("export", "leavers", "--to", to, "-o", str(target), "--overwrite").code == 0
    assert target.read_bytes() != before


def test_a_report_that_is_misspelt_is_answered_with_the_nearest(program: Program, home: Path) -> None:
    refused = program("export", "leaver", "--unmask", "--reason", "typing")
    assert refused.code == 2
    assert "Did you mean leavers?" in refused.err
    assert "disclosure" not in program("history", "--json").out
    assert program("export").code == 2


def test_names_are_told_to_those_who_say_why_and_the_history_keeps_it(
    program: Program, home: Path, tmp_path: Path
) -> None:
    target = tmp_path / "named.json"
    assert "Say why" in program("export", "leavers", "--unmask", "--to", "json", "-o", str(target)).err
    assert not target.exists()
    reason = "Letters to managers"
    assert program("export", "leavers", "--unmask", "--reason", reason, "--to", "json", "-o", str(target)).code == 0
    assert "name" in json.loads(target.read_bytes())["sheets"]["leavers"][0]
    newest = program("history", "--json").json[0]
    assert (newest["action"], newest["actor"]) == ("disclosure", OPERATOR)
    assert newest["reason"].endswith(reason)


def test_an_auditor_gets_no_names(
    program: Program, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("operator", "add", OPERATOR, "--role", "administrator", "--all").code == 0
    assert program("operator", "add", "vera.lund", "--role", "auditor", "--all").code == 0
    monkeypatch.setenv("FLEET_OPERATOR", "vera.lund")
    refused = program("export", "leavers", "--unmask", "--reason", "audit", "-o", str(tmp_path / "never.xlsx"))
    assert refused.code == 5
    assert not (tmp_path / "never.xlsx").exists()
    assert program("export", "leavers", "-o", str(tmp_path / "masked.xlsx")).code == 0


def test_small_numbers_are_hidden_where_the_public_reads_unless_asked(
    program: Program, home: Path, tmp_path: Path
) -> None:
    for name, options in (("a", ()), ("b", ("--small-numbers", "show"))):
        target = str(tmp_path / f"{name}.json")
        assert program("export", "foi", "--to", "json", "-o", target, *options).code == 0
    hidden, shown = (json.loads((tmp_path / f"{name}.json").read_bytes()) for name in "ab")
    assert (hidden["small_numbers_hidden"], shown["small_numbers_hidden"]) == (True, False)
    assert "<5" in json.dumps(hidden)
    assert "<5" not in json.dumps(shown)


def test_the_plan_takes_terms_and_years(program: Program, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    options = ("--term-end", "northbridge=2027-05-06", "--years", "ipad=9", "--years", "iphone=9")
    assert program("export", "refresh", *options, "--to", "json", "-o", str(target)).code == 0
    rows = json.loads(target.read_bytes())["sheets"]["plan"]
    assert {row["replace_because"] for row in rows} >= {"9 years old", "7 years old"}
    assert {row["term_ends"] for row in rows} >= {"2027-05-06", None}
    for wrong in (
        ("--term-end", "northbridge"),
        ("--years", "ipad=soon"),
        ("--years", "pager=3"),
        ("--years", "ipad=0"),
    ):
        refused = program("export", "refresh", *wrong)
        assert refused.code == 2
        assert "is not understood" in refused.err


def test_what_intune_says_day_by_day_is_not_told_of_the_past(program: Program, home: Path, tmp_path: Path) -> None:
    refused = program("export", "not-seen", "--as-at", "2026-11-20", "-o", str(tmp_path))
    assert refused.code == 2
    assert "makes no history" in refused.err
    assert list(tmp_path.glob("*.xlsx")) == []
    told = program(
        "export", "difference", "--since", "2026-11-22", "--as-at", "2026-11-22", "-o", str(tmp_path), "--json"
    )
    assert told.json["counts"]["key_numbers"] == 14


def test_the_name_of_the_file_says_its_form(program: Program, home: Path, tmp_path: Path) -> None:
    assert program("export", "sync-health", "-o", str(tmp_path / "health.json")).code == 0
    assert json.loads((tmp_path / "health.json").read_bytes())["report"] == "sync-health"
    refused = program("export", "sync-health", "--to", "xlsx", "-o", str(tmp_path / "health.pdf"))
    assert (refused.code, "what its name says" in refused.err) == (2, True)
    assert not (tmp_path / "health.pdf").exists()


def test_a_blank_reason_shows_no_names_and_an_unknown_council_no_plan(
    program: Program, home: Path, tmp_path: Path
) -> None:
    target = str(tmp_path / "named.json")
    assert "Say why" in program("export", "leavers", "--unmask", "--reason", "  ", "-o", target).err
    refused = program("export", "refresh", "--term-end", "northbrige=2027-05-06", "-o", target)
    assert "Did you mean northbridge?" in refused.err
    assert not Path(target).exists()
