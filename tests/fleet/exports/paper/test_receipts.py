"""A receipt as a file: whole or not at all, never over another one unasked, the same bytes each time."""

from pathlib import Path

import pytest

from fleet.domain.receipts import body_hash
from fleet.exports.paper import pen
from fleet.exports.paper.receipt_pages import PrintedReceipt
from fleet.exports.paper.receipts import plain_text, write_receipt
from fleet.exports.whole_files import FileProblem
from tests.fleet.exports.paper.test_receipt_pages import PAPER, TYPED, a_receipt

OWNER = "Cyngor Sir Ŷnys"


@pytest.mark.parametrize("to", ["pdf", "text"])
def test_a_file_is_written_once_and_not_over_another(tmp_path: Path, to: str) -> None:
    path = tmp_path / f"receipt.{to}"
    write_receipt(path, a_receipt(), to=to, owner=OWNER)
    first = path.read_bytes()
    with pytest.raises(FileProblem, match="exists already"):
        write_receipt(path, a_receipt("return"), to=to, owner=OWNER)
    assert path.read_bytes() == first
    write_receipt(path, a_receipt(), to=to, owner=OWNER, overwrite=True)
    assert path.read_bytes() == first, "the same receipt gives the same bytes"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o077 == 0, "it holds names: only its maker reads it"


def test_a_page_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pen, "_draw", fail)
    with pytest.raises(FileProblem, match="disk is full"):
        write_receipt(tmp_path / "r.pdf", a_receipt(), to="pdf", owner=OWNER)
    assert list(tmp_path.iterdir()) == []


def test_it_is_a_pdf_of_as_many_pages_as_said(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    pages = write_receipt(path, a_receipt("issue", 40), to="pdf", owner=OWNER)
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.")
    assert data.rstrip().endswith(b"%%EOF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == pages == 3


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (a_receipt(), "Not accepted yet."),
        (a_receipt("issue", 1, TYPED), "Accepted 22 Nov 2026 14:05 by typing the name\nSiân O'Brien\n"),
        (a_receipt("return", 1, PAPER), "by signing the paper copy\nscan-0123.pdf\n"),
    ],
)
def test_plain_text_is_the_body_and_below_a_line_its_acceptance_and_hash(receipt: PrintedReceipt, said: str) -> None:
    above, _, below = plain_text(receipt).rpartition("=" * 80 + "\n")
    assert above == receipt.body
    assert said in below
    assert body_hash(above) in below
