"""Cells of a workbook, read by calamine in a child process with a memory limit and a deadline."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import orjson

from fleet.errors import BadFile
from importers import limits
from importers.book import Cell, Row

_SCRIPT = Path(__file__).with_name("calamine_child.py")


@dataclass(slots=True)
class Sheet:
    """One worksheet as calamine gives it; `rows[0]` is row 1."""

    name: str
    hidden: bool
    merged: tuple[tuple[int, int, int, int], ...]
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cells:
    """All worksheets, and the names of sheets that are none (charts, dialogues, macros)."""

    sheets: list[Sheet]
    others: list[str]


def read_cells(data: bytes) -> Cells:
    """Read every worksheet of a workbook that has passed the guard.

    Raises:
        BadFile: password, damage, or a workbook that the reader could not survive.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        given.write(data)
        given.seek(0)
        _run_child(given, answer)
        answer.seek(0, 2)
        if answer.tell() > limits.ANSWER_BYTES:
            raise BadFile(
                "The workbook holds too much text to be read. Save only the sheet you need.", code="too-large"
            )
        answer.seek(0)
        return _collect(answer)


def _run_child(given: IO[bytes], answer: IO[bytes]) -> None:
    spec = find_spec("python_calamine")
    if spec is None or spec.origin is None:
        raise BadFile("Workbooks can't be read: python-calamine is not installed.", code="no-reader")
    command = [sys.executable, "-I", "-S", str(_SCRIPT), str(Path(spec.origin).parent.parent), str(limits.CHILD_BYTES)]
    try:
        done = subprocess.run(  # noqa: S603 our own interpreter and script, no shell
            command, stdin=given, stdout=answer, stderr=subprocess.DEVNULL, timeout=limits.CHILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadFile(
            f"Reading the workbook took over {limits.CHILD_SECONDS} seconds and was stopped. Save it again as XLSX.",
            code="too-slow",
        ) from error
    if done.returncode != 0:
        raise BadFile(
            "The workbook can't be read: reading it needs too much memory or fails. "
            "Copy the table into a new workbook and save that.",
            code="reader-died",
        )


def _collect(answer: IO[bytes]) -> Cells:
    cells = Cells([], [])
    known: dict[str, str] = {}
    ended = False
    for line in answer:
        item = _item(line)
        if isinstance(item, list):
            cells.sheets[-1].rows.append(_row(item, known))
        elif "sheet" in item:
            cells.sheets.append(Sheet(item["sheet"], item["hidden"], tuple(_from_one(item["merged"]))))
        elif "other" in item:
            cells.others.append(item["other"])
        elif "error" in item:
            raise _refusal(item["error"])
        else:
            ended = "end" in item
    if not ended:
        raise BadFile("The workbook could be read only in part. Save it again as XLSX.", code="damaged")
    for sheet in cells.sheets:
        while sheet.rows and all(cell == "" for cell in sheet.rows[-1]):
            sheet.rows.pop()
    return cells


def _item(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:  # A number without end, or half a character: the slower reader takes them.
        return json.loads(line)


def _row(items: list[Any], known: dict[str, str]) -> Row:
    """Texts that repeat (models, sites, teams) become one object: a large sheet takes half the memory."""
    kinds = set(map(type, items))
    if kinds == {str}:
        return list(map(known.setdefault, items, items))
    if dict in kinds:
        items = [_moment(item) if type(item) is dict else item for item in items]
    return [known.setdefault(item, item) if type(item) is str else item for item in items]


def _moment(item: dict[str, Any]) -> Cell:
    if "datetime" in item:
        return datetime.fromisoformat(item["datetime"])
    if "date" in item:
        return date.fromisoformat(item["date"])
    if "time" in item:
        return time.fromisoformat(item["time"])
    return timedelta(seconds=item["seconds"])


def _from_one(merged: list[list[int]]) -> Iterator[tuple[int, int, int, int]]:
    for first_row, first_column, last_row, last_column in merged:
        yield first_row + 1, first_column + 1, last_row + 1, last_column + 1


def _refusal(error: str) -> BadFile:
    if error == "password":
        return BadFile("The workbook is protected by a password. Save it without one.", code="password")
    return BadFile("The workbook is damaged and can't be read. Open it in Excel and save it again.", code="damaged")
