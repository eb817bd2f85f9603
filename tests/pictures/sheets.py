"""Pictures of workbooks as they print: LibreOffice makes pages of them, and one page of each becomes a picture."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PROGRAMS = ("soffice", "pdftotext", "pdftoppm")
_DOTS_PER_INCH = "90"


@dataclass(frozen=True, slots=True)
class Page:
    """The first page of a sheet of a report."""

    name: str
    report: str
    sheet: str


PAGES = (
    Page("workbook-cover", "leavers", "Leavers still holding devices"),
    Page("workbook-charts", "compliance", "Security in numbers"),
    Page("workbook-list", "leavers", "Leavers"),
)


def take_pages(home: Path, target: Path, *, moment: datetime, folder: Path) -> Iterator[Path]:
    """Write the reports of the demonstration in `home` and picture their pages; nothing where a program is missing."""
    from fleet.database import Database
    from fleet.exports import write_report

    if not all(map(shutil.which, PROGRAMS)):
        return
    books = []
    with Database(f"sqlite:///{home / 'fleet.db'}", create=False) as database, database.read() as session:
        for report in sorted({page.report for page in PAGES}):
            path = folder / f"{report}.xlsx"
            write_report(session, report, to="xlsx", path=path, now=moment, actor="anna", organisation="northbridge")
            books.append(path)
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, books))
    for page in PAGES:
        number = str(_number(folder / f"{page.report}.pdf", page.sheet))
        _run("pdftoppm", "-png", "-singlefile", "-r", _DOTS_PER_INCH, "-f", number, "-l", number,
             str(folder / f"{page.report}.pdf"), str(target / page.name))  # fmt: skip
        yield target / f"{page.name}.png"


def _number(pdf: Path, title: str) -> int:
    """The page that begins with a title."""
    pages = _run("pdftotext", "-layout", str(pdf), "-").split("\f")
    return next(at for at, text in enumerate(pages, 1) if text.strip().partition("\n")[0].strip() == title)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
