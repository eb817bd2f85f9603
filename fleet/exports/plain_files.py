"""A report as CSV, for programs and for Excel, or as one JSON document, for scripts."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import IO, Any

import orjson

from fleet.exports.cells import for_csv
from fleet.exports.definition import Report
from fleet.exports.reading import Answer, describe

_BOM = b"\xef\xbb\xbf"
"""Without it Excel reads UTF-8 as the code page of the machine."""


def write_csv(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """The report's first sheet as UTF-8 with commas; text that a spreadsheet would compute is made inert."""
    sheet = report.sheets[0]
    catalogue = answer.catalogues[sheet.key]
    shown = [catalogue[key] for key in sheet.columns if key in catalogue]
    target.write(_BOM)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([field.label for field in shown])
    written = 0
    for row in answer.rows(sheet.key):
        writer.writerow([for_csv(field.text(row)) for field in shown])
        written += 1
    text.flush()
    text.detach()
    return {sheet.key: written}


def write_json(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """Every sheet as a list of objects with stable keys: stored values, moments in UTC, money in pence."""
    question = answer.question
    head = {
        "report": report.key,
        "title": report.title,
        "as_at": question.day,
        "made_at": question.now,
        "made_by": question.actor,
        "organisations": [{"key": key, "name": name} for key, name in answer.organisations.items()],
        "filters": describe(question.filters),
        "unmasked": question.unmask,
        "sources": [_plain(source) for source in answer.sources],
    }
    target.write(b"{")
    target.write(_dump(head)[1:-1])
    target.write(b',"sheets":{')
    counts: dict[str, int] = {}
    ids: set[int] = set()
    for position, sheet in enumerate(report.sheets):
        target.write(b"," if position else b"")
        target.write(_dump(sheet.key) + b":[")
        counts[sheet.key] = 0
        for values in _objects(answer, sheet.key, ids):
            target.write(b",\n" if counts[sheet.key] else b"\n")
            target.write(_dump(values))
            counts[sheet.key] += 1
        target.write(b"]")
    target.write(b'},"counts":' + _dump(counts) + b"}\n")
    return counts


def _objects(answer: Answer, sheet: str, ids: set[int]) -> Iterator[dict[str, Any]]:
    readers = _readers(answer, sheet)
    first = not ids
    for row in answer.rows(sheet, ids):
        if first and sheet == "devices":
            ids.add(row.id)
        yield {key: read(row) for key, read in readers}


def _readers(answer: Answer, sheet: str) -> list[tuple[str, Callable[[Any], Any]]]:
    """Key -> stored value; masked prose is read as its masked words, and masked names under their own key."""
    readers: list[tuple[str, Callable[[Any], Any]]] = []
    for key, field in answer.catalogues[sheet].items():
        if not answer.question.unmask and field.label.endswith(" initials"):
            readers.append((f"{key}_initials", field.value))
        elif field.kind in ("text", "identifier") and field.words is not None and key != "organisation":
            readers.append((key, field.text))
        else:
            readers.append((key, field.value))
    return readers


def _plain(one: Any) -> dict[str, Any]:
    assert is_dataclass(one)
    return {each.name: getattr(one, each.name) for each in fields(one)}


def _dump(value: Any) -> bytes:
    """JSON of a value; a lone surrogate, which no JSON can hold, becomes a mark."""
    try:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z)
    except TypeError:
        return orjson.dumps(_repaired(value), option=orjson.OPT_UTC_Z)


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    return value
