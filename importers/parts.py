"""Streaming scans of a workbook's XML parts, by expat: nothing is kept but counts and places."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from fleet.errors import BadFile
from importers import limits
from importers.book import column_name
from importers.ordinary import extents

_PLACE = re.compile(r"([A-Za-z]{1,7})(\d{1,18})")


@dataclass(slots=True)
class SheetScan:
    """Extents of the cells that hold a value, and what a reader would not say."""

    last_row: int = 0
    last_column: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unstored_formulas: int = 0

    @property
    def far_cell(self) -> str:
        """The corner of the extents, as a spreadsheet names it."""
        return f"{column_name(self.last_column)}{self.last_row}"

    def holds(self, row: int, column: int) -> None:
        """Stretch the extents to a cell with a value."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)


class PartScan:
    """One XML part. A worksheet is scanned cell by cell; of others only the root, sheets and relations are kept."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.sheet: SheetScan | None = None
        self.sheets: list[tuple[str, str]] = []
        """Of a workbook part: sheet name, relation id."""
        self.relations: dict[str, str] = {}
        self._worksheet: _WorksheetHandlers | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self._start_root

    def feed(self, chunk: bytes) -> None:
        """Scan the next piece.

        Raises:
            BadFile: it is no XML, or has a DOCTYPE.
        """
        try:
            self._parser.Parse(chunk, False)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise _not_xml() from error

    def close(self) -> None:
        """Tell the scan that the part has ended."""
        try:
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise _not_xml() from error
        if self._worksheet is not None:
            self._worksheet.settle()

    def take(self, part: bytes) -> None:
        """Scan a whole part: an ordinary worksheet at a glance, anything else element by element.

        Raises:
            BadFile: it is no XML, or has a DOCTYPE.
        """
        self.sheet = ordinary_sheet(part)
        if self.sheet is not None:
            self.root = "worksheet"
            return
        self.feed(part)
        self.close()

    def _start_root(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = local(name)
        self._parser.StartElementHandler = None
        if self.root == "worksheet":
            self.sheet = SheetScan()
            self._worksheet = _WorksheetHandlers(self._parser, self.sheet)
        elif self.root == "workbook":
            self._parser.StartElementHandler = self._start_in_workbook
        elif self.root == "Relationships":
            self._parser.StartElementHandler = self._start_relation

    def _start_in_workbook(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "sheet":
            relation = next((value for key, value in attributes.items() if local(key) == "id"), "")
            self.sheets.append((attributes.get("name", ""), relation))

    def _start_relation(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "Relationship":
            self.relations[attributes.get("Id", "")] = attributes.get("Target", "")


class _WorksheetHandlers:
    """Expat's calls for one worksheet: the hot loop of the guard.

    Only starts are listened to; what a cell turned out to be is settled when the next one starts, and at the end.
    """

    def __init__(self, parser: "expat.XMLParserType", sheet: SheetScan) -> None:
        self._parser = parser
        self._sheet = sheet
        self._row = 0
        self._row_text = "0"
        self._column = 0
        self._place = ""
        self._is_error = self._is_text = self._formula = False
        self._text: list[str] = []
        self._letters: dict[str, int] = {}
        parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            if self._formula or self._is_error:
                self.settle()
            self._column += 1
            self._place = attributes.get("r", "")
            kind = attributes.get("t")
            self._is_error = kind == "e"
            self._is_text = kind == "str"
        elif name == "v":
            self._holds_value()
            if self._is_error or self._formula:
                self._text = []
                self._parser.CharacterDataHandler = self._text.append
        else:
            self._start_other(name, attributes)

    def _start_other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "is":
            self._holds_value()
        elif name == "f":
            self._formula = True
            self._holds_value()
        elif name == "row":
            self._start_row(attributes)
        elif name == "col":
            self._start_column(attributes)

    def settle(self) -> None:
        """Note what the cell that has just ended was: an error, a formula without its result."""
        self._parser.CharacterDataHandler = None
        stored = "".join(self._text).strip()
        if self._is_error and stored:
            if len(self._sheet.errors) < limits.LISTED_ERRORS:
                self._sheet.errors[(self._row, self._column)] = stored[:20]
        elif self._formula and not stored and not self._is_text:
            self._sheet.unstored_formulas += 1
        self._formula = self._is_error = False
        self._text = []

    def _holds_value(self) -> None:
        place = self._place
        if place:
            column = self._letters.get(place[: -len(self._row_text)])
            if column is None or not place.endswith(self._row_text):
                self._row, column = self._at(place)
                self._row_text = str(self._row)
            self._column = column
        sheet = self._sheet
        sheet.last_column = max(sheet.last_column, self._column)
        sheet.last_row = max(sheet.last_row, self._row)

    def _at(self, place: str) -> tuple[int, int]:
        match = _PLACE.fullmatch(place)
        if match is None:
            raise BadFile(f"The workbook is damaged: it names a cell {place[:20]!r}.", code="damaged")
        column = 0
        for letter in match[1].upper():
            column = column * 26 + ord(letter) - 64
        self._letters[match[1]] = column
        return int(match[2]), column

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self._formula or self._is_error:
            self.settle()
        self._row = _number(attributes.get("r"), self._row + 1)
        self._row_text = str(self._row)
        self._column = 0
        if attributes.get("hidden") in ("1", "true") and self._row <= limits.ROWS:
            self._sheet.hidden_rows.add(self._row)

    def _start_column(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in ("1", "true"):
            first, last = _number(attributes.get("min"), 1), _number(attributes.get("max"), 1)
            self._sheet.hidden_columns.update(range(first, min(last, limits.COLUMNS) + 1))


class OpenDocumentScan(PartScan):
    """The content part of an ODS: repeats are spelt as counts, so a few bytes can mean billions of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, SheetScan] = {}
        self._table = SheetScan()
        self._row = self._rows = self._column = self._columns = self._declared = 0
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            "table": self._start_table,
            "table-row": self._start_row,
            "table-column": self._start_column,
            "table-cell": self._start_cell,
            "covered-table-cell": self._start_cell,
        }

    def _start_root(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = local(name)
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = local(name)
        start = self._starts.get(tag)
        if start is not None:
            start({local(key): value for key, value in attributes.items()})
        elif tag == "p" and self._columns:
            self._table.holds(self._row + self._rows, self._column)

    def _start_table(self, attributes: dict[str, str]) -> None:
        self._table = self.tables.setdefault(attributes.get("name", ""), SheetScan())
        self._row = self._rows = self._column = self._columns = self._declared = 0

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row += self._rows
        self._rows = _number(attributes.get("number-rows-repeated"), 1)
        self._column = self._columns = 0
        if attributes.get("visibility") in ("collapse", "filter") and self._rows < 100_000:
            self._table.hidden_rows.update(range(self._row + 1, self._row + self._rows + 1))

    def _start_column(self, attributes: dict[str, str]) -> None:
        repeated = _number(attributes.get("number-columns-repeated"), 1)
        if attributes.get("visibility") in ("collapse", "filter") and repeated < limits.COLUMNS:
            self._table.hidden_columns.update(range(self._declared + 1, self._declared + repeated + 1))
        self._declared += repeated

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._columns = _number(attributes.get("number-columns-repeated"), 1)
        self._column += self._columns
        if "value-type" in attributes or "formula" in attributes:
            self._table.holds(self._row + self._rows, self._column)


def ordinary_sheet(part: bytes) -> SheetScan | None:
    """The scan of a worksheet that hides nothing and whose cells all lie within the limits, blank ones included."""
    found = extents(part)
    if found is None or found[0] > limits.ROWS or found[1] > limits.COLUMNS or found[0] * found[1] > limits.CELLS:
        return None
    last_row, last_column = found
    return SheetScan(last_row, last_column)


def local(name: str) -> str:
    """A name without its namespace prefix."""
    return name.rpartition(":")[2]


def _number(text: str | None, absent: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()):
        return absent
    return int(text[:18])


def _refuse_doctype(*_declaration: object) -> None:
    raise BadFile(
        "The workbook is refused: its XML declares entities, which no spreadsheet program writes.", code="doctype"
    )


def _not_xml() -> BadFile:
    return BadFile(
        "The workbook is damaged: a part of it is no XML. Open it in Excel and save it again.", code="damaged"
    )
