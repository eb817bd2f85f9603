"""A report on paper."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fleet.exports import REPORTS
from fleet.exports.pages import LINES, SIZE
from tests.fleet.exports.conftest import Demo
from tests.fleet.exports.reports.conftest import write


@pytest.fixture(scope="module")
def paper(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate on paper."""
    return write(demo, "estate", tmp_path_factory.mktemp("paper") / "estate.pdf", to="pdf")


def text_of(pdf: Path) -> list[str]:
    """The text of each page, as another program reads it."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    told = subprocess.run([program, "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return told.split("\f")[:-1]


def test_pages_are_a4_landscape_and_numbered(paper: Path) -> None:
    data = paper.read_bytes()
    assert data.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data)
    assert boxes
    for wide, high in boxes:
        assert (float(wide), float(high)) == (pytest.approx(SIZE[0], abs=0.1), pytest.approx(SIZE[1], abs=0.1))
    pages = text_of(paper)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_the_cover_and_every_sheet_are_there(demo: Demo, paper: Path) -> None:
    pages = text_of(paper)
    assert "What devices do we have" in pages[0]
    assert "asha.penrose" in pages[0]
    for tenant in demo.estate.tenants:
        assert f"Intune: {tenant.key}" in pages[0]
    for tab in REPORTS["estate"].tabs:
        assert any(page.strip().startswith(tab.name) for page in pages), tab.name


def test_every_device_is_a_line(demo: Demo, paper: Path) -> None:
    text = "\n".join(text_of(paper))
    tags = [one.asset_tag for one in demo.estate.devices]
    assert len(tags) < LINES
    assert not [tag for tag in tags if tag not in text]


def test_the_same_register_gives_the_same_pages(demo: Demo, paper: Path, tmp_path: Path) -> None:
    assert write(demo, "estate", tmp_path / "again.pdf", to="pdf").read_bytes() == paper.read_bytes()
