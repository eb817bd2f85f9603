"""A report as CSV, for programs and for Excel, or as one JSON document, for scripts."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import IO, Any

import orjson

from fleet.domain.fields import Field
from fleet.exports.cells import for_csv
from fleet.exports.definition import Report, Sheet
from fleet.exports.reading import Answer, describe
from fleet.exports.tally import Counting, Tally, crossed

_BOM = b"\xef\xbb\xbf"
"""Without it Excel reads UTF-8 as the code page of the machine."""


def write_csv(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """The report's first list as UTF-8 with commas; of a report without lists, its numbers one by one.

    Text that a spreadsheet would compute is made inert.
    """
    target.write(_BOM)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    counts = _write_list(writer, report.listed[0], answer) if report.listed else _write_numbers(writer, report, answer)
    text.flush()
    text.detach()
    return counts


def _write_list(writer: Any, sheet: Sheet, answer: Answer) -> dict[str, int]:
    catalogue = answer.catalogues[sheet.key]
    shown = [catalogue[key] for key in sheet.columns if key in catalogue]
    writer.writerow([field.label for field in shown])
    texts, written = [_inert(field) for field in shown], 0
    for row in answer.rows(sheet):
        writer.writerow([text(row) for text in texts])
        written += 1
    return {sheet.key: written}


def _inert(field: Field) -> Callable[[Any], str]:
    """What tells a field so that no spreadsheet computes it; a number below nothing stays a number."""
    if field.kind in ("integer", "money") and field.words is None:
        return field.text
    return lambda row: for_csv(field.text(row))


def _write_numbers(writer: Any, report: Report, answer: Answer) -> dict[str, int]:
    """Every number of the cross-tables on a line of its own: money in pounds."""
    writer.writerow(["Table", "Row", "Column", "Number"])
    written = 0
    for counted in crossed(report, answer, tallied(report, answer)).values():
        for names, cells in counted.rows:
            for word, unit, cell in zip(counted.words, counted.units, cells, strict=False):
                value = "" if cell is None else cell / 100 if unit == "money" and not isinstance(cell, str) else cell
                row = (counted.table.title, " / ".join(names), word, value)
                writer.writerow([for_csv(str(one)) for one in row])
                written += 1
    return {"numbers": written}


def tallied(report: Report, answer: Answer) -> dict[str, Tally]:
    """What is counted about the rows of each sheet."""
    tallies = {}
    for sheet in report.sheets:
        counting = Counting(report, sheet.key, answer.catalogues[sheet.key])
        for row in answer.rows(sheet):
            counting.add(row)
        tallies[sheet.key] = counting.tally
    return tallies


def write_json(target: IO[bytes], report: Report, answer: Answer) -> dict[str, int]:
    """Every list as objects with stable keys, every cross-table as rows: stored values, moments in UTC, money in pence."""
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
        "small_numbers_hidden": question.hide_small,
        "sources": [_plain(source) for source in answer.sources],
    }
    target.write(b"{")
    target.write(_dump(head)[1:-1])
    target.write(b',"sheets":{')
    counts: dict[str, int] = {}
    tallies: dict[str, Tally] = {}
    for sheet in report.sheets:
        counting = Counting(report, sheet.key, answer.catalogues[sheet.key])
        if sheet.listed:
            target.write(b"," if counts else b"")
            target.write(_dump(sheet.key) + b":[")
            counts[sheet.key] = _write_objects(target, sheet, answer, counting)
            target.write(b"]")
        else:
            for row in answer.rows(sheet):
                counting.add(row)
        tallies[sheet.key] = counting.tally
    target.write(b'},"tables":' + _dump(_tables(report, answer, tallies)))
    target.write(b',"counts":' + _dump(counts) + b"}\n")
    return counts


def _write_objects(target: IO[bytes], sheet: Sheet, answer: Answer, counting: Counting) -> int:
    readers = _readers(answer, sheet.key)
    written = 0
    for row in answer.rows(sheet):
        counting.add(row)
        target.write(b",\n" if written else b"\n")
        target.write(_dump({key: read(row) for key, read in readers}))
        written += 1
    return written


def _tables(report: Report, answer: Answer, tallies: Mapping[str, Tally]) -> dict[str, Any]:
    return {
        key: {
            "title": one.table.title,
            "columns": [*one.headings, *one.words],
            "rows": [[*names, *cells[: len(one.words)]] for names, cells in one.rows],
        }
        for key, one in crossed(report, answer, tallies).items()
    }


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
