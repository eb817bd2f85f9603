"""`fleet stocktake`: open, scan, show, close through the command line."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.cli.conftest import HOSTILE
from tests.fleet.conftest import OPERATOR, Program

ORGANISATION = "northbridge"
Contents = Callable[[], dict[str, Any]]


def in_stock(program: Program, number: int = 3) -> list[dict[str, Any]]:
    """Some of the organisation's devices in stock."""
    found: list[dict[str, Any]] = program("devices", "status:in_stock", f"org:{ORGANISATION}", "--json").json
    assert len(found) >= number
    return found[:number]


def opened(program: Program, *options: str) -> dict[str, Any]:
    """A stocktake of the organisation."""
    told = program("stocktake", "open", "Autumn", "--organisation", ORGANISATION, *options, "--json")
    assert told.code == 0, told.err
    document: dict[str, Any] = told.json
    return document


def test_a_stocktake_from_opening_to_close(program: Program, home: Path, tmp_path: Path) -> None:
    one, two, _ = in_stock(program)
    number = opened(program)["stocktake"]
    told = program("stocktake", "scan", one["asset_tag"], f"S{two['serial']}", one["serial"], "nonsense", "--json")
    assert [scan["outcome"] for scan in told.json["scans"]] == ["found", "found", "repeated", "unknown"]
    counts = told.json["counts"]
    assert counts["expected"] == counts["found"] + counts["missing"] + counts["wrong_site"] + counts["wrong_holder"]
    assert (counts["found"], counts["unknown"], counts["repeated"]) == (2, 1, 1)

    shown = program("stocktake", "show", "--json").json
    assert shown["grades"]["A"] == 2
    file = tmp_path / "variance.csv"
    closed = program("stocktake", "close", "--csv", str(file), "--json").json
    assert closed["counts"] == shown["counts"] == counts
    assert closed["findings"] == shown["grades"]["D"] > 0
    findings = program("findings", "--rule", "stocktake-missing", "--json").json
    assert len(findings) == closed["findings"]
    assert {one["severity"] for one in findings} == {"high"}
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == counts["expected"] + counts["unexpected"] + counts["unknown"]
    assert sum(row["Outcome"] == "missing" and row["Grade"] == "D" for row in rows) == closed["findings"]

    assert program("stocktake", "list", "--json").json == []
    assert [row["id"] for row in program("stocktake", "list", "--all", "--json").json] == [number]
    assert program("undo", str(closed["event"]), "--yes").code == 0
    assert program("findings", "--rule", "stocktake-missing", "--json").json == []
    assert [row["id"] for row in program("stocktake", "list", "--json").json] == [number]


def test_people_are_told_in_words(program: Program, home: Path) -> None:
    [one] = in_stock(program, 1)
    told = program("stocktake", "open", "Autumn", "--organisation", ORGANISATION)
    assert told.out.startswith("Stocktake 1 is open and expects ")
    told = program("stocktake", "scan", one["asset_tag"])
    assert told.out.splitlines()[0] == f"{one['asset_tag']}: found."
    assert "1 scan: 1 found." in told.out
    assert "Take it back with: fleet undo" in told.out
    shown = program("stocktake", "show")
    assert "  A  seen by a person:                           1\n" in shown.out
    assert "Missing\n" in shown.out
    assert "  … and " in shown.out
    assert program("stocktake").out.splitlines()[-1] == "1 stocktake open"


def test_a_pasted_list_is_one_event_and_keeps_what_was_scanned_twice(program: Program, home: Path) -> None:
    tags = [one["asset_tag"] for one in in_stock(program)]
    opened(program)
    paste = "\ufeff" + "\r\n".join([*tags, "", tags[0].lower(), HOSTILE]) + "\n"
    told = program("stocktake", "scan", "--file", "-", stdin=paste)
    assert told.code == 0
    assert "5 scans: 3 found, 1 already scanned, 1 not known." in told.out
    assert "\x1b" not in told.out + told.err
    assert "\u202e" not in told.out + told.err
    [event] = program("history", "--by", OPERATOR, "--limit", "1", "--json").json
    assert (event["action"], event["changes"]) == ("stocktake.scan", 5)
    assert event["sentence"].startswith("Scanned for a stocktake: ")


