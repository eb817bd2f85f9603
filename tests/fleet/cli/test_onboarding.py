"""`fleet onboard` on the command line: from the first file to the undo."""

from pathlib import Path

import pytest

from tests.fleet.conftest import Program

pytestmark = pytest.mark.usefixtures("home")

HEAD = "Serial number,Asset tag,Model,Location,Assigned To\n"


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "joining.csv"
    path.write_text(
        HEAD + "DMPX0NEW0001,JN-1,iPad (A16),,\nDMPX0NEW0002,JN-2,iPad (A16),,Nobody Known\n", encoding="utf-8"
    )
    return path


def test_a_council_is_taken_in_and_given_back(program: Program, register: Path, tmp_path: Path) -> None:
    assert program("onboard", "new", "joining", "--organisation", "eastmere").code == 0
    assert "Staged joining.csv" in program("onboard", "add", "joining", str(register)).out
    scored = program("onboard", "score", "joining", "--json")
    assert (scored.code, scored.json["score"], scored.json["rows"]) == (1, 50, 2)
    assert scored.json["wrong"]["unknown_holders"] == 1
    register.write_text(HEAD + "DMPX0NEW0001,JN-1,iPad (A16),,\nDMPX0NEW0002,JN-2,iPad (A16),,\n", encoding="utf-8")
    assert "Replaced joining.csv" in program("onboard", "add", "joining", str(register)).out
    good = program("onboard", "score", "joining")
    assert good.code == 0
    assert "100% of 2 rows are good" in good.out
    assert [one["name"] for one in program("onboard", "show", "joining", "--json").json["files"]] == ["joining.csv"]
    done = program("onboard", "apply", "joining", "--yes", "--json")
    assert (done.code, done.json["files"][0]["counts"]["new"]) == (0, 2)
    assert program("device", "DMPX0NEW0001", "--json").json["asset_tag"] == "JN-1"
    assert program("runs", "--json", "--limit", "1").json[0]["id"] == done.json["run"]
    assert f"event {done.json['event']}" in program("onboard").out
    assert program("onboard", "apply", "joining", "--yes").code != 0
    assert program("undo", f"run:{done.json['run']}", "--yes").code == 0
    assert program("device", "DMPX0NEW0001", "--json").code != 0
    assert program("onboard", "drop", "joining").code == 0
    assert program("onboard", "list", "--json").json == []


def test_rejected_rows_are_written_for_mending(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(HEAD + "DMPX0NEW0001,JN-1,,,\n,,iPad (A16),Annex,\n", encoding="utf-8")
    program("onboard", "new", "joining", "--organisation", "eastmere")
    program("onboard", "add", "joining", str(path))
    folder = tmp_path / "mend"
    assert program("onboard", "score", "joining", "--rejected", str(folder)).code == 1
    assert "Why it was rejected" in (folder / "bad-rejected.csv").read_text(encoding="utf-8-sig")
    assert program("onboard", "drop", "joining", "bad.csv").code == 0
    assert program("onboard", "show", "joining", "--json").json["files"] == []


def test_mistakes_are_said(program: Program, tmp_path: Path) -> None:
    """An organisation nobody knows, a file that is no table, a question with --json."""
    assert program("onboard", "new", "joining", "--organisation", "atlantis").code != 0
    assert program("onboard", "new", "joining", "--organisation", "eastmere").code == 0
    picture = tmp_path / "photo.csv"
    picture.write_bytes(b"\x89PNG\r\n")
    assert "picture" in program("onboard", "add", "joining", str(picture)).err
    assert program("onboard", "apply", "joining", "--json").code == 2
    assert "no file yet" in program("onboard", "score", "joining").err
