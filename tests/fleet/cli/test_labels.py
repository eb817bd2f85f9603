"""`fleet labels`: a PDF for the sheet in the printer."""

from pathlib import Path

import pytest

from tests.fleet.conftest import Program


@pytest.fixture
def tags(program: Program, home: Path) -> list[str]:
    """Tags of some devices."""
    found = program("devices", "kind:ipad", "--json", "--limit", "30").json
    return [one["asset_tag"] for one in found if one["asset_tag"]][:24]


def test_labels_are_written_and_the_next_position_is_said(program: Program, tags: list[str], tmp_path: Path) -> None:
    path = tmp_path / "labels.pdf"
    told = program("labels", "--file", "-", "-o", str(path), "--start", "3", stdin="\n".join(tags))
    assert told.code == 0, told.err
    assert f"{len(tags)} labels, 2 sheets" in told.out
    assert f"--start {(2 + len(tags)) % 21 + 1}" in told.out
    assert path.read_bytes().startswith(b"%PDF-")
    again = program("labels", tags[0], "-o", str(path))
    assert "(1 label, 1 sheet)" in program("labels", tags[0], "-o", str(tmp_path / "one.pdf")).out
    assert again.code == 1
    assert "exists already" in again.err


def test_what_was_written_is_told_as_json(program: Program, tags: list[str], tmp_path: Path) -> None:
    path = tmp_path / "labels.pdf"
    told = program("labels", *tags[:2], "-o", str(path), "--sheet", "a4-65", "--code", "qr", "--outline",
                   "--if-found", "Ring 020 7946 0000 王", "--json")  # fmt: skip
    assert told.json == {"path": str(path), "labels": 2, "sheets": 1, "next_start": 3, "unprintable": ["王"]}


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("--sheet", "letter"), "There is no sheet called letter"),
        (("--start", "22"), "labels 1 to 21"),
        (("--start", "0"), "labels 1 to 21"),
    ],
)
def test_a_sheet_that_is_none_is_refused(
    program: Program, tags: list[str], tmp_path: Path, arguments: tuple[str, ...], because: str
) -> None:
    told = program("labels", tags[0], "-o", str(tmp_path / "l.pdf"), *arguments)
    assert told.code == 2
    assert because in told.err
    assert not (tmp_path / "l.pdf").exists()


def test_without_keys_or_a_file_to_write_nothing_happens(program: Program, home: Path, tmp_path: Path) -> None:
    assert program("labels", "-o", str(tmp_path / "l.pdf")).code == 2
    assert program("labels", "X").code == 2
    assert list(tmp_path.glob("*.pdf")) == []