def test_an_interrupted_stocktake_goes_on_with_its_number_or_without(program: Program, home: Path) -> None:
    one, two, three = in_stock(program)
    first = opened(program)["stocktake"]
    assert program("stocktake", "scan", one["asset_tag"]).code == 0
    second = opened(program)
    assert second["overlaps"] == [{"stocktake": first, "title": "Autumn", "devices": second["expected"]}]
    assert program("stocktake", "scan", two["asset_tag"]).code == 2
    told = program("stocktake", "scan", str(first), one["asset_tag"], two["asset_tag"], "--json").json
    assert [scan["outcome"] for scan in told["scans"]] == ["repeated", "found"]
    told = program("stocktake", "scan", "--in", str(second["stocktake"]), three["asset_tag"], "--json").json
    assert told["stocktake"] == second["stocktake"]
    assert program("stocktake", "show", str(first), "--json").json["counts"]["found"] == 2


def test_the_site_and_the_person_are_named_as_people_do(program: Program, home: Path) -> None:
    held = next(
        one for one in program("devices", f"org:{ORGANISATION}", "status:issued", "--json").json if one["holder_upn"]
    )
    somebody = next(
        one for one in program("people", "--state", "active", "--json").json
        if one["upn"] and one["upn"] != held["holder_upn"] and one["organisation"] == ORGANISATION
    )  # fmt: skip
    opened(program)
    told = program("stocktake", "scan", held["serial"], "--held-by", somebody["upn"], "--json").json
    assert told["scans"][0]["outcome"] == "wrong_holder"
    [row] = [one for one in program("stocktake", "show", "--json").json["devices"] if one["outcome"] == "wrong_holder"]
    assert (row["holder"], row["seen_with"]) == (held["holder"], somebody["name"])
    told = program("stocktake", "scan", held["serial"], "--holder-confirmed", "--json").json
    assert told["scans"][0]["outcome"] == "found"
    assert program("stocktake", "scan", held["serial"], "--site", "No Such Place").code == 2


def test_who_was_found_with_it_is_in_the_report(program: Program, home: Path, tmp_path: Path) -> None:
    held = next(
        one for one in program("devices", f"org:{ORGANISATION}", "status:issued", "--json").json if one["holder_upn"]
    )
    opened(program)
    program("stocktake", "scan", held["serial"], "--held-by", held["holder_upn"], "--holder-confirmed")
    [row] = [one for one in program("stocktake", "show", "--json").json["devices"] if one["outcome"] == "found"]
    assert (row["grade"], row["seen_with"]) == ("B", held["holder"])
    file = tmp_path / "variance.csv"
    program("stocktake", "show", "--csv", str(file), "--unmask", "--reason", "for the auditor")
    with file.open(encoding="utf-8-sig", newline="") as source:
        [line] = [line for line in csv.DictReader(source) if line["Device"] == held["asset_tag"]]
    assert (line["Seen with"], line["Status"], line["Evidence"]) == (
        held["holder"],
        "Issued",
        "confirmed by its holder",
    )


def test_undoing_an_opening_after_scans_is_refused_in_words(program: Program, home: Path) -> None:
    [one] = in_stock(program, 1)
    opened(program)
    [event] = program("history", "--limit", "1", "--json").json
    program("stocktake", "scan", one["asset_tag"])
    told = program("undo", str(event["id"]), "--yes")
    assert "= stocktake Autumn: it was scanned into since: take those scans back first, or close it" in told.out
    assert "There is nothing to take back." in told.out
    [scanned] = program("history", "--limit", "1", "--json").json
    told = program("undo", str(scanned["id"]), "--preview")
    assert told.out.splitlines() == [
        "1 change would be taken back, 0 kept.", f"- scan {one['asset_tag']} would be removed again",
    ]  # fmt: skip


