"""`fleet mapping` on the command line."""

from pathlib import Path

import pytest

from tests.fleet.conftest import Program

pytestmark = pytest.mark.usefixtures("home")


def applied(program: Program, tmp_path: Path) -> Path:
    """A file whose columns nobody knows, imported with `--map`."""
    path = tmp_path / "strange.csv"
    path.write_text("Kennung,Vermerk,Haus\nDMPX0NEW0009,seen,eastmere\n", encoding="utf-8")
    said = ("--map", "Kennung=serial", "--map", "Vermerk=notes", "--map", "Haus=organisation")
    assert program("import", str(path), *said, "--yes", "--json").json["counts"]["new"] == 1
    return path


def test_a_mapping_is_listed_edited_and_forgotten(program: Program, tmp_path: Path) -> None:
    assert program("mapping", "list", "--json").json == []
    path = applied(program, tmp_path)
    (held,) = program("mapping", "list", "--json").json
    assert held["columns"] == {"Kennung": "serial", "Vermerk": "notes", "Haus": "organisation"}
    assert set(held) == {"id", "headers", "columns", "layout", "header_row", "said_by", "said_at"}
    assert "Kennung → serial" in program("mapping", "list").out
    seen = program("import", str(path), "--preview", "--json").json
    assert (seen["mapping"], seen["counts"]["unchanged"]) == (held["id"], 1)
    assert "fleet mapping forget" in program("import", str(path), "--preview").out
    assert program("mapping", "edit", str(held["id"]), "Vermerk=").code == 0
    assert "Vermerk" in program("import", str(path), "--preview", "--json").json["not_read"]
    assert program("mapping", "forget", str(held["id"])).code == 0
    assert program("mapping", "list", "--json").json == []


def test_what_was_said_of_a_bill_is_remembered_though_nothing_is_applied(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text("Rufnummer,Summe\n07700900951,12.50\n", encoding="utf-8")
    said = ("--as", "mobile-bill", "--map", "Rufnummer=phone_number", "--map", "Summe=price_pence")
    told = program("import", str(path), *said, "--organisation", "eastmere", "--yes", "--json")
    assert (told.json["subject"], told.json["event"]) == ("line", None)
    again = program("import", str(path), "--organisation", "eastmere", "--preview", "--json").json
    assert (again["layout"], again["columns"]["Rufnummer"]) == ("mobile-bill", "phone_number")


def test_a_header_row_that_was_named_is_remembered_listed_and_taken_back(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "below.csv"
    path.write_text(
        "Asset Tag,Held by\nsee below,\nSerial Number,Remarks,Owner\nDMPX0NEW0009,x,eastmere\n", encoding="utf-8"
    )
    said = ("--header-row", "3", "--map", "Owner=organisation", "--yes", "--json")
    assert program("import", str(path), *said).json["counts"]["new"] == 1
    (held,) = program("mapping", "list", "--json").json
    assert held["header_row"] == 3
    again = program("import", str(path), "--preview")
    assert "header in row 3" in again.out and "said earlier to be in row 3." in again.out
    assert "headers in row 4" in program("mapping", "edit", str(held["id"]), "--header-row", "4").out
    program("mapping", "edit", str(held["id"]), "--header-row", "0")
    assert program("mapping", "list", "--json").json[0]["header_row"] is None


def test_mistakes_are_said(program: Program, tmp_path: Path) -> None:
    applied(program, tmp_path)
    number = str(program("mapping", "list", "--json").json[0]["id"])
    assert program("mapping", "forget", "999").code != 0
    assert program("mapping", "edit", number, "Vermerk").code == 2
    assert program("mapping", "edit", number, "Vermerk=nonsense").code == 2
    assert program("mapping", "edit", number, "--as", "nonsense").code == 2
