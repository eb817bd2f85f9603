"""Bytes to tables, without meaning: `read(source)` gives a `Book` or raises `BadFile` with one clear sentence.

The kind is told by content, never by the extension. Nothing is executed: macros, formulas and links are inert.
"""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

from fleet.errors import BadFile
from importers import limits
from importers.book import Book, Table
from importers.package import Package, inspect, is_encrypted, kind_of, open_package, unpack
from importers.parts import SheetScan
from importers.text_files import read_text
from importers.workbooks import Sheet, read_cells

_PROTECTED = "The workbook is protected by a password. Save it without one."
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "a Word document"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<body", b"<head", b"<div")
_OFFICE = {
    "xlsb": "a binary Excel workbook (.xlsb)",
    "docx": "a Word document",
    "odt": "a text document",
    "pptx": "a presentation",
    "numbers": "an Apple Numbers document",
}


def read(source: Path | bytes, *, sheet: str | None = None) -> Book:
    """Read a file into tables.

    `sheet` keeps only the sheet of that name, hidden or not.

    Raises:
        BadFile: the file can't be opened, is no table, is damaged, protected, or too large to read safely.
    """
    data = source if isinstance(source, bytes) else _bytes_of(source)
    book = _read_bytes(data)
    if sheet is None:
        return book
    chosen = tuple(table for table in book.tables if table.name == sheet)
    if not chosen:
        names = ", ".join(repr(table.name) for table in book.tables if table.name is not None) or "none"
        raise BadFile(f"There is no sheet {sheet!r} in the file. It has: {names}.", code="no-sheet")
    return _copy(book, tables=chosen)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BadFile(f"{path} is a folder. Name one file.", code="no-file")
        if path.exists() and not path.is_file():
            raise BadFile(f"{path} is no ordinary file.", code="no-file")
        if path.stat().st_size > limits.FILE_BYTES:
            raise BadFile(f"The file is larger than {limits.FILE_BYTES // 2**20} MB.", code="too-large")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadFile(f"There is no file {path}.", code="no-file") from error
    except (OSError, ValueError) as error:
        raise BadFile(f"The file {path} can't be opened: {error}.", code="no-file") from error


def _read_bytes(data: bytes) -> Book:
    if len(data) > limits.FILE_BYTES:
        raise BadFile(f"The file is larger than {limits.FILE_BYTES // 2**20} MB.", code="too-large")
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile("The file is empty: there is nothing in it.", code="empty")
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _read_zip(data)
    if data.startswith(_OLE):
        return _read_ole(data)
    if data.startswith(_OLD_EXCEL):
        return _workbook(data, Package("xls"))
    _refuse_foreign(data)
    return _read_text(data)


def _refuse_foreign(data: bytes) -> None:
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise BadFile(f"This is {what}, not a table. Export it as CSV or XLSX.", code="not-a-table")
    start = data[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(_MARKUP):
        raise BadFile(
            "This is a web page or XML, whatever its name says. Open it in Excel and save it as XLSX.",
            code="not-a-table",
        )
    if start.startswith((b"{", b"[{")) and data.rstrip(b"\0 \t\r\n").endswith((b"}", b"]")):
        raise BadFile("This is JSON, not a table. Export it as CSV or XLSX.", code="not-a-table")


def _read_text(data: bytes, member: str | None = None) -> Book:
    text = read_text(data)
    kind = "tsv" if text.delimiter == "\t" else "csv"
    return Book(
        kind,
        (Table(None, text.rows),),
        _digest(data),
        len(data),
        encoding=text.encoding,
        delimiter=text.delimiter,
        member=member,
        notes=text.notes,
    )


def _read_zip(data: bytes) -> Book:
    with open_package(data) as package:
        kind = kind_of(package)
        if kind in _OFFICE:
            raise BadFile(f"This is {_OFFICE[kind]}. Save it as XLSX or CSV.", code="not-a-table")
        if kind == "zip":
            return _copy(_only_member(package), sha256=_digest(data), size=len(data))
        if kind == "ods" and is_encrypted(package):
            raise BadFile(_PROTECTED, code="password")
        guarded = inspect(package, kind)
    return _workbook(data, guarded)


def _only_member(package: zipfile.ZipFile) -> Book:
    """The one file of an archive, as Intune's export job delivers it."""
    members = [
        member
        for member in package.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/") and "/." not in "/" + member.filename
    ]
    if len(members) != 1:
        raise BadFile(f"The ZIP holds {len(members)} files. Unpack it and import one of them.", code="several-files")
    if members[0].file_size > limits.TEXT_BYTES:
        raise BadFile("The file in the ZIP is too large to be read.", code="bomb")
    inner = b"".join(unpack(package, members[0]))
    if inner.startswith((_ZIP, _EMPTY_ZIP)):
        raise BadFile("The ZIP holds another ZIP or a workbook. Unpack it and import that.", code="several-files")
    book = _read_bytes(inner)
    return _copy(book, member=members[0].filename)


def _read_ole(data: bytes) -> Book:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise BadFile(_PROTECTED, code="password")
    wide = {name: name.encode("utf-16-le") in data for name in ("WordDocument", "PowerPoint Document")}
    if any(wide.values()) and "Workbook".encode("utf-16-le") not in data:
        raise BadFile("This is a Word or PowerPoint document, not a table.", code="not-a-table")
    return _workbook(data, Package("xls"))


def _workbook(data: bytes, guarded: Package) -> Book:
    cells = read_cells(data)
    tables = tuple(_table(sheet, guarded.sheets.get(sheet.name)) for sheet in cells.sheets)
    if not any(table.rows for table in tables):
        raise BadFile("The workbook is empty: no sheet holds a value.", code="empty")
    notes = [f"Sheet {name!r} is a chart or macro sheet and was not read." for name in cells.others]
    notes += [f"Sheet {table.name!r} is hidden." for table in tables if table.hidden]
    if guarded.kind == "xls":
        notes.append("An .xls file does not tell about hidden rows and error cells; look for them yourself.")
    if guarded.kind == "xlsm":
        notes.append("The macros of the workbook were not run.")
    return Book(guarded.kind, tables, _digest(data), len(data), notes=tuple(notes))


def _table(sheet: Sheet, scan: SheetScan | None) -> Table:
    if scan is None:
        return Table(sheet.name, sheet.rows, hidden=sheet.hidden, merged=sheet.merged)
    return Table(
        sheet.name,
        sheet.rows,
        hidden=sheet.hidden,
        hidden_rows=frozenset(row for row in scan.hidden_rows if row <= len(sheet.rows)),
        hidden_columns=frozenset(scan.hidden_columns),
        errors=scan.errors,
        unstored_formulas=scan.unstored_formulas,
        merged=sheet.merged,
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _copy(book: Book, **changed: object) -> Book:
    return replace(book, **changed)  # type: ignore[arg-type] # keyword names are checked by replace itself