def test_a_scope_may_be_a_site(program: Program, home: Path) -> None:
    site = next(one["site"] for one in in_stock(program)[:9] if one["site"])
    everything = opened(program)["expected"]
    part = opened(program, "--site", site)
    assert 0 < part["expected"] < everything
    rows = program("stocktake", "list", "--json").json
    assert rows[0]["scope"] == {"site": site, "team": None, "kind": None}


@pytest.mark.parametrize("command", [("scan", "NB000012"), ("close",)])
def test_a_preview_writes_nothing(program: Program, home: Path, contents: Contents, command: tuple[str, ...]) -> None:
    opened(program)
    before = contents()
    told = program("stocktake", *command, "--preview")
    assert told.code == 0
    assert "A preview: nothing was changed." in told.out
    assert contents() == before


def test_the_csv_holds_initials_unless_names_are_asked_for_with_a_reason(
    program: Program, home: Path, tmp_path: Path
) -> None:
    opened(program)
    name = next(one["holder"] for one in program("stocktake", "show", "--json").json["devices"] if one["holder"])
    masked, named = tmp_path / "masked.csv", tmp_path / "named.csv"
    assert program("stocktake", "show", "--csv", str(masked)).code == 0
    assert program("stocktake", "show", "--csv", str(named), "--unmask").code == 2
    assert not named.exists()
    assert program("stocktake", "show", "--csv", str(named), "--unmask", "--reason", "asked by audit").code == 0
    assert name not in masked.read_text(encoding="utf-8-sig")
    assert name in named.read_text(encoding="utf-8-sig")
    [event] = program("history", "--limit", "1", "--json").json
    assert (event["action"], event["reason"]) == ("disclosure", "report stocktake 1: asked by audit")


def test_a_file_that_is_there_is_not_replaced_and_nothing_is_closed(
    program: Program, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "variance.csv"
    file.write_text("mine")
    opened(program)
    assert program("stocktake", "close", "--csv", str(file)).code == 2
    assert file.read_text() == "mine"
    assert len(program("stocktake", "list", "--json").json) == 1
    assert program("stocktake", "close", "--csv", str(file), "--overwrite").code == 0
    assert file.read_text(encoding="utf-8-sig").startswith("Outcome,")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("open", ""), 2), (("open", "x", "--organisation", "nobody"), 2), (("open", "x", "--site", "Nowhere Hall"), 2),
        (("open", "x", "--kind", "banana"), 2), (("open", "x"), 2), (("scan",), 2), (("scan", "x"), 2), (("close",), 2),
        (("close", "99"), 2), (("show", "x"), 2), (("show", "99"), 2),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_refused_and_nothing_is_touched(
    program: Program, home: Path, contents: Contents, arguments: tuple[str, ...], code: int
) -> None:
    before = contents()
    told = program("stocktake", *arguments)
    assert (told.code, told.out) == (code, "")
    assert "Traceback" not in told.err
    assert contents() == before


def test_an_empty_and_an_enormous_paste_are_refused(program: Program, home: Path) -> None:
    opened(program)
    assert program("stocktake", "scan", "--file", "-", stdin="\n \n").code == 2
    told = program("stocktake", "scan", "--file", "-", stdin="NB\n" * 20_001)
    assert (told.code, "20,001 keys are more than" in told.err) == (2, True)


def test_a_single_unknown_scan_is_answered_with_what_is_nearest(program: Program, home: Path) -> None:
    [one] = in_stock(program, 1)
    opened(program)
    told = program("stocktake", "scan", one["serial"][:-1] + "?")
    assert "not known" in told.out
    assert one["asset_tag"] in told.err


def test_a_number_that_is_a_stocktake_and_a_device_must_be_made_clear(
    program: Program, home: Path, change: Callable[[Callable[[Any], Any]], Any]
) -> None:
    from sqlalchemy import select

    from fleet.database.models import Device

    [one] = in_stock(program, 1)
    number = str(opened(program)["stocktake"])

    def rename(session: Any) -> None:
        session.execute(select(Device).where(Device.id == one["id"])).scalar_one().asset_tag = number

    change(rename)
    assert "--in 1" in program("stocktake", "scan", number, one["serial"]).err
    assert program("stocktake", "scan", number, "--json").json["scans"][0]["device_id"] == one["id"]
