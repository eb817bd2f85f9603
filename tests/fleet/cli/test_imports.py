"""`fleet import` on the command line: preview, apply, refuse; its JSON is a contract."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.factory import only_differing
from tests.fleet.cli.test_devices import Contents
from tests.fleet.conftest import Program

KEYS = {
    "format", "encoding", "delimiter", "sheet", "header_row", "columns", "unmapped", "not_read", "counts", "problems", "changes",
}  # fmt: skip
COUNTS = {"read", "new", "changed", "unchanged", "skipped", "rejected"}
HEAD = "Asset Tag,Serial Number,Model,Status,Council\n"
Sheet = Callable[..., Path]


@pytest.fixture
def sheet(tmp_path: Path, home: Path) -> Sheet:
    """A CSV of a council's register, with these rows."""

    def write(*rows: str, name: str = "register.csv", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def rows(program: Program, home: Path) -> list[str]:
    """A new device, a known one without any change, and a known one with another tag."""
    known = program("devices", "org:eastmere", "kind:ipad", "own:organisation", "--json").json[:2]
    same, other = known[0], known[1]
    return [
        "EM900001,DMPX0NEW0001,iPad (A16),In stock,eastmere",
        f"{same['asset_tag']},{same['serial']},{same['model']},,eastmere",
        f"EM900002,{other['serial']},{other['model']},,eastmere",
    ]


def adds_up(counts: dict[str, int]) -> bool:
    return counts["read"] == sum(counts[key] for key in COUNTS - {"read"})


def test_a_preview_has_the_keys_that_scripts_rely_on(
    program: Program, sheet: Sheet, rows: list[str], contents: Contents
) -> None:
    path, before = sheet(*rows), contents()
    told = program("import", str(path), "--preview", "--json")
    assert told.err == ""
    assert set(told.json) >= KEYS
    counts = told.json["counts"]
    assert set(counts) == COUNTS
    assert adds_up(counts)
    assert (counts["read"], counts["new"]) == (3, 1)
    assert all(set(one) == {"code", "row", "column", "value", "reason"} for one in told.json["problems"])
    assert told.code == (1 if told.json["problems"] else 0)
    assert {one["kind"] for one in told.json["changes"]} == {"new", "changed"}
    assert contents() == before


def test_an_import_is_applied_and_taken_back(
    program: Program, sheet: Sheet, rows: list[str], contents: Contents
) -> None:
    path, before = sheet(*rows), contents()
    told = program("import", str(path), "--yes", "--json")
    assert told.json["event"] is not None
    assert program("device", "DMPX0NEW0001", "--json").json["asset_tag"] == "EM900001"
    again = program("import", str(path), "--preview", "--json").json["counts"]
    assert (again["new"], again["changed"]) == (0, 0)
    run = program("runs", "--json", "--limit", "1").json[0]
    assert (run["id"], run["kind"], run["state"]) == (told.json["run"], "import", "complete")
    kept = {"file": path.name, **{name: told.json[name] for name in ("sha256", "sheet", "header_row", "columns")}}
    (read,) = run["files"]
    assert {name: read[name] for name in kept} == kept
    said = program("runs", str(run["id"])).out
    assert (f"  {path.name}: " in said, "headers in row 1: " in said, f"SHA-256 {told.json['sha256']}" in said) == (
        True,
    ) * 3
    assert program("undo", f"run:{run['id']}", "--yes").code == 0
    after = contents()
    assert "device" not in only_differing(before, after) or [row[:3] for row in before["device"]] == [
        row[:3] for row in after["device"]
    ]
    assert program("device", "DMPX0NEW0001").code == 2


def test_a_workbook_is_read_as_well(program: Program, rows: list[str], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (HEAD.strip(), *rows):
        book.active.append(line.split(","))
    book.save(tmp_path / "register.xlsx")
    told = program("import", str(tmp_path / "register.xlsx"), "--preview", "--json")
    assert (told.json["format"], told.json["counts"]["new"]) == ("xlsx", 1)


def test_a_list_can_come_from_stdin(program: Program, rows: list[str]) -> None:
    told = program("import", "-", "--preview", "--json", stdin=HEAD + "\n".join(rows))
    assert told.json["counts"]["read"] == 3


def test_the_question_is_asked_and_no_is_no(
    program: Program, sheet: Sheet, rows: list[str], contents: Contents
) -> None:
    path, before = sheet(*rows), contents()
    for answer in ("n\n", ""):
        told = program("import", str(path), stdin=answer)
        assert told.code in (0, 1, 130)
        assert "Apply this?" in told.err
        assert contents() == before
    told = program("import", str(path), stdin="y\n")
    assert "Take it back with: fleet undo" in told.out
    assert contents() != before


def test_a_script_must_say_yes(program: Program, sheet: Sheet, rows: list[str], contents: Contents) -> None:
    path, before = sheet(*rows), contents()
    assert program("import", str(path), "--json").json["event"] is None
    assert contents() == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""), ("blank.csv", b"\n\n\n"), ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 400),
        ("torn.xlsx", b"PK\x03\x04 and then nothing"), ("word.docx", b"PK\x05\x06" + b"\0" * 18),
        ("page.xls", b"<html><table></table></html>"),
        ("one.csv", b"just a word"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_be_read_is_refused(
    program: Program, home: Path, tmp_path: Path, contents: Contents, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    before = contents()
    told = program("import", str(tmp_path / name), "--preview", "--json")
    assert told.code == 1
    assert set(told.json) == {"error"}
    assert set(told.json["error"]) == {"code", "message"}
    assert len(told.err.splitlines()) == 1
    assert contents() == before


@pytest.mark.parametrize("data", [b"Colour,Taste\nred,sweet\nblue,sour\n", b"a\0b,c\n" * 9])
def test_a_table_of_other_things_is_read_and_rejected_row_by_row(
    program: Program, home: Path, contents: Contents, data: bytes
) -> None:
    before = contents()
    told = program("import", "-", "--yes", "--json", stdin=data)
    assert (told.code, told.json["changes"], told.json["event"]) == (1, [], None)
    assert told.json["counts"]["rejected"] == told.json["counts"]["read"] > 0
    assert told.json["problems"][0]["code"] == "no-identity-column"
    assert contents() == before


def test_a_file_that_is_not_there_is_refused(program: Program, home: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        told = program("import", str(path), "--preview", "--json")
        assert (told.code, set(told.json)) == (1, {"error"})
        assert str(path) in told.json["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [("--map", "nonsense"), ("--map", "=serial"), ("--map", "Serial Number=nonsense"), ("--as", "nonsense"),
     ("--organisation", "nowhere")],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_option_is_told_in_one_line(
    program: Program, sheet: Sheet, rows: list[str], contents: Contents, arguments: tuple[str, ...]
) -> None:
    path, before = sheet(*rows), contents()
    told = program("import", str(path), "--preview", *arguments)
    assert told.code in (1, 2)
    assert len(told.err.splitlines()) == 1
    assert "mistake in the program" not in told.err
    assert contents() == before


def test_without_a_file_it_says_what_to_type(program: Program, home: Path) -> None:
    told = program("import")
    assert (told.code, "fleet import FILE --preview" in told.err) == (2, True)
    assert program("import", "--list").out.startswith("Layout")
    assert program("import", "--list", "--json").json[0].keys() == {"key", "title", "subject", "confidence"}


def test_rejected_rows_go_to_a_file_that_can_be_mended(
    program: Program, sheet: Sheet, rows: list[str], tmp_path: Path
) -> None:
    path, target = sheet(*rows, "EM900003,NOT A SERIAL!,iPad (A16),In stock,atlantis"), tmp_path / "rejected.csv"
    told = program("import", str(path), "--preview", "--json", "--rejected", str(target))
    assert (told.code, told.json["counts"]["rejected"]) == (1, 1)
    assert adds_up(told.json["counts"])
    assert "EM900003" in target.read_text(encoding="utf-8-sig")
    for other in (target, tmp_path / "no folder" / "rejected.csv"):
        again = program("import", str(path), "--preview", "--json", "--rejected", str(other))
        assert (again.code, again.json["error"]["code"]) == (2, "usage")


def test_mended_rows_are_imported_with_what_was_said_of_their_columns(
    program: Program, sheet: Sheet, tmp_path: Path
) -> None:
    """The file of rejected rows is read as the one it is from: the reasons are not read, the mapping is remembered."""
    head, target = "Kennung,Vermerk,Haus\n", tmp_path / "rejected.csv"
    said = ("--map", "Kennung=serial", "--map", "Vermerk=notes", "--map", "Haus=organisation")
    path = sheet("DMPX0NEW0001,good,eastmere", "DMPX0NEW0002,mend me,atlantis", head=head)
    told = program("import", str(path), *said, "--yes", "--json", "--rejected", str(target))
    assert (told.json["counts"]["new"], told.json["counts"]["rejected"]) == (1, 1)
    text = target.read_text(encoding="utf-8-sig")
    assert "Why it was rejected" in text
    target.write_text(text.replace("atlantis", "eastmere"), encoding="utf-8-sig")
    mended = program("import", str(target), "--yes", "--json")
    assert (mended.code, mended.json["counts"]["new"]) == (0, 1)
    assert mended.json["not_read"] == ["Why it was rejected", "Where it was"]
    assert program("device", "DMPX0NEW0002", "--json").json["organisation"] == "eastmere"


def test_hostile_cells_are_shown_inert(program: Program, sheet: Sheet, rows: list[str]) -> None:
    path = sheet(
        *rows,
        "\x1b]0;owned\x07EM9\u202e,DMPX0NEW0009,\x1b[31mred\x9b,In stock,eastmere\x1b]8;;x\x07",
        name="re\x1bgister.csv",
    )
    told = program("import", str(path), "--preview")
    assert told.code in (0, 1)
    for text in (told.out, told.err):
        assert not [char for char in text if char in "\x1b\x07\x9b\u202e"]


# --- who may ------------------------------------------------------------------------------------------------


@pytest.fixture
def become(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    program("operator", "add", "chief", "--role", "administrator", "--all")
    monkeypatch.setenv("FLEET_OPERATOR", "chief")
    program("operator", "add", "tess", "--organisation", "eastmere")
    program("operator", "add", "tom", "--organisation", "ashmoor")
    program("operator", "add", "audrey", "--role", "auditor", "--organisation", "eastmere")
    return lambda name: monkeypatch.setenv("FLEET_OPERATOR", name)


def test_an_auditor_may_preview_but_not_apply(
    program: Program, sheet: Sheet, rows: list[str], become: Callable[[str], Any], contents: Contents
) -> None:
    path, before = sheet(*rows), contents()
    become("audrey")
    assert program("import", str(path), "--preview", "--json").json["counts"]["new"] == 1
    told = program("import", str(path), "--yes", "--json")
    assert (told.code, told.json["error"]["code"]) == (5, "no-access")
    assert contents() == before


def test_a_technician_imports_only_their_own(
    program: Program, sheet: Sheet, rows: list[str], become: Callable[[str], Any], contents: Contents
) -> None:
    path, before = sheet(*rows), contents()
    become("tom")
    told = program("import", str(path), "--yes", "--json")
    assert (told.code, told.json["counts"]["rejected"], told.json["run"]) == (
        1,
        3,
        None,
    )  # They say that they are others'.
    assert only_differing(before, contents()) <= {"run"}
    become("tess")
    told = program("import", str(path), "--yes", "--json")
    assert told.json["counts"]["new"] == 1
    run = program("runs", "--json", "--limit", "1").json[0]
    assert run["id"] == told.json["run"]
    assert program("undo", f"run:{run['id']}", "--yes").code == 0


def test_a_large_workbook_of_nothing_is_refused_before_it_is_unpacked(
    program: Program, home: Path, tmp_path: Path
) -> None:
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"0" * (80 << 20))
    (tmp_path / "bomb.xlsx").write_bytes(packed.getvalue())
    told = program("import", str(tmp_path / "bomb.xlsx"), "--preview", "--json")
    assert (told.code, set(told.json)) == (1, {"error"})


def test_a_file_that_nobody_knows_is_said_to_be_none_and_its_header_row_can_be_named(
    program: Program, sheet: Sheet
) -> None:
    """Nothing is guessed of it; headers further down than they are looked for are taken where a person says."""
    unknown = program("import", str(sheet("1,Civic Centre,red", head="id,name,colour\n")), "--preview", "--json")
    assert (unknown.code, unknown.json["layout"], unknown.json["columns"]) == (1, None, {})
    told = program("import", str(sheet("1,Civic Centre,red", head="id,name,colour\n")), "--preview")
    assert "not recognised as any file that Fleet knows" in told.out and '--map "Header=serial"' in told.out
    words = sheet("Dear all, here is,", "as asked, nothing.", "Yours", head="A letter\n", name="letter.txt")
    refused = program("import", str(words), "--preview", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "not-a-table")
    deep = sheet("DMPX0NEW0041,eastmere", head="a note,\n" * 56 + "Serial Number,Council\n")
    assert program("import", str(deep), "--preview", "--json").json["layout"] is None
    named = program("import", str(deep), "--preview", "--json", "--header-row", "57")
    assert (named.json["header_row"], named.json["counts"]["new"]) == (57, 1)


def test_the_words_of_a_preview_name_row_column_and_value(program: Program, sheet: Sheet) -> None:
    told = program("import", str(sheet("NB-9,SDMPX0000009Q,,,eastmere")), "--preview")
    assert "(row 2 Serial Number SDMPX0000009Q)" in told.out
    assert "--accept serial-scanned" in told.out
