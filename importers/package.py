"""The guard before a workbook: its ZIP package is streamed and refused for what would hurt the reader.

Every part is read once with a byte counter, so false sizes and bad check sums show here. XML with a DOCTYPE is
refused. The extents are those of cells that hold a value: a stated dimension lies, and formatted blanks reach far in
honest files. What calamine does not tell (error cells, hidden rows and columns) is noted on the way.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from posixpath import dirname, join, normpath

from fleet.errors import BadFile
from importers import limits
from importers.parts import OpenDocumentScan, PartScan, SheetScan

_DAMAGED = "The file is damaged: its package can't be unpacked. Save it again and send that."


@dataclass(slots=True)
class Package:
    """What the guard learned: the kind, and per sheet name what it hides."""

    kind: str
    sheets: dict[str, SheetScan] = field(default_factory=dict)


def open_package(data: bytes) -> zipfile.ZipFile:
    """Open a ZIP and check its directory: members, sizes, ratio, encryption.

    Raises:
        BadFile: damaged, protected, or unpacking to more than the limits.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadFile(_DAMAGED, code="damaged") from error
    members = package.infolist()
    if len(members) > limits.PACKAGE_MEMBERS:
        raise BadFile(f"The file holds {len(members)} parts: too many for a workbook.", code="bomb")
    if not all(member.filename for member in members):
        raise BadFile(_DAMAGED, code="damaged")
    if any(member.flag_bits & 1 for member in members):
        raise BadFile("The file is protected by a password. Save it without one.", code="password")
    total = sum(member.file_size for member in members)
    if total > limits.PACKAGE_BYTES:
        raise BadFile(f"The file unpacks to {total // 2**20} MB: too large to be read.", code="bomb")
    for member in members:
        swollen = member.file_size > limits.PACKAGE_RATIO * max(member.compress_size, 1)
        if member.file_size > limits.RATIO_FROM and swollen:
            raise BadFile("The file is a ZIP bomb: a part unpacks to hundreds of times its size.", code="bomb")
    return package


def kind_of(package: zipfile.ZipFile) -> str:
    """What a ZIP is, by its parts: xlsx, xlsm, xlsb, ods, docx, pptx, numbers or zip."""
    names = {name.lower().lstrip("/") for name in package.namelist()}
    if "mimetype" in names and "content.xml" in names:
        return "ods" if "spreadsheet" in _text(package, "mimetype") else "odt"
    if "index/document.iwa" in names:
        return "numbers"
    if "[content_types].xml" not in names:
        return "zip"
    if "xl/workbook.bin" in names:
        return "xlsb"
    for folder, kind in (("word/", "docx"), ("ppt/", "pptx")):
        if any(name.startswith(folder) for name in names):
            return kind
    return "xlsm" if any(name.endswith("vbaproject.bin") for name in names) else "xlsx"


def inspect(package: zipfile.ZipFile, kind: str) -> Package:
    """Stream every part of a workbook.

    Raises:
        BadFile: damage, a DOCTYPE, or a value so far out that reading would need gigabytes.
    """
    scans: dict[str, PartScan] = {}
    for member in package.infolist():
        if member.is_dir():
            continue
        scan = OpenDocumentScan() if kind == "ods" and member.filename == "content.xml" else PartScan()
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        if is_xml and member.file_size <= limits.WHOLE_PART and kind != "ods":
            scan.take(b"".join(unpack(package, member)))
        else:
            for chunk in unpack(package, member):
                if is_xml:
                    scan.feed(chunk)
            if is_xml:
                scan.close()
        if is_xml:
            scans[normpath("/" + member.filename)] = scan
    found = Package(kind, _open_document_sheets(scans) if kind == "ods" else _named_sheets(scans))
    _check_extents(scans)
    return found


def is_encrypted(package: zipfile.ZipFile) -> bool:
    """Whether an OpenDocument file says in its list of parts that they are encrypted."""
    names = [item for item in package.infolist() if item.filename == "META-INF/manifest.xml"]
    return any(b"encryption-data" in b"".join(islice(unpack(package, item), 4)) for item in names[:1])


def unpack(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a part, in pieces, never more than its directory entry states."""
    try:
        with package.open(member) as part:
            while chunk := part.read(1 << 18):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise BadFile(_DAMAGED, code="damaged") from error


def _text(package: zipfile.ZipFile, name: str) -> str:
    member = next(item for item in package.infolist() if item.filename.lower().lstrip("/") == name)
    return b"".join(unpack(package, member))[:200].decode("ascii", "replace")


def _named_sheets(scans: dict[str, PartScan]) -> dict[str, SheetScan]:
    """Join worksheet parts with the names in the workbook part, by its relations."""
    named: dict[str, SheetScan] = {}
    for path, scan in scans.items():
        if scan.root != "workbook":
            continue
        relations = scans.get(join(dirname(path), "_rels", path.rsplit("/", 1)[1] + ".rels"))
        targets = relations.relations if relations else {}
        for name, relation in scan.sheets:
            part = scans.get(normpath(join(dirname(path), targets.get(relation, ""))))
            if part is not None and part.sheet is not None:
                named[name] = part.sheet
    return named


def _open_document_sheets(scans: dict[str, PartScan]) -> dict[str, SheetScan]:
    content = scans.get("/content.xml")
    return dict(content.tables) if isinstance(content, OpenDocumentScan) else {}


def _check_extents(scans: dict[str, PartScan]) -> None:
    """Refuse what would need gigabytes, and name the cell that does it."""
    total = 0
    for scan in scans.values():
        sheets = [scan.sheet] if scan.sheet else []
        if isinstance(scan, OpenDocumentScan):
            sheets = list(scan.tables.values())
        for sheet in sheets:
            if sheet.last_row > limits.ROWS:
                raise BadFile(f"The workbook states a row {sheet.last_row}, which no sheet has.", code="extent")
            total += sheet.last_row * sheet.last_column
            if sheet.last_column > limits.COLUMNS or total > limits.CELLS:
                raise BadFile(
                    f"Something is in cell {sheet.far_cell}, far from the table. "
                    "Delete the rows and columns beyond the table and save the workbook again.",
                    code="extent",
                )
